// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The backends: the same round trip in one instruction set each, chosen at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "no vector backend here")
)]
pub(crate) mod kernel;
mod scalar;

use std::fmt;

use super::bands::Band;
use super::quant::Divisors;
use super::stats::FrameStats;
use super::tiles::{Area, TILE, Tile};
use super::worker::{self, Change, TablePair};

/// How a backend does the two inner loops of a tile.
pub(crate) trait Kernel: Copy {
    /// Takes `blocks` blocks that lie side by side through the round trip.
    ///
    /// `source` starts at the first sample and holds eight rows, `stride` bytes apart, of
    /// `8 * blocks` samples rounded up to a multiple of [`super::tiles::GRANULE`]. `blocks` is at most
    /// [`TILE`] / 8. Returns how many quantised coefficients of those blocks are zero.
    fn round_trip(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32;

    /// [`Kernel::round_trip`] from tile to tile.
    #[inline(always)]
    fn round_trip_tile(
        self,
        source: &Tile,
        result: &mut Tile,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32 {
        self.round_trip(source.bytes(), TILE, result, blocks, divisors)
    }

    /// Tells how `new` differs from `old`, in the rows of `area` and all of its padded width.
    ///
    /// `old` starts at the first sample; its rows are `stride` bytes apart.
    fn compare(self, old: &[u8], stride: usize, new: &Tile, area: Area) -> Change;

    /// [`Kernel::compare`] of two tiles.
    #[inline(always)]
    fn compare_tiles(self, old: &Tile, new: &Tile, area: Area) -> Change {
        self.compare(old.bytes(), TILE, new, area)
    }
}

/// An instruction set that the round trip is written for, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// Plain Rust, sample by sample: the definition of what all others compute.
    Scalar,
    /// 256-bit registers: x86-64 CPUs since 2013.
    Avx2,
    /// 512-bit registers with VNNI: x86-64 CPUs of the Ice Lake and Zen 4 classes and later.
    Avx512,
}

impl Backend {
    /// Every backend, slowest first, whether this CPU has it or not.
    pub const ALL: [Self; 3] = [Self::Scalar, Self::Avx2, Self::Avx512];

    /// The backends that this CPU can run, slowest first.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|backend| backend.is_available())
    }

    /// The fastest backend, not above `limit`, that this CPU can run.
    pub fn best_up_to(limit: Self) -> Self {
        Self::available()
            .rfind(|&backend| backend <= limit)
            .unwrap_or(Self::Scalar)
    }

    /// The fastest backend that this CPU can run.
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::Scalar)
    }

    /// Whether this CPU can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// Takes one band through the round trip. A backend that the CPU lacks leaves it to the
    /// definition.
    pub(crate) fn distill_band(self, band: &mut Band<'_>, tables: &TablePair) -> FrameStats {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Scalar => {}
            Self::Avx2 => {
                if let Some(token) = avx2::Avx2::detect() {
                    return token.distill_band(band, tables);
                }
            }
            Self::Avx512 => {
                if let Some(token) = avx512::Avx512::detect() {
                    return token.distill_band(band, tables);
                }
            }
        }
        worker::distill_band(scalar::Scalar, band, tables)
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        })
    }
}
