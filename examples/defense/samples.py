# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The attacker of a lattice of samples: he knows it, and moves samples over the edges of their cells."""

import numpy as np

from .adaptive import loss_of
from .attacks import Attack
from .estimator import Estimator


def jumps(epsilon: int, certified: int, steps: int = 10) -> Attack:
    """For two passes with samples 2 * certified + 1 apart: starts from settled pictures.

    Within `epsilon` a sample gets over the edges of `reach` cells, and the consumer's rounding then moves it
    by that many whole steps, further than the attacker did. Each round takes the loss's gradient at what the
    consumer restores, averaged over the rounds (momentum), and sends every sample `reach` cells along it: an
    iterated FGSM of `reach * (2 * certified + 1)` levels. The round of greatest loss wins.
    """
    step = 2 * certified + 1
    reach = (epsilon + certified) // step

    def craft(estimator: Estimator, settled: np.ndarray, labels: np.ndarray) -> np.ndarray:
        network, start = estimator.model, settled.astype(np.float32)
        if reach == 0:
            # No edge can be reached, so any change will do.
            signs = np.random.default_rng(steps).choice(np.array([-1, 1], np.float32), start.shape)
            return start + epsilon * signs
        best, best_loss = start, np.full(len(start), -np.inf)
        moves, momentum = np.zeros_like(start), np.zeros_like(start)
        for _ in range(steps + 1):
            logits, gradient = network.cross_entropy((start + step * moves).clip(0, 255), labels)
            loss = loss_of(logits, labels)
            better = loss > best_loss
            # The least change that the consumer rounds to these cells.
            pushed = start + np.sign(moves) * (np.abs(moves) * step - certified)
            best, best_loss = np.where(better[:, None, None, None], pushed, best), np.maximum(loss, best_loss)
            momentum += gradient / (np.abs(gradient).mean((1, 2, 3), keepdims=True) + 1e-20)
            moves = reach * np.sign(momentum)
        return best

    return Attack(f"cell jumps{steps} eps {epsilon:g}", epsilon, craft, (certified,))
