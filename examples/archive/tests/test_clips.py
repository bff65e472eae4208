# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What counts as a clip, and when it counts as changed."""

import os
from pathlib import Path

from ..clips import Clip, find


def test_clips_are_found_below_the_folder_in_order(tmp_path: Path) -> None:
    for name in "b.mp4", "a/c.MKV", "a/notes.txt", ".hidden.mp4", ".state/d.mp4", os.fsdecode(b"\xff.avi"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "folder.mp4").mkdir()
    assert [os.fsencode(clip.name) for clip in find(tmp_path)] == [b"a/c.MKV", b"b.mp4", b"\xff.avi"]


def test_a_fingerprint_is_of_the_clip_and_the_parameters() -> None:
    clip = Clip("a.mp4", Path("/x/a.mp4"), 1, 2)
    others = [
        Clip("b.mp4", Path("/x/a.mp4"), 1, 2),
        Clip("a.mp4", Path("/x/a.mp4"), 2, 2),
        Clip("a.mp4", Path("/x/a.mp4"), 1, 3),
    ]
    prints = [clip.fingerprint("p"), clip.fingerprint("q"), clip.fingerprint("p", "q")]
    prints += [other.fingerprint("p") for other in others]
    assert len(set(prints)) == len(prints)
    assert Clip("a.mp4", Path("/elsewhere/a.mp4"), 1, 2).fingerprint("p") == clip.fingerprint("p")
