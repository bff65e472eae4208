# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Attacks on the detector, on the samples of I420 frames: gradients go through scaling and conversion."""

from collections.abc import Callable

import numpy as np

from ..ascent import pgd, to_bytes
from . import film
from .network import ANCHORS, SCORE, Detector

AIMS = ("disappearance", "fabrication")
"""No pedestrian is to be found, or as many as can be that aren't there."""
STEPS = 20
AT = float(np.log(SCORE / (1 - SCORE)))
"""Logit of the least score that counts: anchors around and above it drive the attack."""

Filter = Callable[[np.ndarray], np.ndarray]


def attack(
    detector: Detector,
    frames: np.ndarray,
    aim: str,
    epsilon: int,
    seed: int,
    through: Filter | None = None,
    small: Filter | None = None,
) -> np.ndarray:
    """PGD on frames (uint8, N x bytes of I420). Who knows the filter attacks `through` it: forwards the
    element itself, backwards the identity (BPDA). `small` is a filter behind the scaling."""

    def gradient(now: list[np.ndarray]) -> list[np.ndarray]:
        nonlocal logits
        seen = through(to_bytes(np.stack(now))) if through else now
        pictures = np.stack([film.scaled(frame) for frame in seen])
        if small:
            pictures = small(to_bytes(pictures))
        if aim == "disappearance":
            lift = np.full((len(pictures), ANCHORS), -1, np.float32)
        else:
            # What is found already needs no further lift.
            lift = (logits < AT + 1).astype(np.float32)
        logits, slopes = detector.slope(pictures, lift, AT)
        return [film.led_back(slope) for slope in slopes]

    logits = np.full((len(frames), ANCHORS), -np.inf)
    return np.stack(pgd(gradient, frames, epsilon, STEPS, seed))
