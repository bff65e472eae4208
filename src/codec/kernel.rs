// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Contract between what is done with a frame and the instruction sets that do it.

use super::block::{CoefficientBlock, SIDE};
use super::moments::Moments;
use super::pixels::PixelRows;
use super::quant::Divisors;
use super::samples::SampleLattice;
use super::settle::{Lattice, Worst};
use super::tiles::{Ahead, Area, TILE, Tile};

/// Work that is compiled for each instruction set as a whole.
pub(crate) trait Work {
    /// Result of the work.
    type Output;

    /// Does the work. Implementations, and all that they call in a loop, are `#[inline(always)]`: code is
    /// compiled for an instruction set where it is inlined into its entry point.
    fn run<K: Kernel>(self, kernel: K) -> Self::Output;
}

/// Inner loops of a tile.
pub(crate) trait Kernel: PixelRows {
    /// Takes blocks through the round trip. Returns how many of their quantized coefficients are zero.
    fn round_trip<const KEEP: bool>(self, blocks: RoundTrip<'_, KEEP>) -> u32;

    /// Takes distances that [`Kernel::round_trip`] or [`Kernel::verify`] gathered into `worst`.
    fn include(self, distances: &Distances, worst: &mut Worst);

    /// Decodes, of each block, the cheapest [neighbor](super::settle::to_neighbor) of its nearest lattice point that
    /// hasn't been tried.
    fn neighbors(self, blocks: Neighbors<'_>);

    /// Tells which blocks do not hold: a bit for each, the leftmost one's the lowest.
    fn verify(self, blocks: Verification<'_>) -> u64;

    /// Stores the quantized coefficients of blocks.
    fn quantize(self, source: Source<'_>, target: &mut [CoefficientBlock], divisors: &Divisors);

    /// Stores the quantized coefficients of lattice points.
    fn quantize_points(self, points: &Points, target: &mut [CoefficientBlock], divisors: &Divisors);

    /// Stores the coefficients of blocks, in eighths of a sample value.
    fn transform(self, source: Source<'_>, target: &mut [CoefficientBlock]);

    /// Adds the coefficients of blocks and their squares to the sums of `moments`.
    fn moments(self, source: Source<'_>, moments: &mut Moments);

    /// Converts tiles of R, G and B to Y, Cb and Cr, padding included.
    fn to_ycbcr(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area);

    /// Converts tiles of Y, Cb and Cr to R, G and B, padding included.
    fn to_rgb(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area);

    /// Overwrites `target` with `new`, in the rows of `area` and all columns of its blocks, and
    /// tells what changed.
    ///
    /// `target` starts at the first sample; its rows are `stride` bytes apart.
    fn replace(self, target: &mut [u8], stride: usize, new: &Tile, area: Area) -> Change;

    /// Rounds samples to the nearest values of a lattice, in place, and tells what changed.
    fn round_samples(self, rows: RowsOfSamples<'_>) -> SampleChange;
}

/// Blocks of one component that lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Eight rows of `8 * blocks` samples, rounded up to a multiple of [`GRANULE`](super::tiles::GRANULE),
    /// from the first sample on.
    pub samples: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Number of blocks, at most [`TILE`] / 8.
    pub blocks: usize,
}

/// Blocks on their way through the round trip.
pub(crate) struct RoundTrip<'a, const KEEP: bool> {
    pub source: Source<'a>,
    pub divisors: &'a Divisors,
    /// Samples that come out.
    pub result: &'a mut Tile,
    /// With `KEEP`, receives what [`Kernel::verify`] needs.
    pub points: &'a mut Points,
    /// Memory of the kernel's own, 16 bits a sample.
    pub passes: &'a mut Points,
    /// Takes in how far the coefficients of the source are from the lattice, if that is wanted.
    pub distances: Option<&'a mut Distances>,
    /// Asked for on the way.
    pub ahead: Ahead<'a>,
}

/// Blocks to be moved to another lattice point than their nearest one.
pub(crate) struct Neighbors<'a> {
    pub source: Source<'a>,
    pub divisors: &'a Divisors,
    /// For each block a bit for each coefficient, in natural order, whose change has been tried.
    pub tried: &'a mut [u64],
    /// Samples that come out.
    pub result: &'a mut Tile,
    /// Receives what [`Kernel::verify`] needs.
    pub points: &'a mut Points,
}

/// Blocks that came out of the round trip, as the next pass will read them.
pub(crate) struct Verification<'a> {
    pub tile: &'a Tile,
    pub blocks: usize,
    /// Kept by [`Kernel::round_trip`] or [`Kernel::neighbors`].
    pub points: &'a Points,
    pub lattice: &'a Lattice,
    /// Takes in how far the coefficients of the blocks that hold are from the lattice.
    pub distances: &'a mut Distances,
}

/// Lattice points of a tile's blocks, in an order that only the kernel that wrote them knows.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Points(pub [u8; 2 * SIDE * TILE]);

impl Points {
    pub(crate) const BLANK: Self = Self([0; 2 * SIDE * TILE]);
}

/// Largest distances of coefficients from their lattice points, in an order that only the kernel that wrote
/// them knows.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Distances(pub [u8; 8 * 64]);

impl Distances {
    pub(crate) const NONE: Self = Self([0; 8 * 64]);
}

/// At most eight rows of the bytes of a plane, at most 2^24 bytes each.
pub(crate) struct RowsOfSamples<'a> {
    pub rows: [&'a mut [u8]; SIDE],
    /// Rows that there are; the others are empty.
    pub height: usize,
    /// Bytes from the start of a row to that of the next one.
    pub stride: usize,
    pub lattice: &'a SampleLattice,
    /// All bits of each byte of a row that is a sample and none of the others; `None` where all bytes are
    /// samples. As long as a row, rounded up to a multiple of 64.
    pub mask: Option<&'a [u8]>,
    /// Receives the largest change in each column of bytes. As long as a mask.
    pub changes: &'a mut [u8],
}

/// Changes of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SampleChange {
    /// Sum of the squared changes.
    pub squared: u64,
    /// Largest absolute change.
    pub max: u8,
}

/// Differences between two tiles. A tile is small enough for 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Sum of squared differences of sample values.
    pub squared: u32,
    /// Largest absolute difference of sample values.
    pub max: u8,
    /// A bit for each block that differs, the leftmost one's the lowest.
    pub blocks: u64,
}
