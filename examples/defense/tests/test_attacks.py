# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Attacks keep their budgets, and the intervals are those of the literature."""

import numpy as np
import pytest
from defense import adaptive, attacks, intervals
from defense.estimator import Estimator
from defense.export import CLASSES, Variant
from defense.lattice import BASIS, GAIN, TO_YCBCR, Lattice


class Linear:
    """A linear classifier of 64x48 pictures with the network's interface, quick to attack."""

    variant = Variant("", 1.0, 48, 48)
    batch = 8

    def __init__(self) -> None:
        self.weights = np.random.default_rng(5).normal(0, 0.01, (48 * 64 * 3, CLASSES)).astype(np.float32)

    def logits(self, pictures: np.ndarray) -> np.ndarray:
        return (pictures.reshape(len(pictures), -1) / 255).astype(np.float32) @ self.weights

    def product(self, pictures: np.ndarray, cotangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gradient = (cotangent @ self.weights.T / 255).reshape(pictures.shape)
        return self.logits(pictures), gradient.astype(np.float32)

    def cross_entropy(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = self.logits(pictures)
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        return self.product(pictures, likely - np.eye(CLASSES, dtype=np.float32)[labels])

    def margin(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = self.logits(pictures)
        logits[np.arange(len(labels)), labels] = -np.inf
        cotangent = np.eye(CLASSES, dtype=np.float32)
        return self.product(pictures, cotangent[logits.argmax(axis=1)] - cotangent[labels])


ALL = [
    attacks.fgsm(2),
    attacks.bim(2, 5),
    attacks.pgd(2, 5),
    attacks.deepfool(),
    attacks.carlini_wagner(0, 10, 1),
    attacks.universal(8),
    attacks.patch(10),
]


@pytest.mark.parametrize("attack", ALL, ids=[attack.name for attack in ALL])
def test_attacks_mislead_within_their_budget(attack: attacks.Attack, pictures: np.ndarray) -> None:
    network = Linear()
    labels = network.logits(pictures).argmax(axis=1)
    attacked = attack.run(Estimator(network), pictures, labels, seed=0)
    assert attacked.dtype == np.uint8 and attacked.shape == pictures.shape
    misled = network.logits(attacked).argmax(axis=1) != labels
    # What misleads on all pictures at once need not do so on each.
    assert misled.any() if attack.name.startswith("universal") else misled.all()
    again = attack.run(Estimator(network), pictures, labels, seed=0)
    assert np.array_equal(attacked, again)


def test_a_broken_budget_is_noticed(pictures: np.ndarray) -> None:
    pictures = pictures.clip(10, 240)
    with pytest.raises(ValueError, match="moved by 3"):
        attacks.check_budget(attacks.fgsm(2), pictures, pictures + 3)
    with pytest.raises(ValueError, match="outside its region"):
        attacks.check_budget(attacks.patch(), pictures, pictures + 1)


@pytest.mark.parametrize("ycbcr", [False, True])
def test_blocks_and_samples_are_inverse(pictures: np.ndarray, ycbcr: bool) -> None:
    lattice = Lattice(np.full((3, 64), 16.0), ycbcr)
    assert np.allclose(BASIS @ BASIS.T, np.eye(64)) and np.allclose(GAIN[[0, 4, 32, 36]], 8)
    assert np.allclose(lattice.samples(lattice.blocks(pictures), pictures) + 128, pictures)
    # The derivative maps are the transposes: <A x, y> = <x, A' y>.
    generator = np.random.default_rng(6)
    x = generator.normal(size=pictures.shape)
    y = generator.normal(size=lattice.blocks(x).shape)
    forward = lattice.blocks(x + 128.0)
    assert (forward * y).sum() == pytest.approx((x * lattice.samples(y, x, derivative=True)).sum())


@pytest.mark.parametrize("mode", [{}, {"ycbcr": True}, {"ycbcr": True, "subsampled": True}])
def test_softened_gradients_pass_through_the_planes(pictures: np.ndarray, mode: dict) -> None:
    lattice = Lattice(np.full((3, 64), 1e6), **mode)
    # With steps as coarse as these nothing is far from its lattice point: a tenth of the gradient passes.
    coarse = np.random.default_rng(9).normal(size=(2, 24, 32, 3)).repeat(2, axis=1).repeat(2, axis=2)
    assert np.allclose(lattice.softened(pictures, coarse), 0.1 * coarse, atol=1e-4)
    # Halfway between two points rounding is steepest. What only depends on luma stays so.
    steep = Lattice(np.full((3, 64), 1600.0), **mode)
    grey = np.full(pictures.shape, 228, np.uint8)
    up = np.broadcast_to(TO_YCBCR[0], pictures.shape)
    assert np.allclose(steep.softened(grey, up), 0.85 * up)


def quantise(samples: np.ndarray, lattice: Lattice) -> np.ndarray:
    restored = lattice.samples(lattice.points(samples) * lattice.tables, samples)
    return np.rint(restored + 128).clip(0, 255).astype(np.uint8)


def settle(samples: np.ndarray, lattice: Lattice) -> np.ndarray:
    for _ in range(4):
        samples = quantise(samples, lattice)
    return samples


def plane_by_plane(
    settled: np.ndarray, gradient: np.ndarray, lattice: Lattice, epsilon: int, size: int
) -> np.ndarray:
    """Planes of YCbCr pushed each for itself with the whole budget; what is too much in RGB is cut."""
    coefficients = lattice.seen(settled).reshape(-1, 64)
    tables = np.broadcast_to(lattice.tables, gradient.shape).reshape(-1, 64)
    slope = gradient.reshape(-1, 64)
    direction = np.sign(slope)
    need = tables / 2 - direction * (coefficients - np.rint(coefficients / tables) * tables) + adaptive.MARGIN
    worth = np.where(need <= GAIN * epsilon, np.abs(slope) * tables / need, 0)
    picked = np.argsort(-worth, axis=1)[:, :size]
    towards, wanted = (np.take_along_axis(values, picked, axis=1) for values in (direction, need))
    functionals = (BASIS[picked] * towards[:, :, None]).astype(np.float32)
    planes = adaptive._project(functionals, wanted, epsilon) @ BASIS.T
    change = np.rint(lattice.samples(planes.reshape(gradient.shape), settled)).clip(-epsilon, epsilon)
    return (settled + change).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("step", [8, 16, 24])
def test_ycbcr_planes_share_the_budget(pictures: np.ndarray, step: int) -> None:
    lattice = Lattice(np.full((3, 64), float(step)), ycbcr=True)
    # Away from black and white, so that nothing is clipped.
    settled = settle(pictures // 2 + 64, lattice)
    gradient = np.random.default_rng(7).normal(size=lattice.blocks(settled).shape)

    def gain(attacked: np.ndarray) -> float:
        return adaptive.flip_gain(lattice, gradient, settled, attacked).sum()

    jointly = gain(adaptive._push(settled, gradient, lattice, 2, adaptive.SETS))
    apart = [gain(plane_by_plane(settled, gradient, lattice, 2, size)) for size in adaptive.SETS]
    assert jointly > 0 and jointly > max(apart)


@pytest.mark.parametrize("epsilon", [1, 2])
def test_lattice_aware_flips_what_it_may(pictures: np.ndarray, epsilon: int) -> None:
    network = Linear()
    lattice = Lattice(np.full((3, 64), 12.0 * epsilon))

    settled = settle(pictures, lattice)
    labels = network.logits(settled).argmax(axis=1)
    attack = adaptive.lattice_aware(epsilon, lattice, lambda samples: quantise(samples, lattice), steps=3)
    attacked = attack.run(Estimator(network), settled, labels, seed=0)
    assert adaptive.count_flips(lattice, settled, quantise(attacked, lattice)) > 0.01
    coarse = Lattice(np.full((3, 64), 40.0 * epsilon))
    assert not (coarse.tables / 2 < GAIN * epsilon).any()


def test_wilsons_interval() -> None:
    # Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        assert intervals.Share(hits, n).interval == pytest.approx((low, high), abs=1e-4)
    for hits, n, low, high in ((0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        assert intervals.Share(hits, n).interval == pytest.approx((low, high), abs=1e-4)
    for n in range(1, 200):
        assert intervals.Share(n, n).interval[1] == 1 and intervals.Share(0, n).interval[0] == 0


def test_paired_drops() -> None:
    before, after = np.ones(100, bool), np.arange(100) >= 8
    drop = intervals.drop(before, after)
    assert drop.value == pytest.approx(0.08)
    assert 0 < drop.interval[0] < 0.08 < drop.interval[1] < 0.16
    same = intervals.drop(before, before)
    assert same.value == 0 and same.interval[0] < 0 < same.interval[1]
