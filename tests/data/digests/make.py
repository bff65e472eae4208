# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Writes vectors.txt: digests of small frames, from their specification in src/codec/digest.rs.

Needs `pip install blake3`. Sample (x, y) of component c is (31 x + 17 y + 101 c + x y) mod 256; the key
has the bytes 0 to 31. Lines: family, pixels across and down of a chroma sample, width, height, digest, keyed digest.
"""

import struct

import blake3

KEY = bytes(range(32))
GRAY, YUV, RGB = range(3)
SIZES = (1, 1), (5, 3), (37, 21), (320, 240)
KINDS = (
    ("gray", GRAY, 1, 1, 1),
    ("yuv", YUV, 3, 1, 1),
    ("yuv", YUV, 3, 2, 1),
    ("yuv", YUV, 3, 2, 2),
    ("yuv", YUV, 3, 4, 1),
    ("rgb", RGB, 3, 1, 1),
)


def frame(family: int, components: int, across: int, down: int, width: int, height: int) -> bytes:
    """The bytes that are hashed."""
    result = bytearray(struct.pack("<BBBBII", 1, family, across, down, width, height))
    for c in range(components):
        columns = -(-width // across) if c else width
        rows = -(-height // down) if c else height
        result += bytes(
            (31 * x + 17 * y + 101 * c + x * y) % 256 for y in range(rows) for x in range(columns)
        )
    return bytes(result)


with open("vectors.txt", "w", encoding="ascii") as file:
    for name, family, components, across, down in KINDS:
        for width, height in SIZES:
            data = frame(family, components, across, down, width, height)
            plain = blake3.blake3(data).hexdigest()
            keyed = blake3.blake3(data, key=KEY).hexdigest()
            print(name, across, down, width, height, plain, keyed, file=file)
