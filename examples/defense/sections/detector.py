# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""A detector on a film."""

from collections.abc import Iterator

import numpy as np

from ..intervals import Share, share
from ..rows import Rows
from .cells import percent, table

BOOTSTRAPS = 2000
ALARMS = (1, 2, 3)
"""Numbers of detections that come or go from which on a frame counts as attacked."""


def section(detector: Rows) -> Iterator[str]:
    about = detector.about
    yield "## A detector: pedestrians on a real film"
    yield ""
    yield (
        f"{about['detector']} on {about['film']}; frames are I420, 768x576, and the detector gets 300x300. "
        f"Wanted: the {about['pedestrians']} pedestrians that it finds in the untouched frames with a "
        "score over 0.3. Of a stronger reference: those that it finds in six overlapping windows of 384x384 "
        "pixels of the untouched frame, each enlarged to its input (sliced inference, Akyon et al. 2022; a "
        "stronger network with free weights wasn't found in a Python package). Found again: intersection "
        "over union above 0.5. False: detections a frame that are none of the wanted ones. Attacks: PGD, 20 "
        "steps, on the samples of the I420 frames through scaling and conversion, with the gradient of the "
        "real graph: no pedestrian is to be found (disappearance), or as many as can be that aren't there "
        "(fabrication). Knowing: BPDA with the identity; on the lattice of samples cell jumps, 10 rounds, or "
        "at random where no edge of a cell is within reach. Over H.264: the attacked frames are encoded by "
        "x264 with that quantizer. Intervals: bootstrap over frames; Wilson's over frames where none or all "
        "are found. A count that is 0 in every frame has none."
    )
    yield ""
    yield "**Without an attack**"
    yield from table(
        [
            "setup",
            "transport",
            "found again, %",
            "of the stronger reference, %",
            "false a frame",
            "alarm: detections that come or go, a frame",
        ],
        (
            [
                *(*_setup(row), _found_again(row), _of_sliced(row), _each(row["false"])),
                _each(np.add(row["gone"], row["come"])),
            ]
            for row in detector.rows
            if row["key"]["threat"] == "clean"
        ),
    )
    for aim in ("disappearance", "fabrication"):
        yield ""
        yield f"**{aim.capitalize()}**: {'found again, %' if aim == 'disappearance' else 'false a frame'}"
        rows = []
        for setup in (row for row in detector.rows if row["key"]["threat"] == "clean"):
            cells = _setup(setup)
            for threat in ("static", "adaptive"):
                for at in (2, 4, 8):
                    same = {name: setup["key"][name] for name in ("setup", "passes", "h264")}
                    row = detector.find(**same, threat=threat, attack=aim, epsilon=at)
                    cells.append(_outcome(row, aim))
            rows.append(cells)
        head = [f"{threat}, eps {at}" for threat in ("static", "knowing") for at in (2, 4, 8)]
        yield from table(["setup", "transport", *head], rows)
    yield from _alarm(detector)
    yield from _known_alarm(detector)
    yield from _speed(detector)


def _alarm(detector: Rows) -> Iterator[str]:
    yield ""
    yield "**The alarm of a lone pass**: frames in which that many detections come or go across it"
    rows = []
    for clean in detector.rows:
        key = clean["key"]
        if key["threat"] != "clean" or key["passes"] == 2 or key["setup"] == "none":
            continue
        for least in ALARMS:
            cells = [*_setup(clean), str(least), percent(_raised(clean, least))]
            for aim in ("disappearance", "fabrication"):
                for at in (2, 4, 8):
                    same = {name: key[name] for name in ("setup", "passes", "h264")}
                    row = detector.find(**same, threat="static", attack=aim, epsilon=at)
                    cells.append(percent(_raised(row, least)))
            rows.append(cells)
    head = [f"{aim}, eps {at}" for aim in ("disappearance", "fabrication") for at in (2, 4, 8)]
    yield from table(["setup", "transport", "at least", "false alarms", *head], rows)


