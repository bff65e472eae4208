# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The line that tells how far a run is."""

import io
from pathlib import Path

from ..clips import Clip
from ..progress import Progress
from ..tasks import Broken, Done


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_time_left_goes_by_the_bytes_that_were_worked_on() -> None:
    clips = [Clip(f"{size}.mp4", Path(), size, 0) for size in (100, 300, 50, 600, 50)]
    progress = Progress("working", clips, io.StringIO())
    assert progress.line(2) == "working: 0 of 5 clips, 0 frames, 0 frames/s, 0:00:02 so far"
    progress.add(clips[0], Done(900, reused=True))
    progress.add(clips[1], Done(60, reused=False))
    progress.add(clips[2], Broken("no"))
    # 300 bytes took 10 seconds, 650 are left.
    assert progress.line(10) == (
        "working: 2 of 5 clips, 1 unchanged, 1 broken, 60 frames, 6 frames/s, 0:00:22 left"
    )
    progress.add(clips[3], Done(1, reused=False))
    progress.add(clips[4], Done(1, reused=False))
    assert progress.line(61).endswith("62 frames, 1 frames/s, 0:01:01 taken")


def test_a_terminal_has_its_line_rewritten_and_a_file_gets_lines() -> None:
    for stream, start in (Terminal(), "\rworking"), (io.StringIO(), "working"):
        with Progress("working", [], stream):
            pass
        assert stream.getvalue().startswith(start)
        assert stream.getvalue().endswith("\n")
