// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The 8x8 block: its side, its scan order, and the types that hold one.

/// Side of a block, in samples.
pub const SIDE: usize = 8;

/// Samples, and so DCT coefficients, in a block.
pub const AREA: usize = SIDE * SIDE;

/// 64 samples or coefficients in natural order (row by row, index 8 * v + u).
pub(crate) type Block = [i32; AREA];

/// Coefficients of a block in zig-zag order, as JPEG codes them: quantized, or in eighths of a sample
/// value.
pub type CoefficientBlock = [i16; AREA];

/// JPEG's level shift: samples 0..=255 become -128..=127 (ITU-T T.81, A.3.1).
pub(crate) const LEVEL_SHIFT: i32 = 128;

/// `ZIGZAG[k]` is the natural-order index (8 * v + u) of the k-th coefficient in zig-zag order
/// (ITU-T T.81, figure A.6).
pub const ZIGZAG: [u8; AREA] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Reads the block at the start of `samples`, whose rows are `stride` bytes apart.
pub(crate) fn load(samples: &[u8], stride: usize) -> Block {
    std::array::from_fn(|i| i32::from(samples[i / SIDE * stride + i % SIDE]))
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
}
