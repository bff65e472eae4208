# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Attacks by somebody who knows the filter.

Nothing in the element is random, so expectation over transformation would average equal terms: BPDA
already is that attack.
"""

from collections.abc import Callable

import numpy as np

from .attacks import Attack
from .estimator import Estimator
from .lattice import Lattice, cut, join

MARGIN = 0.6
"""How far beyond half a step a coefficient is pushed, in levels of the coefficient, as rounding to 8 bit
moves it (standard deviation 0.29) and the element's own DCT is of integers."""
PROJECTIONS = 16
SETS = (1, 2, 4, 8, 16)
"""How many coefficients are tried at once, of a plane for RGB, of all three planes for YCbCr."""


def lattice_aware(
    epsilon: float,
    lattice: Lattice,
    element: Callable[[np.ndarray], np.ndarray],
    steps: int = 10,
    sets: tuple[int, ...] = SETS,
) -> Attack:
    """For two passes: starts from settled pictures and makes the consumer round coefficients elsewhere.

    A coefficient that is pushed past half a step moves by a whole one. In each round, the loss's gradient at
    what the element makes of the attacked picture, averaged over the rounds (momentum), gives each flip its
    gain, and half a step less where the coefficient sits already, its price. The flips of most gain for
    their price are tried in `sets`, one size after the other: alternating projections look for samples
    within the budget that push all of a set, in RGB, where the budget is, also for planes of YCbCr.
    What the consumer would round the samples to, once they are 8-bit, decides which set a block gets. The
    round whose restored picture has the greatest loss wins; the element itself decides what it restores.
    """

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        network = estimator.model
        best, best_loss = pictures.copy(), np.full(len(pictures), -np.inf)
        attacked, momentum = pictures, np.float64(0)
        for _ in range(steps):
            restored = element(attacked)
            logits, gradient = network.cross_entropy(restored, labels)
            loss = loss_of(logits, labels)
            better = loss > best_loss
            best[better], best_loss[better] = attacked[better], loss[better]
            gradient = gradient / (np.abs(gradient).mean((1, 2, 3), keepdims=True) + 1e-20)
            momentum = momentum + lattice.blocks(gradient, derivative=True)
            # One by one, as what a picture needs fits into the processor's cache.
            attacked = np.concatenate(
                [
                    _push(pictures[one], momentum[one], lattice, epsilon, sets)
                    for one in (slice(at, at + 1) for at in range(len(pictures)))
                ]
            )
        restored = element(attacked)
        better = loss_of(network.logits(restored), labels) > best_loss
        best[better] = attacked[better]
        return best

    return Attack(f"lattice-aware{steps} eps {epsilon:g}", epsilon, craft, sets)


def count_flips(lattice: Lattice, settled: np.ndarray, restored: np.ndarray) -> float:
    """Share of all coefficients that the element restored to another lattice point."""
    return float((lattice.points(settled) != lattice.points(restored)).mean())


def flip_gain(lattice: Lattice, gradient: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What the loss gains to first order by the consumer's rounding `after` instead of `before` to the
    lattice, for all coefficients (N x blocks x 3 x 64)."""
    return gradient * (lattice.points(after) - lattice.points(before)) * lattice.tables


def _push(
    pictures: np.ndarray, gradient: np.ndarray, lattice: Lattice, epsilon: float, sets: tuple[int, ...]
) -> np.ndarray:
    """8-bit pictures in which the coefficients of most gain are flipped."""
    functionals = lattice.functionals.astype(np.float32)
    shared = len(functionals)
    tables = np.broadcast_to(lattice.tables, gradient.shape).reshape(-1, shared)
    coefficients = lattice.seen(pictures).reshape(-1, shared)
    residual = coefficients - np.rint(coefficients / tables) * tables
    slope = gradient.reshape(-1, shared)
    direction = np.where(slope >= 0, 1.0, -1.0)
    need = tables / 2 - direction * residual + MARGIN
    price = need / (np.abs(functionals).sum(axis=1) * epsilon)
    worth = np.where(price <= 1, np.abs(slope) * tables / price, 0)
    order = np.argsort(-worth, axis=1)
    best, best_gain = np.zeros(worth.shape), np.zeros(len(worth))
    active = np.arange(len(worth))
    for size in sets:
        # Larger sets only where the last one gained: each holds those before it.
        active = active[np.take_along_axis(worth, order[:, size - 1 : size], axis=1)[active, 0] > 0]
        picked = order[active, :size]
        towards = np.take_along_axis(direction[active], picked, axis=1)
        wanted = np.take_along_axis(need[active], picked, axis=1)
        change = np.zeros(best.shape)
        change[active] = _project(functionals[picked] * towards[:, :, None], wanted, epsilon)
        gain = flip_gain(lattice, gradient, pictures, _added(pictures, change))
        gain = gain.reshape(-1, shared).sum(axis=1)
        active = active[gain[active] > best_gain[active]]
        best[active], best_gain[active] = change[active], gain[active]
    return _added(pictures, best)


def _added(pictures: np.ndarray, change: np.ndarray) -> np.ndarray:
    blocks = change.reshape(cut(pictures).shape)
    return (pictures + join(blocks, pictures)).clip(0, 255).astype(np.uint8)


def _project(functionals: np.ndarray, need: np.ndarray, epsilon: float) -> np.ndarray:
    """A change of samples (B x samples, whole levels within `epsilon`) that moves each of B x k
    `functionals` by its `need`, by alternating projections, as far as they succeed."""
    change = np.zeros((len(functionals), functionals.shape[2]), np.float32)
    squares = np.square(functionals).sum(axis=2)
    for _ in range(PROJECTIONS):
        short = np.maximum(need - np.einsum("bkx,bx->bk", functionals, change), 0) / squares
        # Beyond the half-space: plain projections only come near its intersection with the box.
        step = np.einsum("bk,bkx->bx", 1.5 * short.astype(np.float32), functionals)
        change = (change + step).clip(-epsilon, epsilon)
    return np.rint(change)


def loss_of(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Cross entropy of each picture."""
    peak = logits.max(axis=1)
    return peak + np.log(np.exp(logits - peak[:, None]).sum(axis=1)) - logits[np.arange(len(labels)), labels]
