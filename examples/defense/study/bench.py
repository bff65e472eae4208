# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What there is to measure with: pictures in parts, the network, attacked pictures kept in a cache."""

from pathlib import Path

import numpy as np

from .. import attacks, data
from ..attacks import Attack
from ..cache import Cache, fingerprint
from ..data import Pictures
from ..estimator import Estimator
from ..network import Network
from .parts import Parts, split
from .store import Store, packed

SEED = 0
PART = 20
"""Pictures that are attacked together."""


class Bench:
    """Pictures at the network's size, and the network alone on them."""

    def __init__(self, network: Network, folder: Path, cache: Cache, results: Path) -> None:
        self.network, self.cache, self.folder = network, cache, folder
        self.pictures = data.load(folder, network.variant, None, SEED)
        self.parts: Parts = split(self.pictures.names)
        self.mirrored = self.pictures.samples[:, :, ::-1]
        """The same, mirrored: a second view for clean losses."""
        self.alone = network.classes(self.pictures.samples)
        self._results, self._stores = results, {}
        self.about = {
            "network": network.name,
            "pictures": len(self.pictures),
            "pictures sha256": fingerprint(self.pictures.samples),
            "labels": packed(self.pictures.labels),
            "choosing": packed(self.parts.choose),
            "reporting": packed(self.parts.report),
            "seed": SEED,
        }

    def store(self, name: str) -> Store:
        """The results called `name`: always the same object, so that none overwrites another's rows."""
        if name not in self._stores:
            self._stores[name] = Store(self._results / f"{name}.json", self.about)
        return self._stores[name]

    def victims(self, part: str, count: int) -> np.ndarray:
        """Places of the first `count` pictures of a part that the network alone gets right, which is where
        attacks start from."""
        order = getattr(self.parts, part)
        right = self.alone[order] == self.pictures.labels[order]
        return order[right][:count]

    def take(self, places: np.ndarray) -> Pictures:
        return self.pictures.take(places)

    def attacked(self, attack: Attack, places: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
        """Attacked on the network alone, from the pictures or from `start` in their place."""
        chosen = self.take(places)
        begin = chosen.samples if start is None else start

        def some(at: slice) -> np.ndarray:
            key = {
                "attack": attack.name,
                "parameters": attack.parameters,
                "network": self.network.name,
                "pictures": fingerprint(begin[at]),
                "seed": SEED,
            }
            estimator, labels = Estimator(self.network), chosen.labels[at]
            return self.cache.get(key, lambda: attack.run(estimator, begin[at], labels, SEED))

        # In small parts, so that a run that is stopped has lost little.
        return np.concatenate([some(slice(at, at + PART)) for at in range(0, len(begin), PART)])


def static(name: str, epsilon: int | None) -> Attack:
    """The attack called `name` on the network alone."""
    if name == "DeepFool":
        return attacks.deepfool()
    return attacks.fgsm(epsilon) if name == "FGSM" else attacks.pgd(epsilon, 20)
