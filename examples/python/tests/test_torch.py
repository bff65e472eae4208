# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The PyTorch module."""

import copy
import pickle

import numpy as np
import pytest

from featuredistill import Distiller

torch = pytest.importorskip("torch", reason="PyTorch is missing")

from featuredistill.torch import FeatureDistillation  # noqa: E402

BATCH = np.random.default_rng(31).integers(0, 256, (6, 33, 47, 3), dtype=np.uint8)
IMAGES = torch.from_numpy(BATCH).movedim(-1, -3)
EXPECTED = torch.from_numpy(Distiller()(BATCH).frames).movedim(-1, -3)


def test_bytes_and_floats_are_those_of_the_distiller():
    module = FeatureDistillation()
    assert torch.equal(module(IMAGES), EXPECTED)
    assert torch.equal(module(IMAGES[0]), EXPECTED[0])
    for dtype in [torch.float32, torch.float64]:
        assert torch.equal(module(IMAGES.to(dtype) / 255), EXPECTED.to(dtype) / 255)


def test_gradients_pass_as_through_the_identity():
    images = (IMAGES / 255).requires_grad_()
    weights = torch.rand(images.shape)
    (FeatureDistillation()(images) * weights).sum().backward()
    assert torch.equal(images.grad, weights)


def test_a_share_of_the_images_is_distilled_in_training_and_all_in_evaluation():
    torch.manual_seed(0)
    module = FeatureDistillation(p=0.5)
    counts = []
    for _ in range(40):
        result = module(IMAGES)
        distilled = [torch.equal(a, b) for a, b in zip(result, EXPECTED, strict=True)]
        original = [torch.equal(a, b) for a, b in zip(result, IMAGES, strict=True)]
        assert all(a != b for a, b in zip(distilled, original, strict=True))
        counts.append(sum(distilled))
    assert 0.35 < np.mean(counts) / len(IMAGES) < 0.65
    assert torch.equal(module.eval()(IMAGES), EXPECTED)
    assert torch.equal(FeatureDistillation(p=0)(IMAGES), IMAGES)


class Frames(torch.utils.data.Dataset):
    """Six frames, large enough to be shared by threads."""

    def __init__(self, transform):
        self.frame = torch.from_numpy(np.random.default_rng(32).integers(0, 256, (3, 1000, 1000), dtype=np.uint8))
        self.transform = transform

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return self.transform(self.frame)


def test_forked_workers_of_a_data_loader_distill():
    frames = Frames(FeatureDistillation())
    expected = frames[0]
    loader = torch.utils.data.DataLoader(frames, 2, num_workers=2, multiprocessing_context="fork", timeout=60)
    assert sum(torch.equal(frame, expected) for batch in loader for frame in batch) == 6


def test_copies_are_the_same_module():
    module = FeatureDistillation()
    # Spawned workers get theirs pickled.
    for copied in [copy.deepcopy(module), pickle.loads(pickle.dumps(module))]:
        assert torch.equal(copied(IMAGES), EXPECTED)


def test_bad_input_is_an_error():
    for images, message in [
        (IMAGES.movedim(-3, -1), "expected"),
        (IMAGES.to(torch.int32), "found torch.int32"),
        (IMAGES[:0], "found shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            FeatureDistillation()(images)
    with pytest.raises(ValueError, match="p: found 2"):
        FeatureDistillation(p=2)
