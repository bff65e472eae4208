# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Frames of a camera's size in front of a network: scaled down behind the filter, and gradients led back."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from ..export import Variant

LEAST, MOST = 320, 896
"""Sides of the squares, in pixels."""


def square(path: Path) -> np.ndarray | None:
    """The centre square of a picture as it is stored, its side a multiple of 8: uint8, side x side x 3. None
    where the picture is smaller than `LEAST`."""
    with Image.open(path) as file:
        picture = file.convert("RGB")
    side = min(*picture.size, MOST) // 8 * 8
    if side < LEAST:
        return None
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return np.asarray(picture.crop((left, top, left + side, top + side)))


@lru_cache(maxsize=64)
def _scaler(side: int, variant: Variant) -> np.ndarray:
    """Weights (size x side) of Pillow's bicubic scaling of `side` samples to `variant.resize` and of the
    centre crop."""
    rows = Image.fromarray(np.eye(side, dtype=np.float32))
    scaled = np.asarray(rows.resize((side, variant.resize), Image.Resampling.BICUBIC))
    first = (variant.resize - variant.size) // 2
    return np.ascontiguousarray(scaled[first : first + variant.size])


def scaled(frames: Sequence[np.ndarray], variant: Variant) -> np.ndarray:
    """Input of the network for frames (levels, of any sizes): N x size x size x 3 levels, 8-bit if they
    are."""
    seen = []
    for frame in frames:
        weights = _scaler(len(frame), variant)
        half = np.tensordot(weights, frame.astype(np.float32), (1, 0))
        small = np.tensordot(half, weights, (1, 1)).transpose(0, 2, 1)
        seen.append(small.clip(0, 255))
    result = np.stack(seen)
    return np.rint(result).astype(np.uint8) if frames[0].dtype == np.uint8 else result


def led_back(slopes: np.ndarray, frames: Sequence[np.ndarray], variant: Variant) -> list[np.ndarray]:
    """Gradients at what the network gets -> gradients at the frames."""
    result = []
    for slope, frame in zip(slopes, frames, strict=True):
        weights = _scaler(len(frame), variant)
        half = np.tensordot(weights, slope, (0, 0))
        result.append(np.tensordot(half, weights, (1, 0)).transpose(0, 2, 1))
    return result
