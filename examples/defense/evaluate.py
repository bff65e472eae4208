# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Runs a plan: attacks the pictures, defends them, counts."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from . import adaptive, attacks, defences
from .attacks import Attack
from .cache import Cache, fingerprint
from .data import Pictures
from .defences import Defence
from .estimator import Estimator
from .gallery import SHOWN, Gallery
from .intervals import Share, drop, share
from .lattice import Lattice
from .network import Network
from .plan import Adaptive, Plan, Subject


@dataclass
class Cell:
    """One number of the report and what it was measured on."""

    defence: str
    threat: str
    """`clean`, `static` (made without the filter in mind) or `adaptive` (knows everything)."""
    attack: str
    epsilon: float | None
    accuracy: Share
    restored: Share | None = None
    """Two passes: pictures that came back as the settled frame, byte for byte."""
    restored_samples: float | None = None
    flips: float | None = None
    """Two passes: share of coefficients that came back on another lattice point."""
    sheet: str | None = None
    """Address of the pictures that it was counted on, relative to the report."""

    def as_json(self) -> dict:
        values = {key: value for key, value in vars(self).items() if value is not None}
        return {key: value.as_json() if isinstance(value, Share) else value for key, value in values.items()}


@dataclass
class Cost:
    """What a defence costs without an attack."""

    defence: str
    properties: str
    milliseconds: float
    clean: Share
    drop: dict
    """Accuracy lost on the same pictures, paired."""
    sheet: str = ""
    """Address of some of the pictures, relative to the report."""

    def as_json(self) -> dict:
        return vars(self) | {"clean": self.clean.as_json()}


@dataclass
class Results:
    """All that a run found."""

    costs: list[Cost] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Sanity checks that did not hold."""
    examples: dict[str, np.ndarray] = field(default_factory=dict)
    """Attacked pictures that the report shows, by attack."""

    def find(self, defence: str, threat: str, attack: str) -> Cell | None:
        return next(
            (
                cell
                for cell in self.cells
                if (cell.defence, cell.threat, cell.attack) == (defence, threat, attack)
            ),
            None,
        )


STATIC_CODE = ("attacks", "estimator", "export", "network")
"""Modules that attacks on the network alone depend on."""
ADAPTIVE_CODE = (*STATIC_CODE, "adaptive", "lattice")


@cache
def code_fingerprint(names: tuple[str, ...]) -> str:
    """Changes with the code of these modules, so that no attack is taken from an older one's cache."""
    folder = Path(__file__).parent
    return fingerprint(
        np.frombuffer(b"".join((folder / f"{name}.py").read_bytes() for name in names), np.uint8)
    )