def _known_alarm(detector: Rows) -> Iterator[str]:
    """The alarm under attackers who know the filter, and under those who know the alarm, too."""
    quiet = [row for row in detector.rows if row["key"]["threat"] == "silent"]
    if not quiet:
        return
    yield ""
    yield (
        "**Against who knows of the alarm** (silent PGD, 40 steps): before and behind the filter nothing is "
        "to be found, or the same one pedestrian that isn't there. The attack succeeds in a frame if less "
        "than half of its pedestrians are found, or one that isn't there. An alarm: at least one detection "
        "comes or goes across the filter."
    )
    rows = []
    for row in quiet:
        key = row["key"]
        if key["attack"] == "disappearance":
            done = 2 * np.array(row["hits"]) < np.array(row["wanted"])
        else:
            done = np.array(row["false"]) > 0
        silent = np.add(row["gone"], row["come"]) == 0
        cells = [*_setup(row), key["attack"], str(key["epsilon"])]
        rows.append([*cells, percent(share(~silent)), percent(share(done)), percent(share(done & silent))])
    head = ["setup", "transport", "attack", "eps", "alarms", "attack succeeds", "succeeds without an alarm"]
    yield from table(head, rows)


def _speed(detector: Rows) -> Iterator[str]:
    rows = [row for row in detector.rows if row["key"]["threat"] == "speed"]
    if not rows:
        return
    yield ""
    yield (
        "**Frames a second** on an Intel Xeon with AVX-512 (768x576, I420; median of three runs; the filter "
        "on one thread): the source settling, the consumer's filter, and the consumer with filter, scaling "
        "(in numpy) and detector."
    )
    steps = ("settle", "filter", "everything")
    yield from table(
        ["setup", "transport", "source: settle", "consumer: filter", "consumer: filter, scaling, detector"],
        ([*_setup(row), *(_rate(row.get(step)) for step in steps)] for row in rows),
    )


def _rate(rates: list[float] | None) -> str:
    return "–" if not rates else f"{np.median(rates):.0f}"


def _raised(row: dict | None, least: int) -> Share | None:
    return None if row is None else share(np.add(row["gone"], row["come"]) >= least)


def _setup(row: dict) -> list[str]:
    key = row["key"]
    passes = "" if key["setup"] == "none" else (", two passes" if key["passes"] == 2 else ", one pass")
    return [f"{key['setup']}{passes}", f"H.264, QP {key['h264']}" if key["h264"] else "raw"]


def _outcome(row: dict | None, aim: str) -> str:
    if row is None:
        return "–"
    told = _found_again(row) if aim == "disappearance" else _each(row["false"])
    return told + (f"; {100 * np.mean(row['restored']):.0f} % restored" if "restored" in row else "")


def _found_again(row: dict) -> str:
    return _recall(np.array(row["hits"]), np.array(row["wanted"]))


def _of_sliced(row: dict) -> str:
    return _recall(np.array(row["hits of sliced"]), np.array(row["sliced"])) if "sliced" in row else "–"


def _recall(hits: np.ndarray, wanted: np.ndarray) -> str:
    if hits.sum() in (0, wanted.sum()):
        low, high = share(np.full(len(hits), hits.sum() > 0)).interval
    else:
        low, high = _bootstrap(hits, wanted)
    return f"{100 * hits.sum() / wanted.sum():.0f} ({100 * low:.0f}–{100 * high:.0f}, n {wanted.sum()})"


def _each(counts: np.ndarray | list[int]) -> str:
    low, high = _bootstrap(np.array(counts), np.ones(len(counts)))
    return f"{np.mean(counts):.2f} ({low:.2f}–{high:.2f}, n {len(counts)})"


def _bootstrap(parts: np.ndarray, wholes: np.ndarray) -> tuple[float, float]:
    """95 % interval of sum(parts) / sum(wholes), as frames drawn with replacement give it."""
    drawn = np.random.default_rng(0).integers(0, len(parts), (BOOTSTRAPS, len(parts)))
    low, high = np.percentile(parts[drawn].sum(1) / wholes[drawn].sum(1), [2.5, 97.5])
    return float(low), float(high)
