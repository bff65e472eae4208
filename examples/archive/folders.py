# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Where results are kept. The machinery's own files are in a hidden folder of each."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .clips import Clip

STATE = ".state"


class InUseError(Exception):
    """Another run works in the folder."""


@dataclass(frozen=True)
class Results:
    """The folder of a calibration."""

    root: Path

    @property
    def table(self) -> Path:
        return self.root / "table.txt"

    @property
    def stats(self) -> Path:
        return self.root / "stats.json"

    @property
    def plot(self) -> Path:
        return self.root / "plot.png"

    @property
    def shards(self) -> Path:
        """The statistics of single clips, kept for later runs."""
        return self.root / STATE / "shards"

    @property
    def merged(self) -> Path:
        """Statistics of several clips, on their way to the root of the tree."""
        return self.root / STATE / "merged"

    def shard(self, fingerprint: str) -> Path:
        return self.shards / f"{fingerprint}.json"


@dataclass(frozen=True)
class Hardened:
    """The folder of hardened clips."""

    root: Path

    @property
    def parts(self) -> Path:
        """Clips that are not whole yet."""
        return self.root / STATE / "parts"

    def clip(self, clip: Clip) -> Path:
        return self.root / f"{clip.name}.mkv"

    def record(self, clip: Clip) -> Path:
        """Holds the fingerprint of what is in `clip(clip)`."""
        name = hashlib.sha256(os.fsencode(clip.name)).hexdigest()
        return self.root / STATE / name


@contextmanager
def claimed(root: Path) -> Iterator[None]:
    """Keeps other runs out of the folder `root`, which is made if it isn't there."""
    state = root / STATE
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUseError(f"{root}: another run works in this folder") from error
        yield
