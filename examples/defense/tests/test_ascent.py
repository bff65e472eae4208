# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The attack that needs no library: it stays within its budget and gets what it is after."""

import numpy as np
import pytest
from defense.ascent import pgd


@pytest.mark.parametrize("epsilon", [1, 1.5, 4])
def test_pgd_stays_within_its_budget_and_finds_the_corner(pictures: np.ndarray, epsilon: float) -> None:
    frames = [pictures[0], pictures[1, :40, :24]]
    wanted = [np.random.default_rng(3).choice([-1.0, 1.0], frame.shape) for frame in frames]
    attacked = pgd(lambda _: wanted, frames, epsilon, 20, seed=1)
    for frame, found, signs in zip(frames, attacked, wanted, strict=True):
        assert found.dtype == np.uint8 and found.shape == frame.shape
        corner = (frame + np.floor(epsilon) * signs).clip(0, 255)
        assert np.array_equal(found, corner)


def test_pgd_is_the_same_for_the_same_seed(pictures: np.ndarray) -> None:
    made = [pgd(lambda frames: [frame - 128 for frame in frames], pictures, 2, 3, seed) for seed in (5, 5, 6)]
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])
