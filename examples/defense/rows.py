# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Results that are kept, as a page reads them."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rows:
    """The rows of one file, and what they share."""

    about: dict
    rows: list[dict]

    @classmethod
    def read(cls, path: Path) -> "Rows":
        content = json.loads(path.read_text()) if path.exists() else {"about": {}, "rows": []}
        return cls(content["about"], content["rows"])

    def find(self, **wanted) -> dict | None:
        """The first row whose key has these values."""
        return next(
            (row for row in self.rows if all(row["key"].get(key) == wanted[key] for key in wanted)), None
        )

    def names(self, field: str, **wanted) -> list[str]:
        """Values of a field of the keys, in order, of the rows that have the values `wanted`."""
        found = [row["key"] for row in self.rows]
        kept = [key for key in found if all(key.get(name) == wanted[name] for name in wanted)]
        return list(dict.fromkeys(key[field] for key in kept))
