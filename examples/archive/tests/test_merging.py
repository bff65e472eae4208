# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Trees of any shape give the bytes of a single run."""

import itertools
import random
from pathlib import Path

import pytest

from .. import tasks
from ..clips import Clip
from ..folders import Results
from ..run import Job, Mapping
from ..tasks import Done
from .conftest import CLIPS, FRAMES, assert_same

QUIET = ["epsilon=0"]


@pytest.fixture(scope="session")
def shards(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The statistics of each clip."""
    folder = tmp_path_factory.mktemp("shards")
    paths = [folder / f"{index}.json" for index in range(len(clips))]
    for clip, path in zip(clips, paths, strict=True):
        assert isinstance(tasks.calibrate(clip, path, QUIET, timeout=60), Done)
    return paths


@pytest.mark.parametrize("seed", range(3))
def test_any_tree_gives_the_bytes_of_one_run(
    shards: list[Path], single: Results, tmp_path: Path, seed: int
) -> None:
    merged, numbers, chance = tmp_path / "merged", itertools.count(), random.Random(seed)
    merged.mkdir()
    waiting = list(shards)
    while len(waiting) > 1:
        pair = [waiting.pop(chance.randrange(len(waiting))) for _ in range(2)]
        waiting.append(tasks.merge(pair, merged / f"{next(numbers)}.json", QUIET))
    assert list(merged.iterdir()) == waiting, "only the root is left"
    assert waiting[0].read_bytes() == single.stats.read_bytes()
    assert all(shard.exists() for shard in shards)


def test_a_merge_that_was_done_is_not_done_again(shards: list[Path], tmp_path: Path) -> None:
    merged = tasks.merge(shards[:2], tmp_path / "merged.json", QUIET)
    before = merged.stat()
    assert tasks.merge([tmp_path / "gone", tmp_path / "gone too"], merged, QUIET) == merged
    assert merged.stat() == before


def test_the_job_gives_the_bytes_of_one_run(
    job: Job, clips: list[Clip], single: Results, tmp_path: Path
) -> None:
    results = Results(tmp_path)
    outcome, stats = job.calibrate(clips, Mapping(), results)
    assert not outcome.broken
    assert outcome.frames == sum(FRAMES + index for index in range(len(CLIPS)))
    job.finish(stats, Mapping(), results)
    assert_same(results, single)
