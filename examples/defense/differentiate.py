# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Reverse-mode differentiation of a frozen OpenVINO graph: the backward pass becomes part of the graph.

It knows the operators of convolutional networks with frozen batch norms. Any other on the way from the input
to the output is an error, so that no gradient is silently wrong; `tests/test_differentiate.py` compares with
finite differences.
"""

from collections.abc import Callable

import numpy as np
import openvino as ov
from openvino import opset13 as ops

Output = ov.Output
"""A tensor in a graph."""


def gradient(value: Output, parameter: ov.Node, cotangent: Output) -> Output:
    """The tensor d(sum(value * cotangent))/d(parameter), in new nodes on top of the graph of `value`."""
    model = ov.Model([ops.result(value)], [parameter], "forward")
    order = model.get_ordered_ops()
    depends = {parameter.get_friendly_name()}
    for node in order:
        # A shape doesn't change with the values.
        if node.get_type_name() != "ShapeOf" and any(
            _source(node, index).get_friendly_name() in depends for index in range(node.get_input_size())
        ):
            depends.add(node.get_friendly_name())
    slopes = {value.get_node().get_friendly_name(): cotangent}
    for node in reversed(order):
        name = node.get_friendly_name()
        if name == parameter.get_friendly_name() or name not in slopes or name not in depends:
            continue
        rule = _RULES.get(node.get_type_name())
        if rule is None:
            raise NotImplementedError(f"no gradient of {node.get_type_name()} ({name})")
        for index in range(node.get_input_size()):
            source = _source(node, index).get_friendly_name()
            if source in depends:
                slope = rule(node, index, slopes[name])
                slopes[source] = ops.add(slopes[source], slope).output(0) if source in slopes else slope
    return slopes[parameter.get_friendly_name()]


def _source(node: ov.Node, index: int) -> ov.Node:
    return node.input_value(index).get_node()


def _shape(output: Output) -> list[int]:
    return list(output.get_shape())


def _reshaped(slope: Output, shape: list[int]) -> Output:
    return ops.reshape(slope, np.array(shape, np.int64), special_zero=False).output(0)


def _unbroadcast(node: ov.Node, index: int, slope: Output) -> Output:
    if _shape(node.input_value(index)) != _shape(node.output(0)):
        raise NotImplementedError(f"gradient of a broadcast operand ({node.get_friendly_name()})")
    return slope


def _add(node: ov.Node, index: int, slope: Output) -> Output:
    return _unbroadcast(node, index, slope)


def _subtract(node: ov.Node, index: int, slope: Output) -> Output:
    slope = _unbroadcast(node, index, slope)
    return slope if index == 0 else ops.negative(slope).output(0)


def _multiply(node: ov.Node, index: int, slope: Output) -> Output:
    return ops.multiply(_unbroadcast(node, index, slope), node.input_value(1 - index)).output(0)


def _divide(node: ov.Node, index: int, slope: Output) -> Output:
    if index == 1:
        raise NotImplementedError(f"gradient of a divisor ({node.get_friendly_name()})")
    return ops.divide(_unbroadcast(node, index, slope), node.input_value(1)).output(0)


def _clamp(node: ov.Node, _: int, slope: Output) -> Output:
    bounds = node.get_attributes()
    value = node.input_value(0)
    inside = ops.logical_and(
        ops.greater(value, np.float32(bounds["min"])), ops.less(value, np.float32(bounds["max"]))
    )
    return ops.multiply(slope, ops.convert(inside, "f32")).output(0)


def _reshape(node: ov.Node, _: int, slope: Output) -> Output:
    return _reshaped(slope, _shape(node.input_value(0)))


def _transpose(node: ov.Node, _: int, slope: Output) -> Output:
    order = node.input_value(1).get_node().get_data().astype(np.int64)
    return ops.transpose(slope, np.argsort(order)).output(0)


def _concat(node: ov.Node, index: int, slope: Output) -> Output:
    axis = node.get_attributes()["axis"]
    sizes = [_shape(node.input_value(at))[axis] for at in range(node.get_input_size())]
    start = sum(sizes[:index])
    bounds = ([start], [start + sizes[index]], [1], [axis])
    return ops.slice(slope, *(np.array(bound, np.int64) for bound in bounds)).output(0)


def _convolution(node: ov.Node, _: int, slope: Output) -> Output:
    grouped = node.get_type_name() == "GroupConvolution"
    kernel = node.input_value(1).get_node().get_data()
    attributes = node.get_attributes()
    strides, sides = attributes["strides"], kernel.shape[-2:]
    begin, end = attributes["pads_begin"], attributes["pads_end"]
    if set(attributes["dilations"]) != {1}:
        raise NotImplementedError(f"gradient of a dilated convolution ({node.get_friendly_name()})")
    if set(strides) == {1}:
        # The flipped kernel, which runs faster than the transposed convolution.
        flipped = np.ascontiguousarray(kernel[..., ::-1, ::-1].swapaxes(-3, -4))
        pads = [[side - 1 - pad for side, pad in zip(sides, pads, strict=True)] for pads in (begin, end)]
        forward = ops.group_convolution if grouped else ops.convolution
        return forward(slope, flipped, strides, *pads, [1, 1]).output(0)
    given, wanted = _shape(slope)[2:], _shape(node.input_value(0))[2:]
    short = [
        wanted[axis] - ((given[axis] - 1) * strides[axis] + sides[axis] - begin[axis] - end[axis])
        for axis in range(2)
    ]
    backward = ops.group_convolution_backprop_data if grouped else ops.convolution_backprop_data
    return backward(
        slope, kernel, strides, pads_begin=begin, pads_end=end, dilations=[1, 1], output_padding=short
    ).output(0)


_RULES: dict[str, Callable[[ov.Node, int, Output], Output]] = {
    "Add": _add,
    "Subtract": _subtract,
    "Multiply": _multiply,
    "Divide": _divide,
    "Clamp": _clamp,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Concat": _concat,
    "Convolution": _convolution,
    "GroupConvolution": _convolution,
}
