# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Writes results/RESULTS.md from the results that are kept: `python -m defense report`."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .intervals import Drop, Share, drop, drop_over_views, share

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
PAGE = RESULTS / "RESULTS.md"
BOOTSTRAPS = 2000
ALARMS = (1, 2, 3)
"""Numbers of detections that come or go from which on a frame counts as attacked."""


@dataclass(frozen=True)
class Rows:
    """The rows of one file, and what they share."""

    about: dict
    rows: list[dict]

    @classmethod
    def read(cls, path: Path) -> "Rows":
        content = json.loads(path.read_text()) if path.exists() else {"about": {}, "rows": []}
        return cls(content["about"], content["rows"])

    def find(self, **wanted) -> dict | None:
        """The first row whose key has these values."""
        return next(
            (row for row in self.rows if all(row["key"].get(key) == wanted[key] for key in wanted)), None
        )

    def names(self, field: str, **wanted) -> list[str]:
        """Values of a field of the keys, in order, of the rows that have the values `wanted`."""
        found = [row["key"] for row in self.rows]
        kept = [key for key in found if all(key.get(name) == wanted[name] for name in wanted)]
        return list(dict.fromkeys(key[field] for key in kept))


def main(arguments: list[str]) -> int:
    """Writes the page, or to the file that `arguments` name."""
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(text(RESULTS))
    print(page)
    return 0


def text(folder: Path) -> str:
    """The page, from the results in `folder`."""
    model, camera = Rows.read(folder / "model-size.json"), Rows.read(folder / "camera-size.json")
    twice, detector = Rows.read(folder / "two-passes.json"), Rows.read(folder / "detector.json")
    parts: list[Iterable[str]] = [_opening(model)]
    if model.rows:
        parts += [_lone(model), _knowing(model), _alarm(model), _choice(model)]
    if camera.rows:
        parts.append(_camera(camera))
    if twice.rows:
        parts.append(_twice(twice))
    if detector.rows:
        parts.append(_detector(detector))
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _opening(model: Rows) -> Iterator[str]:
    yield "# What the filter does to a network's accuracy"
    yield ""
    yield (
        "Written by `python -m defense report` from the JSON files beside it, which hold an entry a picture; "
        "`python -m defense.study` and `python -m defense.detector` measure what is missing there."
    )
    if not model.rows:
        return
    about = model.about
    yield ""
    yield (
        f"Network: {about['network']}. Pictures: {about['pictures']} of ImageNet, one a class; they "
        "overlap the network's training data, so only differences mean something. Settings are chosen on "
        f"{len(about['choosing'])} of them and reported on the other {len(about['reporting'])}. The "
        "presets `two-step` and `one-pass` are older than this split: they were found on 200 of the 500 "
        "pictures, and which ones isn't recorded, so that their rows may be a little too good. "
        "`certified`, `certified-samples` and `annex-k` follow from formulas or standards."
    )
    yield ""
    yield (
        "Attacks start from pictures that the network alone gets right. Attacked pictures are 8-bit; eps "
        "is the most that a sample moves, in levels of 0..255; all is seeded. **Static**: the attacker "
        "knows the network. **Knowing**: he knows network, filter, table and code. Accuracy in %, 95 % "
        "interval (Wilson), number of pictures. Losses are in points, paired on the same pictures, with "
        "the interval of Agresti and Min."
    )


def _labels(rows: Rows, row: dict) -> np.ndarray:
    return np.array(rows.about["labels"])[row["places"]]


def _right(rows: Rows, row: dict | None) -> np.ndarray | None:
    return None if row is None else np.array(row["seen"]) == _labels(rows, row)


def percent(part: Share | None) -> str:
    """A share as the tables have it."""
    if part is None or not part.n:
        return "–"
    low, high = (round(100 * bound) for bound in part.interval)
    return f"{100 * part.value:.0f} ({low}–{high}, n {part.n})"


def points(lost: Drop | None) -> str:
    """A loss as the tables have it."""
    if lost is None:
        return "–"
    low, high = (_signed(100 * bound) for bound in lost.interval)
    return f"{_signed(100 * lost.value)} ({low} to {high}, n {lost.n})"


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield ""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join(["---"] * len(head)) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _accuracy(rows: Rows, **wanted) -> Share | None:
    right = _right(rows, rows.find(**wanted))
    return None if right is None else share(right)


