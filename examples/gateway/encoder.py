# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Measures the attack that is left behind the gateway's filter, and behind its encoder.

    PYTHONPATH=examples python encoder.py PLUGIN MODELS PHOTOGRAPH...

It writes table and summary to RESULTS.md.

Photographs are attacked by somebody who knows the network, not the filter. They go as I420 through the
gateway's filter, its encoder and a decoder. The change that is left is the RMS difference, in levels, from
what comes out without an attack.
"""

import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from defense import data, pipeline
from defense.ascent import pgd
from defense.network import Network, threads

EPSILONS, STEPS, SEED = (2, 4), 20, 0
"""Budgets of the attack in levels of 0..255, its steps and its seed."""
FRAMES = 6
"""Frames of the still; the last one counts."""
OPTIONS = (Path(__file__).parent / "options.rs").read_text()
ENCODER = re.search(r'const ENCODER: &str =\s*"([^"]*)"', OPTIONS)[1]
"""The gateway's own, from its source."""
FILTER = "featuredistill preset=one-pass qos=false n-threads=1"
CODED = f"{ENCODER} ! h264parse ! avdec_h264 max-threads=1"
CASES = {
    "no filter": "identity",
    "encoder alone": CODED,
    "filter": FILTER,
    "filter, then encoder": f"{FILTER} ! {CODED}",
}
RESULTS = Path(__file__).parent / "RESULTS.md"
HEADER = """\
| photograph | budget | behind | network sees | share of the true class | change that is left |
|---|---|---|---|---|---|"""
"""The table's head, by which it is found in the results."""


@dataclass
class Row:
    """What the network makes of one attacked photograph behind some elements."""

    photograph: str
    epsilon: int
    behind: str
    sees: str
    right: bool
    share: float
    """Share of the true class, 0..1."""
    left: float
    """RMS change that is left, in levels."""

    def __str__(self) -> str:
        wrong = "" if self.right else " (wrong)"
        return (
            f"| {self.photograph} | {self.epsilon}/255 | {self.behind} | {self.sees}{wrong} "
            f"| {self.share:.0%} | {self.left:.2f} |"
        )


def last(elements: str, picture: np.ndarray) -> np.ndarray:
    """The last frame of a still (RGB) that goes through `elements` as I420."""
    height, width, _ = picture.shape
    caps = f"video/x-raw,format=RGB,width={width},height={height},framerate=25/1"
    convert = "videoconvert ! video/x-raw,format=I420"
    text = f"appsrc name=in format=time caps={caps} ! {convert} ! {elements} ! videoconvert ! {caps}"
    with pipeline.playing(f"{text} ! appsink name=out sync=false") as playing:
        for number in range(FRAMES):
            buffer = pipeline.Gst.Buffer.new_wrapped(picture.tobytes())
            buffer.pts = number * pipeline.Gst.SECOND // 25
            buffer.duration = pipeline.Gst.SECOND // 25
            playing.push(buffer)
        playing.end()
        frames = [playing.pull() for _ in range(FRAMES)]
    return frames[-1].reshape(picture.shape)


def main(plugin: str, models: str, *photographs: str) -> None:
    pipeline.load_plugin(plugin)
    network = Network("efficientnet-lite0", Path(models), threads())
    rows: list[Row] = []
    for path in map(Path, photographs):
        clean = data.crop(path, network.variant)
        truth = network.classes(clean[None])

        def gradient(pictures: list[np.ndarray], truth: np.ndarray = truth) -> np.ndarray:
            return network.cross_entropy(np.stack(pictures), truth)[1]

        kept = {case: last(elements, clean) for case, elements in CASES.items()}
        for epsilon in EPSILONS:
            (attacked,) = pgd(gradient, [clean], epsilon, STEPS, SEED)
            for case, elements in CASES.items():
                seen = last(elements, attacked)
                left = np.sqrt(np.square(seen.astype(float) - kept[case]).mean())
                logits = network.logits(seen[None])[0].astype(float)
                share = np.exp(logits - logits.max())
                share /= share.sum()
                label = data.class_names()[int(share.argmax())]
                right = share.argmax() == truth[0]
                rows.append(Row(path.stem, epsilon, case, label, right, share[truth[0]], left))
                print(rows[-1], flush=True)
    write(rows)


def write(rows: list[Row]) -> None:
    """Puts table and summary in the place of those that the results have."""
    text = RESULTS.read_text()
    beginning, rest = text.split(f"{HEADER}\n", 1)
    _, end = rest.split("\n\n## ", 1) if "\n\n## " in rest else (rest, None)
    table = "\n".join(map(str, rows))
    text = f"{beginning}{HEADER}\n{table}\n\n{summary(rows)}\n"
    RESULTS.write_text(text if end is None else f"{text}\n## {end}")


def summary(rows: list[Row]) -> str:
    before = [row for row in rows if row.behind == "filter"]
    behind = [row for row in rows if row.behind == "filter, then encoder"]
    pairs = list(zip(before, behind, strict=True))
    same = sum(a.sees == b.sees for a, b in pairs)
    apart = max(abs(a.share - b.share) for a, b in pairs)
    right = {case: sum(row.right for row in rows if row.behind == case) for case in CASES}
    photographs = len({row.photograph for row in rows})
    text = (
        f"The network sees the same behind the encoder as before it in {same} of {len(pairs)} cases, and the "
        f"share of the true class differs by {100 * apart:.0f} points at most. It is right in "
        f"{right['no filter']} of {len(pairs)} cases without a filter, {right['encoder alone']} behind the "
        f"encoder alone, {right['filter']} behind the filter and "
        f"{right['filter, then encoder']} behind both. "
        f"{photographs} photographs and one network: this compares what is before and behind the encoder and "
        "is no measure of the filter."
    )
    return textwrap.fill(text, 120)


if __name__ == "__main__":
    main(*sys.argv[1:])
