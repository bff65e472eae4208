# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Pipelines, each in a process of its own.

A decoder that crashes on a broken clip, or leaks, then takes neither the worker nor what the worker
knows with it; and workers need no Python bindings, only the tools of GStreamer.
"""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

# A worker that is killed takes its pipeline along (setpriv), and a pipeline that crashes ends instead of
# waiting for a debugger (--no-fault). Not --quiet, which would keep warnings back.
LAUNCH = ("setpriv", "--pdeathsig", "KILL", "--", "gst-launch-1.0", "--no-position", "--no-fault")
# Seconds that it has to end after an error. GStreamer 1.22's hangs if the error comes while it starts.
GRACE = 2
# What it says is read by programs.
ENGLISH = {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}

_REPORT = re.compile(r"^(ERROR|WARNING): (?:from element \S+: )?(.+)$", re.MULTILINE)
# What follows from an error that was told before, and is told alone only where nothing else is.
_NOISE = ("pipeline doesn't want to preroll.", "Internal data stream error.")
_MISSING = re.compile(r"^Missing (?:decoder|element): [^(\n]+", re.MULTILINE)
_MISSING_KIND = re.compile(r"^Missing decoder: .*\((\w+)/", re.MULTILINE)
_NO_VIDEO = ("streaming stopped, reason not-linked", "failed delayed linking")


class PipelineError(Exception):
    """A pipeline that didn't come to its end; displays as what it said."""


def quoted(path: Path) -> str:
    """`path` as the value of a property."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def decoded(clip: Path) -> tuple[str, ...]:
    """The elements that give the video in `clip`.

    As an address, since in that every character a file name can have is unmistakable. Decoders in
    software, since those in hardware differ from machine to machine. Sound isn't decoded: nobody takes it,
    and the end of the stream then gets lost at times.
    """
    video = ("caps=video/x-raw(ANY)", "expose-all-streams=false", "force-sw-decoders=true")
    return ("uridecodebin", f"uri={clip.as_uri()}", *video, "!", "videoconvert")


def launch(pipeline: Sequence[str], folder: Path, timeout: float | None = None) -> list[str]:
    """Runs `pipeline` in `folder` until its end and returns its warnings.

    Raises `PipelineError` if it stops before, or takes more than `timeout` seconds.
    """
    started = time.monotonic()
    with (
        subprocess.Popen(
            [*LAUNCH, *pipeline],
            cwd=folder,
            env=os.environ | ENGLISH,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
        ExitStack() as timers,
    ):
        if timeout is not None:
            timers.enter_context(_killing(process, timeout))
        lines: list[str] = []
        for line in process.stdout:
            if _is_error(line) and not any(map(_is_error, lines)):
                timers.enter_context(_killing(process, GRACE))
            lines.append(line)
        process.wait()
    said = "".join(lines)
    if process.returncode == 0:
        return [text for kind, text in _REPORT.findall(said) if kind == "WARNING"]
    if process.returncode > 0 or any(map(_is_error, lines)):
        raise PipelineError(_cause(said))
    if timeout is not None and time.monotonic() - started >= timeout:
        raise PipelineError(f"not done after {timeout:g} seconds (--timeout)")
    raise PipelineError(f"the pipeline was ended by {signal.Signals(-process.returncode).name}")


def _is_error(line: str) -> bool:
    return line.startswith("ERROR:")


@contextmanager
def _killing(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """Kills `process` if the `with` statement takes longer than that."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cause(said: str) -> str:
    """What a pipeline stopped for, in a line."""
    reports = _REPORT.findall(said)
    errors = [text for kind, text in reports if kind == "ERROR" and text not in _NOISE]
    only_sound = set(_MISSING_KIND.findall(said)) == {"audio"}
    if only_sound or (not errors and any(text in said for text in _NO_VIDEO)):
        return "there is no video in it"
    texts = errors or [text for _, text in reports] or [said.strip()]
    missing = [text.strip() + "." for text in _MISSING.findall(said)]
    return " ".join(dict.fromkeys([texts[0], *missing]))
