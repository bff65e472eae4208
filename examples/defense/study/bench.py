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
from ..ascent import pgd, to_bytes
from ..attacks import Attack
from ..cache import Cache, fingerprint
from ..data import Pictures
from ..estimator import Estimator
from ..network import Network
from . import camera
from .parts import Parts, split
from .settings import Setting
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


class Cameras:
    """The same pictures as a camera would send them: squares of their own size."""

    def __init__(self, bench: Bench, wanted: np.ndarray) -> None:
        """Those of the pictures at `wanted` that are large enough."""
        self.bench = bench
        suffixes = {path.stem: path for path in bench.folder.iterdir()}
        found = [(place, camera.square(suffixes[bench.pictures.names[place]])) for place in wanted]
        self.places = np.array([place for place, frame in found if frame is not None])
        self.frames = [frame for _, frame in found if frame is not None]
        self.labels = bench.pictures.labels[self.places]
        self.alone = self.classes(self.frames)

    def classes(self, frames: list[np.ndarray]) -> np.ndarray:
        network = self.bench.network
        return np.concatenate(
            [
                network.classes(camera.scaled(frames[at : at + 10], network.variant))
                for at in range(0, len(frames), 10)
            ]
        )

    def victims(self, count: int) -> np.ndarray:
        """Places in `frames` of the first `count` that the network alone gets right."""
        return np.flatnonzero(self.alone == self.labels)[:count]

    def attacked(
        self,
        frames: list[np.ndarray],
        labels: np.ndarray,
        epsilon: float,
        steps: int,
        through: Setting | None = None,
    ) -> list[np.ndarray]:
        """PGD on the frames, with gradients led back through the scaling. Who knows the filter attacks
        `through` it: forwards the element itself, backwards the identity (BPDA)."""
        network = self.bench.network

        def attack(at: slice) -> list[np.ndarray]:
            def gradient(now: list[np.ndarray]) -> list[np.ndarray]:
                seen = (
                    now
                    if through is None
                    else [through.defence.filter(to_bytes(frame)[None])[0] for frame in now]
                )
                small = camera.scaled(seen, network.variant)
                _, slopes = network.cross_entropy(small, labels[at])
                return camera.led_back(slopes, now, network.variant)

            return pgd(gradient, frames[at], epsilon, steps, SEED)

        batches = [slice(at, at + 10) for at in range(0, len(frames), 10)]
        return [frame for at in batches for frame in attack(at)]


def filtered(setting: Setting, frames: list[np.ndarray], settle: bool = False) -> list[np.ndarray]:
    """Frames of any sizes behind the filter, or as the trusted source sends them."""
    act = setting.defence.settle if settle else setting.defence.filter
    return [act(frame[None])[0] for frame in frames]


def static(name: str, epsilon: int | None) -> Attack:
    """The attack called `name` on the network alone."""
    if name == "DeepFool":
        return attacks.deepfool()
    return attacks.fgsm(epsilon) if name == "FGSM" else attacks.pgd(epsilon, 20)
