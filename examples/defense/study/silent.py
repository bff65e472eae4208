# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The attack on an alarm: what the network sees before and after the filter shall be wrong, and the same."""

import numpy as np

from ..ascent import pgd, to_bytes
from ..data import Pictures
from ..estimator import Filter
from ..network import Network

STEPS = 40


def silent(network: Network, filter: Filter, pictures: Pictures, epsilon: float, seed: int) -> np.ndarray:
    """Attacked 8-bit pictures: towards the class that the network alone holds for the likeliest wrong one,
    before the filter and behind it at once (BPDA with the identity), so that the two agree."""
    logits = network.logits(pictures.samples)
    logits[np.arange(len(logits)), pictures.labels] = -np.inf
    targets = logits.argmax(axis=1)

    def gradient(now: list[np.ndarray]) -> np.ndarray:
        levels = np.stack(now)
        _, before = network.cross_entropy(levels, targets)
        _, behind = network.cross_entropy(filter(to_bytes(levels)), targets)
        both = [slope / (np.abs(slope).mean((1, 2, 3), keepdims=True) + 1e-20) for slope in (before, behind)]
        return -(both[0] + both[1])

    return np.stack(pgd(gradient, pictures.samples, epsilon, STEPS, seed))
