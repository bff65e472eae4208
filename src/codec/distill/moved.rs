// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Blocks that do not hold where they are nearest, moved to other lattice points.

use crate::codec::block::{self, AREA, Block, CoefficientBlock, SIDE};
use crate::codec::kernel::{Distances, Kernel, Neighbors, Points, Source, Verification};
use crate::codec::layout::YCBCR_SLOTS;
use crate::codec::quant::Divisors;
use crate::codec::settle::{Lattice, Native, Rgb, Settler, Store, Visible, Worst};
use crate::codec::tiles::{Area, TILE, Tile};

/// Neighbors that blocks are moved to by the kernel: nearly all hold at one of them.
const TRIES: usize = 4;

/// Blocks of a tile that are side by side again, and what becomes of them.
pub(super) struct Candidates<'a> {
    pub source: &'a mut Tile,
    pub result: &'a mut Tile,
    pub points: &'a mut Points,
}

/// Blocks of one component that lie side by side, and findings in them.
pub(super) struct Unsettled<'a> {
    /// Eight rows of samples, `stride` bytes apart.
    pub source: &'a [u8],
    pub stride: usize,
    pub area: Area,
    /// A bit for each block that does not hold.
    pub exceeding: u64,
    pub divisors: &'a Divisors,
    pub lattice: &'a Lattice,
    /// Samples that the nearest lattice points are decoded to, and of blocks that are moved those of the others.
    pub result: &'a mut Tile,
    /// Takes in how far the coefficients of blocks are from the lattice, by the kernel.
    pub distances: &'a mut Distances,
    /// Likewise, one by one.
    pub worst: &'a mut Worst,
}

impl Unsettled<'_> {
    /// Settles the blocks that do not hold.
    #[inline(always)]
    pub(super) fn settle<K: Kernel>(mut self, kernel: K, candidates: Candidates<'_>) {
        if self.lattice.certifies() {
            self.try_neighbors(kernel, candidates);
        }
        for at in Bits(self.exceeding) {
            let block = block::load(&self.source[at * SIDE..], self.stride);
            settle_native(&block, at, self.area, self.lattice, self.result, self.worst);
        }
    }

    /// Moves blocks to the cheapest neighbors of their nearest lattice points, in the order in which [`Settler`] would
    /// try them there; those that hold are done.
    #[inline(always)]
    fn try_neighbors<K: Kernel>(&mut self, kernel: K, candidates: Candidates<'_>) {
        let Candidates {
            source,
            result,
            points,
        } = candidates;
        let mut places = [0; TILE / SIDE];
        let mut tried = [0; TILE / SIDE];
        let mut blocks = 0;
        for at in Bits(self.exceeding) {
            let is_whole = visible(at, self.area) == Visible::WHOLE;
            if is_whole && !self.result.touches_the_gamut(at) {
                places[blocks] = at;
                blocks += 1;
            }
        }
        for _ in 0..TRIES {
            if blocks == 0 {
                return;
            }
            for (candidate, &at) in places.iter().enumerate().take(blocks) {
                source.copy_block(candidate, &self.source[at * SIDE..], self.stride);
            }
            kernel.neighbors(Neighbors {
                source: Source {
                    samples: source.bytes(),
                    stride: TILE,
                    blocks,
                },
                divisors: self.divisors,
                tried: &mut tried[..blocks],
                result,
                points,
            });
            let exceeding = kernel.verify(Verification {
                tile: result,
                blocks,
                points,
                lattice: self.lattice,
                distances: self.distances,
            });
            let mut left = 0;
            for candidate in 0..blocks {
                let at = places[candidate];
                if exceeding >> candidate & 1 == 0 {
                    let samples = &result.bytes()[candidate * SIDE..];
                    self.result.copy_block(at, samples, TILE);
                    self.exceeding &= !(1 << at);
                } else {
                    (places[left], tried[left]) = (at, tried[candidate]);
                    left += 1;
                }
            }
            blocks = left;
        }
    }
}

/// Blocks of a tile at these bits, to be put side by side in a tile of their own.
pub(super) struct Singles<'a> {
    pub tile: &'a mut Tile,
    pub places: u64,
}

impl Singles<'_> {
    /// Stores the quantized coefficients of these blocks of `result` at the same places of `target`.
    #[inline(always)]
    pub(super) fn quantize<K: Kernel>(
        self,
        kernel: K,
        result: &Tile,
        target: &mut [CoefficientBlock],
        divisors: &Divisors,
    ) {
        let mut blocks = 0;
        for at in Bits(self.places) {
            self.tile
                .copy_block(blocks, &result.bytes()[at * SIDE..], TILE);
            blocks += 1;
        }
        let source = Source {
            samples: self.tile.bytes(),
            stride: TILE,
            blocks,
        };
        let mut quantized = [[0; AREA]; TILE / SIDE];
        kernel.quantize(source, &mut quantized[..blocks], divisors);
        for (at, block) in Bits(self.places).zip(&quantized) {
            target[at] = *block;
        }
    }
}

/// Settles a block of one component that does not hold.
///
/// Out of line: such blocks are rare, and what it takes is the scalar definition.
#[cold]
#[inline(never)]
fn settle_native(
    source: &Block,
    at: usize,
    area: Area,
    lattice: &Lattice,
    result: &mut Tile,
    worst: &mut Worst,
) {
    let settler = Settler {
        lattices: [lattice],
        store: Native(visible(at, area)),
    };
    let rejected = block::load(&result.bytes()[at * SIDE..], TILE);
    let settled = settler.settle(&[*source], &[rejected]);
    result.store_block(at, &settled.stored[0]);
    worst.include(&settled.residual[0]);
}

/// Settles a block of R, G and B that does not hold as Y, Cb and Cr.
#[cold]
#[inline(never)]
pub(super) fn settle_rgb(
    source: &[Tile; 3],
    at: usize,
    area: Area,
    lattices: [&Lattice; 3],
    result: &mut [Tile; 3],
    worst: &mut [Worst; 2],
) {
    let store = Rgb(visible(at, area));
    let load = |tile: &Tile| block::load(&tile.bytes()[at * SIDE..], TILE);
    let (stored, rejected) = (source.each_ref().map(load), result.each_ref().map(load));
    let settled = Settler { lattices, store }.settle(&store.load(&stored), &rejected);
    for (tile, block) in result.iter_mut().zip(&settled.stored) {
        tile.store_block(at, block);
    }
    for (slot, residual) in YCBCR_SLOTS.into_iter().zip(&settled.residual) {
        worst[slot as usize].include(residual);
    }
}

/// The visible part of a block of a tile.
fn visible(at: usize, area: Area) -> Visible {
    Visible {
        width: SIDE.min(area.width - at * SIDE),
        height: area.height,
    }
}

/// The places of the bits that are set, lowest first.
pub(super) struct Bits(pub(super) u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let lowest = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(lowest)
    }
}
