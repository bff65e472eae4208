// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The 8x8 DCT, one sample at a time: libjpeg's accurate integer DCT ("islow").
//!
//! It is the definition that every vector backend has to equal byte for byte.

pub(crate) mod butterfly;

use super::block::{Block, LEVEL_SHIFT, SIDE};
use butterfly::Pass;

/// Samples of 0..=255 to DCT coefficients scaled by 8, as libjpeg's accurate integer DCT gives
/// them: rows first, then columns.
pub(crate) fn forward(block: &mut Block) {
    for row in block.chunks_exact_mut(SIDE) {
        let shifted = std::array::from_fn(|x| row[x] - LEVEL_SHIFT);
        row.copy_from_slice(&butterfly::forward(shifted, Pass::First));
    }
    each_column(block, |column| butterfly::forward(column, Pass::Second));
}

/// Dequantized coefficients (unscaled) to samples clamped to 0..=255: columns first, then rows.
pub(crate) fn inverse(block: &mut Block) {
    each_column(block, |column| butterfly::inverse(column, Pass::First));
    for row in block.chunks_exact_mut(SIDE) {
        let input = std::array::from_fn(|u| row[u]);
        let samples = butterfly::inverse(input, Pass::Second);
        row.copy_from_slice(&samples.map(|sample| (sample + LEVEL_SHIFT).clamp(0, 255)));
    }
}

fn each_column(block: &mut Block, transform: impl Fn([i32; SIDE]) -> [i32; SIDE]) {
    for x in 0..SIDE {
        let column = transform(std::array::from_fn(|y| block[y * SIDE + x]));
        for (y, value) in column.into_iter().enumerate() {
            block[y * SIDE + x] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::block::AREA;

    #[test]
    fn flat_blocks_have_only_a_dc_coefficient_of_64_times_the_level() {
        for level in 0..=255 {
            let mut block = [level; AREA];
            forward(&mut block);
            assert_eq!(block[0], 64 * (level - LEVEL_SHIFT));
            assert!(block[1..].iter().all(|&ac| ac == 0));
        }
    }

    /// The textbook (ITU-T T.81, A.3.3): basis function `frequency` of the orthonormal 1-D DCT.
    fn basis(frequency: usize, at: usize) -> f64 {
        let norm = if frequency == 0 { 0.125f64.sqrt() } else { 0.5 };
        norm * ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
    }

    /// The textbook 2-D transform of `values`, forward or inverse.
    fn textbook(values: &[f64; AREA], forward: bool) -> [f64; AREA] {
        std::array::from_fn(|out| {
            let term = |i: usize| {
                let (rows, columns) = ((out / SIDE, i / SIDE), (out % SIDE, i % SIDE));
                let pair = |(a, b)| if forward { basis(a, b) } else { basis(b, a) };
                pair(rows) * pair(columns) * values[i]
            };
            (0..AREA).map(term).sum()
        })
    }

    /// sqrt(8) times the largest sum over one index of |basis|, and of what the integer constants get
    /// wrong in it: less than 2^-13 in the mean of eight. (The test below computes both.)
    const GAIN: f64 = 8.0;
    const CONSTANTS: f64 = 8.0 / 8192.0;

    #[test]
    fn gains_and_constants_are_within_their_bounds() {
        let transform: [[f64; SIDE]; SIDE] = std::array::from_fn(|x| {
            let mut unit = [0; SIDE];
            unit[x] = 1 << 13;
            // The first pass leaves 2 of 13 bits.
            butterfly::forward(unit, Pass::First).map(|value| f64::from(value) / 4.0)
        });
        let exact = |x: usize, u: usize| 8f64.sqrt() * basis(u, x);
        let error = |x: usize, u: usize| transform[x][u] / f64::from(1 << 13) - exact(x, u);
        for i in 0..SIDE {
            let sum = |term: &dyn Fn(usize) -> f64| (0..SIDE).map(|k| term(k).abs()).sum::<f64>();
            assert!(sum(&|x| exact(x, i)) < GAIN + 1e-9 && sum(&|u| exact(i, u)) < GAIN + 1e-9);
            assert!(sum(&|x| error(x, i)) < CONSTANTS && sum(&|u| error(i, u)) < CONSTANTS);
        }
    }

    /// Largest error of the forward transform, in eighths of a sample value. The first pass rounds once
    /// (1/2) and has inputs of at most 128, times its scale of 4; the second pass takes a quarter of
    /// that, has inputs of at most 4 * 128 * 8, and rounds once.
    fn forward_bound() -> f64 {
        let first = 0.5 + 4.0 * CONSTANTS * 128.0;
        0.5 + (GAIN * first + CONSTANTS * (4.0 * 128.0 * GAIN + first)) / 4.0
    }

    /// Largest error of the inverse transform, in sample values, if coefficients are at most `largest` and
    /// the values between the passes at most `between`; the second pass divides by 32.
    fn inverse_bound(largest: f64, between: f64) -> f64 {
        let first = 0.5 + 4.0 * CONSTANTS * largest;
        0.5 + (GAIN * first + CONSTANTS * (between + first)) / 32.0
    }

    proptest::proptest! {
        #[test]
        fn forward_is_the_textbook_transform_within_the_bound(
            samples in proptest::array::uniform32(proptest::prelude::any::<[u8; 2]>()),
        ) {
            let samples = samples.as_flattened();
            let mut block = std::array::from_fn(|i| i32::from(samples[i]));
            forward(&mut block);
            let exact = textbook(&std::array::from_fn(|i| f64::from(samples[i]) - 128.0), true);
            for (integer, exact) in block.iter().zip(exact) {
                let error = (f64::from(*integer) - 8.0 * exact).abs();
                assert!(error <= forward_bound(), "{integer} for {exact}");
            }
        }

        #[test]
        fn inverse_is_the_textbook_transform_within_the_bound(
            coefficients in proptest::array::uniform32([-1152..=1152i32, -40..=40i32]),
            scale in 1..=64i32,
        ) {
            let coefficients: Vec<i32> =
                coefficients.as_flattened().iter().map(|c| c / scale).collect();
            let mut block: Block = std::array::from_fn(|i| coefficients[i]);
            let input: [f64; AREA] = block.map(f64::from);
            inverse(&mut block);
            let exact = textbook(&input, false);
            let largest = input.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            // 4 * sqrt(8) * the orthonormal transform of a column, of eight coefficients.
            let between = 4.0 * GAIN * largest;
            let bound = inverse_bound(largest, between);
            for (integer, exact) in block.iter().zip(exact) {
                let clamped = (exact + 128.0).clamp(0.0, 255.0);
                let error = (f64::from(*integer) - clamped).abs();
                assert!(error <= bound, "{integer} for {exact}, bound {bound}");
            }
        }
    }
}
