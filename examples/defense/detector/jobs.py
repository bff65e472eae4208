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
from .setups import ONE_PASS, SETUPS, Setup

FRAMES = {"static": (40, 10), "adaptive": (20, 10), "silent": (6, 6)}
"""Frames that are attacked: with eps 4, or on a lone pass with less; and otherwise."""

Measure = Callable[[], dict]


def jobs(bench: Bench) -> Iterator[tuple[dict, Measure]]:
    """Keys and measurements."""
    for setup in SETUPS:
        key = setup.key | {"threat": "clean"}
        yield key, lambda setup=setup: bench.row(setup, setup.carry(setup.settle(bench.frames)))
    for threat in ("silent", "adaptive", "static"):
        for epsilon in (4, 8, 2):
            for setup in SETUPS:
                if _worthwhile(setup, epsilon, threat):
                    for aim in AIMS:
                        yield _job(bench, setup, aim, epsilon, threat)


def _worthwhile(setup: Setup, epsilon: int, threat: str) -> bool:
    """True where the outcome is open: whoever knows a lone pass or the DCT's lattice has his way with eps 4
    already, what a proved budget undoes needs no gradient, and with other budgets than 4 one encoded stream
    stands for all."""
    if threat == "silent":
        return setup is ONE_PASS and epsilon == 4
    if setup.quantizer and epsilon != 4 and setup.passes == 1:
        return False
    if threat == "adaptive":
        return (bool(setup.properties) or bool(setup.small)) and (setup.samples or epsilon <= 4)
    return not (setup.samples and epsilon <= setup.proved)


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
