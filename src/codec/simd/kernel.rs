// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The vector kernel, written once for every instruction set.
//!
//! # Layout
//! A register is a row of 128-bit lanes, and **a lane holds one block**: everything below stays
//! within lanes, so that the same text serves any register width. A register of image bytes holds
//! two neighbouring blocks in each lane; they are split into the even and the odd blocks, taken
//! through the transform one after the other, and merged again.
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
//!   is the upper half of each 32-bit sum, and one shift and one blend put two such halves together
//!   as the pair of 16-bit values that the next pass multiplies. The last pass takes its upper half
//!   too and shifts the 16-bit values by the remaining 3: floor(floor(x / 2^16) / 2^3) =
//!   floor(x / 2^19).
//! * **The level shift** changes the DC coefficient of a row alone: it, the rounding constant and
//!   the final +128 are the initial values of the accumulators.
//! * **Pairs.** The forward transform multiplies the sums (t0, t1), (t3, t2) and the differences
//!   (t7, t6), (t4, t5). With rows in the order {0, 7, 3, 4} in one register and {1, 6, 2, 5} in the
//!   other, pairing the upper halves gives (r0, r1), (r7, r6), (r3, r2), (r4, r5), so that these
//!   sums and differences are those of whole registers. The inverse multiplies the pairs (0, 4),
//!   (2, 6), (1, 3), (7, 5) of frequencies, which the column sets {0, 2, 1, 7} and {4, 6, 3, 5} give
//!   in the same way.
//! * **No 16-bit value overflows.** Forward, the bounds are at [`Vector::forward`]. A dequantised
//!   coefficient is at most 1024 + 128, times 16 below 2^15. Against the exact transform, which gives
//!   back values of at most 4096 in the first inverse pass and 8 * 128 in the second, quantisation
//!   adds at most half a step, 127.5, in every coefficient, and the sum over v of |b_v(y)| is at most
//!   2.64 for the orthonormal basis b: 4 * sqrt(8) * 127.5 * 2.64 < 3810 in the first pass and
//!   8 * 127.5 * 2.64^2 < 7110 in the second. Partial sums of 32 bits may wrap; the whole ones fit.

use super::Kernel;
use crate::codec::block::SIDE;
use crate::codec::butterfly::{ODD, ROTATION};
use crate::codec::quant::{Divisors, LaneDivisors};
use crate::codec::tiles::{Area, TILE, Tile};
use crate::codec::worker::Change;

/// A vector instruction set, by a token that exists only where the CPU has it.
///
/// Operations are named after the x86 ones: `lo`/`hi` interleave the lower or upper halves of each
/// lane, the number is the width of an element in bits. All are `#[inline(always)]`, never
/// `#[target_feature]`: only the entry points are, and everything is inlined into those. For the
/// same reason nothing below is a closure: a closure cannot be made to inline.
pub(super) trait Simd: Copy {
    /// A register of [`Self::LANES`] 128-bit lanes.
    type V: Copy;
    /// 128-bit lanes in a register.
    const LANES: usize;
    /// Bytes in a register.
    const BYTES: usize = 16 * Self::LANES;

    /// The first [`Self::BYTES`] bytes.
    fn load(self, bytes: &[u8]) -> Self::V;
    /// Writes the first [`Self::BYTES`] bytes.
    fn store(self, bytes: &mut [u8], v: Self::V);
    /// Eight 16-bit values, the same in every lane.
    fn broadcast(self, lane: &[i16; 8]) -> Self::V;
    /// One 32-bit value everywhere.
    fn splat32(self, value: i32) -> Self::V;

