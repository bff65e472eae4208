# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The preprocessor defense for the Adversarial Robustness Toolbox."""

import numpy as np
import pytest

from featuredistill import Distiller

pytest.importorskip("art", reason="the Adversarial Robustness Toolbox is missing")

from art.estimators.classification import BlackBoxClassifier  # noqa: E402

from featuredistill.art import FeatureDistillation  # noqa: E402

BATCH = np.random.default_rng(21).integers(0, 256, (5, 33, 47, 3), dtype=np.uint8)


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("high", [1.0, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_distiller_in_the_samples_own_range(channels, high, channels_first):
    batch = BATCH[..., :channels]
    expected = Distiller()(batch).frames if channels == 3 else np.stack([Distiller()(x[..., 0]).frames for x in batch])
    axis = 1 if channels_first else -1
    x = np.moveaxis(batch, -1, axis).astype(np.float32) * np.float32(high / 255)
    labels = np.arange(5)
    result, same = FeatureDistillation((0, high), channels_first=channels_first)(x, labels)
    assert result.dtype == np.float32 and result.shape == x.shape and same is labels
    levels = np.moveaxis(np.rint(result * (255 / high)), axis, -1)
    np.testing.assert_array_equal(levels, expected.reshape(batch.shape))


def test_gradients_pass_as_through_the_identity():
    gradient = np.random.default_rng(22).normal(size=BATCH.shape)
    np.testing.assert_array_equal(FeatureDistillation().estimate_gradient(BATCH / 255, gradient), gradient)


def test_an_estimator_sees_distilled_images():
    seen = []

    def predict(x):
        seen.append(x)
        return np.eye(10)[np.zeros(len(x), int)]

    classifier = BlackBoxClassifier(
        predict,
        BATCH.shape[1:],
        10,
        clip_values=(0, 255),
        preprocessing_defences=FeatureDistillation((0, 255), "released"),
    )
    classifier.predict(BATCH.astype(np.float32))
    np.testing.assert_array_equal(np.concatenate(seen), Distiller("released")(BATCH).frames)


@pytest.mark.parametrize(
    ("settings", "x", "message"),
    [
        ({"clip_values": (-1, 1)}, BATCH, r"clip_values: found \(-1, 1\), expected \(0, 1\) or \(0, 255\)"),
        ({"preset": "best"}, BATCH, "preset: found"),
        ({}, BATCH, "x: found values from 0 to 255, expected 0.0 to 1.0"),
        ({}, BATCH[0], r"x: found shape \(33, 47, 3\), expected \(N, H, W, 3 or 1\)"),
        ({"channels_first": True}, BATCH / 255, r"expected \(N, 3 or 1, H, W\)"),
        ({}, np.full((1, 8, 8, 3), np.nan), "x: found values from nan"),
    ],
)
def test_bad_input_is_an_error(settings, x, message):
    with pytest.raises(ValueError, match=message):
        FeatureDistillation(**settings)(x)
