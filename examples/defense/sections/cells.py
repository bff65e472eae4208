# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Numbers as the tables have them."""

from collections.abc import Iterable, Iterator

import numpy as np

from ..intervals import Drop, Share, drop, share
from ..rows import Rows


def labels(rows: Rows, row: dict) -> np.ndarray:
    """What the pictures of a row show."""
    return np.array(rows.about["labels"])[row["places"]]


def right(rows: Rows, row: dict | None) -> np.ndarray | None:
    """The pictures of a row that the network gets right."""
    return None if row is None else np.array(row["seen"]) == labels(rows, row)


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


def table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Lines of a table."""
    yield ""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join(["---"] * len(head)) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def accuracy(rows: Rows, **wanted) -> Share | None:
    """Accuracy in the row whose key has these values."""
    found = right(rows, rows.find(**wanted))
    return None if found is None else share(found)


def gained(rows: Rows, setting: dict, rival: dict, **wanted) -> Drop | None:
    """Accuracy that `setting` has more than `rival` on the pictures that both were measured on."""
    ours, theirs = rows.find(**setting, **wanted), rows.find(**rival, **wanted)
    if ours is None or theirs is None:
        return None
    _, here, there = np.intersect1d(ours["places"], theirs["places"], return_indices=True)
    return drop(right(rows, ours)[here], right(rows, theirs)[there])