    /// Bytes d0..d7 of each half of a lane in the order d0 d7 d1 d6 d3 d4 d2 d5.
    fn mirror(self, v: Self::V) -> Self::V;
    fn lo8(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi8(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo16(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi16(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo32(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi32(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo64(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi64(self, a: Self::V, b: Self::V) -> Self::V;
    /// The upper 16 bits of each 32-bit value of `a` (low) and of `b` (high).
    fn upper_halves(self, a: Self::V, b: Self::V) -> Self::V;
    /// 16-bit values clamped to 0..=255: those of `a`, then those of `b`, in each lane.
    fn pack_clamped(self, a: Self::V, b: Self::V) -> Self::V;

    fn add16(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub16(self, a: Self::V, b: Self::V) -> Self::V;
    fn add32(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub32(self, a: Self::V, b: Self::V) -> Self::V;
    /// Arithmetic shift right of 16-bit values by 3.
    fn shift3(self, v: Self::V) -> Self::V;
    /// Sums of the products of neighbouring pairs: unsigned bytes times signed bytes.
    fn multiply_pairs8(self, unsigned: Self::V, signed: Self::V) -> Self::V;
    /// Sums of the products of neighbouring pairs of 16-bit values.
    fn multiply_pairs16(self, a: Self::V, b: Self::V) -> Self::V;
    /// `sum` + [`Self::multiply_pairs16`].
    fn accumulate(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// floor(a * b / 2^16).
    fn multiply_high(self, a: Self::V, b: Self::V) -> Self::V;
    /// floor(a * b / 2^15 + 1/2).
    fn multiply_round(self, a: Self::V, b: Self::V) -> Self::V;
    /// The lower 16 bits of a * b.
    fn multiply_low(self, a: Self::V, b: Self::V) -> Self::V;

    /// `count` plus one where the 16-bit value is zero.
    fn count_zero(self, count: Self::V, v: Self::V) -> Self::V;
    /// Absolute differences of unsigned bytes.
    fn difference8(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger of unsigned bytes.
    fn max8(self, a: Self::V, b: Self::V) -> Self::V;
    /// A bit for each 64-bit element, the first one's the lowest: whether it is not zero.
    fn nonzero64(self, v: Self::V) -> u32;
}

/// Rows, and frequencies, that one register holds after a pass, in the order of its elements.
const ROWS: [[usize; 4]; 2] = [[0, 7, 3, 4], [1, 6, 2, 5]];

/// Columns (horizontal frequencies) that are transformed together: pairing the two sets gives
/// (0, 4), (2, 6), (1, 3), (7, 5), which is what the inverse multiplies.
pub(crate) const COLUMNS: [[usize; 4]; 2] = [[0, 2, 1, 7], [4, 6, 3, 5]];

/// The same pairs, of rows of coefficients (vertical frequencies).
pub(crate) const PAIRS: [(usize, usize); 4] = [(0, 4), (2, 6), (1, 3), (7, 5)];

/// Half of the unit that a shift by 16 leaves.
const HALF: i32 = 1 << 15;

/// DC of a row of level shift, as the first forward pass scales it: 8 * 128 * 4.
const ROW_LEVEL_SHIFT: i32 = 4096 << 16;

/// Half a unit of the last pass, and +128 in front of its shift by 19.
const LAST_BIAS: i32 = (1 << 18) + (128 << 19);

/// One, in units of 2^-13.
const ONE: i32 = 1 << 13;

/// Two constants, doubled, as a pair of 16-bit values.
const fn pair(low: i32, high: i32) -> i32 {
    (2 * low) & 0xffff | (2 * high) << 16
}

/// The lanes of one register through the transform.
#[derive(Clone, Copy)]
pub(super) struct Vector<S>(pub S);

impl<S: Simd> Vector<S> {
    /// Transposes the 4x4 matrix of 32-bit values in each lane of four registers.
    #[inline(always)]
    fn transpose(self, [a, b, c, d]: [S::V; 4]) -> [S::V; 4] {
        let s = self.0;
        let (ab, cd) = (s.lo32(a, b), s.lo32(c, d));
        let (ab_upper, cd_upper) = (s.hi32(a, b), s.hi32(c, d));
        [
            s.lo64(ab, cd),
            s.hi64(ab, cd),
            s.lo64(ab_upper, cd_upper),
            s.hi64(ab_upper, cd_upper),
        ]
    }

    /// `sum` plus the dot product of one pair with constants.
    #[inline(always)]
    fn dot(self, sum: i32, v: S::V, [c0, c1]: [i32; 2]) -> S::V {
        self.0
            .accumulate(self.0.splat32(sum), v, self.0.splat32(pair(c0, c1)))
    }

    /// The dot product of one pair with constants.
    #[inline(always)]
    fn product(self, v: S::V, [c0, c1]: [i32; 2]) -> S::V {
        self.0.multiply_pairs16(v, self.0.splat32(pair(c0, c1)))
    }

    /// An odd output of the forward transform.
    #[inline(always)]
    fn forward_odd(self, k: usize, t76: S::V, t45: S::V) -> S::V {
        let [c7, c6, c5, c4] = ODD[k];
        self.0.accumulate(
            self.dot(HALF, t76, [c7, c6]),
            t45,
            self.0.splat32(pair(c4, c5)),
        )
    }

    /// The odd half of an output of the inverse transform.
    #[inline(always)]
    fn inverse_odd(self, k: usize, y13: S::V, y75: S::V) -> S::V {
        let [c1, c3, c5, c7] = ODD[k];
        self.0.accumulate(
            self.product(y13, [c1, c3]),
            y75,
            self.0.splat32(pair(c7, c5)),
        )
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
        [
            self.dot(dc_bias, sum, [ONE, ONE]),
            self.forward_odd(0, t76, t45),
            self.dot(HALF, difference, ROTATION[0]),
            self.forward_odd(1, t76, t45),
            self.dot(HALF, sum, [ONE, -ONE]),
            self.forward_odd(2, t76, t45),
            self.dot(HALF, difference, ROTATION[1]),
            self.forward_odd(3, t76, t45),
        ]
    }

    /// The inverse 1-D transform of the pairs (y0, y4), (y2, y6), (y1, y3), (y7, y5): eight outputs
    /// before their shift, with `bias` as the rounding constant.
    #[inline(always)]
    fn inverse(self, [y04, y26, y13, y75]: [S::V; 4], bias: i32) -> [S::V; 8] {
        let s = self.0;
        let (sum, difference) = (
            self.dot(bias, y04, [ONE, ONE]),
            self.dot(bias, y04, [ONE, -ONE]),
        );
        let (rotated0, rotated1) = (
            self.product(y26, ROTATION[0]),
            self.product(y26, ROTATION[1]),
        );
        let even0 = s.add32(sum, rotated0);
        let even1 = s.add32(difference, rotated1);
        let even2 = s.sub32(difference, rotated1);
        let even3 = s.sub32(sum, rotated0);
        let odd0 = self.inverse_odd(0, y13, y75);
        let odd1 = self.inverse_odd(1, y13, y75);
        let odd2 = self.inverse_odd(2, y13, y75);
        let odd3 = self.inverse_odd(3, y13, y75);
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
    fn forward_rows(self, outer: S::V, inner: S::V) -> [S::V; 8] {
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

    /// Second forward pass, quantisation and first inverse pass of four columns.
    ///
    /// `columns` hold the pairs (r0, r1), (r7, r6), (r3, r2), (r4, r5) of one column each. Returns
    /// eight sums, one for each row, and the count of zeroed coefficients on top of `zeroed`.
    #[inline(always)]
    fn columns(
        self,
        columns: [S::V; 4],
        divisors: &[LaneDivisors; 4],
        zeroed: S::V,
    ) -> ([S::V; 8], S::V) {
        let s = self.0;
        let [r01, r76, r32, r45] = self.transpose(columns);
        let pairs = [
            s.add16(r01, r76),
            s.add16(r32, r45),
            s.sub16(r01, r76),
            s.sub16(r32, r45),
        ];
        let sums = self.forward(pairs, HALF);
        let (y04, zeroed) = self.quantize(sums[0], sums[4], &divisors[0], zeroed);
        let (y26, zeroed) = self.quantize(sums[2], sums[6], &divisors[1], zeroed);
        let (y13, zeroed) = self.quantize(sums[1], sums[3], &divisors[2], zeroed);
        let (y75, zeroed) = self.quantize(sums[7], sums[5], &divisors[3], zeroed);
        (self.inverse([y04, y26, y13, y75], HALF), zeroed)
    }

    /// Quantises and dequantises (times 16) the coefficients of two rows, given as sums before their
    /// shift, and counts those that become zero.
    #[inline(always)]
    fn quantize(
        self,
        low: S::V,
        high: S::V,
        divisors: &LaneDivisors,
        zeroed: S::V,
    ) -> (S::V, S::V) {
        let s = self.0;
        let coefficients = s.upper_halves(low, high);
        let level = s.multiply_round(
            s.multiply_high(coefficients, s.broadcast(&divisors.reciprocal)),
            s.broadcast(&divisors.rounding),
        );
        (
            s.multiply_low(level, s.broadcast(&divisors.step16)),
            s.count_zero(zeroed, level),
        )
    }

    /// Two neighbouring columns of samples, from sums before their shift by 19.
    #[inline(always)]
    fn samples(self, left: S::V, right: S::V) -> S::V {
        self.0.shift3(self.0.upper_halves(left, right))
    }

    /// Second inverse pass of four rows, given as pairs of frequencies (0, 4), (2, 6), (1, 3),
    /// (7, 5): the bytes of the first two rows, and of the other two.
    #[inline(always)]
    fn inverse_rows(self, rows: [S::V; 4]) -> [S::V; 2] {
        let s = self.0;
        let [x0, x1, x2, x3, x4, x5, x6, x7] = self.inverse(self.transpose(rows), LAST_BIAS);
        let x01_x45 = s.pack_clamped(self.samples(x0, x1), self.samples(x4, x5));
        let x23_x67 = s.pack_clamped(self.samples(x2, x3), self.samples(x6, x7));
        let (left, right) = (s.lo16(x01_x45, x23_x67), s.hi16(x01_x45, x23_x67));
        [s.lo32(left, right), s.hi32(left, right)]
    }

    /// The upper halves of four of the sums of two sets, paired.
    #[inline(always)]
    fn select(self, [a, b, c, d]: [usize; 4], low: [S::V; 8], high: [S::V; 8]) -> [S::V; 4] {
        let s = self.0;
        [
            s.upper_halves(low[a], high[a]),
            s.upper_halves(low[b], high[b]),
            s.upper_halves(low[c], high[c]),
            s.upper_halves(low[d], high[d]),
        ]
    }

    /// One block in each lane, from mirrored rows (`outer` and `inner` of both row sets) to rows of
    /// bytes: {0, 1}, {2, 3}, {4, 5}, {6, 7}.
    #[inline(always)]
    fn blocks(
        self,
        outer: [S::V; 2],
        inner: [S::V; 2],
        divisors: &Divisors,
        zeroed: S::V,
    ) -> ([S::V; 4], S::V) {
        let first = self.forward_rows(outer[0], inner[0]);
        let second = self.forward_rows(outer[1], inner[1]);
        let columns = self.select(COLUMNS[0], first, second);
        let (left, zeroed) = self.columns(columns, &divisors.lanes()[0], zeroed);
        let columns = self.select(COLUMNS[1], first, second);
        let (right, zeroed) = self.columns(columns, &divisors.lanes()[1], zeroed);
        let [r01, r23] = self.inverse_rows(self.select([0, 1, 2, 3], left, right));
        let [r45, r67] = self.inverse_rows(self.select([4, 5, 6, 7], left, right));
        ([r01, r23, r45, r67], zeroed)
    }

    /// Two registers' worth of blocks side by side. Adds to the counts of zeroed coefficients of
    /// the even and of the odd blocks.
    #[inline(always)]
    fn group(
        self,
        source: &[u8],
        stride: usize,
        result: &mut [u8],
        divisors: &Divisors,
        zeroed: &mut [S::V; 2],
    ) {
        let s = self.0;
        let rows = self.load_rows(ROWS[0], source, stride);
        let [outer_even0, inner_even0, outer_odd0, inner_odd0] = self.transpose(rows);
        let rows = self.load_rows(ROWS[1], source, stride);
        let [outer_even1, inner_even1, outer_odd1, inner_odd1] = self.transpose(rows);
        let [even_zeroed, odd_zeroed] = *zeroed;
        let (even, even_zeroed) = self.blocks(
            [outer_even0, outer_even1],
            [inner_even0, inner_even1],
            divisors,
            even_zeroed,
        );
        let (odd, odd_zeroed) = self.blocks(
            [outer_odd0, outer_odd1],
            [inner_odd0, inner_odd1],
            divisors,
            odd_zeroed,
        );
        *zeroed = [even_zeroed, odd_zeroed];
        for pair in 0..4 {
            let (even, odd) = (even[pair], odd[pair]);
            s.store(&mut result[2 * pair * TILE..], s.lo64(even, odd));
            s.store(&mut result[(2 * pair + 1) * TILE..], s.hi64(even, odd));
        }
    }

    /// Four rows of bytes, each half lane mirrored.
    #[inline(always)]
    fn load_rows(self, [a, b, c, d]: [usize; 4], source: &[u8], stride: usize) -> [S::V; 4] {
        let s = self.0;
        [
            s.mirror(s.load(&source[a * stride..])),
            s.mirror(s.load(&source[b * stride..])),
            s.mirror(s.load(&source[c * stride..])),
            s.mirror(s.load(&source[d * stride..])),
        ]
    }

    /// Sum of the counts in the first `blocks` blocks of a group.
    #[inline(always)]
    fn sum_counts(self, zeroed: [S::V; 2], blocks: usize) -> u32 {
        let mut total = 0;
        for (parity, counts) in zeroed.into_iter().enumerate() {
            let mut bytes = [0; 64];
            self.0.store(&mut bytes, counts);
            let lanes = bytes.chunks_exact(16).take((blocks + 1 - parity) / 2);
            total += lanes
                .flat_map(|lane| lane.chunks_exact(2))
                .map(|count| u32::from(u16::from_ne_bytes([count[0], count[1]])))
                .sum::<u32>();
        }
        total
    }
}

impl<S: Simd> Kernel for Vector<S> {
    #[inline(always)]
    fn round_trip(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32 {
        let group_blocks = 2 * S::LANES;
        let result = result.bytes_mut();
        let none = [self.0.splat32(0); 2];
        // A tile adds at most 8 * 32 to a 16-bit count.
        let mut zeroed = none;
        let whole = blocks - blocks % group_blocks;
        for block in (0..whole).step_by(group_blocks) {
            let x = block * SIDE;
            self.group(
                &source[x..],
                stride,
                &mut result[x..],
                divisors,
                &mut zeroed,
            );
        }
        let mut total = self.sum_counts(zeroed, group_blocks);
        if whole < blocks {
            let mut zeroed = none;
            let x = whole * SIDE;
            self.group(
                &source[x..],
                stride,
                &mut result[x..],
                divisors,
                &mut zeroed,
            );
            total += self.sum_counts(zeroed, blocks - whole);
        }
        total
    }

    #[inline(always)]
    fn compare(self, old: &[u8], stride: usize, new: &Tile, area: Area) -> Change {
        let s = self.0;
        let zero = s.splat32(0);
        let (mut squared, mut max) = (zero, zero);
        let mut blocks = 0;
        for x in (0..area.padded_width()).step_by(S::BYTES) {
            let mut column_max = zero;
            for y in 0..area.height {
                let (old, new) = (
                    s.load(&old[y * stride + x..]),
                    s.load(&new.bytes()[y * TILE + x..]),
                );
                let difference = s.difference8(old, new);
                column_max = s.max8(column_max, difference);
                let (low, high) = (s.lo8(difference, zero), s.hi8(difference, zero));
                squared = s.accumulate(s.accumulate(squared, low, low), high, high);
            }
            max = s.max8(max, column_max);
            blocks |= u64::from(s.nonzero64(column_max)) << (x / SIDE);
        }
        let (mut sums, mut maxima) = ([0; 64], [0; 64]);
        s.store(&mut sums, squared);
        s.store(&mut maxima, max);
        let sums = sums
            .as_chunks()
            .0
            .iter()
            .map(|&sum| u32::from_ne_bytes(sum));
        Change {
            squared: sums.sum(),
            max: maxima.into_iter().fold(0, u8::max),
            blocks,
        }
    }
}
