# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Takes pictures through GStreamer elements: `appsrc ! ELEMENTS ! appsink`, one frame a picture."""

import time
from dataclasses import dataclass
from pathlib import Path

import gi
import numpy as np

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402, F401  (GstApp gives the sink its methods)

PATIENCE = 20
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


def run(elements: str, pictures: np.ndarray) -> Run:
    """Takes `pictures` (uint8, N x H x W x 3, RGB) through `elements`, in order.

    Raises `PipelineError` if an element can't be made, posts an error, or gives fewer or other frames.
    """
    count, height, width, channels = pictures.shape
    caps = f"video/x-raw,format=RGB,width={width},height={height},framerate=30/1"
    text = f"appsrc name=in format=time caps={caps} ! {elements} ! {caps} ! appsink name=out sync=false"
    if pictures.dtype != np.uint8 or channels != 3 or width * 3 % 4:
        raise ValueError(f"{pictures.dtype} {pictures.shape}: want uint8 RGB with rows of 4n bytes")
    try:
        pipeline = Gst.parse_launch(text)
    except gi.repository.GLib.Error as error:
        raise PipelineError(f"{text}: {error.message}") from error
    pipeline.set_state(Gst.State.PLAYING)
    try:
        source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
        results, times = np.empty_like(pictures), []
        for number in range(count):
            start = time.perf_counter()
            buffer = Gst.Buffer.new_wrapped(pictures[number].tobytes())
            buffer.pts = number * Gst.SECOND // 30
            source.push_buffer(buffer)
            results[number] = _pull(pipeline, sink, text).reshape(height, width, 3)
            times.append(time.perf_counter() - start)
        element = pipeline.get_by_name("f")
        stats = element.get_property("stats").to_string() if element else ""
    finally:
        pipeline.set_state(Gst.State.NULL)
    return Run(results, float(np.median(times)) * 1e3 if times else 0.0, stats)


def encode(encoder: str) -> bytes:
    """What `encoder` makes of a single RGB frame."""
    frame = "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=32,height=32"
    text = f"{frame} ! {encoder} ! appsink name=out"
    try:
        pipeline = Gst.parse_launch(text)
    except gi.repository.GLib.Error as error:
        raise PipelineError(f"{text}: {error.message}") from error
    pipeline.set_state(Gst.State.PLAYING)
    try:
        return _pull(pipeline, pipeline.get_by_name("out"), text).tobytes()
    finally:
        pipeline.set_state(Gst.State.NULL)


def _pull(pipeline: Gst.Pipeline, sink: GstApp.AppSink, text: str) -> np.ndarray:
    bus = pipeline.get_bus()
    for _ in range(PATIENCE * 10):
        sample = sink.try_pull_sample(Gst.SECOND // 10)
        if sample is not None:
            buffer = sample.get_buffer()
            return np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        message = bus.pop_filtered(Gst.MessageType.ERROR)
        if message is not None:
            raise PipelineError(f"{text}: {message.parse_error().gerror.message}")
    raise PipelineError(f"{text}: no frame within {PATIENCE} s")
