# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The demo's picture says of each panel what there is."""

from pathlib import Path

import numpy as np
from defense.demo.picture import MAGNIFICATION, Panel, draw
from PIL import Image


def test_the_picture_has_its_panels_and_magnifies_changes(tmp_path: Path) -> None:
    picture = np.full((224, 224, 3), (200, 30, 90), np.uint8)
    change = np.zeros(picture.shape, int)
    change[100:, :] = 3
    panels = [
        Panel("clean", "", picture, "espresso", 0.95, True, change * 0),
        Panel("attacked", "", picture, "telephone", 1.0, False, change),
    ]
    draw(tmp_path / "attack.png", panels, ["one line"])
    with Image.open(tmp_path / "attack.png") as file:
        sheet = np.asarray(file.convert("RGB")).astype(int)
    assert np.count_nonzero(abs(sheet - (200, 30, 90)).max(axis=2) < 12) > 2 * 220**2 * 0.95
    assert np.count_nonzero(abs(sheet - (128 + 3 * MAGNIFICATION)).max(axis=2) < 12) > 120 * 220 * 0.95
