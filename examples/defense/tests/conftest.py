# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What the tests share. They need the built plugin: `make test-evaluate` sees to it."""

import os
from pathlib import Path

import numpy as np
import pytest
from defense import pipeline
from defense.export import VARIANTS


@pytest.fixture(scope="session")
def plugin() -> str:
    """The built plugin, loaded; its version."""
    return pipeline.load_plugin(Path(os.environ["PLUGIN"]))


@pytest.fixture
def pictures() -> np.ndarray:
    """Two pictures of 64x48 with structure at all scales, and the whole range of samples."""
    generator = np.random.default_rng(1)
    y, x = np.mgrid[0:48, 0:64]
    waves = [128 + 100 * np.sin(x / 5 + shift) * np.cos(y / 9) for shift in range(3)]
    smooth = np.stack(waves, axis=-1)
    noisy = smooth + generator.normal(0, 30, smooth.shape)
    return np.stack([smooth, noisy]).clip(0, 255).astype(np.uint8)


class Brightness:
    """A network that tells dark pictures (the first class) from bright ones (the second)."""

    def __init__(self) -> None:
        self.name, self.variant, self.batch = "brightness", VARIANTS["efficientnet-lite0"], 10

    def logits(self, pictures: np.ndarray) -> np.ndarray:
        bright = (pictures.astype(np.float32).mean((1, 2, 3)) - 128) / 4
        logits = np.full((len(pictures), 1000), -50, np.float32)
        logits[:, 0], logits[:, 1] = -bright, bright
        return logits

    def classes(self, pictures: np.ndarray) -> np.ndarray:
        return self.logits(pictures).argmax(1)

    def cross_entropy(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signs = np.where(labels == 0, 1, -1)[:, None, None, None].astype(np.float32)
        return self.logits(pictures), np.broadcast_to(signs, pictures.shape) / pictures[0].size

    def product(self, pictures: np.ndarray, cotangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slope = (cotangent[:, 1] - cotangent[:, 0])[:, None, None, None]
        return self.logits(pictures), np.broadcast_to(slope, pictures.shape) / (4 * pictures[0].size)


@pytest.fixture
def brightness() -> Brightness:
    """A network that is quick."""
    return Brightness()
