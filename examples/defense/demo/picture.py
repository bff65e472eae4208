# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The picture of the demo: panels side by side, and the change under each, magnified."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MAGNIFICATION = 16
"""How much a change is amplified around gray."""
_GAP, _LINE = 12, 19
_INK, _GOOD, _BAD, _PAPER = "#1f2328", "#1a7f37", "#cf222e", "#ffffff"


@dataclass(frozen=True)
class Panel:
    """A column of the picture."""

    heading: str
    note: str
    """A second line under the heading: what was done, with its budget."""
    picture: np.ndarray
    """uint8, H x W x 3, RGB."""
    label: str
    confidence: float
    right: bool
    """Whether the network says what it says of the clean photograph."""
    change: np.ndarray
    """What is left of the attack, in levels, shaped as the picture."""


def draw(path: Path, panels: list[Panel], footer: list[str]) -> None:
    """Writes the panels as a PNG file, `footer` in small print under them."""
    height, width, _ = panels[0].picture.shape
    column = width + _GAP
    top = _GAP + 2 * _LINE + 4
    below = top + height + 2 * _LINE + 8
    bottom = below + _LINE + height + _GAP
    size = (_GAP + len(panels) * column, bottom + len(footer) * (_LINE - 3) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    bold, plain, small = (ImageFont.load_default(points) for points in (16, 14, 12))
    for number, panel in enumerate(panels):
        left = _GAP + number * column
        pen.text((left, _GAP), panel.heading, _INK, bold)
        pen.text((left, _GAP + _LINE + 1), panel.note, _INK, small)
        sheet.paste(Image.fromarray(panel.picture), (left, top))
        color = _GOOD if panel.right else _BAD
        pen.rectangle((left - 2, top - 2, left + width + 1, top + height + 1), outline=color, width=3)
        pen.text((left, top + height + 5), f"{panel.label} {panel.confidence:.0%}", color, bold)
        pen.text((left, below - 6), f"attack left, x{MAGNIFICATION}: {_extent(panel.change)}", _INK, small)
        sheet.paste(Image.fromarray(_magnified(panel.change)), (left, below + _LINE - 4))
    for number, line in enumerate(footer):
        pen.text((_GAP, bottom + number * (_LINE - 3)), line, _INK, plain if number == 0 else small)
    # 256 colors keep the file small, and these panels look the same.
    sheet.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, "PNG", optimize=True)


def _magnified(change: np.ndarray) -> np.ndarray:
    return (128 + MAGNIFICATION * change.astype(int)).clip(0, 255).astype(np.uint8)


def _extent(change: np.ndarray) -> str:
    changed = np.count_nonzero(change.any(axis=-1)) / change[..., 0].size
    return f"{changed:.0%} of pixels" if changed else "nothing"
