# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Contact sheets: what a cell of the report was counted on."""

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .data import class_names

SHOWN = 8
"""Pictures on a sheet."""
_SIDE, _GAP, _LINE = 168, 6, 18
_COLORS = {True: "#1a7f37", False: "#cf222e"}


class Gallery:
    """A folder of sheets beside the report's page."""

    def __init__(self, report: Path) -> None:
        self._report = report
        (report / "sheets").mkdir(parents=True, exist_ok=True)

    def add(
        self, title: str, rows: dict[str, np.ndarray], classes: list[np.ndarray], labels: np.ndarray
    ) -> str:
        """Draws rows of pictures (a heading each), the first `SHOWN` of them, with the class that the network
        sees in each (green: the label's). Returns the sheet's address, relative to the page."""
        count = min(SHOWN, len(labels))
        row = _LINE + _SIDE + _LINE + _GAP
        sheet = Image.new("RGB", (_GAP + count * (_SIDE + _GAP), len(rows) * row + _GAP), "white")
        pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
        for number, ((heading, pictures), seen) in enumerate(zip(rows.items(), classes, strict=True)):
            top = _GAP + number * row
            pen.text((_GAP, top), heading, "black", font)
            for column in range(count):
                left = _GAP + column * (_SIDE + _GAP)
                small = Image.fromarray(pictures[column]).resize((_SIDE, _SIDE))
                sheet.paste(small, (left, top + _LINE))
                color = _COLORS[bool(seen[column] == labels[column])]
                pen.text((left, top + _LINE + _SIDE + 2), class_names()[seen[column]][:26], color, font)
        address = f"sheets/{re.sub(r'[^a-z0-9.]+', '-', title.lower()).strip('-')}.jpg"
        sheet.save(self._report / address, quality=85)
        return address
