# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The detector's evidence: boxes are matched one to one, and gradients reach the samples of I420 frames."""

import numpy as np
import pytest
from defense.detector import film
from defense.detector.network import Found, matched


def boxes(*corners: tuple[float, float, float, float]) -> Found:
    return Found(np.array(corners, np.float32).reshape(-1, 4), np.linspace(0.9, 0.4, len(corners)))


def test_each_pedestrian_is_found_once() -> None:
    wanted = boxes((0.1, 0.1, 0.5, 0.3), (0.1, 0.6, 0.5, 0.8))
    near = (0.11, 0.1, 0.51, 0.3)
    assert matched(wanted, boxes(near, (0.1, 0.6, 0.5, 0.8))) == 2
    assert matched(wanted, boxes(near, (0.1, 0.11, 0.5, 0.31))) == 1
    assert matched(wanted, boxes((0.3, 0.1, 0.7, 0.3))) == 0
    assert matched(wanted, boxes()) == 0 == matched(boxes(), wanted)


def test_gray_frames_become_gray_pictures() -> None:
    frame = np.full(film.WIDTH * film.HEIGHT * 3 // 2, 128, np.uint8)
    frame[: film.WIDTH * film.HEIGHT] = 126
    picture = film.inputs(frame[None])
    assert picture.shape == (1, 300, 300, 3) and set(np.unique(picture)) == {128}


def test_gradients_reach_all_planes_by_the_transpose() -> None:
    generator = np.random.default_rng(11)
    frame = generator.uniform(110, 140, film.WIDTH * film.HEIGHT * 3 // 2).astype(np.float32)
    move = generator.normal(size=frame.shape).astype(np.float32)
    slope = generator.normal(size=(300, 300, 3)).astype(np.float32)
    through = ((film.scaled(frame + move) - film.scaled(frame)) * slope).sum()
    assert through == pytest.approx((film.led_back(slope) * move).sum(), rel=1e-2, abs=1)


@pytest.mark.usefixtures("plugin")
def test_frames_come_back_in_order_and_untouched() -> None:
    generator = np.random.default_rng(12)
    frames = generator.integers(0, 256, (3, film.WIDTH * film.HEIGHT * 3 // 2), np.uint8)
    assert np.array_equal(film.through("identity", frames), frames)
    settled = film.through("featuredistill qos=false settle=true preset=certified epsilon=1", frames[:1])
    again = film.through("featuredistill qos=false preset=certified epsilon=1", settled)
    assert not np.array_equal(settled, frames[:1]) and np.array_equal(again, settled)
