# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The compiled part of the package."""

from collections.abc import Sequence
from os import PathLike
from typing import final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plan", "Report"]

@final
class Plan:
    """Settings, and the plan for the last shape of frames that came."""

    def __new__(
        cls,
        *,
        preset: str,
        epsilon: float,
        table: str | PathLike[str] | Sequence[Sequence[int]] | None,
        quality: int,
        color_mode: str,
        settle: bool,
        threads: int,
        as_step: int,
        md_step: int,
        as_count: int,
        backend: str,
        digest: str,
        key: bytes | str | PathLike[str] | None,
    ) -> Plan: ...
    def distill(self, frames: NDArray[np.uint8]) -> Report: ...
    @property
    def tables(self) -> NDArray[np.uint8] | None: ...
    @property
    def ycbcr(self) -> bool: ...
    @property
    def backend(self) -> str: ...

@final
class Report:
    """Changes to the frames of a call."""

    @property
    def frames(self) -> int:
        """Frames that went through the round trip."""
    @property
    def samples(self) -> int:
        """Samples that did."""
    @property
    def coefficients(self) -> int:
        """DCT coefficients that were quantized, those of padded edge blocks included."""
    @property
    def zeroed(self) -> int:
        """Coefficients that became 0."""
    @property
    def rms_change(self) -> float:
        """Root mean square change of the samples, in levels of 0..255."""
    @property
    def max_change(self) -> int:
        """Largest change of a sample, in levels."""
    @property
    def changed_blocks(self) -> int:
        """Blocks of which a sample changed."""
    @property
    def certified_epsilon(self) -> float | None:
        """Least certified radius of all blocks, in levels; None unless frames are settled or samples rounded."""
    @property
    def unsettled(self) -> int:
        """Blocks that lack the radius asked for."""
    @property
    def digests(self) -> list[str]:
        """The digest of each frame as it leaves, 64 hexadecimal digits, in the order of the frames; empty without
        ``digest``."""
