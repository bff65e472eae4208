# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Attacks on the detector, on the samples of I420 frames: gradients go through scaling and conversion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..ascent import pgd, to_bytes
from . import film
from .network import ANCHORS, SCORE, Detector

AIMS = ("disappearance", "fabrication")
"""No pedestrian is to be found, or as many as can be that aren't there."""
STEPS = 20
JUMPS = 10
AT = float(np.log(SCORE / (1 - SCORE)))
"""Logit of the least score that counts: anchors around and above it drive the attack."""

Filter = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Consumer:
    """What stands between the frames and the detector."""

    filter: Filter
    """At camera size, on N x bytes of I420."""
    behind: Filter | None = None
    """Behind the scaling, on N x 300 x 300 x 3."""

    def view(self, frames: np.ndarray) -> np.ndarray:
        """What the detector gets."""
        pictures = _scaled(self.filter(to_bytes(frames)))
        return self.behind(to_bytes(pictures)) if self.behind else pictures


class _Wish:
    """What the attacker wants of the detector: its slope at what the detector gets, and how near it is."""

    def __init__(self, detector: Detector, aim: str, only: np.ndarray | None = None) -> None:
        """`only` these anchors (N x 1917) are to be lifted."""
        self._detector, self._aim, self._only = detector, aim, only
        self.logits: np.ndarray | None = None

    def slope(self, pictures: np.ndarray) -> np.ndarray:
        shape = (len(pictures), ANCHORS)
        if self._aim == "disappearance":
            lift = np.full(shape, -1, np.float32)
        elif self._only is not None:
            lift = self._only
        else:
            # What is found already needs no further lift.
            lift = np.ones(shape, np.float32) if self.logits is None else self.logits < AT + 1
        self.logits, slopes = self._detector.slope(pictures, np.float32(lift), AT)
        return np.stack([film.led_back(slope) for slope in slopes])

    @property
    def reached(self) -> np.ndarray:
        """A soft count of the detections, negative where there are to be none: N."""
        count = (1 / (1 + np.exp(AT - self.logits))).sum(axis=1)
        return -count if self._aim == "disappearance" else count


def attack(
    detector: Detector, frames: np.ndarray, aim: str, epsilon: int, seed: int, known: Consumer | None = None
) -> np.ndarray:
    """PGD on frames (uint8, N x bytes of I420). Who knows the consumer's filters attacks through them:
    forwards the elements themselves, backwards the identity (BPDA)."""
    wish, view = _Wish(detector, aim), known.view if known else _scaled
    return np.stack(pgd(lambda now: wish.slope(view(np.stack(now))), frames, epsilon, STEPS, seed))


def silent(
    detector: Detector, frames: np.ndarray, aim: str, epsilon: int, seed: int, known: Consumer
) -> np.ndarray:
    """The same by who knows of the alarm, too: before the filter and behind it nothing is to be found, or the
    one pedestrian that is nearest to being found although it isn't there."""
    only = None
    if aim == "fabrication":
        logits, _ = detector.slope(known.view(frames), np.zeros((len(frames), ANCHORS), np.float32), AT)
        nearest = np.where(logits < AT, logits, -np.inf).argmax(axis=1)
        only = np.eye(ANCHORS, dtype=np.float32)[nearest]
    before, behind = _Wish(detector, aim, only), _Wish(detector, aim, only)

    def gradient(now: list[np.ndarray]) -> np.ndarray:
        both = (before.slope(_scaled(np.stack(now))), behind.slope(known.view(np.stack(now))))
        return sum(slope / (np.abs(slope).mean(axis=1, keepdims=True) + 1e-20) for slope in both)

    return np.stack(pgd(gradient, frames, epsilon, 2 * STEPS, seed))


def jumps(
    detector: Detector, settled: np.ndarray, aim: str, epsilon: int, certified: int, seed: int
) -> np.ndarray:
    """Settled frames, attacked by who knows that their samples lie 2 * certified + 1 apart: moves them over
    the edges of as many cells as the budget allows, as `defense.samples` does. The round that comes nearest
    to the aim wins."""
    step = 2 * certified + 1
    reach, start = (epsilon + certified) // step, settled.astype(np.float32)
    if reach == 0:
        # No edge can be reached, so any change will do.
        signs = np.random.default_rng(seed).choice(np.array([-1, 1], np.float32), start.shape)
        return to_bytes(start + epsilon * signs)
    wish, moves, momentum = _Wish(detector, aim), np.zeros_like(start), np.zeros_like(start)
    best, nearest = settled.copy(), np.full(len(start), -np.inf)
    for _ in range(JUMPS + 1):
        slope = wish.slope(_scaled((start + step * moves).clip(0, 255)))
        better = wish.reached > nearest
        # The least change that the consumer rounds to these cells.
        pushed = to_bytes(start + np.sign(moves) * (np.abs(moves) * step - certified))
        best[better], nearest[better] = pushed[better], wish.reached[better]
        momentum += slope / (np.abs(slope).mean(axis=1, keepdims=True) + 1e-20)
        moves = reach * np.sign(momentum)
    return best


def _scaled(frames: np.ndarray) -> np.ndarray:
    return np.stack([film.scaled(frame) for frame in frames])
