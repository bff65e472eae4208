# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""A row that a study wants."""

from collections.abc import Callable
from dataclasses import dataclass

from .store import Store


@dataclass(frozen=True)
class Job:
    """A row to measure."""

    store: Store
    key: dict
    measure: Callable[[], dict]
