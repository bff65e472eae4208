# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What is done again, and what isn't."""

import os
import shutil
from pathlib import Path

import pytest

from ..clips import Clip, find
from ..folders import Hardened, InUseError, Results, claimed
from ..run import Job, Mapping, Outcome
from .conftest import assert_same, calibrated_by_one, record


@pytest.fixture
def own(archive: Path, tmp_path: Path) -> Path:
    """An archive that may be changed."""
    return shutil.copytree(archive, tmp_path / "archive")


def reused(outcome: Outcome) -> set[str]:
    """The names of the clips that had nothing done to them."""
    assert not outcome.broken
    return {clip.name for clip, done in outcome.done.items() if done.reused}


def names(clips: list[Clip]) -> set[str]:
    """Their names."""
    return {clip.name for clip in clips}


def test_only_changed_clips_are_calibrated_again(job: Job, own: Path, tmp_path: Path) -> None:
    results, mapping = Results(tmp_path / "results"), Mapping()
    before = find(own)
    first, _ = job.calibrate(before, mapping, results)
    assert reused(first) == set()
    again, stats = job.calibrate(before, Mapping(as_count=3, as_step=9, md_step=70), results)
    assert reused(again) == names(before), "the table's steps don't change the statistics"

    os.utime(own / "gray.mkv", ns=(0, 0))
    record(own / "long.mkv", "width=32,height=32", frames=3)
    record(own / "new.mkv", "width=32,height=32", frames=3)
    (own / "wide!.mkv").unlink()
    changed = find(own)
    third, stats = job.calibrate(changed, mapping, results)
    assert names(list(third.done)) == names(before) - {"wide!.mkv"} | {"new.mkv"}
    assert reused(third) == names(before) - {"gray.mkv", "long.mkv", "wide!.mkv"}
    job.finish(stats, mapping, results)
    single = tmp_path / "single"
    single.mkdir()
    assert_same(results, calibrated_by_one(changed, single))


def test_what_is_gathered_depends_on_the_certified_radius(
    job: Job, clips: list[Clip], tmp_path: Path
) -> None:
    results, few = Results(tmp_path), clips[:1]
    for epsilon, there in (1.0, False), (1.0, True), (2.0, False):
        outcome, _ = job.calibrate(few, Mapping("certified", epsilon=epsilon), results)
        assert bool(reused(outcome)) == there


def test_another_version_reuses_nothing(job: Job, clips: list[Clip], tmp_path: Path) -> None:
    results, few = Results(tmp_path), clips[:1]
    job.calibrate(few, Mapping(), results)
    outcome, _ = Job(job.client, "another", job.timeout).calibrate(few, Mapping(), results)
    assert reused(outcome) == set()


def test_hardened_clips_are_made_again_for_another_table(job: Job, clips: list[Clip], tmp_path: Path) -> None:
    hardened = Hardened(tmp_path / "hardened")
    few = clips[:2]
    calibrated, _ = job.calibrate(few, Mapping(), Results(tmp_path / "results"))
    tables = [tmp_path / f"{step}.txt" for step in (20, 60)]
    for table in tables:
        table.write_text(f"{table.stem} " * 64)
    for table, there in (tables[0], False), (tables[0], True), (tables[1], False), (tables[0], False):
        outcome = job.harden(calibrated.done, table, hardened)
        assert bool(reused(outcome)) == there
    hardened.clip(few[0]).unlink()
    assert reused(job.harden(calibrated.done, tables[0], hardened)) == {few[1].name}


def test_a_folder_takes_one_run_at_a_time(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(InUseError, match="another run"), claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass
