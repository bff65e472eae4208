// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The 8x8 DCT of one block in each lane.
//!
//! # Exactness
//! Every output of a 1-D transform is one integer dot product that is rounded once (see
//! `butterfly`), so multiply-add instructions on pairs of 16-bit values (the constants are below
//! 2^15) with sums in 32 bits give the very number of the definition, whatever the order:
//!
//! * **Every rounding shift is by 16.** The definition shifts by 11, 15, 11 and 18 bits. With all
//!   constants doubled and the inputs of the first pass of each transform multiplied by 16
//!   (pixels in the instruction that also forms the butterfly, coefficients in the
//!   multiplication by the step) the shifts become 16, 16, 16 and 19. The result of a shift by 16
//!   is the upper half of each 32-bit sum, and one shift and one blend, or less, put two such halves
//!   together as the pair of 16-bit values that the next pass multiplies. The last pass takes its upper half
//!   too and shifts the 16-bit values by the remaining 3: floor(floor(x / 2^16) / 2^3) =
//!   floor(x / 2^19).
//! * **The level shift** changes the DC coefficient of a row alone: it, the rounding constant and
//!   the final +128 are the initial values of the accumulators.
//! * **Pairs.** The forward transform multiplies the sums (t0, t1), (t3, t2) and the differences
//!   (t7, t6), (t4, t5). With the rows {0, 7} and {3, 4} in one register each and {1, 6} and {2, 5} in
//!   others, pairing the upper halves gives (r0, r1), (r7, r6), (r3, r2), (r4, r5), so that these
//!   sums and differences are those of whole registers. The inverse multiplies the pairs (0, 4),
//!   (2, 6), (1, 3), (7, 5) of frequencies, which the column sets {0, 2, 1, 7} and {4, 6, 3, 5} give
//!   in the same way.
//! * **No 16-bit value overflows.** Forward, the bounds are at [`Vector::forward`]. A dequantized
//!   coefficient is at most 1024 + 128, times 16 below 2^15. Against the exact transform, which gives
//!   back values of at most 4096 in the first inverse pass and 8 * 128 in the second, quantization
//!   adds at most half a step, 127.5, in every coefficient, and the sum over v of |b_v(y)| is at most
//!   2.64 for the orthonormal basis b: 4 * sqrt(8) * 127.5 * 2.64 < 3810 in the first pass and
//!   8 * 127.5 * 2.64^2 < 7110 in the second. Partial sums of 32 bits may wrap; the whole ones fit.

use super::blocks::{Lane, Rows};
use super::factors::{DIFFERENCE, INNER, OUTER, SUM, TURN, TURN_BACK};
use super::isa::{Simd, Vector};
use crate::codec::lanes::COLUMNS;

/// Half of the unit that a shift by 16 leaves.
pub(super) const HALF: i32 = 1 << 15;

/// DC of a row of level shift, as the first forward pass scales it: 8 * 128 * 4.
const ROW_LEVEL_SHIFT: i32 = 4096 << 16;

/// Half a unit of the last pass, and +128 in front of its shift by 19.
const LAST_BIAS: i32 = (1 << 18) + (128 << 19);

impl<S: Simd> Vector<S> {
    /// The dot product of one pair with constants, plus a constant.
    #[inline(always)]
    fn dot<const K: usize>(self, sum: i32, v: S::V) -> S::V {
        self.0.accumulate_factor::<K>(self.0.splat32(sum), v)
    }

    /// `sum` plus and minus the dot product of one pair with constants, in two operations rather than
    /// three where the instruction set has one for sum and product.
    #[inline(always)]
    fn add_and_subtract_dot<const K: usize, const MINUS_K: usize>(
        self,
        sum: S::V,
        v: S::V,
    ) -> [S::V; 2] {
        let s = self.0;
        if S::ACCUMULATES {
            [
                s.accumulate_factor::<K>(sum, v),
                s.accumulate_factor::<MINUS_K>(sum, v),
            ]
        } else {
            let product = s.multiply_factor::<K>(v);
            [s.add32(sum, product), s.sub32(sum, product)]
        }
    }

    /// The forward 1-D transform of the pairs (t0, t1), (t3, t2), (t7, t6), (t4, t5): eight outputs
    /// before their shift by 16, the first with `dc_bias` as its rounding constant.
    ///
    /// Inputs are at most 8160 (first pass: 510 * 16) or 8192 (second pass: sums of two values
    /// of at most 8 * 128 * 4) in magnitude, so the sums in 16 bits stay below 2^15.
    #[inline(always)]
    fn forward(self, [t01, t32, t76, t45]: [S::V; 4], dc_bias: i32) -> [S::V; 8] {
        let s = self.0;
        let (sum, difference) = (s.add16(t01, t32), s.sub16(t01, t32));
        let odd0 = self.dot::<{ OUTER[0] }>(HALF, t76);
        let odd1 = self.dot::<{ OUTER[1] }>(HALF, t76);
        let odd2 = self.dot::<{ OUTER[2] }>(HALF, t76);
        let odd3 = self.dot::<{ OUTER[3] }>(HALF, t76);
        let even0 = self.dot::<SUM>(dc_bias, sum);
        let even1 = self.dot::<{ TURN[0] }>(HALF, difference);
        let even2 = self.dot::<DIFFERENCE>(HALF, sum);
        let even3 = self.dot::<{ TURN[1] }>(HALF, difference);
        let odd0 = s.accumulate_factor::<{ INNER[0] }>(odd0, t45);
        let odd1 = s.accumulate_factor::<{ INNER[1] }>(odd1, t45);
        let odd2 = s.accumulate_factor::<{ INNER[2] }>(odd2, t45);
        let odd3 = s.accumulate_factor::<{ INNER[3] }>(odd3, t45);
        [even0, odd0, even1, odd1, even2, odd2, even3, odd3]
    }

    /// The inverse 1-D transform of the pairs (y0, y4), (y2, y6), (y1, y3), (y7, y5): eight outputs
    /// before their shift, with `bias` as the rounding constant.
    #[inline(always)]
    pub(super) fn inverse(self, [y04, y26, y13, y75]: [S::V; 4], bias: i32) -> [S::V; 8] {
        let s = self.0;
        let odd0 = s.multiply_factor::<{ OUTER[0] }>(y13);
        let odd1 = s.multiply_factor::<{ OUTER[1] }>(y13);
        let odd2 = s.multiply_factor::<{ OUTER[2] }>(y13);
        let odd3 = s.multiply_factor::<{ OUTER[3] }>(y13);
        let sum = self.dot::<SUM>(bias, y04);
        let difference = self.dot::<DIFFERENCE>(bias, y04);
        let odd0 = s.accumulate_factor::<{ INNER[0] }>(odd0, y75);
        let odd1 = s.accumulate_factor::<{ INNER[1] }>(odd1, y75);
        let odd2 = s.accumulate_factor::<{ INNER[2] }>(odd2, y75);
        let odd3 = s.accumulate_factor::<{ INNER[3] }>(odd3, y75);
        let [even0, even3] = self.add_and_subtract_dot::<{ TURN[0] }, { TURN_BACK[0] }>(sum, y26);
        let [even1, even2] =
            self.add_and_subtract_dot::<{ TURN[1] }, { TURN_BACK[1] }>(difference, y26);
        [
            s.add32(even0, odd0),
            s.add32(even1, odd1),
            s.add32(even2, odd2),
            s.add32(even3, odd3),
            s.sub32(even3, odd3),
            s.sub32(even2, odd2),
            s.sub32(even1, odd1),
            s.sub32(even0, odd0),
        ]
    }

    /// First forward pass: four rows of bytes as (d0 d7 d1 d6) and (d3 d4 d2 d5) to eight sums, each
    /// for those four rows.
    #[inline(always)]
    fn forward_rows(self, [outer, inner]: [S::V; 2]) -> [S::V; 8] {
        let s = self.0;
        let (sum, difference) = (s.splat32(0x1010_1010), s.splat32(0xf010_f010_u32 as i32));
        let pairs = [
            s.multiply_pairs8(outer, sum),
            s.multiply_pairs8(inner, sum),
            s.multiply_pairs8(outer, difference),
            s.multiply_pairs8(inner, difference),
        ];
        self.forward(pairs, HALF - ROW_LEVEL_SHIFT)
    }

    /// First forward pass of two registers' worth of blocks, from column `x` on: for the even and the odd
    /// ones, the columns of each of [`COLUMNS`] as the pairs (r0, r1), (r7, r6), (r3, r2), (r4, r5).
    #[inline(always)]
    pub(super) fn first_pass(self, source: &Rows<'_>, x: usize) -> [Lane<S>; 2] {
        let upper = self.forward_rows(self.load_rows([0, 7], source, x));
        let lower = self.forward_rows(self.load_rows([1, 6], source, x));
        let outer = self.columns(&upper, &lower);
        let upper = self.forward_rows(self.load_rows([3, 4], source, x));
        let lower = self.forward_rows(self.load_rows([2, 5], source, x));
        let inner = self.columns(&upper, &lower);
        [
            [
                of_parity(0, &outer[0], &inner[0]),
                of_parity(0, &outer[1], &inner[1]),
            ],
            [
                of_parity(1, &outer[0], &inner[0]),
                of_parity(1, &outer[1], &inner[1]),
            ],
        ]
    }

    /// Two pairs of rows of both parities, for each of [`COLUMNS`], from the sums of the first pass.
    #[inline(always)]
    fn columns(self, upper: &[S::V; 8], lower: &[S::V; 8]) -> [[S::V; 4]; 2] {
        [
            self.transpose(self.select(COLUMNS[0], *upper, *lower)),
            self.transpose(self.select(COLUMNS[1], *upper, *lower)),
        ]
    }

    /// Second forward pass of four columns, given as the pairs (r0, r1), (r7, r6), (r3, r2), (r4, r5):
    /// eight sums, one for each vertical frequency.
    #[inline(always)]
    pub(super) fn forward_columns(self, [r01, r76, r32, r45]: [S::V; 4]) -> [S::V; 8] {
        let s = self.0;
        let pairs = [
            s.add16(r01, r76),
            s.add16(r32, r45),
            s.sub16(r01, r76),
            s.sub16(r32, r45),
        ];
        self.forward(pairs, HALF)
    }

    /// Second inverse pass of two rows of the even and of the odd blocks: the bytes of these rows.
    #[inline(always)]
    pub(super) fn inverse_rows(self, even: [S::V; 2], odd: [S::V; 2]) -> [S::V; 2] {
        let s = self.0;
        let pairs = self.transpose([even[0], odd[0], even[1], odd[1]]);
        let [x0, x1, x2, x3, x4, x5, x6, x7] = self.inverse(pairs, LAST_BIAS);
        let x01_x45 = s.pack_clamped(self.samples(x0, x1), self.samples(x4, x5));
        let x23_x67 = s.pack_clamped(self.samples(x2, x3), self.samples(x6, x7));
        let (left, right) = (s.lo16(x01_x45, x23_x67), s.hi16(x01_x45, x23_x67));
        // The compiler would make ten shuffles of these four interleaves, if it saw all of them at once.
        let (left, right) = (s.hidden(left), s.hidden(right));
        [s.lo32(left, right), s.hi32(left, right)]
    }

    /// Two neighboring columns of samples, from sums before their shift by 19.
    #[inline(always)]
    fn samples(self, left: S::V, right: S::V) -> S::V {
        self.0.shift3(self.0.upper_halves(left, right))
    }

    /// The upper halves of four of the sums of two sets, paired.
    #[inline(always)]
    pub(super) fn select(
        self,
        [a, b, c, d]: [usize; 4],
        low: [S::V; 8],
        high: [S::V; 8],
    ) -> [S::V; 4] {
        let s = self.0;
        [
            s.upper_halves(low[a], high[a]),
            s.upper_halves(low[b], high[b]),
            s.upper_halves(low[c], high[c]),
            s.upper_halves(low[d], high[d]),
        ]
    }

    /// The coefficients of one block in each lane, in eighths of a sample value.
    #[inline(always)]
    pub(super) fn to_coefficients(self, [left, right]: Lane<S>) -> Lane<S> {
        let left = self.select_pairs(self.forward_columns(left));
        [left, self.select_pairs(self.forward_columns(right))]
    }

    /// The coefficients of pairs of rows, from sums before their shift.
    #[inline(always)]
    pub(super) fn select_pairs(self, sums: [S::V; 8]) -> [S::V; 4] {
        let s = self.0;
        [
            s.upper_halves(sums[0], sums[4]),
            s.upper_halves(sums[2], sums[6]),
            s.upper_halves(sums[1], sums[3]),
            s.upper_halves(sums[7], sums[5]),
        ]
    }
}

/// The pairs of rows of the even blocks (`parity` 0) or of the odd ones (1).
#[inline(always)]
fn of_parity<V: Copy>(parity: usize, outer: &[V; 4], inner: &[V; 4]) -> [V; 4] {
    [
        outer[parity],
        outer[parity + 2],
        inner[parity],
        inner[parity + 2],
    ]
}
