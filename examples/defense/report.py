# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Writes results as JSON and as one self-contained page."""

import base64
import html
import io
import json
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from . import page
from .data import Pictures, class_names
from .defences import Defence
from .evaluate import Cell, Cost, Results
from .intervals import Share

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

AMPLIFICATION = 16
"""How much perturbations are amplified in the pictures shown."""


def write_json(path: Path, results: Results, about: dict) -> None:
    """`about` says what it takes to repeat the run: versions, seed, parameters."""
    content = {
        "about": about,
        "failures": results.failures,
        "costs": [cost.as_json() for cost in results.costs],
        "cells": [cell.as_json() for cell in results.cells],
    }
    path.write_text(json.dumps(content, indent=1) + "\n")


def compare(before: dict, after: dict) -> list[str]:
    """Cells of the results `after` whose value lies outside the interval that those of `before` give it."""

    def cells(content: dict) -> dict[tuple, dict]:
        clean = {(cost["defence"], "clean", "all pictures"): cost["clean"] for cost in content["costs"]}
        return clean | {
            (cell["defence"], cell["threat"], cell["attack"]): cell["accuracy"] for cell in content["cells"]
        }

    old_cells, changed = cells(before), []
    for key, now in cells(after).items():
        was = old_cells.get(key)
        if was and not was["interval"][0] <= now["value"] <= was["interval"][1]:
            changed.append(f"{', '.join(key)}: {was['value']:.3f} (n = {was['n']}) -> {now['value']:.3f}")
    return changed


def write_pictures(folder: Path, results: Results, chosen: Pictures, count: int) -> None:
    """The clean and the attacked pictures as PNG files, `ATTACK/NAME.png`."""
    for title, pictures in {"clean": chosen.samples, **results.examples}.items():
        target = folder / title.replace(" ", "-")
        target.mkdir(parents=True, exist_ok=True)
        for name, picture in zip(chosen.names, pictures[:count], strict=False):
            Image.fromarray(picture).save(target / f"{name}.png")


def write_page(
    path: Path,
    results: Results,
    about: dict,
    chosen: Pictures,
    shown: list[Defence],
    classify: Callable[[np.ndarray], np.ndarray],
) -> None:
    """The page: numbers, plots and examples."""
    content = page.PAGE.substitute(
        style=page.STYLE,
        script=page.SCRIPT,
        summary=html.escape(_summary(about)),
        failures="".join(f"<p class=bad>Check failed: {html.escape(text)}</p>" for text in results.failures),
        costs=_costs(results.costs),
        one=_matrix(results, "static", "one pass"),
        two=_two_passes(results),
        adaptive=_matrix(results, "adaptive", "one pass"),
        plot=_front(results),
        examples=_examples(results, chosen, shown, classify),
        about=html.escape(json.dumps(about, indent=1)),
    )
    path.write_text(content)


def _summary(about: dict) -> str:
    return (
        f"{about['network']}, {about['pictures']} pictures, plugin {about['plugin']}, seed {about['seed']}. "
        "Attacked pictures are 8-bit. Intervals are Wilson's at 95 %."
    )


def _percent(share: Share | None, sheet: str | None = None) -> str:
    if share is None:
        return "<td>"
    low, high = (round(100 * bound) for bound in share.interval)
    color = f"hsl({120 * share.value:.0f} 60% 82%)"
    value = f"{100 * share.value:.0f}"
    if sheet:
        value = f"<a href='{html.escape(sheet)}'>{value}</a>"
    interval = f"<small>{low}–{high}, n {share.n}</small>"
    return f"<td data-value='{share.value}' style='background:{color}'>{value} {interval}"


def _costs(costs: list[Cost]) -> str:
    rows = []
    for cost in costs:
        low, high = (100 * bound for bound in cost.drop["interval"])
        rows.append(
            f"<tr><th>{html.escape(cost.defence)}{_percent(cost.clean, cost.sheet)}"
            f"<td data-value='{cost.drop['value']}'>{100 * cost.drop['value']:.1f} "
            f"<small>{low:.1f} to {high:.1f}</small>"
            f"<td data-value='{cost.milliseconds}'>{cost.milliseconds:.2f}"
            f"<td><code>{html.escape(cost.properties)}</code>"
        )
    head = "<tr><th>defence<th>clean accuracy, %<th>drop, points (paired)<th>ms per picture<th>properties"
    return _table(head, rows)


def _table(head: str, rows: list[str]) -> str:
    if not rows:
        return "<p>Nothing of this was measured.</p>"
    return f"<div class=table><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"


