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
