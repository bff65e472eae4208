# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What is measured: defences, attacks, and how many pictures each gets."""

from dataclasses import dataclass, field

from . import attacks, defences
from .attacks import Attack
from .defences import Defence


@dataclass(frozen=True)
class Job:
    """An attack on the first `count` of the chosen pictures."""

    attack: Attack
    count: int


@dataclass(frozen=True)
class Adaptive:
    """Attacks by somebody who knows the filter, with one budget."""

    epsilon: float
    steps: int
    count: int


@dataclass(frozen=True)
class Subject:
    """A defence and the attacks made for it in particular."""

    defence: Defence
    static: list[Job] = field(default_factory=list)
    """For two passes: made on the network alone, from the settled pictures."""
    adaptive: list[Adaptive] = field(default_factory=list)
    radius: float = 0
    """Budget within which every picture must come back byte for byte, in levels."""


@dataclass(frozen=True)
class Plan:
    """One evaluation."""

    shared: list[Job]
    """Attacks on the network alone from the pictures as they are, tried on every defence of one pass."""
    subjects: list[Subject]


# The element's defaults have to be named by their properties, so that reports stay readable when they change.
PRESETS = {
    "two-step": "preset=two-step",
    "certified, epsilon 1": "preset=certified epsilon=1",
    "one-pass, YCbCr": "preset=one-pass color-mode=ycbcr",
    "released": "preset=released",
    "uniform": "preset=uniform",
    "annex-k, quality 75": "preset=annex-k quality=75",
}
"""On RGB frames, with one pass and with two."""
SUBSAMPLED = {"one-pass, I420": "preset=one-pass"}
"""On I420 frames, with one pass. (`annex-k` is what JPEG does to them.)"""
FOCUS = ("two-step", "one-pass, YCbCr", "certified, epsilon 1")
"""The presets that adaptive attackers get to work on."""
TV_WEIGHT = 0.02
ALL = 10**6
"""As many pictures as the network gets right."""


def brief(added: dict[str, str], scale: int = 1) -> Plan:
    """The cells that decide, for a second network: a few minutes. `added` are further properties of the
    element, by name; `scale` multiplies the numbers of attacked pictures."""
    many, some, few = 60 * scale, 30 * scale, 15 * scale
    shared = [Job(attacks.fgsm(2), many), Job(attacks.pgd(2, 20), some)]
    subjects = [Subject(defences.none()), Subject(defences.jpeg(75))]
    for name, properties in ({name: PRESETS[name] for name in FOCUS} | added).items():
        subjects.append(Subject(defences.one_pass(name, properties)))
        static, adaptive = [Job(attacks.fgsm(2), many), Job(attacks.pgd(2, 20), some)], []
        if _radius(name):
            static += [Job(attacks.fgsm(1), many)]
            adaptive += [Adaptive(_radius(name), 20, few)]
        subjects.append(Subject(defences.two_passes(name, properties), static, adaptive, _radius(name)))
    return Plan(shared, subjects + _subsampled())


def small(added: dict[str, str], scale: int = 1) -> Plan:
    """Some minutes on two idle cores. `added` and `scale` as above."""
    many, some, few = 30 * scale, 15 * scale, 8 * scale
    shared = [Job(attacks.fgsm(epsilon), many) for epsilon in (1, 2, 4, 8)]
    shared += [Job(attacks.bim(2, 20), some)]
    shared += [Job(attacks.pgd(2, 20), many), Job(attacks.pgd(4, 20), some), Job(attacks.pgd(8, 20), some)]
    shared += [Job(attacks.deepfool(), some)]
    shared += [Job(attacks.carlini_wagner(kappa, 30), few) for kappa in (0, 20)]
    shared += [Job(attacks.universal(8), many), Job(attacks.patch(40), some)]
    subjects = _references() + _subsampled(Adaptive(2, 20, some))
    for name, properties in (PRESETS | added).items():
        focus = name in FOCUS or name in added
        one = [Adaptive(2, 20, some)] if focus else []
        subjects.append(Subject(defences.one_pass(name, properties), adaptive=one))
        static = [Job(attacks.fgsm(2), many), Job(attacks.pgd(2, 20), some)]
        two = [Adaptive(2, 20, some)] if focus else []
        radius = _radius(name)
        if radius:
            static += [Job(attacks.fgsm(radius), many), Job(attacks.pgd(radius, 20), some)]
            two += [Adaptive(radius, 20, some)]
        subjects.append(Subject(defences.two_passes(name, properties), static, two, radius))
    return Plan(shared, subjects)


def full(added: dict[str, str], scale: int = 1) -> Plan:
    """All pictures or a hundred where an attack is quick, fewer where it is slow, and two passes under
    every attack: most of an hour on two idle cores. `added` and `scale` as above."""
    many, some, fewer, few, least = (count * scale for count in (100, 50, 30, 20, 10))
    shared = [Job(attacks.fgsm(epsilon), ALL) for epsilon in (1, 2, 4, 8)]
    shared += [Job(attacks.bim(2, 20), many)]
    shared += [Job(attacks.pgd(2, 20), ALL), *(Job(attacks.pgd(epsilon, 20), many) for epsilon in (1, 4, 8))]
    shared += [Job(attacks.pgd(2, 40), many), Job(attacks.deepfool(), ALL)]
    shared += [Job(attacks.carlini_wagner(kappa), few) for kappa in (0, 20)]
    shared += [Job(attacks.universal(8), ALL), Job(attacks.patch(), some)]
    subjects = _references() + _subsampled(Adaptive(2, 20, some))
    for name, properties in (PRESETS | added).items():
        focus = name in FOCUS
        one = [Adaptive(2, 20, some)] if focus else []
        subjects.append(Subject(defences.one_pass(name, properties), adaptive=one))
        static = [Job(attacks.fgsm(2), ALL), Job(attacks.pgd(2, 20), some)]
        two = [Adaptive(2, 20, fewer)] if focus else []
        if focus and "ycbcr" not in properties:
            static += [
                Job(attacks.universal(8), ALL),
                Job(attacks.deepfool(), few),
                Job(attacks.patch(), few),
            ]
            static += [Job(attacks.carlini_wagner(kappa), least) for kappa in (0, 20)]
        radius = _radius(name)
        if radius:
            static += [Job(attacks.fgsm(radius), ALL), Job(attacks.pgd(radius, 20), some)]
            two += [Adaptive(radius, 20, fewer)]
        subjects.append(Subject(defences.two_passes(name, properties), static, two, radius))
    return Plan(shared, subjects)


def _references() -> list[Subject]:
    qualities = [Subject(defences.jpeg(quality)) for quality in (90, 75, 50)]
    return [Subject(defences.none()), *qualities, Subject(defences.total_variation(TV_WEIGHT))]


def _subsampled(*budgets: Adaptive) -> list[Subject]:
    return [
        Subject(defences.one_pass(name, properties, subsampled=True), adaptive=list(budgets))
        for name, properties in SUBSAMPLED.items()
    ]


def _radius(name: str) -> float:
    return 1 if name.startswith("certified") else 0
