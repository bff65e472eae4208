# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Two passes at the network's size."""

from collections.abc import Iterator

import numpy as np

from ..intervals import Drop, drop, share
from ..rows import Rows
from .cells import labels, percent, points, right, table


def section(twice: Rows, model: Rows) -> Iterator[str]:
    yield "## Two passes, 224x224: which lattice wins where"
    yield ""
    yield (
        "Settled at the source, attacked in between, filtered again, all in RGB. Clean loss: settled, not "
        "attacked, on the reporting part. Under attack: accuracy, and after the semicolon the frames that "
        "came back byte for byte. Up to the proved eps all of them must. Knowing: who knows the lattice "
        "moves samples (cell jumps, 10 rounds) or coefficients (lattice-aware, 6 rounds) over its edges; "
        "where no edge of a sample's cell is within reach, every sample moves by eps up or down at random."
    )
    alone = model.find(setting="none", threat="clean", view="centre")
    names = twice.names("setting")
    yield ""
    yield "**Clean loss**"
    yield from table(
        ["setting", "clean loss"], ([f"`{name}`", points(_lost_twice(twice, alone, name))] for name in names)
    )
    for attack, title in (
        ("knowing", "An attacker who knows the lattice"),
        ("PGD", "Static PGD, 20 steps, beyond the proved eps"),
        ("FGSM", "Static FGSM"),
    ):
        budgets = [at for at in (1, 2, 4, 8, 12, 16) if twice.find(attack=attack, epsilon=at)]
        if not budgets:
            continue
        yield ""
        yield f"**{title}**"
        rows = []
        for name in names:
            cells = [f"`{name}`"]
            for at in budgets:
                row = twice.find(setting=name, attack=attack, epsilon=at)
                if row is None:
                    cells.append("–")
                    continue
                back = np.mean(row["restored"])
                cells.append(f"{percent(share(right(twice, row)))}; {100 * back:.0f} %")
            rows.append(cells)
        yield from table(["setting"] + [f"{attack}, eps {at}" for at in budgets], rows)


def _lost_twice(twice: Rows, alone: dict | None, name: str) -> Drop | None:
    row = twice.find(setting=name, threat="clean", part="report")
    if row is None or alone is None:
        return None
    before = np.array(alone["seen"])[row["places"]] == labels(twice, row)
    return drop(before, right(twice, row))
