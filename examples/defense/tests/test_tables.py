# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The README's tables have what the results have."""

from defense import tables
from defense.evaluate import Cell, Cost
from defense.intervals import Share


def test_a_row_an_attack_a_column_a_defence() -> None:
    lost = {"n": 200, "value": -0.01, "interval": [-0.032, 0.012]}
    costs = [Cost(name, "", 1.0, Share(170, 200), lost).as_json() for name in ("none", "one", "unwanted")]
    cells = [
        Cell("one", "adaptive", "BPDA-softened-PGD20 eps 2", 2, Share(0, 15)),
        Cell("one", "static", "DeepFool L2", None, Share(14, 15)),
        Cell("none", "static", "FGSM eps 2", 2, Share(7, 30)),
        Cell("one", "static", "FGSM eps 2", 2, Share(12, 30), Share(1, 30), 0.9596),
        Cell("unwanted", "static", "CW L2 kappa 0", None, Share(1, 2)),
    ]
    results = {"costs": costs, "cells": [cell.as_json() for cell in cells]}
    assert tables.table(results, {"none": "none", "one": "`one`", "absent": "absent"}).splitlines() == [
        "|  | n | none | `one` |",
        "| --- | --- | --- | --- |",
        "| clean loss, points | 200 | 0 | −1.0 (−3.2–1.2) |",
        "| static FGSM, ε 2 | 30 | 23 (12–41) | 40 (25–58); 96.0 % |",
        "| static DeepFool | 15 | – | 93 (70–99) |",
        "| **adaptive** BPDA, softened rounding, ε 2 | 15 | – | 0 (0–20) |",
    ]
