# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Command line: `python -m defense.study`, see `--help`."""

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

# The attack library says at import that torch isn't there, which is meant.
warnings.filterwarnings("ignore", module="art")

from .. import adaptive, attacks, defences, pipeline  # noqa: E402
from ..cache import Cache  # noqa: E402
from ..data import Pictures  # noqa: E402
from ..estimator import Estimator  # noqa: E402
from ..network import Network, threads  # noqa: E402
from ..samples import jumps  # noqa: E402
from . import settings  # noqa: E402
from .bench import SEED, Bench, static  # noqa: E402
from .cameras import cameras  # noqa: E402
from .job import Job  # noqa: E402
from .settings import Setting  # noqa: E402
from .silent import silent  # noqa: E402
from .store import Store, packed  # noqa: E402

ALL = 10**6


def main() -> int:
    arguments = _arguments()
    pipeline.load_plugin(arguments.plugin)
    network = Network(arguments.network, arguments.models, threads())
    bench = Bench(network, arguments.images, Cache(arguments.report / "cache"), arguments.results)
    start, missing = time.perf_counter(), set()
    jobs = [job for name in arguments.study for job in STUDIES[name](bench) if wanted(job, arguments.only)]
    left = [job for job in jobs if job.key not in job.store]
    print(f"{len(jobs) - len(left)} of {len(jobs)} rows are there", flush=True)
    for job in left:
        if arguments.minutes and time.perf_counter() - start > 60 * arguments.minutes:
            print("the time is up; the same command goes on from here")
            return 0
        begun = time.perf_counter()
        try:
            job.store.get(job.key, job.measure)
        except pipeline.PipelineError as error:
            # A preset that this build of the plugin doesn't have.
            missing.add(str(error))
            continue
        print(f"{' '.join(map(str, job.key.values()))} ({time.perf_counter() - begun:.1f} s)", flush=True)
    for error in sorted(missing):
        print(f"not measured: {error}", file=sys.stderr)
    return 1 if missing else 0


def wanted(job: Job, only: list[str]) -> bool:
    """True if the row's key has all these values (`field=value`)."""
    return all(str(job.key.get(field)) == value for field, value in (pair.split("=", 1) for pair in only))


ATTACKS = [("PGD", 2, "choose", 60), ("PGD", 2, "report", 60), ("PGD", 4, "report", 60)]
"""Static attacks on a lone pass: name, budget, part and number of pictures; what decides comes first."""
DEEPER = [("PGD", 2, "report", ALL), ("FGSM", 2, "report", ALL), ("PGD", 4, "report", 100)]
DEEPER += [("PGD", 8, "report", 50), ("DeepFool", None, "report", 20)]
"""The same for settings that many will use."""


def clean(bench: Bench, tried: list[Setting]) -> Iterator[Job]:
    """One pass at the network's size that nobody attacks: all pictures in two views."""
    for setting in tried:
        for view, pictures in (("centre", bench.pictures.samples), ("mirrored", bench.mirrored)):
            key = setting.key | {"threat": "clean", "view": view}
            yield Job(bench.store("model-size"), key, partial(_seen, bench, setting, pictures))


def attacked(
    bench: Bench, tried: list[Setting], made: list[tuple[str, int | None, str, int]]
) -> Iterator[Job]:
    """One pass at the network's size under the static attacks `made`."""
    for name, epsilon, part, count in made:
        places = bench.victims(part, count)
        for setting in tried:
            key = setting.key | {"threat": "static", "attack": name, "epsilon": epsilon, "part": part}
            measure = partial(_attacked, bench, setting, name, epsilon, places)
            yield Job(bench.store("model-size"), key | {"n": len(places)}, measure)


def _attacked(bench: Bench, setting: Setting, name: str, epsilon: int | None, places: np.ndarray) -> dict:
    attacked = bench.attacked(static(name, epsilon), places)
    return {"places": packed(places)} | _seen(bench, setting, attacked)


def _seen(bench: Bench, setting: Setting, pictures: np.ndarray) -> dict:
    return {"seen": packed(bench.network.classes(setting.defence.filter(pictures)))}


def knowing(bench: Bench, tried: list[Setting], count: int) -> Iterator[Job]:
    """One pass at the network's size against who knows it."""

    def attack(setting: Setting, chosen: Pictures, epsilon: int) -> np.ndarray:
        through = Estimator(bench.network, setting.defence.filter)
        return attacks.pgd(epsilon, 20, "BPDA-PGD").run(through, chosen.samples, chosen.labels, SEED)

    return _adaptive(bench, tried, count, "BPDA-PGD", attack)


def unnoticed(bench: Bench, tried: list[Setting], count: int) -> Iterator[Job]:
    """One pass at the network's size against who knows it and its alarm."""

    def attack(setting: Setting, chosen: Pictures, epsilon: int) -> np.ndarray:
        return silent(bench.network, setting.defence.filter, chosen, epsilon, SEED)

    return _adaptive(bench, tried, count, "silent PGD", attack)


def _adaptive(
    bench: Bench, tried: list[Setting], count: int, name: str, attack: Callable[[Setting, Pictures, int], np.ndarray]
) -> Iterator[Job]:
    store, places = bench.store("model-size"), bench.victims("report", count)

    def measure(setting: Setting, epsilon: int) -> dict:
        made = attack(setting, bench.take(places), epsilon)
        before = packed(bench.network.classes(made))
        return {"places": packed(places), "before": before} | _seen(bench, setting, made)

    for setting in tried:
        for epsilon in (2, 4):
            key = setting.key | {"threat": "adaptive", "attack": name, "epsilon": epsilon, "n": count}
            yield Job(store, key, partial(measure, setting, epsilon))


