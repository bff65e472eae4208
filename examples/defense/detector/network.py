# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""SSDLite-MobileNet v2 for pedestrians: its frozen graph as it is, and the same with a gradient."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from ..differentiate import gradient
from .film import HEIGHT, SIDE, WIDTH, window

SCORE = 0.3
"""Least score of a detection that counts."""
_SCORES = "Postprocessor/convert_scores"
_PERSON = 1
ANCHORS = 1917
WINDOW, EDGE = 384, 4
"""Side of the windows for a closer look, and how near to a window's edge a box is cut, in pixels."""
BATCH = 4


@dataclass(frozen=True)
class Found:
    """Detections of one frame: corners (N x 4: top, left, bottom, right, in 0..1) and scores (N)."""

    boxes: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)


class Detector:
    """The detector. All pictures are N x 300 x 300 x 3 in levels of 0..255, RGB."""

    def __init__(self, graph: Path, cache: Path, threads: int) -> None:
        """`graph` is the frozen graph's file; compiled ones are kept in the folder `cache`."""
        core = ov.Core()
        config = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        whole = core.read_model(graph)
        whole.reshape({whole.inputs[0]: [1, SIDE, SIDE, 3]})
        self._whole = core.compile_model(whole, "CPU", config)
        path = cache / "pedestrians-gradient.xml"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            ov.save_model(_with_gradient(core.read_model(graph)), path, compress_to_fp16=False)
        self._gradient = core.compile_model(core.read_model(path), "CPU", config)

    def found(self, pictures: np.ndarray) -> list[Found]:
        """Detections of 8-bit pictures, of score `SCORE` and more, after non-maximum suppression."""
        result = []
        for picture in pictures:
            out = self._whole({0: picture[None]})
            keep = out["detection_scores:0"][0] > SCORE
            result.append(
                Found(out["detection_boxes:0"][0][keep].copy(), out["detection_scores:0"][0][keep].copy())
            )
        return result

    def found_in_parts(self, frame: np.ndarray) -> Found:
        """Detections in overlapping windows of an I420 frame, each enlarged to the detector's input: it finds
        more and smaller pedestrians so than in the whole frame (sliced inference, Akyon et al. 2022)."""
        tops, lefts = range(0, HEIGHT - WINDOW + 1, WINDOW // 2), range(0, WIDTH - WINDOW + 1, WINDOW // 2)
        places = [(top, left) for top in tops for left in lefts]
        parts = self.found(np.stack([window(frame, top, left, WINDOW) for top, left in places]))
        boxes, scores = [], []
        whole = np.array([HEIGHT, WIDTH, HEIGHT, WIDTH])
        for (top, left), part in zip(places, parts, strict=True):
            corners = np.array([top, left, top, left]) + part.boxes * WINDOW
            # A box at an edge inside the frame is that of somebody cut in two, whom another window has whole.
            edges = np.array([top, left, top + WINDOW, left + WINDOW])
            inside = (edges > 0) & (edges < whole)
            kept = ~((np.abs(corners - edges) < EDGE) & inside).any(axis=1)
            boxes.append(corners[kept] / whole)
            scores.append(part.scores[kept])
        return _apart(Found(np.concatenate(boxes), np.concatenate(scores)))

    def slope(self, pictures: np.ndarray, lift: np.ndarray, at: float) -> tuple[np.ndarray, np.ndarray]:
        """Logits of a pedestrian at every anchor (N x 1917), and the gradient, per level of each sample, of
        the sum over anchors of `lift * softplus(logit - at)`: anchors far below `at` count little."""
        logits, slopes = [], []
        for first in range(0, len(pictures), BATCH):
            part = pictures[first : first + BATCH]
            padded = np.zeros((BATCH, 3, SIDE, SIDE), np.float32)
            padded[: len(part)] = part.transpose(0, 3, 1, 2) * np.float32(2 / 255) - 1
            weights = np.zeros((BATCH, ANCHORS), np.float32)
            weights[: len(part)] = lift[first : first + BATCH]
            out = self._gradient({"input": padded, "lift": weights, "at": np.float32(at)})
            logits.append(out["logits"][: len(part)].copy())
            slopes.append(out["gradient"][: len(part)].transpose(0, 2, 3, 1) * np.float32(2 / 255))
        return np.concatenate(logits), np.concatenate(slopes)


def _with_gradient(model: ov.Model) -> ov.Model:
    """The graph between its preprocessing and its suppression of overlapping boxes, and the way back."""
    model.reshape({model.inputs[0]: [BATCH, SIDE, SIDE, 3]})
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    first = next(node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution")
    picture = ops.parameter([BATCH, 3, SIDE, SIDE], np.float32, name="input")
    for target in list(first.input_value(0).get_target_inputs()):
        target.replace_source_output(picture.output(0))
    both = nodes[_SCORES].input_value(0)
    lift = ops.parameter([BATCH, ANCHORS], np.float32, name="lift")
    at = ops.parameter([], np.float32, name="at")
    logits = ops.gather(both, np.int64(_PERSON), np.int64(2))
    rising = ops.multiply(lift, ops.sigmoid(ops.subtract(logits, at)))
    none = ops.constant(np.zeros((BATCH, ANCHORS, 1), np.float32))
    cotangent = ops.concat([none, ops.unsqueeze(rising, np.int64(2))], 2)
    slope = gradient(both, picture, cotangent.output(0))
    results = [ops.result(logits, name="logits"), ops.result(slope, name="gradient")]
    for result, name in zip(results, ("logits", "gradient"), strict=True):
        result.output(0).get_tensor().set_names({name})
    for parameter, name in ((picture, "input"), (lift, "lift"), (at, "at")):
        parameter.output(0).get_tensor().set_names({name})
    return ov.Model(results, [picture, lift, at], "pedestrians with gradient")


def _apart(found: Found) -> Found:
    """Of detections that overlap by more than half, the one of greatest score (non-maximum suppression)."""
    kept: list[int] = []
    shared = overlap(found.boxes, found.boxes)
    for place in np.argsort(-found.scores):
        if not (shared[place, kept] > 0.5).any():
            kept.append(place)
    return Found(found.boxes[kept], found.scores[kept])


def overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every two boxes: N x M."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    inside = (high - low).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1) for boxes in (first, second)]
    return inside / np.maximum(areas[0][:, None] + areas[1][None] - inside, 1e-12)


def matched(wanted: Found, found: Found, least: float = 0.5) -> int:
    """How many of `wanted` are `found`, each by a box of its own (greedy, best score first)."""
    if not len(wanted) or not len(found):
        return 0
    shared, free, count = overlap(found.boxes, wanted.boxes), np.ones(len(wanted), bool), 0
    for row in np.argsort(-found.scores):
        best = int(np.where(free, shared[row], 0).argmax())
        if free[best] and shared[row, best] > least:
            free[best] = False
            count += 1
    return count