def _matrix(results: Results, threat: str, passes: str) -> str:
    cells = [cell for cell in results.cells if cell.threat == threat and "two passes" not in cell.defence]
    if threat == "adaptive":
        cells = [cell for cell in cells if passes in cell.defence]
    names = list(dict.fromkeys(cell.attack for cell in cells))
    rows = []
    for defence in dict.fromkeys(cell.defence for cell in cells):
        found = [results.find(defence, threat, name) for name in names]
        values = "".join(_percent(cell.accuracy, cell.sheet) if cell else _percent(None) for cell in found)
        rows.append(f"<tr><th>{html.escape(defence)}{values}")
    head = "".join(f"<th>{html.escape(name)}" for name in names)
    return _table(f"<tr><th>accuracy, %{head}</tr>", rows)


def _two_passes(results: Results) -> str:
    rows = []
    for cell in results.cells:
        if cell.restored is None:
            continue
        rows.append(
            f"<tr><th>{html.escape(cell.defence)}<td>{cell.threat}<td>{html.escape(cell.attack)}"
            f"{_percent(cell.accuracy, cell.sheet)}{_percent(cell.restored)}"
            f"<td data-value='{cell.restored_samples}'>{100 * cell.restored_samples:.2f}"
            f"<td data-value='{cell.flips}'>{100 * cell.flips:.3f}"
        )
    head = (
        "<tr><th>defence<th>threat<th>attack<th>accuracy, %<th>pictures restored byte for byte, %"
        "<th>samples restored, %<th>coefficients flipped, %"
    )
    return _table(head, rows)


def _front(results: Results) -> str:
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 5), sharey=True)
    drops = {cost.defence: 100 * cost.drop["value"] for cost in results.costs}
    wanted = ({"FGSM eps 2", "PGD20 eps 2"}, {"FGSM eps 2", "PGD20 eps 2", "BPDA-PGD20 eps 2"})
    for axis, passes, attacks in zip(axes, ("one pass", "two passes"), wanted, strict=True):
        for cell in results.cells:
            two = cell.restored is not None
            if cell.attack in attacks and two == (passes == "two passes"):
                _point(axis, drops[cell.defence], cell)
        axis.set(title=passes, xlabel="clean drop, points", ylim=(-3, 103))
        axis.grid(alpha=0.3)
        _legend(axis)
    axes[0].set_ylabel("attacked accuracy, % (eps 2)")
    return _figure(figure)


def _point(axis, x: float, cell: Cell) -> None:
    value = 100 * cell.accuracy.value
    low, high = (100 * bound for bound in cell.accuracy.interval)
    marker = {"FGSM": "o", "PGD2": "s", "BPDA": "x"}[cell.attack[:4].strip()]
    colour = {"o": "tab:blue", "s": "tab:orange", "x": "tab:red"}[marker]
    label = cell.attack
    axis.errorbar(x, value, [[value - low], [high - value]], fmt=marker, color=colour, alpha=0.8, label=label)
    axis.annotate(
        cell.defence.split(",")[0][:16], (x, value), fontsize=6, xytext=(3, 3), textcoords="offset points"
    )


def _legend(axis) -> None:
    handles, labels = axis.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    if unique:
        axis.legend(unique.values(), unique.keys(), fontsize=7)


def _figure(figure) -> str:
    buffer = io.BytesIO()
    figure.tight_layout()
    figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    return buffer.getvalue().decode().partition("<svg")[2].join(("<svg", ""))


def _examples(
    results: Results, chosen: Pictures, shown: list[Defence], classify: Callable[[np.ndarray], np.ndarray]
) -> str:
    rows = []
    for name in ("PGD20 eps 2", "FGSM eps 4", "DeepFool L2", "patch 50x50"):
        attacked = results.examples.get(name)
        for index in range(2 if attacked is not None else 0):
            rows.append(_example(name, chosen, index, attacked[index], shown, classify))
    return "".join(rows)


def _example(
    name: str,
    chosen: Pictures,
    index: int,
    attacked: np.ndarray,
    shown: list[Defence],
    classify: Callable[[np.ndarray], np.ndarray],
) -> str:
    clean = chosen.samples[index]
    change = attacked.astype(np.int16) - clean
    amplified = (128 + AMPLIFICATION * change).clip(0, 255).astype(np.uint8)
    figures = [("clean", clean, True), (f"perturbation x{AMPLIFICATION}", amplified, False)]
    figures.append((name, attacked, True))
    for defence in shown:
        start = attacked
        if defence.protect is not None:
            # The same perturbation, put on what the trusted source sent.
            settled = defence.settle(clean[None])[0]
            start = (settled + change).clip(0, 255).astype(np.uint8)
        figures.append((f"restored: {defence.name}", defence.filter(start[None])[0], True))
    return "<div class=row>" + "".join(_shown(*figure, classify) for figure in figures) + "</div>"


def _shown(title: str, picture: np.ndarray, label: bool, classify: Callable[[np.ndarray], np.ndarray]) -> str:
    text = class_names()[classify(picture[None])[0]] if label else ""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    caption = f"{html.escape(title)}<br><b>{html.escape(text)}</b>"
    return f"<figure><img src='data:image/png;base64,{data}'><figcaption>{caption}</figcaption></figure>"
