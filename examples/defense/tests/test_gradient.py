# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The exported gradient is that of the exported network."""

from pathlib import Path

import numpy as np
import pytest
from defense.network import Network, threads

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def network() -> Network:
    return Network("efficientnet-lite0", ROOT / ".cache/models", threads())


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    generator = np.random.default_rng(0)
    y, x = np.mgrid[0:224, 0:224]
    waves = np.stack([128 + 90 * np.sin(x / 11 + k) * np.cos(y / 7) for k in range(3)], axis=-1)
    return (waves + generator.normal(0, 10, waves.shape)).clip(0, 255)[None]


def cross_entropy(logits: np.ndarray, label: int) -> float:
    logits = logits.astype(np.float64)
    peak = logits.max()
    return float(np.log(np.exp(logits - peak).sum()) + peak - logits[label])


def margin(logits: np.ndarray, label: int) -> float:
    return float(np.delete(logits, label).max() - logits[label])


@pytest.mark.parametrize("loss", [cross_entropy, margin])
def test_gradients_are_finite_differences(network: Network, picture: np.ndarray, loss) -> None:
    label = 281
    method = getattr(network, loss.__name__)
    logits, gradient = method(picture, np.array([label]))
    assert np.allclose(logits, network.logits(picture), atol=1e-3)
    generator = np.random.default_rng(3)
    for _ in range(4):
        # Along the gradient and a random direction alike, so that the slope is far from 0.
        towards = gradient / np.linalg.norm(gradient) + generator.normal(0, 0.002, picture.shape)
        length = 0.05
        ahead, behind = (loss(network.logits(picture + way * length * towards)[0], label) for way in (1, -1))
        expected = (ahead - behind) / (2 * length)
        assert (gradient * towards).sum() == pytest.approx(expected, rel=0.03)


def test_products_with_a_cotangent(network: Network, picture: np.ndarray) -> None:
    cotangent = np.random.default_rng(4).normal(0, 1, (1, 1000)).astype(np.float32)
    _, gradient = network.product(picture, cotangent)
    towards = gradient / np.linalg.norm(gradient)
    ahead, behind = (
        float((network.logits(picture + way * 0.05 * towards) * cotangent).sum()) for way in (1, -1)
    )
    assert np.linalg.norm(gradient) == pytest.approx((ahead - behind) / 0.1, rel=0.03)
