# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""How far a run is: one line that is rewritten on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from datetime import timedelta
from typing import TextIO

from .clips import Clip
from .tasks import Broken, Done

TERMINAL_INTERVAL = 1.0
"""Seconds between two looks of a terminal's line."""
PLAIN_INTERVAL = 10.0
"""Seconds between two plain lines."""


class Progress:
    """Counts clips; to be used in a `with` statement, which ends with a line that stays."""

    def __init__(self, what: str, clips: list[Clip], stream: TextIO = sys.stderr) -> None:
        self._what = what
        self._stream = stream
        self._clips = len(clips)
        self._bytes = sum(clip.size for clip in clips)
        self._done = self._reused = self._broken = self._frames = 0
        self._bytes_worked = self._bytes_left_out = 0
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._ticker.join()
        self._show("\n")

    def add(self, clip: Clip, outcome: Done | Broken) -> None:
        """Counts a clip that is through."""
        with self._lock:
            match outcome:
                case Done(frames, reused=False):
                    self._done += 1
                    self._frames += frames
                    self._bytes_worked += clip.size
                case Done():
                    self._done += 1
                    self._reused += 1
                    self._bytes_left_out += clip.size
                case Broken():
                    self._broken += 1
                    self._bytes_left_out += clip.size

    def line(self, elapsed: float) -> str:
        """What is shown `elapsed` seconds after the start."""
        with self._lock:
            parts = [f"{self._what}: {self._done} of {self._clips} clips"]
            if self._reused:
                parts.append(f"{self._reused} unchanged")
            if self._broken:
                parts.append(f"{self._broken} broken")
            parts.append(f"{self._frames} frames")
            if elapsed > 0:
                parts.append(f"{self._frames / elapsed:.0f} frames/s")
            parts.append(self._time(elapsed))
            return ", ".join(parts)

    def _time(self, elapsed: float) -> str:
        left = self._bytes - self._bytes_worked - self._bytes_left_out
        if self._done + self._broken == self._clips:
            return f"{_clock(elapsed)} taken"
        if not self._bytes_worked:
            return f"{_clock(elapsed)} so far"
        # By bytes, as how many frames there are isn't known before they are decoded.
        return f"{_clock(left * elapsed / self._bytes_worked)} left"

    def _tick(self) -> None:
        terminal = self._stream.isatty()
        while not self._ended.wait(TERMINAL_INTERVAL if terminal else PLAIN_INTERVAL):
            self._show("" if terminal else "\n")

    def _show(self, end: str) -> None:
        line = self.line(time.monotonic() - self._started)
        if self._stream.isatty():
            line = f"\r{line}\x1b[K"
        print(line, end=end, file=self._stream, flush=True)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
