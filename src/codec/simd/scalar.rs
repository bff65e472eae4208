// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The definition, in plain Rust.

use crate::codec::block::{self, AREA, Block, CoefficientBlock, SIDE, ZIGZAG};
use crate::codec::color;
use crate::codec::dct;
use crate::codec::kernel::{
    Change, Distances, Kernel, Neighbors, Points, RoundTrip, RowsOfSamples, SampleChange, Source,
    Verification,
};
use crate::codec::moments::Moments;
use crate::codec::pixels::PixelRows;
use crate::codec::quant::Divisors;
use crate::codec::settle::{self, Lattice, Worst};
use crate::codec::tiles::{Area, TILE, Tile};

/// Block by block, sample by sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

impl PixelRows for Scalar {}

impl Kernel for Scalar {
    fn round_trip<const KEEP: bool>(self, mut blocks: RoundTrip<'_, KEEP>) -> u32 {
        let mut zeroed = 0;
        for (at, spectrum) in spectra(blocks.source).enumerate() {
            let mut block = spectrum;
            zeroed += to_lattice(&mut block, blocks.divisors);
            if let Some(distances) = &mut blocks.distances {
                distances.include(&Lattice::residual(&spectrum, &block));
            }
            if KEEP {
                blocks.points.store(at, &block);
            }
            dct::inverse(&mut block);
            blocks.result.store_block(at, &block);
        }
        zeroed
    }

    fn include(self, distances: &Distances, worst: &mut Worst) {
        let values = distances.0.as_chunks().0.iter();
        for (index, &value) in values.take(AREA).enumerate() {
            worst.include_one(index, i16::from_ne_bytes(value).into());
        }
    }

    fn neighbors(self, blocks: Neighbors<'_>) {
        for (at, (spectrum, tried)) in spectra(blocks.source).zip(blocks.tried).enumerate() {
            let mut block = spectrum;
            to_lattice(&mut block, blocks.divisors);
            settle::to_neighbor(&spectrum, &mut block, blocks.divisors, tried);
            blocks.points.store(at, &block);
            dct::inverse(&mut block);
            blocks.result.store_block(at, &block);
        }
    }

    fn verify(self, blocks: Verification<'_>) -> u64 {
        let source = Source {
            samples: blocks.tile.bytes(),
            stride: TILE,
            blocks: blocks.blocks,
        };
        let mut unsettled = 0;
        for (at, spectrum) in spectra(source).enumerate() {
            let residual = Lattice::residual(&spectrum, &blocks.points.load(at));
            if blocks.lattice.tolerates(&residual) {
                blocks.distances.include(&residual);
            } else {
                unsettled |= 1 << at;
            }
        }
        unsettled
    }

    fn quantize(self, source: Source<'_>, target: &mut [CoefficientBlock], divisors: &Divisors) {
        for (spectrum, target) in spectra(source).zip(target) {
            for (quantized, index) in target.iter_mut().zip(ZIGZAG.map(usize::from)) {
                // At most 1025 in magnitude.
                *quantized = divisors.quantize(index, spectrum[index]) as i16;
            }
        }
    }

    fn quantize_points(
        self,
        points: &Points,
        target: &mut [CoefficientBlock],
        divisors: &Divisors,
    ) {
        for (at, target) in target.iter_mut().enumerate() {
            let point = points.load(at);
            for (quantized, index) in target.iter_mut().zip(ZIGZAG.map(usize::from)) {
                *quantized = (point[index] / i32::from(divisors.step(index))) as i16;
            }
        }
    }

    fn transform(self, source: Source<'_>, target: &mut [CoefficientBlock]) {
        for (spectrum, target) in spectra(source).zip(target) {
            for (coefficient, index) in target.iter_mut().zip(ZIGZAG.map(usize::from)) {
                // At most 8200 in magnitude.
                *coefficient = spectrum[index] as i16;
            }
        }
    }

    fn moments(self, source: Source<'_>, moments: &mut Moments) {
        for spectrum in spectra(source) {
            for (index, coefficient) in spectrum.into_iter().enumerate() {
                let coefficient = i64::from(coefficient);
                moments.sums[index] += coefficient;
                moments.squares[index] += coefficient.unsigned_abs().pow(2);
            }
        }
    }

    fn to_ycbcr(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        Tile::convert(target, source, area, color::rgb_to_ycbcr);
    }

    fn to_rgb(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        Tile::convert(target, source, area, color::ycbcr_to_rgb);
    }

    fn replace(self, target: &mut [u8], stride: usize, new: &Tile, area: Area) -> Change {
        let mut change = Change::default();
        for y in 0..area.height {
            let target = &mut target[y * stride..][..area.blocks() * SIDE];
            for (x, (old, &new)) in target.iter_mut().zip(&new.bytes()[y * TILE..]).enumerate() {
                let difference = old.abs_diff(new);
                change.squared += u32::from(difference) * u32::from(difference);
                change.max = change.max.max(difference);
                change.blocks |= u64::from(difference > 0) << (x / SIDE);
                *old = new;
            }
        }
        change
    }

    fn round_samples(self, samples: RowsOfSamples<'_>) -> SampleChange {
        let mut total = SampleChange::default();
        samples.changes.fill(0);
        for row in samples.rows.into_iter().take(samples.height) {
            for (x, (sample, largest)) in row.iter_mut().zip(&mut *samples.changes).enumerate() {
                if samples.mask.is_none_or(|mask| mask[x] != 0) {
                    let new = samples.lattice.nearest(*sample);
                    let change = sample.abs_diff(new);
                    total.squared += u64::from(change) * u64::from(change);
                    total.max = change.max(total.max);
                    *largest = change.max(*largest);
                    *sample = new;
                }
            }
        }
        total
    }
}

/// The blocks, left to right.
fn load(source: Source<'_>) -> impl Iterator<Item = Block> {
    let block = move |at| block::load(&source.samples[at * SIDE..], source.stride);
    (0..source.blocks).map(block)
}

/// The coefficients of the blocks, scaled by 8.
fn spectra(source: Source<'_>) -> impl Iterator<Item = Block> {
    load(source).map(|mut block| {
        dct::forward(&mut block);
        block
    })
}

/// Rounds coefficients, scaled by 8, to the nearest multiples of the steps. Returns how many of these are
/// zero.
fn to_lattice(block: &mut Block, divisors: &Divisors) -> u32 {
    let mut zeroed = 0;
    for (index, coefficient) in block.iter_mut().enumerate() {
        let quantized = divisors.quantize(index, *coefficient);
        zeroed += u32::from(quantized == 0);
        *coefficient = quantized * i32::from(divisors.step(index));
    }
    zeroed
}

impl Distances {
    /// Takes in those of a block, in natural order: at most half a step, 1020.
    fn include(&mut self, residual: &Block) {
        for (target, &distance) in self.0.as_chunks_mut().0.iter_mut().zip(residual) {
            *target = i16::from_ne_bytes(*target)
                .max(distance as i16)
                .to_ne_bytes();
        }
    }
}

impl Points {
    /// Dequantized coefficients in natural order.
    fn store(&mut self, at: usize, block: &Block) {
        let bytes = self.0[2 * AREA * at..].as_chunks_mut().0;
        for (target, &value) in bytes.iter_mut().zip(block) {
            *target = (value as i16).to_ne_bytes();
        }
    }

    fn load(&self, at: usize) -> Block {
        let bytes = self.0[2 * AREA * at..].as_chunks().0;
        std::array::from_fn(|i| i32::from(i16::from_ne_bytes(bytes[i])))
    }
}
