# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Takes pictures through GStreamer elements: `appsrc ! ELEMENTS ! appsink`, one frame a picture."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gi
import numpy as np

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402, F401  (GstApp gives the sink its methods)

PATIENCE = 60
"""How long to wait for a frame, in seconds."""


class PipelineError(RuntimeError):
    """A pipeline that could not be built or that stopped, with the pipeline's text."""


@dataclass(frozen=True)
class Run:
    """What came out of a pipeline."""

    samples: np.ndarray
    """uint8, shaped as what went in."""
    milliseconds: float
    """Median time of a frame from pushing it to holding the result."""
    stats: str
    """The `stats` of the element called `f`, if there is one."""


def load_plugin(path: Path) -> str:
    """Loads the built plugin and returns its version. To be called once, before any pipeline."""
    Gst.init(None)
    try:
        plugin = Gst.Plugin.load_file(str(path))
    except gi.repository.GLib.Error as error:
        raise PipelineError(f"{path}: {error.message} (`make build` makes it)") from error
    Gst.Registry.get().add_plugin(plugin)
    return plugin.get_version()


class Playing:
    """A pipeline that runs, with an appsrc `in` (if it has one) and an appsink `out`."""

    def __init__(self, pipeline: Gst.Pipeline, text: str) -> None:
        self._pipeline, self._text = pipeline, text
        self._source, self._sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")

    def push(self, buffer: Gst.Buffer) -> None:
        """Raises `PipelineError` if the source takes no more."""
        if self._source.push_buffer(buffer) != Gst.FlowReturn.OK:
            raise PipelineError(f"{self._text}: the source takes no more frames")

    def end(self) -> None:
        """No frame follows: what is still inside comes out."""
        self._source.end_of_stream()

    def pull(self) -> np.ndarray:
        """The next frame's bytes. Raises `PipelineError` on an error, and where none comes."""
        bus = self._pipeline.get_bus()
        for _ in range(PATIENCE * 10):
            sample = self._sink.try_pull_sample(Gst.SECOND // 10)
            if sample is not None:
                buffer = sample.get_buffer()
                return np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
            message = bus.pop_filtered(Gst.MessageType.ERROR)
            if message is not None:
                raise PipelineError(f"{self._text}: {message.parse_error().gerror.message}")
        raise PipelineError(f"{self._text}: no frame within {PATIENCE} s")

    def stats(self, name: str) -> str:
        """`stats` of the element of that name, if there is one."""
        element = self._pipeline.get_by_name(name)
        return element.get_property("stats").to_string() if element else ""


@contextmanager
def playing(text: str) -> Iterator[Playing]:
    """Runs the pipeline `text`. Raises `PipelineError` if it can't be made."""
    try:
        pipeline = Gst.parse_launch(text)
    except gi.repository.GLib.Error as error:
        raise PipelineError(f"{text}: {error.message}") from error
    pipeline.set_state(Gst.State.PLAYING)
    try:
        yield Playing(pipeline, text)
    finally:
        pipeline.set_state(Gst.State.NULL)


def run(elements: str, pictures: np.ndarray) -> Run:
    """Takes `pictures` (uint8, N x H x W x 3, RGB) through `elements`, in order.

    Raises `PipelineError` if an element can't be made, posts an error, or gives fewer or other frames.
    """
    count, height, width, channels = pictures.shape
    caps = f"video/x-raw,format=RGB,width={width},height={height},framerate=30/1"
    text = f"appsrc name=in format=time caps={caps} ! {elements} ! {caps} ! appsink name=out sync=false"
    if pictures.dtype != np.uint8 or channels != 3 or width * 3 % 4:
        raise ValueError(f"{pictures.dtype} {pictures.shape}: want uint8 RGB with rows of 4n bytes")
    results, times = np.empty_like(pictures), []
    with playing(text) as pipeline:
        for number in range(count):
            start = time.perf_counter()
            buffer = Gst.Buffer.new_wrapped(pictures[number].tobytes())
            buffer.pts = number * Gst.SECOND // 30
            pipeline.push(buffer)
            results[number] = pipeline.pull().reshape(height, width, 3)
            times.append(time.perf_counter() - start)
        stats = pipeline.stats("f")
    return Run(results, float(np.median(times)) * 1e3 if times else 0.0, stats)


def encode(encoder: str) -> bytes:
    """What `encoder` makes of a single RGB frame."""
    frame = "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=32,height=32"
    with playing(f"{frame} ! {encoder} ! appsink name=out") as pipeline:
        return pipeline.pull().tobytes()
