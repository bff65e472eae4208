# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Frames, and what Pillow's libjpeg makes of them."""

import io

import numpy as np
from PIL import Image


def random_frame(random, channels=None, largest=100):
    """Return a frame of random size: noise over a smooth background."""
    height, width = random.integers(1, largest, size=2)
    channels = channels or random.choice([1, 3])
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    smooth = 128 + 100 * np.sin(x / random.uniform(3, 60) + c) * np.cos(y / random.uniform(3, 60))
    noise = random.normal(0, random.choice([0, 3, 30, 300]), size=smooth.shape)
    frame = np.clip(smooth + noise, 0, 255).astype(np.uint8)
    return frame[..., 0] if channels == 1 else frame


def random_tables(random):
    """Return two tables of steps up to a random limit."""
    return random.integers(1, random.choice([2, 16, 64, 256]), size=(2, 8, 8))


def pillow(frame, tables, ycbcr):
    """Return ``frame`` after it was a JPEG with ``tables``, without subsampling."""
    file = io.BytesIO()
    qtables = [table.flatten().tolist() for table in tables]
    Image.fromarray(frame).save(
        file, "JPEG", qtables=qtables if ycbcr else qtables[:1], subsampling=0, keep_rgb=not ycbcr and frame.ndim == 3
    )
    return np.asarray(Image.open(file))
