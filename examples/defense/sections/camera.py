# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The filter at camera size."""

from collections.abc import Iterator

import numpy as np

from ..intervals import Drop, drop, share
from ..rows import Rows
from .cells import accuracy, gained, percent, points, right, table
from .lone import DEFAULT

_DEFAULT = {"setting": DEFAULT, "passes": 1}


def section(camera: Rows) -> Iterator[str]:
    yield "## At camera size: the filter first, then scaling to 224x224"
    yield ""
    yield (
        "Frames are squares of 320 to 896 pixels, as large as the pictures have them; attacks are made on "
        "the frames, through the (bicubic) scaling, with 20 steps of PGD. Knowing: BPDA with the identity, "
        "through filter and scaling. Behind the scaling: the filter gets what the network gets. RGB unless "
        "I420 is said; I420 frames are made from RGB ones, and what 4:2:0 itself costs is in their loss."
    )
    yield ""
    yield "**One pass** (reporting part)"
    attacks = [("static", 2), ("static", 4), ("adaptive", 2), ("adaptive", 4)]
    names = camera.names("setting", passes=1)
    yield from table(
        ["setting", "clean loss"] + [f"{_WORDS[threat]} PGD, eps {at}" for threat, at in attacks],
        (
            [f"`{name}`", points(_lost(camera, name, 1, "report"))]
            + [
                percent(accuracy(camera, setting=name, passes=1, threat=threat, epsilon=at, part="report"))
                for threat, at in attacks
            ]
            for name in names
        ),
    )
    yield from _choice(camera, names)
    yield from _twice(camera)


_WORDS = {"static": "static", "adaptive": "knowing"}


def _choice(camera: Rows, names: list[str]) -> Iterator[str]:
    yield ""
    yield (
        "**The best lone pass at camera size**, in the order of the clean loss on the choosing part. Against "
        f"the default: what a setting has more than `{DEFAULT}`, in points, on the same frames of the "
        "reporting part."
    )
    rows = []
    for name in names:
        lost = _lost(camera, name, 1, "choose")
        if lost is None or name == "none":
            continue
        here = {"setting": name, "passes": 1}
        cells = [
            f"`{name}`",
            points(lost),
            percent(accuracy(camera, **here, threat="static", epsilon=2, part="choose")),
            points(gained(camera, here, _DEFAULT, threat="clean", part="report")),
        ]
        for at in (2, 4):
            cells.append(points(gained(camera, here, _DEFAULT, threat="static", epsilon=at, part="report")))
        rows.append((lost.value, cells))
    head = ["setting", "choosing: clean loss", "choosing: static PGD, eps 2", "against the default: clean"]
    head += [f"against the default: static PGD, eps {at}" for at in (2, 4)]
    yield from table(head, (cells for _, cells in sorted(rows, key=lambda row: row[0])))


def _twice(camera: Rows) -> Iterator[str]:
    names = camera.names("setting", passes=2)
    yield ""
    yield (
        "**Two passes** (reporting part). Clean loss: settled, not attacked. Under attack, which is made on "
        "the settled RGB frames: accuracy, and after the semicolon the frames that came back byte for byte. "
        "Knowing: samples are moved over the edges of their cells (cell jumps, 10 rounds; at random where no "
        "edge is within reach), coefficients by BPDA with the identity."
    )
    attacks = [(threat, at) for threat in ("static", "adaptive") for at in (2, 4, 8)]
    yield from table(
        ["setting", "clean loss"] + [f"{_WORDS[threat]}, eps {at}" for threat, at in attacks],
        (
            [f"`{name}`", points(_lost(camera, name, 2, "report"))]
            + [_came_back(camera, name, threat, at) for threat, at in attacks]
            for name in names
        ),
    )


def _came_back(camera: Rows, name: str, threat: str, epsilon: int) -> str:
    row = camera.find(setting=name, passes=2, threat=threat, epsilon=epsilon)
    if row is None:
        return "–"
    return f"{percent(share(right(camera, row)))}; {100 * np.mean(row['restored']):.0f} %"


def _lost(camera: Rows, name: str, passes: int, part: str) -> Drop | None:
    """Clean loss on the same frames, on as many as were measured."""
    wanted = {"threat": "clean", "part": part}
    for count in sorted(camera.names("n", **wanted), reverse=True):
        row = camera.find(setting=name, passes=passes, n=count, **wanted)
        alone = camera.find(setting="none", n=count, **wanted)
        if row and alone:
            return drop(right(camera, alone), right(camera, row))
    return None
