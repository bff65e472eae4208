# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Command line: `python -m defense.demo`, see `--help`."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import data, pipeline
from ..ascent import pgd
from ..network import Network, threads
from .picture import Panel, draw

EPSILON = 4
"""Budget of the attack on the photograph, in levels of 0..255."""
STEPS, SEED = 40, 0
ONE_PASS = "preset=one-pass color-mode=ycbcr"
CERTIFIED = 4
"""Budget that two passes undo with proof, and of the attack on what their source sent."""
TWO_PASSES = f"preset=certified-samples epsilon={CERTIFIED}"
_ELEMENT = "featuredistill qos=false n-threads=1"

Filter = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """What a consumer gets in one setup, beside what it would get if nobody attacked."""

    setup: str
    attacker: str
    epsilon: int
    picture: np.ndarray
    reference: np.ndarray


def main() -> int:
    arguments = _arguments()
    pipeline.load_plugin(arguments.plugin)
    network = Network("efficientnet-lite0", arguments.models, threads())
    clean = data.crop(arguments.photograph, network.variant)[None]
    truth = network.classes(clean)
    cases = _cases(network, clean, truth)
    panels = _show(network, truth, cases)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    draw(arguments.out, panels[:4], _footer(arguments.photograph.name))
    print(f"\nLook at  {arguments.out}")
    return 0


def _cases(network: Network, clean: np.ndarray, truth: np.ndarray) -> list[Case]:
    """The four panels of the picture, then the attackers who know the filter."""
    once, again = _element(ONE_PASS), _element(TWO_PASSES)
    sent = again(clean)

    def attack(start: np.ndarray, epsilon: int, through: Filter | None = None) -> np.ndarray:
        def gradient(pictures: list[np.ndarray]) -> np.ndarray:
            # BPDA (Athalye et al. 2018): the filter runs forwards, and counts as the identity backwards.
            seen = np.stack(pictures)
            seen = through(np.rint(seen).astype(np.uint8)) if through else seen
            return network.cross_entropy(seen, truth)[1]

        return np.stack(pgd(gradient, start, epsilon, STEPS, SEED))

    attacked = attack(clean, EPSILON)
    static, adaptive = "knows the network", "knows network and filter"
    return [
        Case("clean", "nobody attacks", 0, clean, clean),
        Case("attacked", static, EPSILON, attacked, clean),
        Case("one pass", static, EPSILON, once(attacked), once(clean)),
        Case("two passes", static, CERTIFIED, again(attack(sent, CERTIFIED)), sent),
        Case("one pass", adaptive, EPSILON, once(attack(clean, EPSILON, once)), once(clean)),
        Case("two passes", adaptive, CERTIFIED, again(attack(sent, CERTIFIED, again)), sent),
    ]


def _element(properties: str) -> Filter:
    return lambda pictures: pipeline.run(f"{_ELEMENT} {properties}", pictures).samples


def _show(network: Network, truth: np.ndarray, cases: list[Case]) -> list[Panel]:
    """Prints the table; returns the cases as panels."""
    _print("setup", "attacker", "budget", "the network sees", "attack left")
    panels = []
    for case in cases:
        logits = network.logits(case.picture)[0].astype(float)
        share = np.exp(logits - logits.max())
        share /= share.sum()
        seen = int(share.argmax())
        label = data.class_names()[seen]
        change = (case.picture.astype(int) - case.reference)[0]
        budget = f"{case.epsilon}/255" if case.epsilon else "-"
        left = f"rms {np.sqrt(np.square(change).mean()):.2f}" if change.any() else "nothing"
        _print(case.setup, case.attacker, budget, f"{label} {share[seen]:.0%}", left)
        note = f"{case.attacker}, within {budget}" if case.epsilon else case.attacker
        right = seen == truth[0]
        panels.append(Panel(case.setup, note, case.picture[0], label, float(share[seen]), right, change))
    return panels


def _print(*columns: str) -> None:
    print(" ".join(text.ljust(width) for text, width in zip(columns, (11, 25, 7, 32, 11), strict=True)))


def _footer(name: str) -> list[str]:
    return [
        f"EfficientNet-Lite0 on {name}; PGD with {STEPS} steps, seed {SEED}; green: as without an attack.",
        f"One pass: {ONE_PASS}, after the attack. An attacker who knows of it gets past it.",
        f"Two passes: {TWO_PASSES}, before and after the attack. Proved for any within {CERTIFIED}/255.",
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="defense.demo", description="Attack a photograph, with and without featuredistill."
    )
    parser.add_argument("photograph", type=Path)
    parser.add_argument("out", type=Path, help="PNG file to write")
    parser.add_argument("--plugin", type=Path, required=True, help="libgstfeaturedistill.so")
    parser.add_argument(
        "--models", type=Path, default=Path(".cache/models"), help="where exported networks are kept"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
