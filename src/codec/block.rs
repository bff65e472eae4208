// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The 8x8 block: its side, its scan order, and its round trip, one sample at a time.
//!
//! [`to_lattice`] and [`inverse`] are the definition that every vector backend has to equal byte for byte.

use super::butterfly::{self, Pass};
use super::quant::Divisors;

/// Side of a block, in samples.
pub const SIDE: usize = 8;

/// Samples, and so DCT coefficients, in a block.
pub const AREA: usize = SIDE * SIDE;

/// JPEG's level shift: samples 0..=255 become -128..=127 (ITU-T T.81, A.3.1).
pub(crate) const LEVEL_SHIFT: i32 = 128;

/// `ZIGZAG[k]` is the natural-order index (8 * v + u) of the k-th coefficient in zig-zag order
/// (ITU-T T.81, figure A.6).
pub const ZIGZAG: [u8; AREA] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// First half of the round trip of one block: level shift, forward DCT, quantisation and
/// dequantisation. [`inverse`] is the other half.
///
/// `block` holds 64 samples of 0..=255 in natural order (row by row), and then multiples of the
/// steps. Returns how many of them are zero.
pub(crate) fn to_lattice(block: &mut [i32; AREA], divisors: &Divisors) -> u32 {
    forward(block);
    let mut zeroed = 0;
    for (index, coefficient) in block.iter_mut().enumerate() {
        let level = divisors.quantize(index, *coefficient);
        zeroed += u32::from(level == 0);
        *coefficient = level * i32::from(divisors.step(index));
    }
    zeroed
}

/// Samples of 0..=255 to DCT coefficients scaled by 8, as libjpeg's accurate integer DCT gives
/// them: rows first, then columns.
pub(crate) fn forward(block: &mut [i32; AREA]) {
    for row in block.chunks_exact_mut(SIDE) {
        let shifted = std::array::from_fn(|x| row[x] - LEVEL_SHIFT);
        row.copy_from_slice(&butterfly::forward(shifted, Pass::First));
    }
    each_column(block, |column| butterfly::forward(column, Pass::Second));
}

/// Dequantised coefficients (unscaled) to samples clamped to 0..=255: columns first, then rows.
pub(crate) fn inverse(block: &mut [i32; AREA]) {
    each_column(block, |column| butterfly::inverse(column, Pass::First));
    for row in block.chunks_exact_mut(SIDE) {
        let input = std::array::from_fn(|u| row[u]);
        let samples = butterfly::inverse(input, Pass::Second);
        row.copy_from_slice(&samples.map(|sample| (sample + LEVEL_SHIFT).clamp(0, 255)));
    }
}

fn each_column(block: &mut [i32; AREA], transform: impl Fn([i32; SIDE]) -> [i32; SIDE]) {
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

    #[test]
    fn zigzag_visits_every_coefficient_along_the_antidiagonals() {
        let mut seen = [false; AREA];
        for pair in ZIGZAG.windows(2) {
            let diagonal = |index: u8| index / 8 + index % 8;
            assert!(diagonal(pair[1]) - diagonal(pair[0]) <= 1);
        }
        ZIGZAG
            .iter()
            .for_each(|&index| seen[usize::from(index)] = true);
        assert!(seen.iter().all(|&hit| hit));
    }

    #[test]
    fn flat_blocks_have_only_a_dc_coefficient_of_64_times_the_level() {
        for level in 0..=255 {
            let mut block = [level; AREA];
            forward(&mut block);
            assert_eq!(block[0], 64 * (level - LEVEL_SHIFT));
            assert!(block[1..].iter().all(|&ac| ac == 0));
        }
    }
}
