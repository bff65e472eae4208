# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The front of clean drop against attacked accuracy: what nothing beats, and its plot."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib

from .candidates import Candidate
from .intervals import Drop, Share

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

GOALS = {
    1: {"PGD20 eps 2": (4, 60), "DeepFool L2": (4, 95)},
    2: {"FGSM eps 2": (3, 90), "lattice-aware4 eps 2": (3, 60)},
}
"""By passes and attack: the most points that may be lost without an attack, and the least accuracy that
should be left under it, %. What the defaults are chosen for."""
DEAREST = 10
"""Points of clean drop beyond which no table is of interest."""


@dataclass(frozen=True)
class Point:
    """What one candidate gives with one or two passes."""

    candidate: Candidate
    passes: int
    half: str
    drop: Drop
    attacked: dict[str, Share]

    def __str__(self) -> str:
        low, high = (100 * bound for bound in self.drop.interval)
        kept = ", ".join(f"{name} {100 * share.value:.0f}" for name, share in self.attacked.items())
        lost = f"drop {100 * self.drop.value:.1f} ({low:.1f} to {high:.1f})"
        return f"{self.candidate.name}, {self.passes}: {lost}; {kept}"

    def as_json(self) -> dict:
        return {
            **vars(self.candidate),
            "passes": self.passes,
            "half": self.half,
            "drop": self.drop.as_json(),
            "attacked": {name: share.as_json() for name, share in self.attacked.items()},
        }


def undominated(points: list[Point]) -> set[tuple[Candidate, int]]:
    """Candidates and passes that, under one of the goals' attacks, no other beats at the same clean drop."""
    best = set()
    for passes, goals in GOALS.items():
        cheap = [p for p in points if p.passes == passes and 100 * p.drop.value <= DEAREST]
        for attack in goals:
            # Of the same drop the one that keeps most comes first.
            ordered = sorted(cheap, key=lambda p: (p.drop.value, -p.attacked[attack].value))
            most = -1.0
            for point in ordered:
                if point.attacked[attack].value > most:
                    most = point.attacked[attack].value
                    best.add((point.candidate, passes))
    return best


def plot(points: list[Point], path: Path) -> None:
    """Attacked accuracy over clean drop under each of the goals' attacks: small what was measured on the
    choosing half, with name and interval what was measured on the reporting half."""
    figure, axes = pyplot.subplots(2, 2, figsize=(18, 15))
    families = list(dict.fromkeys(point.candidate.family for point in points))
    colours = {family: f"C{number % 10}" for number, family in enumerate(families)}
    markers = {family: "osD^"[number // 10] for number, family in enumerate(families)}
    for row, (passes, goals) in zip(axes, GOALS.items(), strict=True):
        for axis, attack in zip(row, goals, strict=True):
            for point in points:
                if point.passes == passes:
                    _mark(axis, point, attack, colours, markers)
            _frame(axis, passes, attack)
    figure.suptitle(
        "hollow: choosing half; filled, with intervals: reporting half; large: presets (defaults)",
        fontsize=11,
    )
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def _mark(axis, point: Point, attack: str, colours: dict, markers: dict) -> None:
    family, kept = point.candidate.family, point.attacked[attack]
    at = (100 * point.drop.value, 100 * kept.value)
    colour, marker = colours[family], markers[family]
    if point.half == "choosing":
        axis.scatter(*at, s=16, facecolors="none", edgecolors=colour, marker=marker, alpha=0.6)
        return
    low, high = (100 * bound for bound in kept.interval)
    left, right = (100 * bound for bound in point.drop.interval)
    axis.plot([left, right], [at[1]] * 2, [at[0]] * 2, [low, high], color=colour, alpha=0.25, linewidth=1)
    size = 90 if point.candidate.preset else 40
    axis.scatter(*at, s=size, color=colour, marker=marker, label=family)
    axis.annotate(point.candidate.name, at, fontsize=7, xytext=(4, 4), textcoords="offset points")


def _frame(axis, passes: int, attack: str) -> None:
    drop, kept = GOALS[passes][attack]
    left = min(-2.0, axis.get_xlim()[0])
    # What all tables hold back fills its plot, too.
    bottom = 70 if axis.get_ylim()[0] > 70 else -2
    axis.fill_between([left, drop], kept, 102, color="tab:green", alpha=0.08, label="goal")
    title = f"{passes} pass{'es' * (passes > 1)}: {attack}"
    axis.set(title=title, xlabel="clean drop, points", ylabel="accuracy, %")
    axis.set(xlim=(left, 14), ylim=(bottom, 102))
    axis.grid(alpha=0.3)
    handles, labels = axis.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    axis.legend(unique.values(), unique.keys(), fontsize=7, loc="center right")
