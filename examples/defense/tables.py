# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Prints the tables of the project's README: `python -m defense.tables report/results.json`."""

import json
import re
import sys
from pathlib import Path

ONE_PASS = {
    "none": "none",
    "two-step, one pass": "`two-step`",
    "released, one pass": "`released`",
    "certified, epsilon 1, one pass": "`certified`, ε 1",
    "one-pass, YCbCr, one pass": "`one-pass`, YCbCr",
    "one-pass, I420, one pass": "`one-pass`, I420",
    "jpegenc ! jpegdec, quality 75": "JPEG, quality 75",
    "jpegenc ! jpegdec, quality 50": "JPEG, quality 50",
    "total variation, weight 0.02": "total variation",
}
TWO_PASSES = {
    "certified, epsilon 1, two passes": "`certified epsilon=1`",
    "two-step, two passes": "`two-step`",
    "uniform, two passes": "`uniform` (18)",
    "released, two passes": "`released`",
    "one-pass, YCbCr, two passes": "`one-pass`, YCbCr",
}
_NAMES = (
    (r"BPDA-softened-PGD\d+", "BPDA, softened rounding"),
    (r"lattice-aware\d+", "lattice-aware"),
    (r"(PGD|BIM)(\d+)", r"\1, \2 steps"),
    (r" eps ", ", ε "),
    (r" kappa ", ", κ "),
    (r"DeepFool L2", "DeepFool"),
    (r"patch ", "patch, "),
)


def table(results: dict, columns: dict[str, str]) -> str:
    """One row an attack, one column a defence (its name in `results` -> its heading)."""
    costs = {cost["defence"]: cost for cost in results["costs"]}
    shown = {name: heading for name, heading in columns.items() if name in costs}
    if not shown:
        return ""
    cells = {(cell["threat"], cell["attack"], cell["defence"]): cell for cell in results["cells"]}
    attacks = dict.fromkeys((threat, attack) for threat, attack, defence in cells if defence in shown)
    rows = [["", "n", *shown.values()], ["---"] * (len(shown) + 2)]
    first = costs[next(iter(shown))]
    rows.append(["clean loss, points", str(first["drop"]["n"])] + [_loss(costs[name]) for name in shown])
    for threat, attack in sorted(attacks, key=_order):
        found = [cells.get((threat, attack, name)) for name in shown]
        counts = sorted({cell["accuracy"]["n"] for cell in found if cell})
        row = [_title(threat, attack), ", ".join(map(str, counts))]
        rows.append(row + [_accuracy(cell) for cell in found])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _order(key: tuple[str, str]) -> tuple:
    threat, attack = key
    budget = re.search(r" eps ([\d.]+)", attack)
    return ("clean", "static", "adaptive").index(threat), float(budget[1]) if budget else 99


def _title(threat: str, attack: str) -> str:
    if threat == "clean":
        return "settled, not attacked"
    for pattern, replacement in _NAMES:
        attack = re.sub(pattern, replacement, attack)
    return f"{'**adaptive**' if threat == 'adaptive' else threat} {attack}"


def _loss(cost: dict) -> str:
    low, high = (_signed(100 * bound) for bound in cost["drop"]["interval"])
    return "0" if cost["defence"] == "none" else f"{_signed(100 * cost['drop']['value'])} ({low}–{high})"


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _accuracy(cell: dict | None) -> str:
    if cell is None:
        return "–"
    low, high = (round(100 * bound) for bound in cell["accuracy"]["interval"])
    text = f"{100 * cell['accuracy']['value']:.0f} ({low}–{high})"
    samples = cell.get("restored_samples")
    return text if samples is None else f"{text}; {100 * samples:.1f} %"


if __name__ == "__main__":
    content = json.loads(Path(sys.argv[1]).read_text())
    print(table(content, ONE_PASS), table(content, TWO_PASSES), sep="\n\n")
