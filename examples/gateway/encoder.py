# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Measures the attack that is left behind the gateway's filter, and behind its encoder.

    PYTHONPATH=examples python encoder.py PLUGIN MODELS PHOTOGRAPH...

Photographs are attacked by somebody who knows the network, not the filter. They go as I420 through the
gateway's filter, its encoder and a decoder. The change that is left is the RMS difference, in levels, from
what comes out without an attack.
"""

import re
import sys
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
    print("| photograph | budget | behind | network sees | share of the true class | change that is left |")
    print("|---|---|---|---|---|---|")
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
                right = "" if share.argmax() == truth[0] else " (wrong)"
                row = [
                    path.stem,
                    f"{epsilon}/255",
                    case,
                    label + right,
                    f"{share[truth[0]]:.0%}",
                    f"{left:.2f}",
                ]
                print("|", " | ".join(row), "|", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
