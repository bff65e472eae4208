# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Runs a network and its gradient on the CPU, in batches, on 8-bit sample levels."""

import os
from pathlib import Path

import numpy as np
import openvino as ov

from .export import CLASSES, VARIANTS, save

MEAN, SCALE = 127.0, 128.0
"""The network's input is `(sample - MEAN) / SCALE`."""


class Network:
    """An exported network. All pictures are N x H x W x 3 in levels of 0..255, uint8 or float."""

    def __init__(self, name: str, folder: Path, threads: int, batch: int = 10) -> None:
        self.name = name
        self.variant = VARIANTS[name]
        self.batch = batch
        self.gradients = 0
        """Gradients computed so far, in pictures."""
        core = ov.Core()
        # Without the hint CPUs that have it compute in bfloat16.
        config = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        self._forward = core.compile_model(save(folder, name, gradient=False), "CPU", config)
        self._backward = core.compile_model(save(folder, name, gradient=True), "CPU", config)

    def logits(self, pictures: np.ndarray) -> np.ndarray:
        """float32, N x 1000."""
        return np.concatenate(
            [
                self._forward(_normalised(pictures[at : at + self.batch]))["logits"].copy()
                for at in range(0, len(pictures), self.batch)
            ]
        )

    def classes(self, pictures: np.ndarray) -> np.ndarray:
        """The most likely class of each picture."""
        return self.logits(pictures).argmax(axis=1)

    def cross_entropy(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits, and the gradient of -log p(label) per level of each sample."""
        return self._run(pictures, -_one_hot(labels), softmax=1.0)

    def margin(self, pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits, and the gradient of "best other logit less the label's" per level of each sample."""
        return self._run(pictures, -_one_hot(labels), runner_up=1.0)

    def product(self, pictures: np.ndarray, cotangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits, and the gradient of their product with `cotangent` (N x 1000) per level."""
        return self._run(pictures, cotangent)

    def _run(
        self, pictures: np.ndarray, offset: np.ndarray, softmax: float = 0.0, runner_up: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        logits, gradients = [], []
        for at in range(0, len(pictures), self.batch):
            part = slice(at, at + self.batch)
            count = len(offset[part])
            result = self._backward(
                {
                    "input": _normalised(pictures[part]),
                    "offset": offset[part].astype(np.float32),
                    "softmax_weight": np.full((count, 1), softmax, np.float32),
                    "runner_up_weight": np.full((count, 1), runner_up, np.float32),
                }
            )
            logits.append(result["logits"].copy())
            gradients.append(result["gradient"].transpose(0, 2, 3, 1) / SCALE)
        self.gradients += len(pictures)
        return np.concatenate(logits), np.concatenate(gradients)


def _normalised(pictures: np.ndarray) -> np.ndarray:
    planar = pictures.transpose(0, 3, 1, 2).astype(np.float32)
    return (planar - np.float32(MEAN)) / np.float32(SCALE)


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(CLASSES, dtype=np.float32)[labels]


def threads() -> int:
    """How many threads to compute with: the cores that this process may use."""
    return len(os.sched_getaffinity(0))
