# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The defences that are compared. Those of GStreamer run as its elements."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image
from skimage.restoration import denoise_tv_chambolle

from . import pipeline
from .ascent import to_bytes
from .lattice import Lattice
from .pipeline import Run

# Frames of this size are too small to share among threads, and none may be dropped.
ELEMENT = "featuredistill name=f qos=false n-threads=1"


@dataclass(frozen=True)
class Defence:
    """What the network's owner does to pictures."""

    name: str
    restore: Callable[[np.ndarray], Run]
    """At the consumer, after an attacker had the pictures."""
    protect: Callable[[np.ndarray], Run] | None = None
    """At the trusted source, before one has (two passes)."""
    properties: str = ""
    """Of the element, in gst-launch's syntax."""
    subsampled: bool = False
    """Whether the element gets I420 instead of RGB."""

    def filter(self, pictures: np.ndarray) -> np.ndarray:
        """`restore` without its time."""
        return self.restore(pictures).samples

    def settle(self, pictures: np.ndarray) -> np.ndarray:
        """What leaves the trusted source."""
        return self.protect(pictures).samples if self.protect else pictures


def none() -> Defence:
    """The network alone."""
    return Defence("none", lambda pictures: Run(pictures, 0.0, ""))


def jpeg(quality: int) -> Defence:
    """A JPEG round trip by GStreamer's own elements, with the accurate DCT, in YCbCr 4:2:0 as files are
    (RGB frames jpegenc would store as RGB)."""
    code = f"jpegenc quality={quality} idct-method=islow ! jpegdec idct-method=islow"
    return Defence(f"jpegenc ! jpegdec, quality {quality}", partial(pipeline.run, _in_i420(code)))


def one_pass(name: str, properties: str, subsampled: bool = False) -> Defence:
    """featuredistill at the consumer, on RGB or, `subsampled`, on I420 as decoders give it."""
    element = f"{ELEMENT} {properties}"
    elements = _in_i420(element) if subsampled else element
    return Defence(
        f"{name}, one pass", partial(pipeline.run, elements), properties=properties, subsampled=subsampled
    )


def _in_i420(elements: str) -> str:
    # The full range, as JPEG's colours have it: jpegdec says so of what it gives, so the source has to.
    return f"videoconvert ! video/x-raw,format=I420,colorimetry=1:4:0:0 ! {elements} ! videoconvert"


def two_passes(name: str, properties: str) -> Defence:
    """featuredistill at the trusted source, settling, and at the consumer."""
    consumer = partial(pipeline.run, f"{ELEMENT} {properties}")
    source = partial(pipeline.run, f"{ELEMENT} settle=true {properties}")
    return Defence(f"{name}, two passes", consumer, source, properties)


def total_variation(weight: float) -> Defence:
    """Total-variation minimisation (Chambolle 2004, as in scikit-image), samples scaled to 0..1."""

    def restore(pictures: np.ndarray) -> Run:
        results, times = np.empty_like(pictures), []
        for number, picture in enumerate(pictures):
            start = time.perf_counter()
            smooth = denoise_tv_chambolle(picture / 255, weight=weight, channel_axis=-1)
            results[number] = to_bytes(smooth * 255)
            times.append(time.perf_counter() - start)
        return Run(results, float(np.median(times)) * 1e3 if times else 0.0, "")

    return Defence(f"total variation, weight {weight:g}", restore)


def bit_depth(bits: int) -> Defence:
    """Feature squeezing's reduction of the colour bit depth (Xu, Evans and Qi, NDSS 2018): each sample to the
    nearest of 2^bits values from 0 to 255."""
    steps = 2**bits - 1

    def restore(pictures: np.ndarray) -> Run:
        start = time.perf_counter()
        results = to_bytes(np.rint(pictures / 255 * steps) / steps * 255)
        return Run(results, (time.perf_counter() - start) * 1e3 / max(len(pictures), 1), "")

    return Defence(f"bit depth {bits}", restore)


def lattice_of(properties: str, subsampled: bool = False) -> Lattice:
    """The quantiser that the element with these properties has, as the tables that the plugin's own encoder
    writes with the same properties into a JPEG file."""
    ycbcr = subsampled or "color-mode=ycbcr" in properties
    encoded = pipeline.encode(f"featuredistillenc {properties.replace('color-mode=ycbcr', '')}")
    with Image.open(io.BytesIO(encoded)) as file:
        tables = [np.array(table, float) for _, table in sorted(file.quantization.items())]
    luma, chroma = tables[0], tables[-1]
    return Lattice(np.stack([luma, chroma, chroma] if ycbcr else [luma] * 3), ycbcr, subsampled)
