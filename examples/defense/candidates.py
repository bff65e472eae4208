# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The tables that a sweep compares."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_U, _V = np.mgrid[0:8, 0:8]
_K = (_U + _V).astype(float)


@dataclass(frozen=True)
class Candidate:
    """Properties of the element to try, and the family that they belong to in the plot."""

    name: str
    properties: str
    family: str
    passes: tuple[int, ...] = (1, 2)
    subsampled: bool = False
    """On I420 instead of RGB: a lone pass, as the attacker's budget is counted in RGB."""
    preset: bool = False
    """What users get without setting anything else: measured on the reporting half in any case."""


def candidates(folder: Path) -> Iterator[Candidate]:
    """All of them. Those that are no preset's are written to `folder` as table files."""
    yield from _presets()
    yield from _rgb()
    yield from _ycbcr(folder)
    yield from _i420(folder)


def _presets() -> Iterator[Candidate]:
    yield Candidate("two-step", "preset=two-step", "two-step", preset=True)
    yield Candidate("uniform", "preset=uniform", "uniform", preset=True)
    yield Candidate("released", "preset=released", "released", preset=True)
    yield Candidate("certified 1", "preset=certified epsilon=1", "certified", preset=True)
    one_pass = "preset=one-pass color-mode=ycbcr"
    yield Candidate("one-pass YCbCr", one_pass, "rising, YCbCr", preset=True)
    yield Candidate("one-pass I420", "preset=one-pass", "rising, I420", (1,), True, True)


def _rgb() -> Iterator[Candidate]:
    for step in (12, 16, 20, 24, 28, 32):
        yield Candidate(f"uniform {step}", f"preset=uniform md-step={step}", "uniform")
    for epsilon in (0.5, 0.75, 1.25, 1.5, 2):
        yield Candidate(f"certified {epsilon:g}", f"preset=certified epsilon={epsilon}", "certified")
    for low, high, count in _BANDS:
        steps = f"as-step={low} md-step={high} as-count={count}"
        yield Candidate(f"{low}/{high}/{count}", f"preset=two-step {steps}", "two-step")


# as-step, md-step, as-count
_BANDS = (
    *((20, 30, 15), (10, 30, 6), (20, 16, 6), (24, 16, 6)),
    *((24, 20, 15), (28, 16, 10), (30, 16, 15), (30, 20, 15)),
)


def _ycbcr(folder: Path) -> Iterator[Candidate]:
    mode = "color-mode=ycbcr"
    for step in (12, 16, 20, 24):
        yield Candidate(f"uniform {step} YCbCr", f"preset=uniform md-step={step} {mode}", "uniform, YCbCr")
    for epsilon in (0.75, 1, 1.5):
        properties = f"preset=certified epsilon={epsilon} {mode}"
        yield Candidate(f"certified {epsilon:g} YCbCr", properties, "certified, YCbCr")
    yield Candidate("two-step YCbCr", f"preset=two-step {mode}", "two-step, YCbCr")
    for quality in (90, 75, 50):
        properties = f"preset=annex-k quality={quality} {mode}"
        yield Candidate(f"annex-k {quality} YCbCr", properties, "annex-k, YCbCr", (1,))
    for luma, chroma in ((0.5, 1), (0.7, 0.7), (0.7, 1), (0.7, 1.5), (1, 0.7), (1, 1.5)):
        properties = f"table-file={_rising(folder, luma, chroma)} {mode}"
        yield Candidate(f"luma x{luma} chroma x{chroma} YCbCr", properties, "rising, YCbCr", (1,))


def _i420(folder: Path) -> Iterator[Candidate]:
    for quality in (90, 85, 80, 75, 70, 60, 50):
        properties = f"preset=annex-k quality={quality}"
        yield Candidate(f"annex-k {quality} I420", properties, "annex-k, I420", (1,), True)
    for luma in (0.5, 0.6, 0.7, 0.85, 1):
        for chroma in (0.6, 1, 1.6):
            if (luma, chroma) != (1, 1):
                properties = f"table-file={_rising(folder, luma, chroma)}"
                yield Candidate(f"luma x{luma} chroma x{chroma} I420", properties, "rising, I420", (1,), True)


def _rising(folder: Path, luma: float, chroma: float) -> Path:
    """Multiples of `preset=one-pass`: steps that rise with u + v."""
    path = folder / f"rising-{luma}-{chroma}.txt"
    coarse = 25 + 1.8 * _K
    coarse[0, 0] = 7.8
    write_tables(path, luma * (7.8 + 1.23 * _K**1.5), chroma * coarse)
    return path


def write_tables(path: Path, *tables: np.ndarray) -> None:
    """Writes tables (8 x 8, rounded to 1..255) in the text form that `table-file` reads."""
    text = []
    for table in tables:
        rows = np.rint(table).clip(1, 255).astype(int)
        text += [" ".join(f"{step:3d}" for step in row) for row in rows] + [""]
    path.write_text("\n".join(text))
