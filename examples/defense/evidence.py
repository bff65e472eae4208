# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Writes results/RESULTS.md from the results that are kept: `python -m defense report`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from .lacking import lacking
from .rows import Rows
from .sections import camera, detector, lone, twice

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
PAGE = RESULTS / "RESULTS.md"


def main(arguments: list[str]) -> int:
    """Writes the page, or to the file that `arguments` name."""
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(text(RESULTS))
    print(page)
    return 0


def text(folder: Path) -> str:
    """The page, from the results in `folder`."""
    model, at_camera_size = Rows.read(folder / "model-size.json"), Rows.read(folder / "camera-size.json")
    between, film = Rows.read(folder / "two-passes.json"), Rows.read(folder / "detector.json")
    parts: list[Iterable[str]] = [_opening(model)]
    if model.rows:
        parts += [lone.section(model), lone.knowing(model), lone.alarm(model), lone.choice(model)]
    if at_camera_size.rows:
        parts.append(camera.section(at_camera_size))
    if between.rows:
        parts.append(twice.section(between, model))
    if film.rows:
        parts.append(detector.section(film))
    parts.append(lacking(model, at_camera_size, between, film))
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
        "the interval of Agresti and Min. A dash: not measured."
    )
