# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Sweeps tables: clean drop against attacked accuracy, for one and for two passes.

All tables are compared on one half of the pictures. Those that nothing beats there, and the presets, are
then measured on the other half, as the best of many is too good on the pictures that it was the best on.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import adaptive, attacks, defences
from .candidates import Candidate, candidates
from .data import Pictures
from .defences import Defence
from .estimator import Estimator
from .evaluate import Evaluation
from .front import GOALS, Point, plot, undominated
from .intervals import drop_over_views, share

EPSILON = 2
"""Budget of the attacks that tables are compared under, in levels."""
ROUNDS, SETS = 4, (1, 2, 4)
"""Of the lattice-aware attack: enough to tell tables apart."""
AWARE_COUNT = 30
"""Pictures that it gets on the choosing half; all of them on the reporting half."""


@dataclass(frozen=True)
class Half:
    """Some of the pictures."""

    name: str
    views: list[Pictures]
    """All of them, in each view."""
    attacked: np.ndarray
    """Those among `Evaluation.chosen`: their places there."""
    alone: np.ndarray
    """What the network alone gets right, pictures x views."""


def run(evaluation: Evaluation, views: list[Pictures], folder: Path, about: dict) -> None:
    """Tries all candidates. Writes `sweep.json`, `sweep.svg` and the tables."""
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    choosing, reporting = halves(evaluation, views)
    made = _static_attacks(evaluation)
    jobs = [(candidate, passes) for candidate in candidates(tables) for passes in candidate.passes]
    points = []

    def measure(half: Half, jobs: list[tuple[Candidate, int]], aware: int) -> None:
        for number, (candidate, passes) in enumerate(jobs, 1):
            if passes == 1:
                point = _one_pass(evaluation, half, candidate, made)
            else:
                point = _two_passes(evaluation, half, candidate, aware)
            points.append(point)
            print(f"{half.name} [{number}/{len(jobs)}] {point}", flush=True)
            content = {"about": about, "goals": GOALS, "points": [point.as_json() for point in points]}
            (folder / "sweep.json").write_text(json.dumps(content, indent=1) + "\n")

    measure(choosing, jobs, AWARE_COUNT)
    best = undominated(points)
    measure(reporting, [job for job in jobs if job[0].preset or job in best], len(evaluation.chosen))
    plot(points, folder / "sweep.svg")
    print(folder / "sweep.svg")


def halves(evaluation: Evaluation, views: list[Pictures]) -> tuple[Half, Half]:
    """The choosing half and the reporting half, drawn with the evaluation's seed."""
    count = len(evaluation.pictures)
    shuffled = np.random.default_rng(evaluation.seed).permutation(count)
    alone = np.stack([_right(evaluation, view, view.samples) for view in views], axis=1)

    def half(name: str, indices: np.ndarray) -> Half:
        indices = np.sort(indices)
        attacked = np.flatnonzero(np.isin(evaluation.order, indices))
        return Half(name, [view.take(indices) for view in views], attacked, alone[indices])

    return half("choosing", shuffled[: count // 2]), half("reporting", shuffled[count // 2 :])


def _static_attacks(evaluation: Evaluation) -> list[tuple[str, np.ndarray]]:
    tried = [attacks.fgsm(EPSILON), attacks.pgd(EPSILON, 20), attacks.deepfool()]
    print("attacking the network alone", flush=True)
    return [(attack.name, evaluation.attacked(attack, len(evaluation.chosen))) for attack in tried]


def _one_pass(
    evaluation: Evaluation, half: Half, candidate: Candidate, made: Iterable[tuple[str, np.ndarray]]
) -> Point:
    defence = defences.one_pass(candidate.name, candidate.properties, candidate.subsampled)
    labels = evaluation.chosen.labels[half.attacked]
    kept = {}
    for name, attacked in made:
        restored = defence.filter(attacked[half.attacked])
        kept[name] = share(evaluation.network.classes(restored) == labels)
    return Point(candidate, 1, half.name, _drop(evaluation, half, defence), kept)


def _two_passes(evaluation: Evaluation, half: Half, candidate: Candidate, aware: int) -> Point:
    defence = defences.two_passes(candidate.name, candidate.properties)
    chosen = evaluation.chosen.take(half.attacked)
    settled = defence.settle(chosen.samples)
    lattice = defences.lattice_of(candidate.properties)
    looking = adaptive.lattice_aware(EPSILON, lattice, defence.filter, ROUNDS, SETS)
    plain = Estimator(evaluation.network)
    kept = {}
    for attack, count in ((attacks.fgsm(EPSILON), len(chosen)), (looking, aware)):
        labels = chosen.labels[:count]
        attacked = attack.run(plain, settled[:count], labels, evaluation.seed)
        kept[attack.name] = share(evaluation.network.classes(defence.filter(attacked)) == labels)
    return Point(candidate, 2, half.name, _drop(evaluation, half, defence), kept)


def _drop(evaluation: Evaluation, half: Half, defence: Defence):
    after = [_right(evaluation, view, defence.filter(defence.settle(view.samples))) for view in half.views]
    return drop_over_views(half.alone, np.stack(after, axis=1))


def _right(evaluation: Evaluation, view: Pictures, samples: np.ndarray) -> np.ndarray:
    return evaluation.network.classes(samples) == view.labels
