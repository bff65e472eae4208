# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Streams of I420 frames: decoded, taken through elements, and scaled to what the detector takes."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from .. import pipeline
from ..pipeline import Gst

WIDTH, HEIGHT = 768, 576
"""Of the film, in pixels."""
SIDE = 300
"""Of the detector's input, in pixels."""

# BT.601 in the limited range, which decoders give: columns are Y, U, V.
_TO_RGB = np.array(
    [[1.164383, 0, 1.596027], [1.164383, -0.391762, -0.812968], [1.164383, 2.017232, 0]], np.float32
)
_OFFSET = np.array([16, 128, 128], np.float32)
_LUMA, _CHROMA = WIDTH * HEIGHT, WIDTH * HEIGHT // 4


def decode(film: Path, every: int, first: int, count: int) -> np.ndarray:
    """`count` frames of a film from `first` on, every `every`-th: uint8, N x bytes of an I420 frame."""
    source = f'filesrc location="{film}" ! decodebin ! videoconvert ! {_caps()}'
    wanted = {first + every * number: number for number in range(count)}
    frames = np.empty((count, _LUMA + 2 * _CHROMA), np.uint8)
    with pipeline.playing(f"{source} ! appsink name=out sync=false max-buffers=4") as run:
        for number in range(max(wanted) + 1):
            frame = run.pull()
            if number in wanted:
                frames[wanted[number]] = frame
    return frames


def through(elements: str, frames: np.ndarray) -> np.ndarray:
    """The frames behind `elements`, which may encode and decode them."""
    text = f"appsrc name=in format=time caps={_caps()},framerate=10/1 ! {elements} ! videoconvert ! {_caps()}"
    result = np.empty_like(frames)
    with pipeline.playing(f"{text} ! appsink name=out sync=false") as run:
        for number, frame in enumerate(frames):
            buffer = Gst.Buffer.new_wrapped(frame.tobytes())
            buffer.pts = number * Gst.SECOND // 10
            buffer.duration = Gst.SECOND // 10
            run.push(buffer)
        run.end()
        for number in range(len(frames)):
            result[number] = run.pull()
    return result


def _caps() -> str:
    # Said of the decoded film, too, or videoconvert would convert colors on the way.
    return f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT},colorimetry=bt601"


def planes(frame: np.ndarray) -> list[np.ndarray]:
    """The planes Y, U, V of one frame."""
    luma, first, second = np.split(frame, [_LUMA, _LUMA + _CHROMA])
    half = (HEIGHT // 2, WIDTH // 2)
    return [luma.reshape(HEIGHT, WIDTH), first.reshape(half), second.reshape(half)]


@lru_cache
def _weights(side: int) -> np.ndarray:
    """Bilinear scaling of a row or column of `side` samples to the detector's, as Pillow does it; chroma is
    stretched as well."""
    rows = Image.fromarray(np.eye(side, dtype=np.float32))
    return np.asarray(rows.resize((side, SIDE), Image.Resampling.BILINEAR))


def scaled(frame: np.ndarray) -> np.ndarray:
    """Levels of one frame at the detector's size: 300 x 300 x 3, RGB, float32."""
    return _scaled(planes(frame))


def _scaled(parts: list[np.ndarray]) -> np.ndarray:
    small = [_weights(len(plane)) @ plane.astype(np.float32) @ _weights(len(plane.T)).T for plane in parts]
    return ((np.stack(small, axis=-1) - _OFFSET) @ _TO_RGB.T).clip(0, 255)


def window(frame: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """What the detector gets of a square part of a frame (even numbers): uint8, 300 x 300 x 3, RGB."""
    cut = [
        plane[top // step : (top + side) // step, left // step : (left + side) // step]
        for plane, step in zip(planes(frame), (1, 2, 2), strict=True)
    ]
    return np.rint(_scaled(cut)).astype(np.uint8)


def led_back(slope: np.ndarray) -> np.ndarray:
    """A gradient at the detector's input (300 x 300 x 3) -> the gradient at the samples of the frame."""
    small = slope @ _TO_RGB
    full = []
    for number, (height, width) in enumerate([(HEIGHT, WIDTH)] + [(HEIGHT // 2, WIDTH // 2)] * 2):
        full.append((_weights(height).T @ small[..., number] @ _weights(width)).ravel())
    return np.concatenate(full)


def inputs(frames: np.ndarray) -> np.ndarray:
    """What the detector gets of frames: uint8, N x 300 x 300 x 3, RGB."""
    return np.stack([np.rint(scaled(frame)).astype(np.uint8) for frame in frames])


def elements_available(*names: str) -> bool:
    """True if GStreamer has all of these elements."""
    return all(Gst.ElementFactory.find(name) for name in names)
