# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Results as they are kept in the repository: a row a measurement, an entry a picture."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class Store:
    """A JSON file of rows. What has been measured once is not measured again."""

    def __init__(self, path: Path, about: dict) -> None:
        """`about` says what all rows share. Raises `ValueError` if the file's rows share something else."""
        self._path = path
        self._about = json.loads(json.dumps(about))
        self._rows: dict[str, dict] = {}
        if path.exists():
            content = json.loads(path.read_text())
            if content["about"] != self._about:
                raise ValueError(f"{path} has other pictures or another network: move it away to start anew")
            self._rows = {_name(row["key"]): row for row in content["rows"]}

    def get(self, key: dict, measure: Callable[[], dict]) -> dict:
        """The row for `key`, measured and written unless it is there."""
        name = _name(key)
        if name not in self._rows:
            self._rows[name] = {"key": key, **measure()}
            self._write()
        return self._rows[name]

    def __contains__(self, key: dict) -> bool:
        return _name(key) in self._rows

    def _write(self) -> None:
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in self._rows.values())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(f'{{"about": {json.dumps(self._about, indent=1)},\n"rows": [\n{rows}\n]}}\n')
        part.rename(self._path)


def _name(key: dict) -> str:
    return json.dumps(key, sort_keys=True)


def packed(values: Sequence | np.ndarray) -> list:
    """Whole numbers or, to three places, others, as JSON takes them."""
    array = np.asarray(values)
    return (array if array.dtype.kind in "iub" else array.round(3)).tolist()
