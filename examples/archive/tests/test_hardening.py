# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Hardened clips keep every sample of what featuredistill gives."""

from pathlib import Path

import pytest

from .. import tasks
from ..clips import Clip
from ..folders import Hardened, Results
from ..gstreamer import decoded, launch
from ..run import Job, Mapping
from ..tasks import Broken, Done


def samples(pipeline: tuple[str, ...], folder: Path) -> bytes:
    """All frames that come out of `pipeline`, one after the other, without padding."""
    launch([*pipeline, "!", "videocodectestsink", "location=samples.raw"], folder)
    return (folder / "samples.raw").read_bytes()


def assert_hardened(clips: list[Clip], table: Path, hardened: Hardened, folder: Path) -> None:
    """The files hold the frames of `clips` as featuredistill gives them, and no second pass changes them."""
    for clip in clips:
        distillation = ("featuredistill", f"table-file={table}", "qos=false")
        expected = samples((*decoded(clip.path), "!", *distillation, "settle=true"), folder)
        kept = decoded(hardened.clip(clip))
        assert samples(kept, folder) == expected, clip.name
        tripwire = ("tamper-threshold=0.0000001", "tamper-action=error")
        assert samples((*kept, "!", *distillation, *tripwire), folder) == expected


def test_hardened_clips_keep_every_sample(job: Job, clips: list[Clip], tmp_path: Path) -> None:
    results, hardened = Results(tmp_path), Hardened(tmp_path / "hardened")
    calibrated, stats = job.calibrate(clips, Mapping(), results)
    job.finish(stats, Mapping(), results)
    outcome = job.harden(calibrated.done, results.table, hardened)
    assert list(outcome.broken) == []
    assert outcome.frames == calibrated.frames
    assert_hardened(clips, results.table, hardened, tmp_path)
    assert not hardened.parts.exists()


def test_what_the_mapping_certifies_the_frames_have(job: Job, clips: list[Clip], tmp_path: Path) -> None:
    results, mapping = Results(tmp_path), Mapping(mapping="certified", epsilon=1)
    calibrated, stats = job.calibrate(clips[:1], mapping, results)
    job.finish(stats, mapping, results)
    certified, plain = Hardened(tmp_path / "certified"), Hardened(tmp_path / "plain")
    assert not job.harden(calibrated.done, results.table, certified, mapping).broken
    assert not job.harden(calibrated.done, results.table, plain).broken
    table = f"table-file={results.table}"
    settling = ("featuredistill", "settle=true", "qos=false", "preset=certified", "epsilon=1", table)
    expected = samples((*decoded(clips[0].path), "!", *settling), tmp_path)
    assert samples(decoded(certified.clip(clips[0])), tmp_path) == expected
    assert samples(decoded(plain.clip(clips[0])), tmp_path) != expected


@pytest.mark.parametrize("table", ["no table", "0 " * 64])
def test_a_clip_that_cant_be_hardened_leaves_nothing(clips: list[Clip], tmp_path: Path, table: str) -> None:
    hardened, file = Hardened(tmp_path / "hardened"), tmp_path / "table.txt"
    hardened.parts.mkdir(parents=True)
    file.write_text(table)
    outcome = tasks.harden(clips[0], 1, file, hardened, "fingerprint", timeout=60)
    assert isinstance(outcome, Broken)
    assert "table.txt" in outcome.reason
    assert not any(path.is_file() for path in hardened.root.rglob("*"))


def test_a_hardened_clip_stays_until_the_new_one_is_whole(clips: list[Clip], tmp_path: Path) -> None:
    hardened, file = Hardened(tmp_path / "hardened"), tmp_path / "table.txt"
    hardened.parts.mkdir(parents=True)
    file.write_text("20 " * 64)
    assert isinstance(tasks.harden(clips[0], 1, file, hardened, "first", timeout=60), Done)
    before = hardened.clip(clips[0]).read_bytes()
    file.write_text("no table")
    assert isinstance(tasks.harden(clips[0], 1, file, hardened, "second", timeout=60), Broken)
    assert hardened.clip(clips[0]).read_bytes() == before
    assert tasks.harden(clips[0], 1, file, hardened, "first", timeout=60) == Done(1, reused=True)
