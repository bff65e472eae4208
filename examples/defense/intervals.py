# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Intervals of 95 % for shares of pictures."""

import math
from dataclasses import asdict, dataclass

import numpy as np

Z = 1.959964
"""The normal distribution's two-sided 95 % point."""


@dataclass(frozen=True)
class Share:
    """`hits` of `n` pictures, with Wilson's interval. All shares are of 0..1."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927), which stays inside 0..1 and isn't empty at 0 and n hits."""
        if not self.n:
            return (0.0, 1.0)
        weight = Z**2 / self.n
        centre = self.value + weight / 2
        spread = Z * math.sqrt(self.value * (1 - self.value) / self.n + weight / (4 * self.n))
        low, high = (centre - spread) / (1 + weight), (centre + spread) / (1 + weight)
        # Rounding errors must not put the value outside where it is the bound, at 0 and n hits.
        return (max(0.0, min(low, self.value)), min(1.0, max(high, self.value)))

    def as_json(self) -> dict:
        return {**asdict(self), "value": round(self.value, 4), "interval": _rounded(self.interval)}


def share(hits: np.ndarray) -> Share:
    """The share of true entries."""
    return Share(int(np.count_nonzero(hits)), len(hits))


@dataclass(frozen=True)
class Drop:
    """What the same pictures lose in accuracy from one treatment to another."""

    value: float
    interval: tuple[float, float]
    n: int

    def as_json(self) -> dict:
        return {"n": self.n, "value": round(self.value, 4), "interval": _rounded(self.interval)}


def drop(before: np.ndarray, after: np.ndarray) -> Drop:
    """Paired difference of two boolean results for the same pictures, with the interval of Agresti and
    Min (2005): half a picture is added to each of the four cells, so that no difference isn't certain."""
    n = len(before)
    lost = np.count_nonzero(before & ~after) + 0.5
    gained = np.count_nonzero(~before & after) + 0.5
    total = n + 2
    centre = (lost - gained) / total
    spread = Z * math.sqrt(max(lost + gained - (lost - gained) ** 2 / total, 0)) / total
    return Drop(float((lost - gained) / n), (centre - spread, centre + spread), n)


def drop_over_views(before: np.ndarray, after: np.ndarray) -> Drop:
    """The same where each picture was seen in several views (pictures x views). Views of a picture depend
    on each other, so that pictures are what is counted: the interval is that of their mean losses, with
    half a picture more that loses all and half a one that gains all, so that no difference isn't certain."""
    n = len(before)
    lost = before.mean(axis=1) - after.mean(axis=1)
    variance = (np.square(lost - lost.mean()).sum() + 1) / (n + 1)
    spread = Z * math.sqrt(variance / (n + 1))
    return Drop(float(lost.mean()), (float(lost.mean()) - spread, float(lost.mean()) + spread), n)


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(bound, 4) for bound in interval]