class Evaluation:
    """A network, pictures, and the plugin whose bytes are `plugin` (a fingerprint)."""

    def __init__(
        self, network: Network, pictures: Pictures, cache: Cache, gallery: Gallery, plugin: str, seed: int
    ) -> None:
        self.network, self.pictures, self.cache, self.gallery = network, pictures, cache, gallery
        self.plugin, self.seed = plugin, seed
        self.results = Results()
        self.alone = self.correct(pictures.samples)
        """Which pictures the network alone gets right."""
        self.order = np.random.default_rng(seed).permutation(np.flatnonzero(self.alone))
        self.chosen = pictures.take(self.order)
        """Pictures that the network alone gets right, in random order: attacks take the first of these."""

    def run(self, plan: Plan, save: Callable[[Results], None]) -> Results:
        """Measures everything, telling of each cell on standard output; gives what there is so far to
        `save` after each defence."""
        shared = {}
        for job in plan.shared:
            with self._telling(f"attack: {job.attack.name}"):
                shared[job.attack.name] = (job.attack, self.attacked(job.attack, job.count))
        self.results.examples = {name: attacked for name, (_, attacked) in shared.items()}
        for subject in plan.subjects:
            self._cost(subject.defence)
            if subject.defence.protect is None:
                self._one_pass(subject, list(shared.values()))
            else:
                self._two_passes(subject)
            self.results.failures = list(self._failures(plan))
            save(self.results)
        return self.results

    def correct(self, samples: np.ndarray) -> np.ndarray:
        """Which of all pictures, after some treatment, the network gets right."""
        return self.network.classes(samples) == self.pictures.labels

    def survivors(self, samples: np.ndarray) -> np.ndarray:
        """The same for the first of the chosen pictures."""
        return self.network.classes(samples) == self.chosen.labels[: len(samples)]

    def attacked(self, attack: Attack, count: int) -> np.ndarray:
        """The first `count` of the chosen pictures, attacked without any filter in mind."""
        return self._static(attack, *self._first(count))

    def _first(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        return self.chosen.samples[:count], self.chosen.labels[:count]

    def _cost(self, defence: Defence) -> None:
        with self._telling(f"{defence.name}: clean") as say:
            run = defence.restore(defence.settle(self.pictures.samples))
            right = self.correct(run.samples)
            lost = drop(self.alone, right).as_json()
            milliseconds = round(run.milliseconds, 3)
            rows = {"without an attack": self.pictures.samples, defence.name: run.samples}
            sheet = self._sheet(f"{defence.name} clean", rows, self.pictures.labels)
            self.results.costs.append(
                Cost(defence.name, defence.properties, milliseconds, share(right), lost, sheet)
            )
            say(f"{share(right).value:.1%}")

    def _one_pass(self, subject: Subject, shared: list[tuple[Attack, np.ndarray]]) -> None:
        for attack, attacked in shared:
            self._count(subject.defence, "static", attack, attacked, attacked[:0])
        for budget in subject.adaptive:
            pictures, labels = self._first(budget.count)
            for attack, estimator in self._bpda(subject.defence, budget):
                attacked = self._through(attack, estimator, subject.defence, pictures, labels)
                self._count(subject.defence, "adaptive", attack, attacked, attacked[:0])

    def _two_passes(self, subject: Subject) -> None:
        defence = subject.defence
        lattice = defences.lattice_of(defence.properties)
        most = max([job.count for job in subject.static] + [budget.count for budget in subject.adaptive])
        pictures, labels = self._first(most)
        settled = defence.settle(pictures)
        untouched = Attack("none", 0, lambda _, pictures, __: pictures)
        self._count(defence, "clean", untouched, settled, settled, lattice)
        for job in subject.static:
            attacked = self._static(job.attack, settled[: job.count], labels[: job.count])
            self._count(defence, "static", job.attack, attacked, settled[: job.count], lattice)
        for budget in subject.adaptive:
            start, truth = settled[: budget.count], labels[: budget.count]
            aware = adaptive.lattice_aware(budget.epsilon, lattice, defence.filter, budget.steps // 2)
            for attack, estimator in [*self._bpda(defence, budget), (aware, Estimator(self.network))]:
                attacked = self._through(attack, estimator, defence, start, truth)
                self._count(defence, "adaptive", attack, attacked, start, lattice)

    def _bpda(self, defence: Defence, budget: Adaptive) -> Iterator[tuple[Attack, Estimator]]:
        straight = Estimator(self.network, defence.filter)
        yield attacks.pgd(budget.epsilon, budget.steps, "BPDA-PGD"), straight
        lattice = defences.lattice_of(defence.properties, defence.subsampled)
        softened = Estimator(self.network, defence.filter, lattice.softened)
        yield attacks.pgd(budget.epsilon, budget.steps, "BPDA-softened-PGD"), softened

    def _static(self, attack: Attack, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        key = self._key(attack, pictures)
        estimator = Estimator(self.network)
        return self.cache.get(key, lambda: attack.run(estimator, pictures, labels, self.seed))

    def _through(
        self,
        attack: Attack,
        estimator: Estimator,
        defence: Defence,
        pictures: np.ndarray,
        labels: np.ndarray,
    ) -> np.ndarray:
        key = self._key(attack, pictures) | {
            "defence": defence.name + defence.properties,
            "plugin": self.plugin,
            "code": code_fingerprint(ADAPTIVE_CODE),
        }
        return self.cache.get(key, lambda: attack.run(estimator, pictures, labels, self.seed))

    def _key(self, attack: Attack, pictures: np.ndarray) -> dict:
        return {
            "attack": attack.name,
            "parameters": attack.parameters,
            "network": self.network.name,
            "pictures": fingerprint(pictures),
            "seed": self.seed,
            "code": code_fingerprint(STATIC_CODE),
        }

    def _count(
        self,
        defence: Defence,
        threat: str,
        attack: Attack,
        attacked: np.ndarray,
        settled: np.ndarray,
        lattice: Lattice | None = None,
    ) -> None:
        with self._telling(f"{defence.name}: {threat} {attack.name}") as say:
            restored = defence.filter(attacked)
            right = share(self.survivors(restored))
            cell = Cell(defence.name, threat, attack.name, attack.epsilon, right)
            if lattice is not None:
                same = restored == settled
                cell.restored = share(same.all(axis=(1, 2, 3)))
                cell.restored_samples = round(float(same.mean()), 6)
                cell.flips = round(adaptive.count_flips(lattice, settled, restored), 6)
            rows = {attack.name: attacked, f"the same behind {defence.name}": restored}
            title = f"{defence.name} {threat} {attack.name}"
            cell.sheet = self._sheet(title, rows, self.chosen.labels[: len(attacked)])
            self.results.cells.append(cell)
            say(f"{right.value:.0%} of {right.n}")

    def _sheet(self, title: str, rows: dict[str, np.ndarray], labels: np.ndarray) -> str:
        classes = [self.network.classes(pictures[:SHOWN]) for pictures in rows.values()]
        return self.gallery.add(title, rows, classes, labels)

    def _failures(self, plan: Plan) -> Iterator[str]:
        """What the results contradict, though it must hold."""
        find = self.results.find
        alone = [find("none", "static", f"PGD20 eps {epsilon:g}") for epsilon in (1, 2, 4, 8)]
        hits = [cell.accuracy.value for cell in alone if cell]
        if hits and (
            hits[-1] > 0 or any(later > sooner for sooner, later in zip(hits, hits[1:], strict=False))
        ):
            yield f"PGD doesn't reach 100 % success against no defence: accuracies {hits}"
        for cell in self.results.cells:
            if (
                cell.threat == "adaptive"
                and cell.attack.startswith("BPDA-PGD")
                and "one pass" in cell.defence
            ):
                plain = find(cell.defence, "static", cell.attack.removeprefix("BPDA-"))
                if plain and cell.accuracy.value >= plain.accuracy.value > 0:
                    yield f"{cell.defence}: BPDA is no better than {plain.attack} without knowledge of it"
        for subject in plan.subjects:
            for cell in self.results.cells:
                inside = cell.epsilon is not None and cell.epsilon <= subject.radius
                if cell.defence == subject.defence.name and inside and cell.restored.hits < cell.restored.n:
                    yield f"{cell.defence}: {cell.attack} is within the radius but not all pictures came back"

    @contextmanager
    def _telling(self, what: str) -> Iterator[Callable[[str], None]]:
        start, said = time.perf_counter(), []
        sys.stdout.write(f"{what} ... ")
        sys.stdout.flush()
        yield said.append
        print(*said, f"({time.perf_counter() - start:.1f} s)", flush=True)
