# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""DCT and quantisation of 8x8 blocks in floating point, as an attacker sees them.

This is the attacker's model of the element (gradients and which pushes flip a coefficient), never the
defence itself: what a picture becomes is always the element's to say.
"""

from dataclasses import dataclass

import numpy as np

_K = np.arange(8)
DCT = np.cos((2 * _K[None] + 1) * _K[:, None] * np.pi / 16) / 2
DCT[0] /= np.sqrt(2)
BASIS = np.einsum("ux,vy->uvxy", DCT, DCT).reshape(64, 64)
"""Rows: the 64 orthonormal basis functions, in natural order."""
GAIN = np.abs(BASIS).sum(1)
"""How far a change of one level in every sample can move each coefficient."""

# libjpeg's RGB -> YCbCr (ITU-R BT.601, full range), without the offset.
TO_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


@dataclass(frozen=True)
class Lattice:
    """The quantiser of an element: a table for each of three planes, and what the planes are."""

    tables: np.ndarray
    """3 x 64 steps, natural order."""
    ycbcr: bool = False

    @property
    def functionals(self) -> np.ndarray:
        """How coefficients depend on the samples that they share: rows are coefficients, columns samples.
        Planes of RGB share none, so that 64 depend on 64; for YCbCr 192 depend on 192."""
        return np.kron(TO_YCBCR, BASIS) if self.ycbcr else BASIS

    def blocks(self, pictures: np.ndarray, derivative: bool = False) -> np.ndarray:
        """Coefficients, N x blocks x 3 x 64. Sides of pictures that are no multiple of 8 are cut.
        With `derivative`, `pictures` are gradients, and this is the transpose of `samples`."""
        planes = pictures.astype(np.float64)
        if not derivative:
            planes = planes - 128
        if self.ycbcr:
            planes = planes @ (TO_YCBCR.T if not derivative else np.linalg.inv(TO_YCBCR))
        return cut(planes) @ BASIS.T

    def seen(self, pictures: np.ndarray) -> np.ndarray:
        """`blocks` of 8-bit pictures as the element has them: it rounds planes of YCbCr to 8 bit."""
        if not self.ycbcr:
            return self.blocks(pictures)
        return cut(np.rint((pictures - 128.0) @ TO_YCBCR.T)) @ BASIS.T

    def points(self, pictures: np.ndarray) -> np.ndarray:
        """The whole numbers of steps that the element rounds coefficients to."""
        return np.rint(self.seen(pictures) / self.tables)

    def samples(self, blocks: np.ndarray, like: np.ndarray, derivative: bool = False) -> np.ndarray:
        """The inverse of `blocks`, without an offset; what was cut is 0. With `derivative`, `blocks` are
        gradients, and this is the transpose of `blocks`."""
        planes = join(blocks @ BASIS, like)
        if self.ycbcr:
            planes = planes @ (TO_YCBCR if derivative else np.linalg.inv(TO_YCBCR).T)
        return planes

    def softened(self, pictures: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """BPDA with rounding softened to round(x) + (x - round(x))^3 in the backward pass (Shin and
        Song 2017), plus a tenth of the identity, so that lattice points don't stop the attack."""
        levels = self.blocks(pictures) / self.tables
        slope = 3 * np.square(levels - np.rint(levels)) + 0.1
        softened = self.blocks(gradient, derivative=True) * slope
        return self.samples(softened, gradient, derivative=True).astype(np.float32)


def cut(planes: np.ndarray) -> np.ndarray:
    """N x H x W x 3 -> N x blocks x 3 x 64: the samples of each block. What is no whole block is left out."""
    count, height, width, _ = planes.shape
    rows, columns = height // 8, width // 8
    planes = planes[:, : rows * 8, : columns * 8].reshape(count, rows, 8, columns, 8, 3)
    return planes.transpose(0, 1, 3, 5, 2, 4).reshape(count, rows * columns, 3, 64)


def join(blocks: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The inverse of `cut`, shaped as `like`; what was left out is 0."""
    count, height, width, _ = like.shape
    rows, columns = height // 8, width // 8
    planes = blocks.reshape(count, rows, columns, 3, 8, 8).transpose(0, 1, 4, 2, 5, 3)
    result = np.zeros(like.shape)
    result[:, : rows * 8, : columns * 8] = planes.reshape(count, rows * 8, columns * 8, 3)
    return result
