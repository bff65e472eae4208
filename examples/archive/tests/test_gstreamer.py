# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Pipelines: names, errors, crashes, and what becomes of them when a worker is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from ..gstreamer import PipelineError, decoded, launch
from .conftest import record

ENDLESS = ("videotestsrc", "is-live=true", "!", "fakesink")
CLIP_NAMES = [
    "plain.avi",
    "a b.avi",
    "\"'.avi",
    "back\\slash",
    "end\\",
    "%41#?&.avi",
    "ü ! fakesink.avi",
    "new\nline.avi",
    "-q.avi",
    "$HOME `id`",
    os.fsdecode(b"\xff\xfe"),
]


def pipeline_of(process: psutil.Process) -> psutil.Process:
    """The pipeline that `process` has launched, once it is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in process.children():
            if child.name() == "gst-launch-1.0":
                return child
        time.sleep(0.02)
    raise AssertionError("no pipeline")


@pytest.mark.parametrize("name", CLIP_NAMES, ids=ascii)
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    record(tmp_path / "clip.avi", "width=16,height=16", frames=2)
    clip = (tmp_path / "clip.avi").rename(tmp_path / name)
    launch([*decoded(clip), "!", "filesink", "location=out.raw"], tmp_path)
    assert (tmp_path / "out.raw").stat().st_size > 0


def test_an_error_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("no video")
    with pytest.raises(PipelineError, match=r"^Could not determine type of stream\.$"):
        launch([*decoded(tmp_path / "clip.mp4"), "!", "fakesink"], tmp_path)


def test_no_error_hangs(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    # By itself, gst-launch-1.0 of GStreamer 1.22 hangs in about a third of the runs.
    for _ in range(4):
        with pytest.raises(PipelineError, match=r"^Stream contains no data\.$"):
            launch([*decoded(tmp_path / "empty.mp4"), "!", "fakesink"], tmp_path, timeout=30)


def test_a_clip_without_video_is_told(tmp_path: Path) -> None:
    sound = ("audiotestsrc", "num-buffers=3", "!", "audioconvert", "!", "wavenc", "!", "filesink")
    launch([*sound, "location=clip.avi"], tmp_path)
    with pytest.raises(PipelineError, match=r"^there is no video in it$"):
        launch([*decoded(tmp_path / "clip.avi"), "!", "fakesink"], tmp_path)


def test_sound_does_no_harm(tmp_path: Path) -> None:
    video = ("videotestsrc", "num-buffers=9", "!", "jpegenc", "!", "all.")
    sound = ("audiotestsrc", "num-buffers=9", "!", "audioconvert", "!", "all.")
    launch([*video, *sound, "avimux", "name=all", "!", "filesink", "location=clip.avi"], tmp_path)
    assert launch([*decoded(tmp_path / "clip.avi"), "!", "fakesink"], tmp_path) == []


def test_warnings_are_told(tmp_path: Path) -> None:
    calibration = ("featurecalibrate", "as-step=2", "epsilon=1", "location=table.txt")
    warnings = launch(["videotestsrc", "num-buffers=2", "!", *calibration, "!", "fakesink"], tmp_path)
    assert len(warnings) == 1
    assert "as-step" in warnings[0]


def test_a_missing_element_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r'no element "nosuchelement"'):
        launch(["videotestsrc", "!", "nosuchelement", "!", "fakesink"], tmp_path)


def test_an_endless_pipeline_is_ended(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"^not done after 0\.5 seconds"):
        launch(ENDLESS, tmp_path, timeout=0.5)
    assert not [child for child in psutil.Process().children() if child.name() == "gst-launch-1.0"]


def test_a_crash_is_told_and_doesnt_wait_for_a_debugger(tmp_path: Path) -> None:
    def crash() -> None:
        pipeline = pipeline_of(psutil.Process())
        time.sleep(0.5)  # until gst-launch would have put its handler in place
        pipeline.send_signal(signal.SIGSEGV)

    thread = threading.Thread(target=crash)
    thread.start()
    with pytest.raises(PipelineError, match="SIGSEGV"):
        launch(ENDLESS, tmp_path, timeout=30)
    thread.join()


def test_a_pipeline_goes_with_its_worker(tmp_path: Path) -> None:
    code = f"from archive.gstreamer import launch; from pathlib import Path; launch({ENDLESS}, Path())"
    examples = Path(__file__).parents[2]
    worker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": examples}
    )
    pipeline = pipeline_of(psutil.Process(worker.pid))
    worker.kill()
    worker.wait()
    pipeline.wait(timeout=10)
