# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The rows that are measured, those that decide first."""

from collections.abc import Callable, Iterator

import numpy as np

from ..study.store import packed
from .attack import AIMS
from .bench import Bench
from .setups import MODEL_SIZE, ONE_PASS, SETUPS, Setup

FRAMES = {"static": (40, 20), "adaptive": (20, 10), "silent": (10, 10)}
"""Frames that are attacked: with eps 4, or on a lone pass with less; and otherwise."""

Measure = Callable[[], dict]


def jobs(bench: Bench) -> Iterator[tuple[dict, Measure]]:
    """Keys and measurements."""
    for setup in SETUPS:
        key = setup.key | {"threat": "clean"}
        yield key, lambda setup=setup: bench.row(setup, setup.carry(setup.settle(bench.frames)))
    for epsilon in (4, 2, 8):
        for setup in sorted(SETUPS, key=lambda one: -one.samples):
            for aim in AIMS:
                for threat in ("adaptive", "static"):
                    if threat == "static" or setup.properties or setup.small:
                        yield _job(bench, setup, aim, epsilon, threat)
        if epsilon <= 4:
            for setup in (ONE_PASS, MODEL_SIZE):
                for aim in AIMS:
                    yield _job(bench, setup, aim, epsilon, "silent")


def _job(bench: Bench, setup: Setup, aim: str, epsilon: int, threat: str) -> tuple[dict, Measure]:
    whole = (epsilon == 4 and not setup.samples) or (epsilon == 2 and setup.passes == 1)
    count = min(FRAMES[threat][0 if whole else 1], len(bench.frames))
    key = setup.key | {"threat": threat, "attack": aim, "epsilon": epsilon, "n": count}
    return key, lambda: _attacked(bench, setup, aim, epsilon, threat, count)


def _attacked(bench: Bench, setup: Setup, aim: str, epsilon: int, threat: str, count: int) -> dict:
    """Attacked between source and consumer; before the encoder where there is one."""
    start = setup.settle(bench.frames[:count])
    arrived = setup.carry(_made(bench, setup, start, aim, epsilon, threat))
    row = bench.row(setup, arrived)
    if setup.passes == 2:
        row["restored"] = packed((setup.filter(arrived) == start).all(axis=1).astype(int))
    return row


def _made(bench: Bench, setup: Setup, start: np.ndarray, aim: str, epsilon: int, threat: str) -> np.ndarray:
    if threat == "silent":
        return bench.silent(start, aim, epsilon, setup)
    if threat == "adaptive" and setup.samples:
        return bench.jumps(start, aim, epsilon, int(setup.properties.split("=")[-1]))
    return bench.attacked(start, aim, epsilon, setup if threat == "adaptive" else None)
