# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""One pass at the network's size."""

from collections.abc import Iterator

import numpy as np

from ..intervals import Drop, Share, drop_over_views, share
from ..rows import Rows
from .cells import accuracy, gained, labels, percent, points, table

DEFAULT = "one-pass, I420"
"""The default of a lone pass, on frames as decoders give them."""
_STATIC = [("FGSM", 2), ("PGD", 2), ("PGD", 4), ("PGD", 8), ("DeepFool", None)]


def section(model: Rows) -> Iterator[str]:
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
    yield from table(
        head,
        (
            [f"`{name}`", points(_clean(model, name, "reporting"))]
            + [
                percent(
                    accuracy(model, setting=name, threat="static", attack=attack, epsilon=at, part="report")
                )
                for attack, at in _STATIC
            ]
            for name in names
            if model.find(setting=name, threat="static", part="report")
        ),
    )


def knowing(model: Rows) -> Iterator[str]:
    names = model.names("setting", threat="adaptive")
    if not names:
        return
    yield "### Against who knows the filter"
    yield ""
    yield "BPDA with the identity, PGD with 20 steps."
    yield from table(
        ["setting", "eps 2", "eps 4"],
        (
            [f"`{name}`"]
            + [percent(accuracy(model, setting=name, attack="BPDA-PGD", epsilon=at)) for at in (2, 4)]
            for name in names
        ),
    )


def alarm(model: Rows) -> Iterator[str]:
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
    yield from table(
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
    fooled = np.array(before["seen"]) != labels(model, before)
    return share((np.array(after["seen"]) != np.array(before["seen"]))[fooled])


def _silent(model: Rows, name: str, epsilon: int) -> Share | None:
    row = model.find(setting=name, attack="silent PGD", epsilon=epsilon)
    if row is None:
        return None
    before, after = np.array(row["before"]), np.array(row["seen"])
    return share((before != after) | (before == labels(model, row)))


def choice(model: Rows) -> Iterator[str]:
    yield "## The best lone pass"
    yield ""
    yield (
        "All settings, in the order of their clean loss on the choosing part; the same on the reporting "
        f"part. Against the default: what a setting has more than `{DEFAULT}`, in points, on the same "
        "pictures of the reporting part. A rival of the default loses no more on the choosing part and keeps "
        "more there."
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
                cells.append(percent(accuracy(model, setting=name, **wanted)))
        rows.append((loss.value, [*cells, *_against(model, name)]))
    head = ["setting"] + [f"{part}: {what}" for part in ("choosing", "reporting") for what in _COLUMNS]
    head += [
        f"against the default: {what}" for what in ("clean", *(f"{name} eps {at}" for name, at in _RIVALRY))
    ]
    yield from table(head, (cells for _, cells in sorted(rows, key=lambda row: row[0])))


_COLUMNS = ("clean loss", "PGD eps 2", "FGSM eps 2")
_RIVALRY = (("PGD", 2), ("PGD", 4), ("FGSM", 2))


def _against(model: Rows, name: str) -> list[str]:
    here, default = {"setting": name}, {"setting": DEFAULT}
    cells = [points(_lost(model, DEFAULT, name, "reporting"))]
    for attack, at in _RIVALRY:
        wanted = {"threat": "static", "attack": attack, "epsilon": at, "part": "report"}
        cells.append(points(gained(model, here, default, **wanted)))
    return cells


def _clean(model: Rows, setting: str, part: str) -> Drop | None:
    """Loss at the network's size over both views."""
    return _lost(model, setting, "none", part)


def _lost(model: Rows, setting: str, rival: str, part: str) -> Drop | None:
    """Accuracy that `setting` has less than `rival` over both views."""
    before, after = [], []
    for view in ("centre", "mirrored"):
        alone = model.find(setting=rival, passes=1, threat="clean", view=view)
        row = model.find(setting=setting, passes=1, threat="clean", view=view)
        if alone is None or row is None:
            return None
        places = model.about[part]
        shown = np.array(model.about["labels"])[places]
        before.append(np.array(alone["seen"])[places] == shown)
        after.append(np.array(row["seen"])[places] == shown)
    return drop_over_views(np.stack(before, 1), np.stack(after, 1))
