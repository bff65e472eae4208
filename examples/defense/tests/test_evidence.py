# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The evidence: parts that don't mix, rows that are kept, frames that scale as Pillow does."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from defense import evidence
from defense.data import Pictures
from defense.export import VARIANTS
from defense.samples import jumps
from defense.study import camera
from defense.study.parts import split
from defense.study.silent import silent
from defense.study.store import Store, packed
from PIL import Image

LITE0 = VARIANTS["efficientnet-lite0"]


def test_parts_share_no_picture_and_outlast_further_ones() -> None:
    names = [f"n{number:08}_thing" for number in range(500)]
    parts = split(names)
    assert len(parts.choose) == 200 and sorted([*parts.choose, *parts.report]) == list(range(500))
    again = split(names[::-1])
    assert [names[at] for at in parts.report] == [names[::-1][at] for at in again.report]


def test_what_is_measured_is_kept_and_not_measured_again(tmp_path: Path) -> None:
    path, about = tmp_path / "results.json", {"pictures": 3}
    calls = []

    def measure() -> dict:
        calls.append(1)
        return {"seen": packed(np.arange(3))}

    first = Store(path, about).get({"setting": "one"}, measure)
    again = Store(path, about)
    assert {"setting": "one"} in again and {"setting": "two"} not in again
    assert again.get({"setting": "one"}, measure) == first and len(calls) == 1
    again.get({"setting": "two"}, measure)
    assert len(json.loads(path.read_text())["rows"]) == 2
    with pytest.raises(ValueError, match="other pictures"):
        Store(path, {"pictures": 4})


def test_frames_are_scaled_as_pillow_scales_them() -> None:
    frame = np.random.default_rng(4).integers(80, 176, (408, 408, 3), np.uint8)
    picture = Image.fromarray(frame).resize((LITE0.resize,) * 2, Image.Resampling.BICUBIC)
    expected = np.asarray(picture)[16:240, 16:240].astype(int)
    # Pillow rounds between its two passes (and clips, which these samples are too gray for).
    assert np.abs(camera.scaled([frame], LITE0)[0].astype(int) - expected).max() <= 2


def test_gradients_are_led_back_by_the_transpose_of_scaling() -> None:
    generator = np.random.default_rng(5)
    # Away from black and white, where scaling clips.
    frames = [generator.uniform(100, 150, (side, side, 3)).astype(np.float32) for side in (320, 416)]
    moves = [generator.normal(size=frame.shape).astype(np.float32) for frame in frames]
    slopes = generator.normal(size=(2, 224, 224, 3)).astype(np.float32)
    moved = camera.scaled([a + b for a, b in zip(frames, moves, strict=True)], LITE0)
    through = ((moved - camera.scaled(frames, LITE0)) * slopes).sum((1, 2, 3))
    back = [
        (slope * move).sum()
        for slope, move in zip(camera.led_back(slopes, frames, LITE0), moves, strict=True)
    ]
    assert through == pytest.approx(back, rel=1e-2, abs=1)


