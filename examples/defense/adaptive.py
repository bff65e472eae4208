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
from .lattice import BASIS, GAIN, Lattice

MARGIN = 0.6
"""How far beyond half a step a coefficient is pushed, in levels of the coefficient, as rounding to 8 bit
moves it (standard deviation 0.29) and the element's own DCT is of integers."""
PROJECTIONS = 16


def lattice_aware(
    epsilon: float,
    lattice: Lattice,
    element: Callable[[np.ndarray], np.ndarray],
    steps: int = 10,
    per_block: tuple[int, ...] = (1, 2, 4),
) -> Attack:
    """For two passes: starts from settled pictures and makes the consumer round coefficients elsewhere.

    A coefficient that is pushed past half a step moves by a whole one. In each round, the loss's gradient at
    what the element makes of the attacked picture, averaged over the rounds (momentum), gives each flip its
    gain, and half a step less where the coefficient sits already, its price in levels. Of each block the
    flips of most gain for their price are tried in sets of `per_block` sizes: alternating
    projections look for a perturbation within the budget that pushes all of a set. The set of
    most gain among those that are pushed, after rounding to 8 bit, is taken. The round whose
    restored picture has the greatest loss wins; the element itself decides what it restores.
    """

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        network = estimator.model
        start = lattice.blocks(pictures)
        residual = start - np.rint(start / lattice.tables) * lattice.tables
        best, best_loss = pictures.copy(), np.full(len(pictures), -np.inf)
        attacked, momentum = pictures, np.float64(0)
        for _ in range(steps):
            restored = element(attacked)
            logits, gradient = network.cross_entropy(restored, labels)
            loss = _loss(logits, labels)
            better = loss > best_loss
            best[better], best_loss[better] = attacked[better], loss[better]
            gradient = gradient / (np.abs(gradient).mean((1, 2, 3), keepdims=True) + 1e-20)
            momentum = momentum + lattice.blocks(gradient, derivative=True)
            change = _push(residual, momentum, lattice, epsilon, per_block, pictures)
            attacked = (pictures + change).clip(0, 255).astype(np.uint8)
        restored = element(attacked)
        better = _loss(network.logits(restored), labels) > best_loss
        best[better] = attacked[better]
        return best

    return Attack(f"lattice-aware{steps} eps {epsilon:g}", epsilon, craft, per_block)


def count_flips(lattice: Lattice, settled: np.ndarray, restored: np.ndarray) -> float:
    """Share of all coefficients that the element restored to another lattice point."""
    before = np.rint(lattice.blocks(settled) / lattice.tables)
    after = np.rint(lattice.blocks(restored) / lattice.tables)
    return float((before != after).mean())


def _push(
    residual: np.ndarray,
    gradient: np.ndarray,
    lattice: Lattice,
    epsilon: float,
    per_block: tuple[int, ...],
    like: np.ndarray,
) -> np.ndarray:
    """The change of samples, in whole levels, that flips the coefficients of most gain."""
    tables = np.broadcast_to(lattice.tables, residual.shape).reshape(-1, 64)
    residual, gradient = residual.reshape(-1, 64), gradient.reshape(-1, 64)
    direction = np.where(gradient >= 0, 1.0, -1.0)
    need = tables / 2 - direction * residual + MARGIN
    gain = np.abs(gradient) * tables
    affordable = need <= GAIN * epsilon
    worth = np.where(affordable, gain / need, 0)
    order = np.argsort(-worth, axis=1)
    rows = np.arange(len(worth))
    best, best_gain = np.zeros((len(worth), 64)), np.zeros(len(worth))
    for size in per_block:
        chosen = order[:, :size]
        active = np.flatnonzero(worth[rows, chosen[:, -1]] > 0)
        if not active.size:
            continue
        picked = chosen[active]
        take = active[:, None]
        change = _project(picked, direction[take, picked], need[take, picked], epsilon)
        moved = np.einsum("bx,bkx->bk", change, BASIS[picked]) * direction[take, picked]
        flipped = moved > need[take, picked] - MARGIN
        total = (gain[take, picked] * flipped).sum(axis=1)
        better = total > best_gain[active]
        best[active[better]], best_gain[active[better]] = change[better], total[better]
    shape = (like.shape[0], -1, 3, 64)
    if not lattice.ycbcr:
        return np.rint(lattice.samples((best @ BASIS.T).reshape(shape), like))
    # Planes of YCbCr share the samples' budget: what is too much is cut.
    change = lattice.samples((best @ BASIS.T).reshape(shape), like)
    return np.rint(change).clip(-epsilon, epsilon)


def _project(picked: np.ndarray, direction: np.ndarray, need: np.ndarray, epsilon: float) -> np.ndarray:
    """A change of each block (B x 64 samples, whole levels within `epsilon`) that moves the `picked`
    coefficients by `need` in their `direction`, by alternating projections, as far as they succeed."""
    functions = BASIS[picked] * direction[:, :, None]
    change = np.zeros((len(picked), 64))
    for _ in range(PROJECTIONS):
        short = np.maximum(need - np.einsum("bkx,bx->bk", functions, change), 0)
        # Beyond the half-space: plain projections only come near its intersection with the box.
        change = (change + 1.5 * np.einsum("bk,bkx->bx", short, functions)).clip(-epsilon, epsilon)
    return np.rint(change)


def _loss(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    peak = logits.max(axis=1)
    return peak + np.log(np.exp(logits - peak[:, None]).sum(axis=1)) - logits[np.arange(len(labels)), labels]
