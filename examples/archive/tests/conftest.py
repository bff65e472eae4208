# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Clips to test with, and what a single run over all of them gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from .. import cluster
from ..clips import Clip, find
from ..folders import Results
from ..gstreamer import launch, quoted
from ..run import Job

# Several sizes and formats, two of them no multiples of 8, and names that have to be quoted.
CLIPS = {
    "gray.mkv": "format=GRAY8,width=64,height=48",
    "a b/half \"so\" 'so'.mkv": "format=I420,width=90,height=50",
    "a b/full ü.mkv": "format=Y444,width=48,height=80",
    "long.mkv": "format=I420,width=320,height=240",
    "wide!.mkv": "format=Y42B,width=200,height=40",
}
FRAMES = 30


def record(path: Path, caps: str, frames: int = FRAMES, pattern: str = "ball") -> None:
    """Makes a clip, without loss, so that every decoder gives the same samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = ("videotestsrc", f"num-buffers={frames}", f"pattern={pattern}", "!", f"video/x-raw,{caps}")
    coded = ("avenc_ffv1", "!", "matroskamux", "!", "filesink", f"location={quoted(path)}")
    launch([*source, "!", *coded], path.parent)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of clips, not to be changed."""
    folder = tmp_path_factory.mktemp("archive")
    for index, (name, caps) in enumerate(CLIPS.items()):
        record(folder / name, caps, FRAMES + index)
    return folder


@pytest.fixture(scope="session")
def clips(archive: Path) -> list[Clip]:
    """The clips in `archive`."""
    return find(archive)


@pytest.fixture(scope="session")
def single(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What one featurecalibrate makes of all clips, one after the other."""
    return calibrated_by_one(clips, tmp_path_factory.mktemp("single"))


def calibrated_by_one(clips: list[Clip], folder: Path) -> Results:
    """What one featurecalibrate makes of `clips`, one after the other."""
    results = Results(folder)
    files = ("location=table.txt", "stats-location=stats.json", "plot-location=plot.png")
    # Not uridecodebin: several of them before a concat often never end.
    decoded = ("!", "matroskademux", "!", "avdec_ffv1", "!", "videoconvert", "!", "all.")
    sources = [word for clip in clips for word in ("filesrc", f"location={quoted(clip.path)}", *decoded)]
    launch(["concat", "name=all", "!", "featurecalibrate", *files, "!", "fakesink", *sources], folder, 60)
    return results


@pytest.fixture(scope="session")
def job() -> Iterator[Job]:
    """Work on a cluster of threads, for tests that nothing is killed in."""
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        yield Job(client, cluster.check(client, (), ()), timeout=60)


def assert_same(ours: Results, theirs: Results) -> None:
    """The files of both folders have the same bytes."""
    for name in "table", "stats", "plot":
        assert getattr(ours, name).read_bytes() == getattr(theirs, name).read_bytes(), name
