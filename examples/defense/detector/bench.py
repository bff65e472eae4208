# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What there is to measure with: the film, the detector, and what it finds without a filter."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..cache import Cache, fingerprint
from ..study.store import packed
from . import attack, film
from .attack import Consumer
from .network import Detector, Found, matched
from .setups import Setup

SEED = 0
PART = 4
"""Frames that are attacked together."""


@dataclass
class Bench:
    """The film, the detector and what it finds without a filter."""

    detector: Detector
    frames: np.ndarray
    cache: Cache
    reference: list[Found] = field(init=False)
    """What it finds in the untouched frames."""
    sliced: list[Found] = field(init=False)
    """The same in overlapping parts of the untouched frames, each enlarged to its input."""

    def __post_init__(self) -> None:
        self.reference = self.detector.found(film.inputs(self.frames))
        self.sliced = [self.detector.found_in_parts(frame) for frame in self.frames]

    def attacked(
        self, frames: np.ndarray, aim: str, epsilon: int, through: Setup | None = None
    ) -> np.ndarray:
        """Frames attacked without any filter in mind, or `through` one that the attacker knows."""
        key = {"aim": aim, "epsilon": epsilon}
        known = None
        if through is not None:
            key["through"] = f"{through.properties}/{through.small}"
            known = _consumer(through)
        return self._kept(
            key, frames, lambda part: attack.attack(self.detector, part, aim, epsilon, SEED, known)
        )

    def silent(self, frames: np.ndarray, aim: str, epsilon: int, through: Setup) -> np.ndarray:
        """Frames attacked by who knows the filter and its alarm."""
        key = {"aim": f"silent {aim}", "epsilon": epsilon, "through": f"{through.properties}/{through.small}"}
        known = _consumer(through)
        return self._kept(
            key, frames, lambda part: attack.silent(self.detector, part, aim, epsilon, SEED, known)
        )

    def jumps(self, settled: np.ndarray, aim: str, epsilon: int, certified: int) -> np.ndarray:
        """Settled frames attacked by who knows their lattice of samples."""
        key = {"aim": f"jumps {aim}", "epsilon": epsilon, "certified": certified}
        return self._kept(
            key, settled, lambda part: attack.jumps(self.detector, part, aim, epsilon, certified, SEED)
        )

    def _kept(self, key: dict, frames: np.ndarray, make: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        def some(part: np.ndarray) -> np.ndarray:
            name = key | {"frames": fingerprint(part), "seed": SEED}
            return self.cache.get(name, lambda: make(part))

        # In small parts, so that a run that is stopped has lost little.
        return np.concatenate([some(frames[at : at + PART]) for at in range(0, len(frames), PART)])

    def row(self, setup: Setup, frames: np.ndarray) -> dict:
        """Per frame: pedestrians of the reference that are found again, detections that are none of them,
        and the detections that come or go between the two ends of the consumer's filter."""
        unfiltered = self.detector.found(film.inputs(frames))
        found = self.detector.found(setup.behind(film.inputs(setup.filter(frames))))
        hits = _matches(self.reference, found)
        agreed = _matches(unfiltered, found)
        return {
            "wanted": packed(_counts(self.reference[: len(frames)])),
            "hits": packed(hits),
            "false": packed(_counts(found) - hits),
            "gone": packed(_counts(unfiltered) - agreed),
            "come": packed(_counts(found) - agreed),
            "sliced": packed(_counts(self.sliced[: len(frames)])),
            "hits of sliced": packed(_matches(self.sliced, found)),
        }


def _consumer(setup: Setup) -> Consumer:
    return Consumer(setup.filter, setup.behind if setup.small else None)


def _counts(found: list[Found]) -> np.ndarray:
    return np.array([len(one) for one in found])


def _matches(wanted: list[Found], found: list[Found]) -> np.ndarray:
    return np.array([matched(one, got) for one, got in zip(wanted, found, strict=False)])
