# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Pictures in two parts: settings are chosen on one and reported on the other."""

import hashlib
from dataclasses import dataclass

import numpy as np

CHOOSING = 0.4
"""Share of the pictures that settings are chosen on."""


@dataclass(frozen=True)
class Parts:
    """Places of pictures, in the order in which attacks take them."""

    choose: np.ndarray
    report: np.ndarray


def split(names: list[str]) -> Parts:
    """The same parts whatever else is in the folder's list order: pictures are ordered by the SHA-256 of
    their names, and the first `CHOOSING` of them are for choosing."""
    order = np.array(sorted(range(len(names)), key=lambda at: hashlib.sha256(names[at].encode()).digest()))
    count = round(CHOOSING * len(names))
    return Parts(order[:count], order[count:])