def _clean(model: Rows, setting: str, part: str) -> Drop | None:
    """Loss at the network's size over both views."""
    before, after = [], []
    for view in ("centre", "mirrored"):
        alone = model.find(setting="none", threat="clean", view=view)
        row = model.find(setting=setting, passes=1, threat="clean", view=view)
        if alone is None or row is None:
            return None
        places = model.about[part]
        labels = np.array(model.about["labels"])[places]
        before.append(np.array(alone["seen"])[places] == labels)
        after.append(np.array(row["seen"])[places] == labels)
    return drop_over_views(np.stack(before, 1), np.stack(after, 1))


_STATIC = [("FGSM", 2), ("PGD", 2), ("PGD", 4), ("PGD", 8), ("DeepFool", None)]


def _lone(model: Rows) -> Iterator[str]:
    yield "## One pass, 224x224"
    yield ""
    yield (
        "The filter sees what the network sees. RGB unless I420 is said; PGD has 20 steps. `bit depth` is "
        "feature squeezing's (Xu et al. 2018); `certified-samples` as a lone pass is its kin. Loss over "
        "two views of each picture, as it is and mirrored."
    )
    names = model.names("setting", threat="clean")
    head = ["setting", "clean loss"] + [
        f"static {name}" + (f", eps {at}" if at else "") for name, at in _STATIC
    ]
    yield from _table(
        head,
        (
            [f"`{name}`", points(_clean(model, name, "reporting"))]
            + [
                percent(
                    _accuracy(model, setting=name, threat="static", attack=attack, epsilon=at, part="report")
                )
                for attack, at in _STATIC
            ]
            for name in names
            if model.find(setting=name, threat="static", part="report")
        ),
    )


def _knowing(model: Rows) -> Iterator[str]:
    names = model.names("setting", threat="adaptive")
    if not names:
        return
    yield "### Against who knows the filter"
    yield ""
    yield "BPDA with the identity, PGD with 20 steps."
    yield from _table(
        ["setting", "eps 2", "eps 4"],
        (
            [f"`{name}`"]
            + [percent(_accuracy(model, setting=name, attack="BPDA-PGD", epsilon=at)) for at in (2, 4)]
            for name in names
        ),
    )


def _alarm(model: Rows) -> Iterator[str]:
    yield "## The alarm: labels that differ before and after a lone pass"
    yield ""
    yield (
        "False alarms: clean pictures (reporting part). Found: pictures that the attack made the network "
        "alone get wrong. Silent PGD (40 steps) knows the alarm and drives both labels to one wrong "
        "class; found or still right is what it fails on."
    )
    alone = model.find(setting="none", threat="clean", view="centre")
    rows = []
    for name in model.names("setting", threat="clean"):
        row = model.find(setting=name, threat="clean", view="centre")
        if name == "none" or row is None or alone is None:
            continue
        places = model.about["reporting"]
        false = share(np.array(row["seen"])[places] != np.array(alone["seen"])[places])
        found = [_found(model, name, at) for at in (2, 4, 8)]
        quiet = [_silent(model, name, at) for at in (2, 4)]
        rows.append([f"`{name}`", percent(false), *map(percent, found), *map(percent, quiet)])
    yield from _table(
        [
            *("setting", "false alarms", "found, PGD eps 2", "eps 4", "eps 8"),
            *("silent PGD eps 2: not fooled", "eps 4"),
        ],
        rows,
    )


def _found(model: Rows, name: str, epsilon: int) -> Share | None:
    wanted = {"threat": "static", "attack": "PGD", "epsilon": epsilon, "part": "report"}
    before, after = model.find(setting="none", **wanted), model.find(setting=name, **wanted)
    if before is None or after is None or before["places"] != after["places"]:
        return None
    fooled = np.array(before["seen"]) != _labels(model, before)
    return share((np.array(after["seen"]) != np.array(before["seen"]))[fooled])


def _silent(model: Rows, name: str, epsilon: int) -> Share | None:
    row = model.find(setting=name, attack="silent PGD", epsilon=epsilon)
    if row is None:
        return None
    before, after = np.array(row["before"]), np.array(row["seen"])
    return share((before != after) | (before == _labels(model, row)))


def _choice(model: Rows) -> Iterator[str]:
    yield "## The best lone pass"
    yield ""
    yield (
        "All settings, in the order of their clean loss on the choosing part; the same on the reporting "
        "part. What is better at equal loss there, and stays so here, is the default's rival."
    )
    rows = []
    for name in model.names("setting", threat="clean"):
        loss = _clean(model, name, "choosing")
        if name == "none" or loss is None:
            continue
        cells = [f"`{name}`"]
        for part, half in (("choosing", "choose"), ("reporting", "report")):
            cells.append(points(_clean(model, name, part)))
            for attack in ("PGD", "FGSM"):
                wanted = {"threat": "static", "attack": attack, "epsilon": 2, "part": half}
                cells.append(percent(_accuracy(model, setting=name, **wanted)))
        rows.append((loss.value, cells))
    head = ["setting"] + [f"{part}: {what}" for part in ("choosing", "reporting") for what in _COLUMNS]
    yield from _table(head, (cells for _, cells in sorted(rows, key=lambda row: row[0])))


