# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What the workers do: one function a task. All of them may be done twice, by two workers at once too.

Files get their place when they are whole. A task that finds its result there has nothing to do, so that a
run that was interrupted goes on where it was.
"""

import json
import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .clips import Clip
from .folders import Hardened
from .gstreamer import PipelineError, decoded, launch, quoted

# As many tasks as cores run at a time; threads in each would only get into each other's way.
SINGLE = "n-threads=1"
# Ends at once: what is merged needs no frames.
NO_FRAMES = ("videotestsrc", "num-buffers=0")
# Seconds; far more than merging takes. Whoever needs more than that is tried again (`Job`).
MERGING = 300


@dataclass(frozen=True)
class Done:
    """What became of a clip."""

    frames: int
    reused: bool
    """It was there before."""


@dataclass(frozen=True)
class Broken:
    """Why nothing became of a clip."""

    reason: str
    host: str = ""
    """The machine that tried."""


def calibrate(clip: Clip, shard: Path, properties: Sequence[str], timeout: float) -> Done | Broken:
    """Gathers the statistics of `clip` in `shard`."""
    reused = shard.exists()
    if not reused:
        # A pipeline that is stopped before its end writes what it has got to: that is no shard.
        part = shard.with_name(f".featurecalibrate-{uuid.uuid4().hex}")
        calibration = ("featurecalibrate", SINGLE, *properties, f"stats-location={part.name}")
        try:
            launch([*decoded(clip.path), "!", *calibration, "!", "fakesink"], shard.parent, timeout)
        except PipelineError as error:
            part.unlink(missing_ok=True)
            return Broken(str(error), socket.gethostname())
        part.replace(shard)
    return Done(json.loads(shard.read_bytes())["frames"], reused)


def merge(inputs: Sequence[Path], output: Path, properties: Sequence[str]) -> Path:
    """Merges statistics; inputs that are themselves merged ones are removed."""
    if not output.exists():
        finish(inputs, output.parent, [*properties, f"stats-location={output.name}"])
    for path in inputs:
        if path.parent == output.parent:
            path.unlink(missing_ok=True)
    return output


def finish(inputs: Sequence[Path], folder: Path, properties: Sequence[str]) -> list[str]:
    """Makes of statistics what `properties` say, in `folder`; returns the warnings."""
    files = ",".join(quoted(Path(os.path.relpath(path, folder))) for path in inputs)
    calibration = ("featurecalibrate", f"merge-from=<{files}>", *properties)
    return launch([*NO_FRAMES, "!", *calibration, "!", "fakesink"], folder, MERGING)


def harden(
    clip: Clip,
    frames: int,
    table: Path,
    hardened: Hardened,
    fingerprint: str,
    timeout: float,
    properties: Sequence[str] = (),
) -> Done | Broken:
    """Distils `clip`, which has `frames`, with `table` into a file that keeps every sample."""
    output, record = hardened.clip(clip), hardened.record(clip)
    if output.exists() and record.exists() and record.read_text() == fingerprint:
        return Done(frames, reused=True)
    # Nobody else writes to it, even if the scheduler has given this worker up and another does the same.
    part = hardened.parts / f"{uuid.uuid4().hex}.mkv"
    # qos=false: offline no frame is too late.
    distillation = ("featuredistill", "settle=true", "qos=false", SINGLE, *properties)
    distillation += (f"table-file={quoted(table)}",)
    container = ("avenc_ffv1", "!", "matroskamux", "!", "filesink", f"location={part.name}")
    try:
        launch([*decoded(clip.path), "!", *distillation, "!", *container], part.parent, timeout)
    except PipelineError as error:
        part.unlink(missing_ok=True)
        return Broken(str(error), socket.gethostname())
    # In this order no record ever tells of another file than the one that is there.
    record.unlink(missing_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    part.replace(output)
    record.write_text(fingerprint)
    return Done(frames, reused=False)
