# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The gradient that is added to a frozen graph is the graph's."""

import numpy as np
import openvino as ov
import pytest
from defense.differentiate import gradient
from openvino import opset13 as ops


def graph(generator: np.random.Generator) -> tuple[ov.Node, ov.Output]:
    """All operators with a rule, each kind of convolution among them."""

    def weights(*shape: int) -> np.ndarray:
        return generator.normal(size=shape).astype(np.float32)

    picture = ops.parameter([2, 3, 11, 12], np.float32, name="input")
    value = ops.convolution(picture, weights(4, 3, 3, 3), [2, 2], [0, 0], [0, 0], [1, 1], "same_upper")
    value = ops.clamp(ops.add(value, weights(1, 4, 1, 1)), -3, 3)
    value = ops.group_convolution(value, weights(4, 1, 1, 3, 3), [1, 1], [0, 0], [0, 0], [1, 1], "same_upper")
    first = ops.divide(ops.subtract(value, weights(1, 4, 1, 1)), np.float32(1.7))
    second = ops.convolution(first, weights(4, 4, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
    value = ops.add(ops.multiply(first, weights(1, 4, 1, 1)), second)
    value = ops.group_convolution(value, weights(4, 1, 1, 3, 3), [2, 2], [0, 0], [0, 0], [1, 1], "same_upper")
    flat = ops.reshape(ops.transpose(value, np.array([0, 2, 3, 1])), np.array([2, -1]), False)
    return picture, ops.concat([flat, ops.multiply(np.float32(2), flat)], 1).output(0)


def test_the_gradient_is_that_of_finite_differences() -> None:
    generator = np.random.default_rng(9)
    picture, value = graph(generator)
    cotangent = generator.normal(size=value.get_shape()).astype(np.float32)
    slope = gradient(value, picture, ops.constant(cotangent).output(0))
    model = ov.Core().compile_model(
        ov.Model([ops.result(value), ops.result(slope)], [picture], "both"),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    point = generator.normal(size=(2, 3, 11, 12)).astype(np.float32)
    found = model([point])[1].copy()
    step = np.float32(1e-3)
    for _ in range(8):
        # One sample at a time crosses few of the clamp's edges.
        move = np.zeros_like(point)
        move[tuple(generator.integers(0, side) for side in point.shape)] = step
        ends = [(model([point + sign * move])[0].astype(float) * cotangent).sum() for sign in (1, -1)]
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(
            (found * move).sum() / step, rel=0.02, abs=0.05
        )


def test_an_operator_without_a_rule_is_an_error() -> None:
    picture = ops.parameter([1, 3, 4, 4], np.float32, name="input")
    value = ops.exp(picture).output(0)
    with pytest.raises(NotImplementedError, match="Exp"):
        gradient(value, picture, value)
