# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Frames of a camera's size: the filter first, then the scaling; attacks go through both."""

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np

from ..ascent import pgd, to_bytes
from ..cache import fingerprint
from ..network import Network
from ..samples import jumps
from . import camera, settings
from .bench import SEED, Bench
from .job import Job
from .settings import Setting
from .store import packed

BATCH = 10
"""Frames that go through the network, and are attacked, together."""
STEPS = 20
VICTIMS = {"report": {2: 60, 4: 30}, "choose": {2: 30}}
"""Frames of each part that are attacked once with a budget, for all settings."""
FEW = 10
"""Frames that are attacked for each setting anew."""

Frames = list[np.ndarray]
"""Squares of any sizes: side x side x 3, RGB."""


class Cameras:
    """Pictures as a camera would send them: squares of their own size."""

    def __init__(self, bench: Bench, wanted: np.ndarray) -> None:
        """Those of the pictures at `wanted` that are large enough."""
        self.bench = bench
        suffixes = {path.stem: path for path in bench.folder.iterdir()}
        found = [(place, camera.square(suffixes[bench.pictures.names[place]])) for place in wanted]
        self.places = np.array([place for place, frame in found if frame is not None])
        self.frames: Frames = [frame for _, frame in found if frame is not None]
        self.labels = bench.pictures.labels[self.places]
        self.alone = self.classes(self.frames)

    def classes(self, frames: Frames) -> np.ndarray:
        """The most likely class of each frame, scaled."""
        network = self.bench.network
        return np.concatenate(
            [
                network.classes(camera.scaled(frames[at : at + BATCH], network.variant))
                for at in range(0, len(frames), BATCH)
            ]
        )

    def victims(self, count: int) -> np.ndarray:
        """Places in `frames` of the first `count` that the network alone gets right."""
        return np.flatnonzero(self.alone == self.labels)[:count]

    def attacked(
        self, frames: Frames, labels: np.ndarray, epsilon: float, through: Setting | None = None
    ) -> Frames:
        """PGD on the frames, with gradients led back through the scaling. Who knows the filter attacks
        `through` it: forwards the element itself, backwards the identity (BPDA)."""
        network = self.bench.network

        def attack(at: slice) -> Frames:
            def gradient(now: Frames) -> Frames:
                seen = now
                if through is not None and not through.behind:
                    seen = filtered(through, [to_bytes(frame) for frame in now])
                small = camera.scaled(seen, network.variant)
                if through is not None and through.behind:
                    small = through.defence.filter(to_bytes(small))
                _, slopes = network.cross_entropy(small, labels[at])
                return camera.led_back(slopes, now, network.variant)

            return pgd(gradient, frames[at], epsilon, STEPS, SEED)

        made: Frames = []
        for at in (slice(first, first + BATCH) for first in range(0, len(frames), BATCH)):
            key = {"attack": "PGD at camera size", "epsilon": epsilon, "steps": STEPS, "seed": SEED}
            key |= {"network": network.name, "through": through and through.name}
            key["frames"] = fingerprint(_joined(frames[at]))
            kept = self.bench.cache.get(key, lambda at=at: _joined(attack(at)))
            made += _cut(kept, frames[at])
        return made

    def moved(self, frames: Frames, labels: np.ndarray, epsilon: int, certified: int) -> Frames:
        """Settled frames, attacked by who knows their lattice of samples."""
        ahead = SimpleNamespace(model=_Scaled(self.bench.network))
        return [
            jumps(epsilon, certified).run(ahead, frame[None], labels[at : at + 1], SEED)[0]
            for at, frame in enumerate(frames)
        ]


