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
    subsampled: bool = False
    """Chroma in 4:2:0. Only `softened` knows."""

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
        planes, slopes = pictures - 128.0, gradient.astype(np.float64)
        if self.ycbcr:
            planes, slopes = planes @ TO_YCBCR.T, slopes @ np.linalg.inv(TO_YCBCR)
        if self.subsampled:
            luma = _softened(planes[..., :1], slopes[..., :1], self.tables[:1])
            # Averaging spreads a slope over four samples, repeating them has gathered it from four.
            chroma = _softened(_halved(planes[..., 1:]), 4 * _halved(slopes[..., 1:]), self.tables[1:])
            softened = np.concatenate([luma, chroma.repeat(2, axis=1).repeat(2, axis=2) / 4], axis=3)
        else:
            softened = _softened(planes, slopes, self.tables)
        return (softened @ TO_YCBCR if self.ycbcr else softened).astype(np.float32)


def _softened(planes: np.ndarray, slopes: np.ndarray, tables: np.ndarray) -> np.ndarray:
    levels = cut(planes) @ BASIS.T / tables
    rounding = 3 * np.square(levels - np.rint(levels)) + 0.1
    return join((cut(slopes) @ BASIS.T * rounding) @ BASIS, slopes)


def _halved(planes: np.ndarray) -> np.ndarray:
    """Each four samples' mean, as 4:2:0 has chroma. Sides are even."""
    count, height, width, channels = planes.shape
    return planes.reshape(count, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))


def cut(planes: np.ndarray) -> np.ndarray:
    """N x H x W x C -> N x blocks x C x 64: the samples of each block. What is no whole block is left out."""
    count, height, width, channels = planes.shape
    rows, columns = height // 8, width // 8
    planes = planes[:, : rows * 8, : columns * 8].reshape(count, rows, 8, columns, 8, channels)
    return planes.transpose(0, 1, 3, 5, 2, 4).reshape(count, rows * columns, channels, 64)


def join(blocks: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The inverse of `cut`, shaped as `like`; what was left out is 0."""
    count, height, width, channels = like.shape
    rows, columns = height // 8, width // 8
    planes = blocks.reshape(count, rows, columns, channels, 8, 8).transpose(0, 1, 4, 2, 5, 3)
    result = np.zeros(like.shape)
    result[:, : rows * 8, : columns * 8] = planes.reshape(count, rows * 8, columns * 8, channels)
    return result
