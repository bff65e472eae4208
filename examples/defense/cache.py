# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Keeps what is dear to compute, by the parameters that it was computed from."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Cache:
    """Arrays in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: dict, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """The array for `key` (anything that JSON takes), computed if it isn't there yet."""
        text = json.dumps(key, sort_keys=True)
        path = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"
        if path.exists():
            with np.load(path) as stored:
                return stored["value"]
        value = compute()
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, value=value, key=np.array(text))
        part.rename(path)
        return value


def fingerprint(array: np.ndarray) -> str:
    """A short name for the contents of an array."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
