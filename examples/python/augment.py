# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Training on distilled pictures: a torch data loader that filters a share of them, and its speed beside others.

    python3 augment.py [FOLDER] [--share 0.5] [--seconds 3] [--table-file FILE]

A network that will stand behind the filter in a stream should have seen filtered pictures in training. This walks
through the three steps:

1. a data set whose pictures are distilled with the share ``--share``, with the settings that the stream will have;
2. a check that the loader's pictures are what the element gives for the same frames and settings;
3. pictures a second, beside the transforms that people use for JPEG augmentation: torchvision's v2.JPEG, kornia's
   jpeg_codec_differentiable and Pillow. Those that aren't installed are left out and named.

Without FOLDER it makes pictures of its own. Needs torch and numpy, Pillow for a folder.
"""

import argparse
import io
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from featuredistill import Distiller
from featuredistill.torch import FeatureDistillation

SIDE = 224


def made_up(count):
    """Return ``count`` pictures of waves and noise, uint8 of shape (N, 3, H, W)."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    waves = [
        128 + 90 * np.sin(x / random.uniform(5, 60) + random.uniform(0, 6)) * np.cos(y / random.uniform(5, 60))
        for _ in range(count * 3)
    ]
    pictures = np.stack(waves).reshape(count, 3, SIDE, SIDE) + random.normal(0, 8, (count, 3, SIDE, SIDE))
    return torch.from_numpy(np.clip(pictures, 0, 255).astype(np.uint8))


def loaded(folder):
    """Return the pictures in ``folder``, their middles scaled to one size."""
    from PIL import Image, ImageOps

    paths = [path for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in {".jpeg", ".jpg", ".png"}]
    if not paths:
        raise SystemExit(f"{folder}: no JPEG or PNG pictures there")
    pictures = [np.array(ImageOps.fit(Image.open(path).convert("RGB"), (SIDE, SIDE))) for path in paths]
    return torch.from_numpy(np.stack(pictures)).movedim(-1, -3).contiguous()


class Pictures(Dataset):
    """Pictures, each of which went through ``transform``."""

    def __init__(self, pictures, transform):
        self.pictures = pictures
        self.transform = transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.transform(self.pictures[index])


def check(pictures, settings):
    """Compare what the loader gives with what the filter for arrays gives, whose bytes are the element's."""
    loader = DataLoader(Pictures(pictures, FeatureDistillation(p=1.0, **settings)), batch_size=16)
    distiller = Distiller(**settings)
    for index, batch in enumerate(loader):
        frames = pictures[16 * index : 16 * index + len(batch)].movedim(-3, -1).numpy()
        assert np.array_equal(batch.movedim(-3, -1).numpy(), distiller(frames).frames)


def torchvision_jpeg():
    from torchvision import io as files

    try:
        from torchvision.transforms import v2

        return "torchvision v2.JPEG, quality 75", v2.JPEG(quality=75)
    except (ImportError, AttributeError):
        # Before 0.18; v2.JPEG makes the same two calls.
        return "torchvision encode_jpeg, decode_jpeg, quality 75", lambda picture: files.decode_jpeg(
            files.encode_jpeg(picture, quality=75)
        )


def kornia_jpeg():
    from kornia.enhance import jpeg_codec_differentiable

    quality = torch.tensor([75.0])

    def transform(picture):
        return jpeg_codec_differentiable(picture[None] / 255, quality)[0]

    return "kornia jpeg_codec_differentiable, quality 75", transform


def pillow_jpeg():
    from PIL import Image

    def transform(picture):
        file = io.BytesIO()
        Image.fromarray(picture.movedim(-3, -1).numpy()).save(file, "JPEG", quality=75)
        return torch.from_numpy(np.array(Image.open(file))).movedim(-1, -3)

    return "Pillow, save and open, quality 75", transform


def speed(transform, pictures, seconds):
    """Return pictures a second through ``transform``, one by one as a data loader's worker takes them."""
    transform(pictures[0])
    begin, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begin) < seconds:
        transform(pictures[count % len(pictures)])
        count += 1
    return count / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="pictures; made up if left out")
    parser.add_argument("--share", type=float, default=0.5, help="of the pictures that are distilled (default: 0.5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="that each transform is timed (default: 3)")
    parser.add_argument("--table-file", help="table instead of the preset's, as for the element")
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # A data loader's workers have one thread each.
    pictures = loaded(arguments.folder) if arguments.folder else made_up(64)
    settings = {"preset": "one-pass", "table": arguments.table_file, "threads": 1}
    print(f"{len(pictures)} pictures of {SIDE}x{SIDE}, one thread")

    augmented = Pictures(pictures, FeatureDistillation(p=arguments.share, **settings))
    changed = sum(
        int(not torch.equal(picture, original)) for picture, original in zip(augmented, pictures, strict=True)
    )
    print(f"share {arguments.share}: {changed} of {len(pictures)} pictures distilled")
    check(pictures, settings)
    print("the loader gives the bytes of the filter for arrays")

    print(f"{'pictures a second':>20}")
    print(f"{speed(FeatureDistillation(**settings), pictures, arguments.seconds):>20.0f}  featuredistill, one-pass")
    for make in [torchvision_jpeg, kornia_jpeg, pillow_jpeg]:
        try:
            name, transform = make()
        except ImportError as error:
            print(f"{'-':>20}  {make.__name__}: {error}")
            continue
        print(f"{speed(transform, pictures, arguments.seconds):>20.0f}  {name}")


if __name__ == "__main__":
    main()
