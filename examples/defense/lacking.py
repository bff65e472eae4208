# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The part of the page that names what the studies would measure and the results don't have."""

from collections.abc import Iterator

from .rows import Rows
from .study import settings


def lacking(model: Rows, camera: Rows, twice: Rows, detector: Rows) -> Iterator[str]:
    """What the studies would measure and the results don't have, by the settings."""
    lone = [*settings.PRESETS, *settings.DEPTHS, *settings.candidates()]
    two = [*settings.TWICE_SAMPLES, *settings.TWICE_DCT]
    large, wanted_twice = settings.AT_CAMERA_SIZE, [*two, *settings.TWICE_I420]
    yield "## Not measured"
    yield ""
    yield "A dash in a table above, and:"
    yield ""
    known, watched, known_large = settings.KNOWN, settings.WATCHED, settings.KNOWN_AT_CAMERA_SIZE
    for title, rows, wanted, tried in (
        ("one pass, 224x224, clean", model, {"threat": "clean"}, lone),
        ("one pass, 224x224, static PGD, eps 2", model, {"attack": "PGD", "epsilon": 2}, lone),
        ("one pass, 224x224, static PGD, eps 8", model, {"attack": "PGD", "epsilon": 8}, lone[:8]),
        ("one pass, 224x224, DeepFool", model, {"attack": "DeepFool"}, lone[:8]),
        ("one pass, 224x224, an attacker who knows it", model, {"attack": "BPDA-PGD"}, known),
        ("the alarm, an attacker who knows it", model, {"attack": "silent PGD"}, watched),
        ("two passes, 224x224, clean", twice, {"threat": "clean"}, two),
        ("two passes, 224x224, an attacker who knows the lattice", twice, {"attack": "knowing"}, two),
        ("two passes, 224x224, static", twice, {"threat": "static"}, two),
        ("camera size, one pass, clean", camera, {"threat": "clean", "passes": 1}, large),
        ("camera size, one pass, static", camera, {"threat": "static", "passes": 1}, large),
        ("camera size, an attacker who knows it", camera, {"threat": "adaptive", "passes": 1}, known_large),
        ("camera size, two passes, clean", camera, {"threat": "clean", "passes": 2}, wanted_twice),
        ("camera size, two passes, attacked", camera, {"threat": "static", "passes": 2}, two[1:]),
    ):
        there = rows.names("setting", **wanted)
        names = list(dict.fromkeys(one.name for one in tried if one.name not in there))
        if names:
            yield f"- {title}: " + ", ".join(f"`{name}`" for name in names)
    for name in ("certified-samples 4", "certified-samples 8"):
        if not detector.find(setup=name, threat="adaptive"):
            yield f"- a detector: {name}, two passes, attacked"