_COLUMNS = ("clean loss", "PGD eps 2", "FGSM eps 2")


def _camera(camera: Rows) -> Iterator[str]:
    alone = camera.find(setting="none", threat="clean")
    sides = "squares of 320 to 896 pixels, as large as the pictures have them"
    yield "## At camera size: the filter first, then scaling to 224x224"
    yield ""
    yield (
        f"Frames are {sides}; attacks are made on the frames, through the (bicubic) scaling, with 20 steps "
        "of PGD. Knowing: BPDA with the identity."
    )
    for passes, title in ((1, "One pass"), (2, "Two passes, settled: clean loss, whatever is undone")):
        yield ""
        yield f"**{title}**"
        head = ["setting", "clean loss"]
        attacks = [("static", 2), ("static", 4), ("static", 8), ("adaptive", 2)] if passes == 1 else []
        head += [f"{'knowing' if threat == 'adaptive' else threat} PGD, eps {at}" for threat, at in attacks]
        rows = []
        for name in camera.names("setting", passes=passes):
            row = camera.find(setting=name, passes=passes, threat="clean")
            lost = None
            if row and alone:
                lost = drop(_right(camera, alone), _right(camera, row))
            cells = [f"`{name}`", points(lost)]
            for threat, at in attacks:
                cells.append(
                    percent(_accuracy(camera, setting=name, passes=passes, threat=threat, epsilon=at))
                )
            rows.append(cells)
        yield from _table(head, rows)


def _twice(twice: Rows) -> Iterator[str]:
    yield "## Two passes, 224x224: which lattice wins where"
    yield ""
    yield (
        "Settled at the source, attacked in between, filtered again. Knowing: who knows the lattice moves "
        "samples or coefficients over its edges (cell jumps, 10 rounds; lattice-aware, 6 rounds). After "
        "the semicolon: frames that came back byte for byte. Up to the proved eps all of them must."
    )
    budgets = (2, 4, 8, 12, 16)
    for attack, title in (("PGD", "Static PGD, 20 steps"), ("knowing", "Knowing")):
        yield ""
        yield f"**{title}**"
        rows = []
        for name in twice.names("setting"):
            cells = [f"`{name}`"]
            if attack == "PGD":
                cells.append(percent(_accuracy(twice, setting=name, threat="clean", part="report")))
            for at in budgets:
                row = twice.find(setting=name, attack=attack, epsilon=at)
                if row is None:
                    cells.append("–")
                    continue
                back = np.mean(row["restored"])
                cells.append(f"{percent(share(_right(twice, row)))}; {100 * back:.0f} %")
            rows.append(cells)
        head = ["setting"] + (["settled, not attacked"] if attack == "PGD" else [])
        yield from _table(head + [f"eps {at}" for at in budgets], rows)


def _detector(detector: Rows) -> Iterator[str]:
    about = detector.about
    yield "## A detector: pedestrians on a real film"
    yield ""
    yield (
        f"{about['detector']} on {about['film']}; frames are I420, 768x576, and the detector gets 300x300. "
        f"Wanted: the {about['pedestrians']} pedestrians that it finds in the untouched frames with a "
        "score over 0.3 (no stronger reference with free weights was found). Found again: intersection "
        "over union above 0.5. False: detections a frame that are none of these. Attacks: PGD, 20 steps, "
        "on the samples of the I420 frames through scaling and conversion, with the gradient of the real "
        "graph: no pedestrian is to be found (disappearance), or as many as can be that aren't there "
        "(fabrication). Knowing: BPDA with the identity. Over H.264: the attacked frames are encoded by "
        "x264 with that quantizer. Intervals: bootstrap over frames."
    )
    yield ""
    yield "**Without an attack**"
    yield from _table(
        [
            "setup",
            "transport",
            "found again, %",
            "false a frame",
            "alarm: detections that come or go, a frame",
        ],
        (
            [*_setup(row), _found_again(row), _each(row["false"]), _each(np.add(row["gone"], row["come"]))]
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
        yield from _table(["setup", "transport", *head], rows)
    yield from _detector_alarm(detector)


def _detector_alarm(detector: Rows) -> Iterator[str]:
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
    yield from _table(["setup", "transport", "at least", "false alarms", *head], rows)


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
    hits, wanted = np.array(row["hits"]), np.array(row["wanted"])
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
