// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The backends: the same round trip in one instruction set each, chosen at run time.

mod scalar;

use std::fmt;

use super::quant::Divisors;
use super::stats::FrameStats;
use super::tiles::{self, Band, Change, TablePair, Tile};

/// How a backend does the two inner loops of a tile.
pub(crate) trait Kernel: Copy {
    /// Takes `blocks` blocks that lie side by side through the round trip.
    ///
    /// `source` starts at the first sample and holds eight rows, `stride` bytes apart, of
    /// `8 * blocks` samples rounded up to a multiple of [`tiles::GRANULE`]. `blocks` is at most
    /// [`tiles::TILE`] / 8. Returns how many quantised coefficients of those blocks are zero.
    fn round_trip(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32;

    /// Overwrites `target` with `new`, of the same length, and returns what changed.
    fn replace(self, target: &mut [u8], new: &[u8]) -> Change;
}

/// An instruction set that the round trip is written for, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Plain Rust, sample by sample: the definition of what all others compute.
    Scalar,
}

impl Backend {
    /// All backends of this build that the CPU can run, slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Scalar]
            .into_iter()
            .filter(|backend| backend.is_available())
    }

    /// The fastest backend that the CPU can run.
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::Scalar)
    }

    fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
        }
    }

    /// Takes one band through the round trip.
    pub(crate) fn distill_band(self, band: &mut Band<'_>, tables: &TablePair) -> FrameStats {
        match self {
            Self::Scalar => tiles::distill_band(scalar::Scalar, band, tables),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
        })
    }
}
