# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The attacks. Each takes 8-bit pictures and gives 8-bit pictures, within its budget.

FGSM, BIM and PGD are the Adversarial Robustness Toolbox's. DeepFool, CW, the universal perturbation and
the patch are written out here, for whole batches: the toolbox takes pictures one by one there (its DeepFool
took over a minute a picture), and judges success before the samples are rounded to 8 bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from art.attacks.evasion import (
    BasicIterativeMethod,
    FastGradientMethod,
    ProjectedGradientDescentNumpy,
)

from .ascent import to_bytes
from .estimator import Estimator
from .export import CLASSES
from .network import Network

PATCH_SIDE = 50
"""Side of the adversarial patch, in pixels."""


@dataclass(frozen=True)
class Attack:
    """An attack and its budget, the most that a sample may change, in levels (None: not bounded)."""

    name: str
    epsilon: float | None
    craft: Callable[[Estimator, np.ndarray, np.ndarray], np.ndarray]
    """Estimator, pictures and labels -> levels, before rounding to 8 bit."""
    parameters: tuple = ()
    """What else tells two attacks of one name apart."""
    region: Callable[[np.ndarray], np.ndarray] | None = None
    """Where the attack may change pictures at will, as a mask for the whole picture."""

    def run(self, estimator: Estimator, pictures: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
        """Attacked 8-bit pictures. Raises `ValueError` if one is outside the budget."""
        # The toolbox draws from numpy's global generator.
        np.random.seed(seed)
        attacked = to_bytes(self.craft(estimator, pictures, labels))
        check_budget(self, pictures, attacked)
        return attacked


def check_budget(attack: Attack, pictures: np.ndarray, attacked: np.ndarray) -> None:
    """Raises `ValueError` if `attacked` is not what `attack` may make of `pictures`."""
    change = np.abs(attacked.astype(np.int16) - pictures)
    if attack.epsilon is not None and change.max(initial=0) > attack.epsilon:
        raise ValueError(f"{attack.name}: a sample moved by {change.max()} levels")
    if attack.region is not None and change[:, ~attack.region(pictures)].any():
        raise ValueError(f"{attack.name}: a sample outside its region changed")


def fgsm(epsilon: float) -> Attack:
    """Fast gradient sign method (Goodfellow et al. 2015)."""

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        attack = FastGradientMethod(estimator, eps=epsilon, batch_size=estimator.model.batch)
        return attack.generate(pictures.astype(np.float32), _one_hot(labels))

    return Attack(f"FGSM eps {epsilon:g}", epsilon, craft)


def bim(epsilon: float, steps: int) -> Attack:
    """Basic iterative method (Kurakin et al. 2017): PGD from the picture itself."""

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        attack = BasicIterativeMethod(
            estimator, epsilon, _step(epsilon, steps), steps, batch_size=len(pictures), verbose=False
        )
        return attack.generate(pictures.astype(np.float32), _one_hot(labels))

    return Attack(f"BIM{steps} eps {epsilon:g}", epsilon, craft)


def pgd(epsilon: float, steps: int, name: str = "PGD") -> Attack:
    """Projected gradient descent from a random start (Madry et al. 2018)."""

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        attack = ProjectedGradientDescentNumpy(
            estimator,
            eps=epsilon,
            eps_step=_step(epsilon, steps),
            max_iter=steps,
            num_random_init=1,
            batch_size=len(pictures),
            verbose=False,
        )
        return attack.generate(pictures.astype(np.float32), _one_hot(labels))

    return Attack(f"{name}{steps} eps {epsilon:g}", epsilon, craft)


def deepfool(candidates: int = 10, steps: int = 20) -> Attack:
    """DeepFool in L2 (Moosavi-Dezfooli et al. 2016), overshoot 2 %, among the likeliest classes."""

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        network, clean = estimator.model, pictures.astype(np.float32)
        total = np.zeros_like(clean)
        active = np.arange(len(clean))
        for _ in range(steps):
            # Success counts only if it outlives the rounding to 8 bit.
            attacked = (clean + 1.02 * total).clip(0, 255)
            logits = network.logits(to_bytes(attacked[active]))
            keep = logits.argmax(axis=1) == labels[active]
            active, logits = active[keep], logits[keep]
            if not active.size:
                break
            total[active] += _nearest_boundary(network, attacked[active], logits, labels[active], candidates)
        return clean + 1.02 * total

    return Attack("DeepFool L2", None, craft, (candidates, steps))


def _nearest_boundary(
    network: Network, pictures: np.ndarray, logits: np.ndarray, labels: np.ndarray, candidates: int
) -> np.ndarray:
    """The least step (L2) that the linearised network takes to another class, for each picture."""
    count = len(pictures)
    logits = logits.copy()
    rows = np.arange(count)
    own = logits[rows, labels]
    logits[rows, labels] = -np.inf
    others = np.argsort(-logits, axis=1)[:, : candidates - 1]
    least, step = np.full(count, np.inf), np.zeros_like(pictures)
    for other in others.T:
        cotangent = np.zeros((count, CLASSES), np.float32)
        cotangent[rows, other], cotangent[rows, labels] = 1, -1
        _, slope = network.product(pictures, cotangent)
        square = np.square(slope).sum((1, 2, 3)) + 1e-12
        # A little beyond the boundary, or rounding holds the picture on it.
        gap = own - logits[rows, other] + 1e-3
        distance = gap / np.sqrt(square)
        nearer = distance < least
        least[nearer] = distance[nearer]
        step[nearer] = ((gap / square)[:, None, None, None] * slope)[nearer]
    return step


def carlini_wagner(kappa: float, steps: int = 60, searches: int = 3) -> Attack:
    """Carlini and Wagner's L2 attack (2017): Adam on `tanh` variables, a search over the constant.

    Minimises |x' - x|^2 + c max(z_label - max other z, -kappa), with samples scaled to 0..1. Of all
    steps the nearest picture that, *rounded to 8 bit*, is misclassified by a margin of kappa is kept;
    where there is none, the last.
    """

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        network, count = estimator.model, len(pictures)
        clean = pictures.astype(np.float32) / 255
        start = np.arctanh((2 * clean - 1) * 0.9999)
        low, high = np.zeros(count), np.full(count, np.inf)
        constant = np.full(count, 0.5)
        best, best_distance = pictures.astype(np.float32), np.full(count, np.inf)
        last = best
        for _ in range(searches):
            variable, adam = start.copy(), _Adam(0.01)
            found = np.zeros(count, bool)
            for _ in range(steps):
                squashed = np.tanh(variable)
                levels = (squashed + 1) * 127.5
                rounded = to_bytes(levels)
                # The margin is that of the rounded picture, so that success is real.
                logits, gradient = network.margin(rounded, labels)
                margin = _margin(logits, labels)
                distance = np.square(rounded.astype(np.float32) / 255 - clean).sum((1, 2, 3))
                success = margin >= max(kappa, 1e-6)
                found |= success
                better = success & (distance < best_distance)
                best[better], best_distance[better] = rounded[better], distance[better]
                pull = (constant * (margin < kappa)).astype(np.float32)[:, None, None, None]
                slope = 2 * (levels / 255 - clean) - pull * gradient * 255
                variable = variable - adam.step(slope * (1 - squashed**2) / 2)
                last = levels
            high, low = np.where(found, constant, high), np.where(found, low, constant)
            constant = np.where(np.isinf(high), low * 10, (low + np.minimum(high, 1e9)) / 2)
        missing = np.isinf(best_distance)
        best[missing] = last[missing]
        return best

    return Attack(f"CW L2 kappa {kappa:g}", None, craft, (steps, searches))


def universal(epsilon: float, epochs: int = 8, parts: int = 5) -> Attack:
    """One perturbation for all pictures: projected sign ascent over mini-batches.

    Crafted on the very pictures that it is then tried on, which favours the attacker.
    """

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        clean = pictures.astype(np.float32)
        perturbation = np.zeros_like(clean[:1])
        generator = np.random.default_rng(np.random.randint(2**31))
        for epoch in range(epochs):
            step = 2 * epsilon / parts * (1 - epoch / epochs)
            shuffled = generator.permutation(len(clean))
            for part in np.array_split(shuffled, min(parts, len(clean))):
                gradient = estimator.loss_gradient((clean[part] + perturbation).clip(0, 255), labels[part])
                # Of equal weight, or those already misclassified rule.
                gradient /= np.abs(gradient).mean((1, 2, 3), keepdims=True) + 1e-12
                perturbation += step * np.sign(gradient.mean(0, keepdims=True))
                perturbation = perturbation.clip(-epsilon, epsilon)
        return clean + np.rint(perturbation)

    return Attack(f"universal eps {epsilon:g}", epsilon, craft, (epochs, parts))


def patch(steps: int = 60) -> Attack:
    """A square of 50x50 pixels near the top-left corner, one for each picture, with any samples."""

    def craft(estimator: Estimator, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        mask = patch_region(pictures)[None]
        attacked = np.where(mask, 127.0, pictures).astype(np.float32)
        momentum = np.zeros_like(attacked)
        for number in range(steps):
            gradient = estimator.loss_gradient(attacked, labels)
            momentum = 0.9 * momentum + gradient / (np.abs(gradient).mean((1, 2, 3), keepdims=True) + 1e-12)
            step = 16 * (1 - number / steps)
            attacked = np.where(mask, attacked + step * np.sign(momentum), attacked).clip(0, 255)
        return attacked

    return Attack(f"patch {PATCH_SIDE}x{PATCH_SIDE}", None, craft, (steps,), patch_region)


def patch_region(pictures: np.ndarray) -> np.ndarray:
    """The samples (H x W x 3) that `patch` may change. It lies off the grid of 8x8 blocks."""
    mask = np.zeros(pictures.shape[1:], bool)
    mask[20 : 20 + PATCH_SIDE, 20 : 20 + PATCH_SIDE] = True
    return mask


class _Adam:
    """Kingma and Ba's optimiser with its usual constants."""

    def __init__(self, rate: float) -> None:
        self._rate, self._count = rate, 0
        self._mean = self._square = np.float32(0)

    def step(self, gradient: np.ndarray) -> np.ndarray:
        """What to subtract from the variables."""
        self._count += 1
        self._mean = 0.9 * self._mean + 0.1 * gradient
        self._square = 0.999 * self._square + 0.001 * gradient**2
        mean = self._mean / (1 - 0.9**self._count)
        square = self._square / (1 - 0.999**self._count)
        return (self._rate * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)


def _step(epsilon: float, steps: int) -> float:
    # Far enough to cross the ball two and a half times.
    return 2.5 * epsilon / steps


def _margin(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    rows = np.arange(len(labels))
    others = logits.copy()
    others[rows, labels] = -np.inf
    return others.max(axis=1) - logits[rows, labels]


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(CLASSES, dtype=np.float32)[labels]
