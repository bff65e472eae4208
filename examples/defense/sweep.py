# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Sweeps tables: clean drop against attacked accuracy, for one and for two passes."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import pyplot

from . import adaptive, attacks, defences
from .estimator import Estimator
from .evaluate import Evaluation
from .intervals import Drop, Share, drop, share

EPSILON = 2
"""Budget of the attacks that tables are compared under, in levels."""
_U, _V = np.mgrid[0:8, 0:8]
_K = (_U + _V).astype(float)


@dataclass(frozen=True)
class Candidate:
    """A table to try: the element's properties, and the colour of its family in the plot."""

    name: str
    properties: str
    family: str


@dataclass(frozen=True)
class Point:
    """What one candidate gives with one or two passes."""

    candidate: Candidate
    passes: int
    drop: Drop
    attacked: dict[str, Share]

    @property
    def worst(self) -> float:
        """The least accuracy under the attacks made without knowledge of the table."""
        return min(share.value for name, share in self.attacked.items() if "lattice" not in name)

    def as_json(self) -> dict:
        return {
            **vars(self.candidate),
            "passes": self.passes,
            "drop": self.drop.as_json(),
            "attacked": {name: share.as_json() for name, share in self.attacked.items()},
        }


def run(evaluation: Evaluation, folder: Path, about: dict, count: int = 60) -> None:
    """Tries all candidates on `count` attacked pictures; writes `sweep.json` and `sweep.svg`."""
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    made = _static_attacks(evaluation, count)
    points = []
    candidates = list(_candidates(tables))
    for number, candidate in enumerate(candidates, 1):
        points.append(_one_pass(evaluation, candidate, made))
        if "ycbcr" not in candidate.properties:
            points.append(_two_passes(evaluation, candidate, count // 2))
        for point in points[-2:]:
            if point.candidate is candidate:
                values = {name: f"{share.value:.0%}" for name, share in point.attacked.items()}
                lost = f"drop {100 * point.drop.value:5.1f}"
                print(
                    f"[{number}/{len(candidates)}] {candidate.name}, {point.passes}: {lost} {values}",
                    flush=True,
                )
        content = {"about": about, "points": [point.as_json() for point in points]}
        (folder / "sweep.json").write_text(json.dumps(content, indent=1) + "\n")
    plot(points, folder / "sweep.svg")
    print(folder / "sweep.svg")


def _candidates(tables: Path):
    for step in (10, 12, 16, 20, 24, 28, 32, 40):
        yield Candidate(f"{step}", f"preset=uniform md-step={step}", "uniform")
    for epsilon in (0, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2):
        yield Candidate(f"{epsilon:g}", f"preset=certified epsilon={epsilon}", "certified")
    for low, high, count in _BANDS:
        steps = f"as-step={low} md-step={high} as-count={count}"
        yield Candidate(f"{low}/{high}/{count}", f"preset=two-step {steps}", "two-step")
    yield Candidate("released", "preset=released", "released")
    for quality in (90, 75, 50):
        for mode in ("native", "ycbcr"):
            annex = f"preset=annex-k quality={quality} color-mode={mode}"
            yield Candidate(f"{quality} {mode}", annex, "annex-k")
    for luma, rise, power, dc, ac, slope in _YCBCR:
        name = f"{luma}+{rise}k^{power}, {dc}, {ac}+{slope}k"
        path = tables / f"ycbcr-{luma}-{rise}-{power}-{dc}-{ac}-{slope}.txt"
        chroma = ac + slope * _K
        chroma[0, 0] = dc
        write_tables(path, luma + rise * _K**power, chroma)
        yield Candidate(name, f"color-mode=ycbcr table-file={path}", "YCbCr, rising luma")


# as-step, md-step, as-count
_BANDS = (
    *((20, 30, 15), (20, 40, 15), (10, 30, 15), (10, 30, 6), (10, 30, 3), (16, 24, 15), (12, 20, 6)),
    *((24, 16, 6), (26, 18, 15), (24, 20, 15), (30, 20, 15), (30, 16, 15), (20, 16, 6)),
)
# Luma at DC, its rise with a power of u + v; chroma at DC, elsewhere, and its rise with u + v.
_YCBCR = (
    *((3.2, 0.64, 2, 13.5, 24, 1.8), (2.5, 0.5, 2, 10, 20, 1.5), (4, 0.8, 2, 13.5, 24, 1.8)),
    *((2, 0.64, 2, 8, 30, 2.5), (3.2, 0.64, 2, 8, 36, 3), (5, 0.8, 2, 16, 30, 3)),
    *(
        (7.8, 1.23, 1.5, 7.8, 25, 1.8),
        (10, 0.8, 1.5, 8, 30, 2),
        (12, 0.6, 1.5, 8, 30, 2),
        (16, 0, 1, 8, 40, 0),
    ),
)


def write_tables(path: Path, *tables: np.ndarray) -> None:
    """Writes tables (8 x 8, rounded to 1..255) in the text form that `table-file` reads."""
    text = []
    for table in tables:
        rows = np.rint(table).clip(1, 255).astype(int)
        text += [" ".join(f"{step:3d}" for step in row) for row in rows] + [""]
    path.write_text("\n".join(text))


def _static_attacks(evaluation: Evaluation, count: int) -> list[tuple[str, np.ndarray]]:
    tried = [attacks.fgsm(EPSILON), attacks.pgd(EPSILON, 20), attacks.deepfool()]
    return [(attack.name, evaluation.attacked(attack, count)) for attack in tried]


def _one_pass(evaluation: Evaluation, candidate: Candidate, made: list) -> Point:
    defence = defences.one_pass(candidate.name, candidate.properties)
    lost = drop(evaluation.alone, evaluation.correct(defence.filter(evaluation.pictures.samples)))
    kept = {name: share(evaluation.survivors(defence.filter(attacked))) for name, attacked in made}
    return Point(candidate, 1, lost, kept)


def _two_passes(evaluation: Evaluation, candidate: Candidate, count: int) -> Point:
    defence = defences.two_passes(candidate.name, candidate.properties)
    lost = drop(evaluation.alone, evaluation.correct(defence.settle(evaluation.pictures.samples)))
    settled = defence.settle(evaluation.chosen.samples[:count])
    labels = evaluation.chosen.labels[:count]
    aware = adaptive.lattice_aware(
        EPSILON, defences.lattice_of(candidate.properties), defence.filter, 4, per_block=(1,)
    )
    plain = Estimator(evaluation.network)
    kept = {}
    for attack in (attacks.fgsm(EPSILON), aware):
        attacked = attack.run(plain, settled, labels, evaluation.seed)
        kept[attack.name] = share(evaluation.survivors(defence.filter(attacked)))
    return Point(candidate, 2, lost, kept)


def plot(points: list[Point], path: Path) -> None:
    """Clean drop against the worst accuracy under attacks made without knowledge of the table."""
    figure, axes = pyplot.subplots(1, 2, figsize=(14, 6), sharey=True)
    families = list(dict.fromkeys(point.candidate.family for point in points))
    for axis, passes in zip(axes, (1, 2), strict=True):
        for number, family in enumerate(families):
            drawn = [p for p in points if p.passes == passes and p.candidate.family == family]
            where = [(100 * p.drop.value, 100 * p.worst) for p in drawn]
            if where:
                axis.scatter(*zip(*where, strict=True), color=f"C{number}", label=family)
            for point, at in zip(drawn, where, strict=True):
                name = point.candidate.name
                axis.annotate(name, at, fontsize=6, xytext=(3, 3), textcoords="offset points")
        axis.set(title=f"{passes} pass{'es' * (passes > 1)}", xlabel="clean drop, points")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel(f"least accuracy under static attacks, eps {EPSILON}, %")
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