class _Scaled:
    """The network behind the scaling, for frames of one size."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def cross_entropy(self, frames: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        variant = self._network.variant
        logits, slopes = self._network.cross_entropy(camera.scaled(frames, variant), labels)
        return logits, np.stack(camera.led_back(slopes, frames, variant))


def filtered(setting: Setting, frames: Frames) -> Frames:
    """Frames of any sizes behind the filter."""
    return [setting.defence.filter(frame[None])[0] for frame in frames]


def settled(setting: Setting, frames: Frames) -> Frames:
    """Frames of any sizes as the trusted source sends them."""
    return [setting.defence.settle(frame[None])[0] for frame in frames]


def _joined(frames: Frames) -> np.ndarray:
    return np.concatenate([frame.ravel() for frame in frames])


def _cut(joined: np.ndarray, like: Frames) -> Frames:
    ends = np.cumsum([frame.size for frame in like])[:-1]
    return [part.reshape(frame.shape) for part, frame in zip(np.split(joined, ends), like, strict=True)]


def cameras(bench: Bench) -> Iterator[Job]:
    """What decides first: lone passes, those who know them, two passes, and the choosing part."""
    report, choose = Cameras(bench, bench.parts.report), Cameras(bench, bench.parts.choose)
    first = settings.DECISIVE
    for tried in (settings.AT_CAMERA_SIZE[:first], settings.AT_CAMERA_SIZE[first:]):
        yield from lone(report, "report", tried)
        yield from knowing(report, [one for one in tried if one in settings.KNOWN_AT_CAMERA_SIZE])
        if settings.NONE in tried:
            yield from twice(report, [*settings.TWICE_SAMPLES[1:], *settings.TWICE_DCT])
        yield from lone(choose, "choose", tried)
    yield from clean_twice(report, [*settings.TWICE_SAMPLES, *settings.TWICE_DCT, *settings.TWICE_I420])


def _job(scene: Cameras, setting: Setting, key: dict, measure: Callable[[], dict]) -> Job:
    return Job(scene.bench.store("camera-size"), setting.key | key, measure)


def lone(scene: Cameras, part: str, tried: list[Setting]) -> Iterator[Job]:
    """One pass: clean, and under attacks on the network alone."""
    for epsilon in (None, *VICTIMS[part]):
        places = np.arange(len(scene.frames)) if epsilon is None else scene.victims(VICTIMS[part][epsilon])
        key = {"threat": "clean"}
        if epsilon is not None:
            key = {"threat": "static", "attack": "PGD", "epsilon": epsilon}
        for setting in tried:

            def measure(setting=setting, epsilon=epsilon, places=places) -> dict:
                frames = [scene.frames[at] for at in places]
                if epsilon is not None:
                    frames = scene.attacked(frames, scene.labels[places], epsilon)
                return _row(scene, places, frames, setting)

            yield _job(scene, setting, key | {"part": part, "n": len(places)}, measure)


def _row(scene: Cameras, places: np.ndarray, frames: Frames, setting: Setting = settings.NONE) -> dict:
    """What the network sees of frames behind a lone pass."""
    if setting.behind:
        network = scene.bench.network
        seen = network.classes(setting.defence.filter(camera.scaled(frames, network.variant)))
    else:
        seen = scene.classes(filtered(setting, frames))
    return {"places": packed(scene.places[places]), "seen": packed(seen)}


def knowing(scene: Cameras, tried: list[Setting]) -> Iterator[Job]:
    """One pass against who knows it."""
    victims = scene.victims(FEW)
    for epsilon in (2, 4):
        for setting in tried:

            def measure(setting=setting, epsilon=epsilon) -> dict:
                frames = [scene.frames[at] for at in victims]
                made = scene.attacked(frames, scene.labels[victims], epsilon, setting)
                before = packed(scene.classes(made))
                return _row(scene, victims, made, setting) | {"before": before}

            key = {"threat": "adaptive", "attack": "BPDA-PGD", "epsilon": epsilon, "part": "report"}
            yield _job(scene, setting, key | {"n": len(victims)}, measure)


def twice(scene: Cameras, tried: list[Setting]) -> Iterator[Job]:
    """Two passes, attacked in between: at the proved budget and beyond."""
    for name in ("knowing", "PGD"):
        victims = scene.victims(FEW)
        for epsilon in (2, 4, 8):
            for setting in tried:
                lattice = "certified-samples" in setting.properties
                proved = float(setting.properties.split("=")[-1]) if "certified" in setting.properties else 0
                if (name == "PGD" and epsilon < proved) or (not lattice and epsilon > 4):
                    continue
                key = {"threat": "static" if name == "PGD" else "adaptive", "attack": name}
                key |= {"epsilon": epsilon, "part": "report", "n": len(victims)}
                yield _job(scene, setting, key, partial(_twice, scene, setting, name, epsilon, victims))


def _twice(scene: Cameras, setting: Setting, name: str, epsilon: int, victims: np.ndarray) -> dict:
    start, labels = settled(setting, [scene.frames[at] for at in victims]), scene.labels[victims]
    if name == "PGD":
        made = scene.attacked(start, labels, epsilon)
    elif "certified-samples" in setting.properties:
        made = scene.moved(start, labels, epsilon, int(setting.properties.split("=")[-1]))
    else:
        made = scene.attacked(start, labels, epsilon, setting)
    restored = filtered(setting, made)
    same = [np.array_equal(one, other) for one, other in zip(restored, start, strict=True)]
    return _row(scene, victims, restored) | {"restored": packed(np.array(same, int))}


def clean_twice(scene: Cameras, tried: list[Setting]) -> Iterator[Job]:
    """Two passes that nobody attacks in between: what the second pass gives, since it undoes whatever is
    added within the budget."""
    everything = np.arange(len(scene.frames))
    for setting in tried:
        key = {"threat": "clean", "part": "report", "n": len(everything)}
        yield _job(
            scene,
            setting,
            key,
            lambda setting=setting: _row(scene, everything, settled(setting, scene.frames)),
        )