def twice(bench: Bench, tried: list[Setting]) -> Iterator[Job]:
    """Two passes at the network's size: settled, attacked in between, within the proved budget and beyond."""
    store, places = bench.store("two-passes"), bench.parts.report
    for setting in tried:

        def clean(setting=setting) -> dict:
            settled = setting.defence.settle(bench.pictures.samples[places])
            return {"places": packed(places)} | _seen(bench, setting, settled)

        yield Job(store, setting.key | {"threat": "clean", "part": "report"}, clean)
    yield from _attacked_twice(bench, store, tried)


BUDGETS = (1, 2, 4, 8, 12, 16)
BETWEEN = {"FGSM": (20, 20), "knowing": (20, 8), "PGD": (10, 10)}
"""Attacks between the passes, and their numbers of pictures with the lattice of samples, and with the DCT's,
where looking for its edges takes longer; what decides comes first."""


def _attacked_twice(bench: Bench, store: Store, tried: list[Setting]) -> Iterator[Job]:
    for name, counts in BETWEEN.items():
        for epsilon in BUDGETS:
            for setting in tried:
                count = counts["certified-samples" not in setting.properties]
                places = bench.victims("report", count)
                if not _worthwhile(setting, name, epsilon):
                    continue
                key = setting.key | {"threat": "adaptive" if name == "knowing" else "static"}
                key |= {"attack": name, "epsilon": epsilon, "n": count}
                yield Job(store, key, partial(_twice, bench, setting, name, epsilon, places))


def _worthwhile(setting: Setting, name: str, epsilon: int) -> bool:
    """True where an attack is worth its time: slow ones only beyond what is proved."""
    proved = float(setting.properties.split("=")[-1]) if "certified" in setting.properties else 0
    if epsilon == 1:
        return name != "PGD" and proved <= 1
    if name == "knowing":
        return "certified-samples" in setting.properties or epsilon <= 4
    return name == "FGSM" or proved < epsilon <= (8 if proved >= 2 else 4)


def _twice(bench: Bench, setting: Setting, name: str, epsilon: int, places: np.ndarray) -> dict:
    settled = setting.defence.settle(bench.pictures.samples[places])
    if name == "knowing":
        made = _looking(bench, setting, epsilon, settled, bench.pictures.labels[places])
    else:
        made = bench.attacked(static(name, epsilon), places, settled)
    restored = setting.defence.filter(made)
    same = (restored == settled).all(axis=(1, 2, 3))
    return {
        "places": packed(places),
        "seen": packed(bench.network.classes(restored)),
        "restored": packed(same.astype(int)),
    }


def _looking(
    bench: Bench, setting: Setting, epsilon: int, settled: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Attacked by who knows the lattice and looks for its edges."""
    if "certified-samples" in setting.properties:
        attack = jumps(epsilon, int(setting.properties.split("=")[-1]))
    else:
        lattice = defences.lattice_of(setting.properties)
        attack = adaptive.lattice_aware(epsilon, lattice, setting.defence.filter, 6, (1, 2, 4, 8))
    return attack.run(Estimator(bench.network), settled, labels, SEED)


def _candidates(bench: Bench) -> Iterator[Job]:
    tried = settings.candidates()
    presets = [settings.NONE, *settings.PRESETS, *settings.DEPTHS]
    yield from clean(bench, tried)
    for attack in ATTACKS:
        yield from attacked(bench, [*tried, *presets] if attack[2] == "choose" else tried, [attack])


def _lone(bench: Bench) -> Iterator[Job]:
    presets = [settings.NONE, *settings.PRESETS, *settings.DEPTHS]
    yield from clean(bench, presets)
    yield from attacked(bench, presets, DEEPER)


def _knowing(bench: Bench) -> Iterator[Job]:
    yield from unnoticed(bench, settings.WATCHED, 12)
    yield from knowing(bench, settings.KNOWN, 16)


def _lattices(bench: Bench) -> Iterator[Job]:
    yield from twice(bench, [*settings.TWICE_SAMPLES, *settings.TWICE_DCT])


STUDIES: dict[str, Callable[[Bench], Iterator[Job]]] = {
    "cameras": cameras,
    "candidates": _candidates,
    "knowing": _knowing,
    "twice": _lattices,
    "lone": _lone,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="defense.study", description="Measure the rows of examples/defense/results that are missing."
    )
    parser.add_argument("study", nargs="*", default=list(STUDIES), help=f"of {', '.join(STUDIES)}")
    parser.add_argument("--images", type=Path, required=True, help="folder of nXXXXXXXX_label.JPEG files")
    parser.add_argument("--plugin", type=Path, required=True, help="libgstfeaturedistill.so")
    parser.add_argument("--models", type=Path, default=Path(".cache/models"))
    parser.add_argument("--report", type=Path, default=Path("report"), help="folder of attacked pictures")
    parser.add_argument("--results", type=Path, default=Path("examples/defense/results"))
    parser.add_argument("--network", default="efficientnet-lite0")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="FIELD=VALUE", help="rows of this kind alone: part=choose"
    )
    parser.add_argument("--minutes", type=float, help="stop after the row that is then being measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
