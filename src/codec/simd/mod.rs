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
use super::block::SIDE;
use super::levels::Levels;
use super::moments::Moments;
use super::planes::FrameMut;
use super::quant::Divisors;
use super::rows::{self, BlockRow, Reader};
use super::settle::{Lattice, Worst};
use super::stats::FrameStats;
use super::tiles::{Area, TILE, Tile};
use super::worker::{self, Change, Quantizers};

/// How a backend does the inner loops of a tile.
pub(crate) trait Kernel: Copy {
    /// Takes `blocks` blocks that lie side by side through the round trip.
    ///
    /// `source` starts at the first sample and holds eight rows, `stride` bytes apart, of
    /// `8 * blocks` samples rounded up to a multiple of [`super::tiles::GRANULE`]. `blocks` is at most
    /// [`TILE`] / 8. Returns how many quantised coefficients of those blocks are zero, and with `KEEP`
    /// leaves in `points` what [`Kernel::verify`] needs.
    fn round_trip<const KEEP: bool>(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        points: &mut Points,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32;

    /// Tells which blocks of `tile` do not hold: a bit for each, the leftmost one's the lowest.
    ///
    /// `tile` is what the next pass will read where [`Kernel::round_trip`] had kept `points`. Of the
    /// blocks that hold, `worst` takes in how far their coefficients are from the lattice.
    fn verify(
        self,
        tile: &Tile,
        points: &Points,
        blocks: usize,
        lattice: &Lattice,
        worst: &mut Worst,
    ) -> u64;

    /// Quantises as many blocks that lie side by side as `levels` has room for, at most
    /// [`tiles::TILE`](super::tiles::TILE) / 8. `source` is as for [`Kernel::round_trip`].
    fn quantize(self, source: &[u8], stride: usize, levels: &mut [Levels], divisors: &Divisors);

    /// The coefficients, in eighths of a level, of as many blocks as [`Kernel::quantize`] would take.
    fn transform(self, source: &[u8], stride: usize, coefficients: &mut [Levels]);

    /// Adds the coefficients of `blocks` blocks and their squares to the sums of `moments`. `source` and
    /// `blocks` are as for [`Kernel::round_trip`].
    fn moments(self, source: &[u8], stride: usize, blocks: usize, moments: &mut Moments);

    /// Overwrites `target` with `new`, in the rows of `area` and all of its padded width, and tells
    /// what changed.
    ///
    /// `target` starts at the first sample; its rows are `stride` bytes apart.
    fn replace(self, target: &mut [u8], stride: usize, new: &Tile, area: Area) -> Change;
}

/// The lattice points of a tile's blocks, in an order that only the kernel that wrote them knows.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Points([u8; 2 * SIDE * TILE]);

impl Points {
    pub(crate) const BLANK: Self = Self([0; 2 * SIDE * TILE]);
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
    pub(crate) fn distill_band(self, band: &mut Band<'_>, quantizers: &Quantizers) -> FrameStats {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Scalar => {}
            Self::Avx2 => {
                if let Some(token) = avx2::Avx2::detect() {
                    return token.distill_band(band, quantizers);
                }
            }
            Self::Avx512 => {
                if let Some(token) = avx512::Avx512::detect() {
                    return token.distill_band(band, quantizers);
                }
            }
        }
        worker::distill_band(scalar::Scalar, band, quantizers)
    }

    /// Has one row of blocks read. A backend that the CPU lacks leaves it to the definition.
    pub(crate) fn read_row(
        self,
        frame: &FrameMut<'_>,
        row: BlockRow<'_>,
        reader: &mut impl Reader,
    ) {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Scalar => {}
            Self::Avx2 => {
                if let Some(token) = avx2::Avx2::detect() {
                    return token.read_row(frame, row, reader);
                }
            }
            Self::Avx512 => {
                if let Some(token) = avx512::Avx512::detect() {
                    return token.read_row(frame, row, reader);
                }
            }
        }
        rows::read_row(scalar::Scalar, frame, row, reader);
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
