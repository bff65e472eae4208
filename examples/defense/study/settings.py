# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The settings that are compared."""

from dataclasses import dataclass, replace
from functools import cached_property

from .. import defences
from ..defences import Defence


@dataclass(frozen=True)
class Setting:
    """Properties of the element, the format that it gets, and whether the source settles with them, too."""

    properties: str
    subsampled: bool = False
    """I420 instead of RGB."""
    passes: int = 1
    bits: int = 0
    """Feature squeezing's bit depth instead of the element."""
    behind: bool = False
    """At camera size: behind the scaling instead of in front of it."""

    @property
    def name(self) -> str:
        if self.bits:
            return f"bit depth {self.bits}"
        if not self.properties:
            return "none"
        words = self.properties.replace("preset=", "").replace("color-mode=ycbcr", "YCbCr")
        return words + (", I420" if self.subsampled else "") + (", behind the scaling" if self.behind else "")

    @cached_property
    def defence(self) -> Defence:
        if self.bits:
            return defences.bit_depth(self.bits)
        if not self.properties:
            return defences.none()
        if self.passes == 2:
            return defences.two_passes(self.name, self.properties, self.subsampled)
        return defences.one_pass(self.name, self.properties, self.subsampled)

    @property
    def key(self) -> dict:
        return {"setting": self.name, "passes": self.passes}


def samples(epsilon: int, passes: int = 2) -> Setting:
    """Samples rounded to values 2 * epsilon + 1 apart."""
    return Setting(f"preset=certified-samples epsilon={epsilon}", passes=passes)


NONE = Setting("")
ONE_PASS = Setting("preset=one-pass", subsampled=True)
ONE_PASS_RGB = Setting("preset=one-pass color-mode=ycbcr")
TWO_STEP = Setting("preset=two-step")
RELEASED = Setting("preset=released")
ANNEX_K = Setting("preset=annex-k quality=75", subsampled=True)
ANNEX_K_50 = Setting("preset=annex-k quality=50", subsampled=True)
PRESETS = [
    *(ONE_PASS, ONE_PASS_RGB, TWO_STEP, RELEASED, ANNEX_K),
    Setting("preset=annex-k quality=75 color-mode=ycbcr"),
    Setting("preset=uniform"),
    Setting("preset=certified epsilon=1"),
]
"""Lone passes with presets as they are."""
DEPTHS = [Setting("", bits=bits) for bits in (5, 4, 3)]


def candidates() -> list[Setting]:
    """What the default of a lone pass is chosen among, beside `PRESETS` and `DEPTHS`."""
    found = [Setting(f"preset=annex-k quality={at}", True) for at in (50, 60, 40, 90)]
    found += [Setting(f"preset=annex-k quality={at} color-mode=ycbcr") for at in (50, 30)]
    return found + [Setting(f"preset=one-pass quality={at}", True) for at in (70, 40)]


TWICE_DCT = [
    *(Setting(f"preset=certified epsilon={epsilon:g}", passes=2) for epsilon in (1, 2)),
    Setting("preset=two-step", passes=2),
]
TWICE_SAMPLES = [samples(epsilon) for epsilon in (1, 2, 4, 8)]
TWICE_I420 = [
    *(Setting(f"preset=certified-samples epsilon={epsilon}", True, 2) for epsilon in (2, 4, 8)),
    *(Setting(f"preset=certified epsilon={epsilon}", True, 2) for epsilon in (1, 2)),
]
"""At camera size, as decoders give frames."""


BEHIND = [replace(one, behind=True) for one in (ONE_PASS, ANNEX_K_50, ONE_PASS_RGB)]
DECISIVE = 8
"""Number of lone passes that every measurement at camera size begins with."""


def _at_camera_size() -> list[Setting]:
    found = [NONE, ONE_PASS, ANNEX_K_50, ONE_PASS_RGB, ANNEX_K, TWO_STEP, DEPTHS[2], RELEASED]
    found += [Setting("preset=annex-k quality=30", True), Setting("preset=certified epsilon=1"), DEPTHS[1]]
    found += [Setting(f"preset=annex-k quality={at} color-mode=ycbcr") for at in (50, 75)]
    found += [Setting("preset=annex-k quality=90", True), Setting("preset=one-pass quality=30", True)]
    return [*found[:DECISIVE], *BEHIND, *found[DECISIVE:]]


AT_CAMERA_SIZE = _at_camera_size()
"""Lone passes at camera size; what decides comes first."""
KNOWN = [ONE_PASS, ANNEX_K_50, DEPTHS[2], TWO_STEP]
"""Lone passes that are attacked by who knows them."""
KNOWN_AT_CAMERA_SIZE = [*KNOWN, BEHIND[2]]
WATCHED = [ONE_PASS, DEPTHS[2]]
"""Lone passes whose alarm is attacked by who knows it."""
