// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Statistics of the coefficients of many blocks, frequency by frequency.

use super::counter::{Overflow, add};
use super::moments::Moments;
use crate::codec::CoefficientBlock;
use crate::codec::block::{AREA, ZIGZAG};

/// The largest absolute value of a coefficient, in whole levels: none is beyond 8400 eighths.
pub(super) const LARGEST: usize = 1050;

/// Cells of a histogram: -[`LARGEST`] to [`LARGEST`].
pub(super) const CELLS: usize = 2 * LARGEST + 1;

/// Count, moments and histogram of each of the 64 coefficients of the blocks that use one table.
///
/// All in integers, so that adding and merging in any order gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spectrum {
    pub(super) blocks: u64,
    /// In natural order.
    pub(super) moments: [Moments; AREA],
    /// In natural order.
    pub(super) histograms: Vec<[u64; CELLS]>,
}

impl Default for Spectrum {
    fn default() -> Self {
        Self {
            blocks: 0,
            moments: [Moments::default(); AREA],
            histograms: vec![[0; CELLS]; AREA],
        }
    }
}

impl Spectrum {
    /// Adds `blocks` of coefficients as [`Distiller::coefficients`](crate::codec::Distiller) gives them: in
    /// eighths of a level and zig-zag order.
    ///
    /// # Errors
    /// If there are 2^64 blocks or more. Nothing is added then.
    ///
    /// # Panics
    /// If a coefficient is one that no samples have.
    pub fn add(&mut self, blocks: &[CoefficientBlock]) -> Result<(), Overflow> {
        self.blocks = add(self.blocks, blocks.len() as u64)?;
        let mut sums = [0i64; AREA];
        let mut squares = [0u64; AREA];
        for block in blocks {
            for (k, &coefficient) in block.iter().enumerate() {
                let value = i32::from(coefficient);
                sums[k] += i64::from(value);
                squares[k] += u64::from((value * value).unsigned_abs());
                self.histograms[usize::from(ZIGZAG[k])][cell(value)] += 1;
            }
        }
        for (k, &index) in ZIGZAG.iter().enumerate() {
            let moments = &mut self.moments[usize::from(index)];
            moments.sum += i128::from(sums[k]);
            moments.squares += u128::from(squares[k]);
        }
        Ok(())
    }

    /// Adds blocks that were gathered elsewhere.
    ///
    /// # Errors
    /// If there are 2^64 blocks or more. Nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.blocks = add(self.blocks, other.blocks)?;
        for (moments, other) in self.moments.iter_mut().zip(&other.moments) {
            moments.sum += other.sum;
            moments.squares += other.squares;
        }
        let cells = self.histograms.iter_mut().flatten();
        for (count, other) in cells.zip(other.histograms.iter().flatten()) {
            *count += other;
        }
        Ok(())
    }

    /// Blocks added, those over an edge included.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The mean of the coefficient with natural-order `index`, in levels; 0 of none.
    pub fn mean(&self, index: usize) -> f64 {
        self.moments[index].mean(self.blocks)
    }

    /// The standard deviations in natural order, in levels; 0 of none.
    pub fn deviations(&self) -> [f64; AREA] {
        self.moments.map(|moments| moments.deviation(self.blocks))
    }

    /// The histogram of the coefficient with natural-order `index` over whole levels (the nearest one, halves
    /// away from zero, as quantizing with a step of 1 rounds): the level of the first count that isn't 0,
    /// and the counts up to the last one.
    pub fn histogram(&self, index: usize) -> (i32, &[u64]) {
        let cells = &self.histograms[index];
        let filled = |&count: &u64| count > 0;
        match (
            cells.iter().position(filled),
            cells.iter().rposition(filled),
        ) {
            (Some(first), Some(last)) => (level(first), &cells[first..=last]),
            _ => (0, &[]),
        }
    }
}

/// The cell of a coefficient in eighths of a level.
fn cell(value: i32) -> usize {
    let level = (value.abs() + 4) / 8 * value.signum();
    (level + LARGEST as i32) as usize
}

/// The level that a cell stands for.
fn level(cell: usize) -> i32 {
    cell as i32 - LARGEST as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Divisors;
    use proptest::prelude::*;

    fn blocks() -> impl Strategy<Value = Vec<CoefficientBlock>> {
        let block = proptest::collection::vec(-8400..=8400i16, AREA);
        let block = block.prop_map(|values| values.try_into().expect("64 values"));
        proptest::collection::vec(block, 0..20)
    }

    fn spectrum(blocks: &[CoefficientBlock]) -> Spectrum {
        let mut spectrum = Spectrum::default();
        spectrum.add(blocks).unwrap();
        spectrum
    }

    #[test]
    fn cells_are_the_quantized_coefficients_of_step_1() {
        let divisors = Divisors::new(&[1; AREA]);
        for value in -8400..=8400 {
            assert_eq!(level(cell(value)), divisors.quantize(0, value), "{value}");
        }
    }

    #[test]
    fn without_blocks_the_histogram_is_empty() {
        assert_eq!(Spectrum::default().histogram(5), (0, &[] as &[u64]));
    }

    #[test]
    fn overflow_is_an_error_and_changes_nothing() {
        let mut full = spectrum(&[[1; AREA]]);
        full.blocks = u64::MAX;
        let before = full.clone();
        assert_eq!(full.add(&[[1; AREA]]), Err(Overflow));
        assert_eq!(full.merge(&spectrum(&[[1; AREA]])), Err(Overflow));
        assert_eq!(full, before);
    }

    proptest! {
        /// Against one number after the other, in floating point.
        #[test]
        fn statistics_equal_those_of_counting_one_by_one(blocks in blocks()) {
            let spectrum = spectrum(&blocks);
            prop_assert_eq!(spectrum.blocks(), blocks.len() as u64);
            let deviations = spectrum.deviations();
            for (k, &index) in ZIGZAG.iter().enumerate() {
                let index = usize::from(index);
                let values: Vec<_> = blocks.iter().map(|block| f64::from(block[k]) / 8.0).collect();
                let count = values.len().max(1) as f64;
                let mean = values.iter().sum::<f64>() / count;
                let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
                prop_assert!((spectrum.mean(index) - mean).abs() < 1e-9);
                prop_assert!((deviations[index] - variance.sqrt()).abs() < 1e-6);
                let (first, counts) = spectrum.histogram(index);
                for (level, &count) in (first..).zip(counts) {
                    let nearest = values.iter().filter(|value| value.round() == f64::from(level));
                    prop_assert_eq!(nearest.count() as u64, count);
                }
                prop_assert_eq!(counts.iter().sum::<u64>(), blocks.len() as u64);
            }
        }

        #[test]
        fn parts_merged_in_any_order_equal_the_whole(blocks in blocks(), cut in 0..20usize) {
            let (a, b) = blocks.split_at(cut.min(blocks.len()));
            let (mut ab, mut ba) = (spectrum(a), spectrum(b));
            ab.merge(&spectrum(b)).unwrap();
            ba.merge(&spectrum(a)).unwrap();
            prop_assert!(ab == ba);
            prop_assert!(ab == spectrum(&blocks));
        }
    }
}
