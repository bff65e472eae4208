# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Projected gradient descent on arrays, for whatever has a gradient: no attack library is needed."""

from collections.abc import Callable, Sequence

import numpy as np

Gradient = Callable[[list[np.ndarray]], Sequence[np.ndarray]]
"""Pictures (float32 levels of 0..255) -> for each the gradient of what the attacker wants to grow."""


def pgd(
    gradient: Gradient, pictures: Sequence[np.ndarray], epsilon: float, steps: int, seed: int
) -> list[np.ndarray]:
    """8-bit pictures within `epsilon` of `pictures` (uint8, of any sizes): sign steps from a random start,
    each projected onto the budget (Madry et al. 2018), then rounded. Together they cross the budget two and a
    half times."""
    generator = np.random.default_rng(seed)
    starts = [picture.astype(np.float32) for picture in pictures]
    lows = [np.maximum(start - np.float32(epsilon), 0) for start in starts]
    highs = [np.minimum(start + np.float32(epsilon), 255) for start in starts]
    step = np.float32(2.5 * epsilon / steps)
    attacked = [
        (start + generator.uniform(-epsilon, epsilon, start.shape).astype(np.float32)).clip(low, high)
        for start, low, high in zip(starts, lows, highs, strict=True)
    ]
    for _ in range(steps):
        attacked = [
            (now + step * np.sign(slope)).clip(low, high)
            for now, slope, low, high in zip(attacked, gradient(attacked), lows, highs, strict=True)
        ]
    # Inwards where the budget is no whole number, so that rounding stays within it.
    return [
        np.rint(now).clip(np.ceil(low), np.floor(high)).astype(np.uint8)
        for now, low, high in zip(attacked, lows, highs, strict=True)
    ]


def to_bytes(levels: np.ndarray) -> np.ndarray:
    """Rounds levels to 8-bit samples."""
    return np.rint(levels).clip(0, 255).astype(np.uint8)
