# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What is in the archive."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3gp", "asf", "avi", "flv", "m2ts", "m4v", "mjpeg", "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg"),
        *("mts", "mxf", "ogg", "ogv", "ts", "vob", "webm", "wmv", "y4m"),
    )
)
"""The names that clips end in, in lower case."""


@dataclass(frozen=True)
class Clip:
    """A file with video in it."""

    name: str
    """Its path below the archive."""
    path: Path
    """Where every machine finds it."""
    size: int
    modified: int
    """In nanoseconds since 1970."""

    def fingerprint(self, *parameters: str) -> str:
        """Names what is made of the clip: changes with the clip and with the `parameters`."""
        parts = [self.name, str(self.size), str(self.modified), *parameters]
        # No file name and no parameter holds a zero byte.
        return hashlib.sha256(b"\0".join(map(os.fsencode, parts))).hexdigest()


def find(archive: Path) -> list[Clip]:
    """All clips in `archive` and the folders below it, by name. Hidden ones are none."""
    clips = []
    for path in archive.rglob("*"):
        name = path.relative_to(archive)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            stat = path.stat()
            clips.append(Clip(str(name), path, stat.st_size, stat.st_mtime_ns))
    return sorted(clips, key=lambda clip: os.fsencode(clip.name))
