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
from defense.detector import attack, film
from defense.detector.network import ANCHORS, Found, matched


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


class Sensitive:
    """A detector whose logits all follow the mean luma of the frame."""

    def slope(self, pictures: np.ndarray, lift: np.ndarray, at: float) -> tuple[np.ndarray, np.ndarray]:
        level = pictures.mean((1, 2, 3)) - 128 + at
        slopes = lift.mean(axis=1)[:, None, None, None] * np.ones_like(pictures)
        return np.repeat(level[:, None], ANCHORS, axis=1), slopes


@pytest.mark.parametrize(("epsilon", "aim", "moved"), [(5, "disappearance", -9), (5, "fabrication", 9)])
def test_jumps_move_samples_over_the_edges_of_their_cells(epsilon: int, aim: str, moved: int) -> None:
    settled = np.full((1, film.WIDTH * film.HEIGHT * 3 // 2), 4 + 9 * 14, np.uint8)
    attacked = attack.jumps(Sensitive(), settled, aim, epsilon, 4, seed=0).astype(int)
    luma = slice(0, film.WIDTH * film.HEIGHT)
    assert np.abs(attacked - settled).max() <= epsilon
    restored = 4 + 9 * np.rint((attacked - 4) / 9)
    assert set((restored - settled)[0, luma]) == {moved}


def test_samples_stay_in_their_cells_where_no_edge_is_in_reach() -> None:
    settled = np.full((1, film.WIDTH * film.HEIGHT * 3 // 2), 4 + 9 * 14, np.uint8)
    attacked = attack.jumps(Sensitive(), settled, "fabrication", 4, 4, seed=0).astype(int)
    assert set(np.abs(attacked - settled).ravel()) == {4}
    assert np.array_equal(4 + 9 * np.rint((attacked - 4) / 9), settled)


def test_a_closer_look_shows_the_same_place() -> None:
    frame = np.zeros(film.WIDTH * film.HEIGHT * 3 // 2, np.uint8)
    luma, *chroma = film.planes(frame)
    for plane in chroma:
        plane[:] = 128
    luma[:] = 16
    luma[192:384, 384:576] = 235
    view = film.window(frame, 192, 384, 192)
    assert view.shape == (300, 300, 3) and view.min() >= 254
    assert film.window(frame, 0, 0, 192).max() <= 1