class Linear:
    """A network of two classes: the second is likelier the more the samples lie along `direction`."""

    def __init__(self, direction: np.ndarray) -> None:
        self.direction, self.batch = direction, 10

    def logits(self, pictures: np.ndarray) -> np.ndarray:
        along = ((pictures.astype(np.float64) - 128) * self.direction).mean((1, 2, 3))
        return np.stack([-along, along], axis=1)

    def cross_entropy(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signs = np.where(labels == 0, 1, -1)[:, None, None, None]
        return self.logits(pictures), signs * np.broadcast_to(self.direction, pictures.shape)


@pytest.mark.parametrize(("epsilon", "reach"), [(2, 0), (4, 0), (5, 1), (13, 1), (14, 2)])
def test_jumps_reach_as_many_cells_as_the_budget_allows(epsilon: int, reach: int) -> None:
    direction = np.random.default_rng(6).choice([-1.0, 1.0], (8, 8, 3))
    estimator = SimpleNamespace(model=Linear(direction))
    settled = np.full((2, 8, 8, 3), 4 + 9 * 14, np.uint8)
    attacked = jumps(epsilon, 4).run(estimator, settled, np.array([0, 1]), seed=0)
    restored = 4 + 9 * np.rint((attacked.astype(int) - 4) / 9)
    expected = settled + 9 * reach * np.stack([direction, -direction])
    assert np.array_equal(restored, expected)


def test_the_silent_attack_fools_both_sides_of_a_filter() -> None:
    direction = np.random.default_rng(7).choice([-1.0, 1.0], (8, 8, 3))
    network = Linear(direction)
    start = np.rint(128 - 2 * direction)[None].astype(np.uint8)
    pictures = Pictures(["one"], start, np.array([0]))
    made = silent(network, lambda pictures: pictures // 2 * 2, pictures, epsilon=6, seed=0)
    assert np.abs(made.astype(int) - start).max() <= 6
    assert network.logits(made).argmax(1) == 1 == network.logits(made // 2 * 2).argmax(1)


def test_the_page_has_what_the_results_have(tmp_path: Path) -> None:
    about = {
        "network": "a network",
        "pictures": 10,
        "labels": [0] * 10,
        "choosing": [0, 1, 2, 3],
        "reporting": [4, 5, 6, 7, 8, 9],
    }
    store = Store(tmp_path / "model-size.json", about)
    seen = {"none": [0] * 10, "coarse": [0] * 8 + [1] * 2}
    for setting, classes in seen.items():
        for view in ("centre", "mirrored"):
            key = {"setting": setting, "passes": 1, "threat": "clean", "view": view}
            store.get(key, lambda classes=classes: {"seen": classes})
    places = {"places": [4, 5, 6, 7]}
    for setting, classes in {"none": [1, 1, 1, 0], "coarse": [0, 0, 1, 0]}.items():
        key = {"setting": setting, "passes": 1, "threat": "static", "attack": "PGD", "epsilon": 2}
        store.get(key | {"part": "report"}, lambda classes=classes: places | {"seen": classes})
    page = evidence.text(tmp_path)
    lone = next(line for line in page.splitlines() if line.startswith("| `coarse`"))
    # Two of the six pictures of the reporting part are lost; three of four attacked ones are right.
    assert "| 33.3 (" in lone and "75 (30–95, n 4)" in lone
    alarm = page[page.index("## The alarm") :]
    row = next(line for line in alarm.splitlines() if line.startswith("| `coarse`"))
    # Two false alarms of six; two of the three pictures that the attack turned are found.
    assert "| 33 (10–70, n 6) | 67 (21–94, n 3) |" in row


def test_a_setting_is_set_against_the_default_on_the_same_frames(tmp_path: Path) -> None:
    about = {"labels": [0] * 10}
    store = Store(tmp_path / "camera-size.json", about)
    seen = {"none": [0, 0, 0, 0], "one-pass, I420": [0, 0, 0, 1], "coarse": [0, 1, 1, 1]}
    attacked = {"none": [1, 1, 1, 1], "one-pass, I420": [0, 1, 1, 1], "coarse": [0, 0, 0, 1]}
    for part in ("choose", "report"):
        for setting in seen:
            key = {"setting": setting, "passes": 1, "threat": "clean", "part": part, "n": 4}
            store.get(key, lambda setting=setting: {"places": [0, 1, 2, 3], "seen": seen[setting]})
            key = key | {"threat": "static", "attack": "PGD", "epsilon": 2}
            store.get(key, lambda setting=setting: {"places": [0, 1, 2, 3], "seen": attacked[setting]})
    page = evidence.text(tmp_path)
    choice = page[page.index("**The best lone pass at camera size**") :]
    row = next(line for line in choice.splitlines() if line.startswith("| `coarse`"))
    cells = [cell.split(" (")[0] for cell in row.strip("| ").split(" | ")]
    # Three of four frames are lost; against the default two fewer without an attack, two more under it.
    assert cells == ["`coarse`", "75.0", "75", "−50.0", "50.0", "–"]


def test_an_attack_that_raises_no_alarm_is_counted_apart(tmp_path: Path) -> None:
    about = {"detector": "a detector", "film": "a film", "pedestrians": 8}
    store = Store(tmp_path / "detector.json", about)
    key = {"setup": "one-pass", "passes": 1, "h264": 0, "threat": "silent", "attack": "disappearance"}
    row = {"wanted": [4, 4], "hits": [1, 1], "false": [0, 0], "gone": [0, 1], "come": [0, 0]}
    store.get(key | {"epsilon": 2}, lambda: row)
    page = evidence.text(tmp_path)
    assert "| disappearance | 2 | 50 (9–91, n 2) | 100 (34–100, n 2) | 50 (9–91, n 2) |" in page


def test_detections_are_counted_per_frame_and_by_the_film(tmp_path: Path) -> None:
    about = {"detector": "a detector", "film": "a film", "pedestrians": 9}
    store = Store(tmp_path / "detector.json", about)
    key = {"setup": "one-pass", "passes": 1, "h264": 0, "threat": "clean"}
    row = {"wanted": [4, 5], "hits": [4, 2], "false": [0, 1], "gone": [0, 3], "come": [1, 1]}
    row |= {"sliced": [5, 5], "hits of sliced": [4, 1]}
    store.get(key, lambda: row)
    page = evidence.text(tmp_path)
    cells = "| one-pass, one pass | raw | 67 (40–100, n 9) | 50 (20–80, n 10) | 0.50 (0.00–1.00, n 2) | 2.50"
    assert cells in page
