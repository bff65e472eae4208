# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The filters that are compared, and where they stand."""

from dataclasses import dataclass

import numpy as np

from .. import pipeline
from . import film

ELEMENT = "featuredistill qos=false n-threads=1"
ENCODER = "x264enc pass=quant quantizer={} speed-preset=veryfast tune=zerolatency ! avdec_h264 max-threads=1"


@dataclass(frozen=True)
class Setup:
    """A filter on the way from the camera to the detector."""

    name: str
    properties: str = ""
    passes: int = 1
    small: str = ""
    """Properties of a filter behind the scaling, on RGB."""
    quantizer: int = 0
    """Of H.264 between source and consumer; 0: raw."""

    @property
    def key(self) -> dict:
        return {"setup": self.name, "passes": self.passes, "h264": self.quantizer}

    @property
    def proved(self) -> int:
        """The budget that the second pass undoes, whatever the attacker knows."""
        return int(self.properties.split("=")[-1]) if self.passes == 2 and not self.quantizer else 0

    @property
    def samples(self) -> bool:
        """True for the lattice of samples."""
        return "certified-samples" in self.properties

    def settle(self, frames: np.ndarray) -> np.ndarray:
        """Frames as the trusted source sends them."""
        if self.passes == 1:
            return frames
        return film.through(f"{ELEMENT} settle=true {self.properties}", frames)

    def carry(self, frames: np.ndarray) -> np.ndarray:
        """Frames behind the transport."""
        return film.through(ENCODER.format(self.quantizer), frames) if self.quantizer else frames

    def filter(self, frames: np.ndarray) -> np.ndarray:
        """Frames behind the consumer's filter at camera size."""
        return film.through(f"{ELEMENT} {self.properties}", frames) if self.properties else frames

    def behind(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures behind the filter at the detector's size."""
        return pipeline.run(f"{ELEMENT} {self.small}", pictures).samples if self.small else pictures


PLAIN = Setup("none")
ONE_PASS = Setup("one-pass, camera size", "preset=one-pass")
MODEL_SIZE = Setup("one-pass, model size", small="preset=one-pass color-mode=ycbcr")
SETUPS = [
    PLAIN,
    ONE_PASS,
    MODEL_SIZE,
    Setup("certified 1", "preset=certified epsilon=1", 2),
    Setup("certified 2", "preset=certified epsilon=2", 2),
    Setup("certified-samples 4", "preset=certified-samples epsilon=4", 2),
    Setup("certified-samples 8", "preset=certified-samples epsilon=8", 2),
    Setup("none", quantizer=16),
    Setup("one-pass, camera size", "preset=one-pass", quantizer=16),
    Setup("certified 2", "preset=certified epsilon=2", 2, quantizer=12),
]
