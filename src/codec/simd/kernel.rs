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
//! through the transform in turns, and merged again.
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

use super::entry::{Enter, VectorWork};
use crate::codec::block::{AREA, CoefficientBlock, SIDE, ZIGZAG};
use crate::codec::dct::butterfly::{ODD, ROTATION};
use crate::codec::kernel::{Change, Kernel, RoundTrip, Source, Verification};
use crate::codec::lanes::{COLUMNS, Registers, coefficient_at};
use crate::codec::moments::Moments;
use crate::codec::quant::{Divisors, LaneDivisors};
use crate::codec::settle::Worst;
use crate::codec::tiles::{Area, GRANULE, TILE, Tile};

/// A vector instruction set, by a token that exists only where the CPU has it.
///
/// Operations are named after the x86 ones: `lo`/`hi` interleave the lower or upper halves of each
/// lane, the number is the width of an element in bits. All are `#[inline(always)]`, never
/// `#[target_feature]`: only the entry points are, and everything is inlined into those (inline assembly,
/// which needs the attribute, is a function that is too small not to be). For the same reason nothing
/// below is a closure: a closure cannot be made to inline.
pub(crate) trait Simd: Copy {
    /// A register of [`Self::LANES`] 128-bit lanes.
    type V: Copy;
    /// 128-bit lanes in a register.
    const LANES: usize;
    /// Bytes in a register.
    const BYTES: usize = 16 * Self::LANES;
    /// Whether [`Self::accumulate`] is one instruction.
    const ACCUMULATES: bool;

    /// The first [`Self::BYTES`] bytes.
    fn load(self, bytes: &[u8]) -> Self::V;
    /// Asks for the cache line `at` bytes from the start of `bytes`, which may be behind their end.
    fn prefetch(self, bytes: &[u8], at: usize);
    /// Writes the first [`Self::BYTES`] bytes.
    fn store(self, bytes: &mut [u8], v: Self::V);
    /// The first 8 * `blocks` bytes and zeros; `blocks` is at most [`Self::BYTES`] / 8.
    fn load_blocks(self, bytes: &[u8], blocks: usize) -> Self::V;
    /// Writes the first 8 * `blocks` bytes alone.
    fn store_blocks(self, bytes: &mut [u8], v: Self::V, blocks: usize);
    /// Eight 16-bit values, the same in every lane.
    fn broadcast(self, lane: &[i16; 8]) -> Self::V;
    /// One 32-bit value everywhere.
    fn splat32(self, value: i32) -> Self::V;

    /// Bytes d0..d7 of each half of a lane in the order d0 d7 d1 d6 d3 d4 d2 d5.
    fn mirror(self, v: Self::V) -> Self::V;
    /// The bytes of each lane in the order 0 8 1 9 2 10 ... 7 15.
    fn interleave8(self, v: Self::V) -> Self::V;
    /// The upper byte of each 16-bit value.
    fn upper_bytes(self, v: Self::V) -> Self::V;
    fn lo8(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi8(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo16(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi16(self, a: Self::V, b: Self::V) -> Self::V;
    /// The 16-bit values of each lane in the order 0 4 1 5 2 6 3 7.
    fn interleave16(self, v: Self::V) -> Self::V;
    fn lo32(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi32(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo64(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi64(self, a: Self::V, b: Self::V) -> Self::V;
    /// The lower 16 bits of each 32-bit value of `a` (low) and of `b` (high).
    fn lower_halves(self, a: Self::V, b: Self::V) -> Self::V;
    /// The upper 16 bits of each 32-bit value of `a` (low) and of `b` (high).
    fn upper_halves(self, a: Self::V, b: Self::V) -> Self::V;
    /// 16-bit values clamped to 0..=255: those of `a`, then those of `b`, in each lane.
    fn pack_clamped(self, a: Self::V, b: Self::V) -> Self::V;

    fn add8(self, a: Self::V, b: Self::V) -> Self::V;
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
    /// floor(a * b / 2^16), where not both are -2^15 (reciprocals are positive).
    fn multiply_high(self, a: Self::V, b: Self::V) -> Self::V;
    /// floor(a * b / 2^15 + 1/2), where not both are -2^15.
    fn multiply_round(self, a: Self::V, b: Self::V) -> Self::V;
    /// The lower 16 bits of a * b.
    fn multiply_low(self, a: Self::V, b: Self::V) -> Self::V;

    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// Arithmetic shift right of 16-bit values by 1.
    fn halve16(self, v: Self::V) -> Self::V;
    fn abs16(self, v: Self::V) -> Self::V;
    fn max16(self, a: Self::V, b: Self::V) -> Self::V;
    /// a - b of unsigned 16-bit values, 0 where that is negative.
    fn saturating_sub16(self, a: Self::V, b: Self::V) -> Self::V;

    /// 16-bit values clamped to -128..=127: those of `a`, then those of `b`, in each lane.
    fn pack_signed(self, a: Self::V, b: Self::V) -> Self::V;
    /// `count` plus one where the byte is zero.
    fn count_zero8(self, count: Self::V, v: Self::V) -> Self::V;
    /// Absolute differences of unsigned bytes.
    fn difference8(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger of unsigned bytes.
    fn max8(self, a: Self::V, b: Self::V) -> Self::V;
    /// `sum` plus the squares of unsigned bytes, none of which is above 127.
    fn accumulate_squares(self, sum: Self::V, v: Self::V) -> Self::V;
    /// Whether an unsigned byte is above 127.
    fn any_above_127(self, v: Self::V) -> bool;
    /// A bit for each 64-bit element, the first one's the lowest: whether it is not zero.
    fn nonzero64(self, v: Self::V) -> u32;
}

/// Rows, and frequencies, that one register holds after a pass, in the order of its elements.
const ROWS: [[usize; 4]; 2] = [[0, 7, 3, 4], [1, 6, 2, 5]];

/// Half of the unit that a shift by 16 leaves.
const HALF: i32 = 1 << 15;

/// DC of a row of level shift, as the first forward pass scales it: 8 * 128 * 4.
const ROW_LEVEL_SHIFT: i32 = 4096 << 16;

/// Half a unit of the last pass, and +128 in front of its shift by 19.
const LAST_BIAS: i32 = (1 << 18) + (128 << 19);

/// One, in units of 2^-13.
const ONE: i32 = 1 << 13;

/// Two constants, doubled, as a pair of 16-bit values.
const fn doubled_pair(low: i32, high: i32) -> i32 {
    (2 * low) & 0xffff | (2 * high) << 16
}

/// The rows of [`ODD`] as factors of two pairs, (t7, t6) and (t4, t5) or (y1, y3) and (y7, y5).
const ODD_PAIRS: [[[i32; 2]; 2]; 4] = {
    let mut pairs = [[[0; 2]; 2]; 4];
    let mut k = 0;
    while k < 4 {
        let [a, b, c, d] = ODD[k];
        pairs[k] = [[a, b], [d, c]];
        k += 1;
    }
    pairs
};

/// Rows of bytes of one block in each lane: (d0 d7 d1 d6) and (d3 d4 d2 d5) of the rows of each set.
#[derive(Clone, Copy)]
struct Mirrored<S: Simd> {
    outer: [S::V; 2],
    inner: [S::V; 2],
}

/// All bits of the lanes of which the index has a bit.
const LANE_MASKS: [[u8; 64]; 16] = {
    let mut masks = [[0; 64]; 16];
    let mut at = 0;
    while at < 16 * 64 {
        let (lanes, byte) = (at / 64, at % 64);
        masks[lanes][byte] = if lanes >> (byte / 16) & 1 == 1 {
            0xff
        } else {
            0
        };
        at += 1;
    }
    masks
};

/// Coefficients of one block in each lane.
type Lane<S> = Registers<<S as Simd>::V>;

/// Sums of coefficients and of their squares in 32 bits: for the lower and the upper half of each
/// register of [`Lane`].
type Sums<S> = [[<S as Simd>::V; 2]; 16];

/// Registers' worth of pairs of blocks that [`Sums`] has room for: no coefficient is above 8200, so
/// that the squares stay below 16 * 2 * 8200^2 < 2^32.
const SUMMED_GROUPS: usize = 16;

/// Natural-order indices of the coefficients that the elements of [`Sums`] belong to.
const SUMMED: [[usize; 4]; 16] = {
    let mut indices = [[0; 4]; 16];
    let mut at = 0;
    while at < AREA {
        indices[at / 4][at % 4] = coefficient_at(at / 8, at % 8);
        at += 1;
    }
    indices
};

/// Where [`Lane`] holds the coefficients, in zig-zag order: (register, element).
const PLACES: [(usize, usize); AREA] = {
    let mut places = [(0, 0); AREA];
    let mut k = 0;
    while k < AREA {
        let mut place = 0;
        while coefficient_at(place / 8, place % 8) != ZIGZAG[k] as usize {
            place += 1;
        }
        places[k] = (place / 8, place % 8);
        k += 1;
    }
    places
};

/// Eight rows of samples of one length.
type Rows<'a> = [&'a [u8]; SIDE];

/// The rows of blocks, of a whole number of granules: one check of their bounds for all.
#[inline(always)]
fn rows(source: Source<'_>) -> Rows<'_> {
    let width = (source.blocks * SIDE).next_multiple_of(GRANULE);
    let mut rows = [&source.samples[..width]; SIDE];
    for (y, row) in rows.iter_mut().enumerate() {
        *row = &source.samples[y * source.stride..][..width];
    }
    rows
}

/// A bit for each lane that holds a block where `left` blocks are left of a row: of the even ones
/// (`parity` 0) or the odd ones (1) of a group.
#[inline(always)]
fn present<S: Simd>(left: usize, parity: usize) -> usize {
    (1 << ((left + 1 - parity) / 2).min(S::LANES)) - 1
}

/// The lanes of one register through the transform.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S>(pub S);

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
    fn add_dot(self, sum: S::V, v: S::V, [c0, c1]: [i32; 2]) -> S::V {
        self.0
            .accumulate(sum, v, self.0.splat32(doubled_pair(c0, c1)))
    }

    /// The same, from a constant sum.
    #[inline(always)]
    fn dot(self, sum: i32, v: S::V, constants: [i32; 2]) -> S::V {
        self.add_dot(self.0.splat32(sum), v, constants)
    }

    /// The dot product of one pair with constants.
    #[inline(always)]
    fn product(self, v: S::V, [c0, c1]: [i32; 2]) -> S::V {
        self.0
            .multiply_pairs16(v, self.0.splat32(doubled_pair(c0, c1)))
    }

    /// `sum` plus and minus the dot product of one pair with constants, in two operations rather than
    /// three where the instruction set has one for sum and product.
    #[inline(always)]
    fn add_and_subtract_dot(self, sum: S::V, v: S::V, [c0, c1]: [i32; 2]) -> [S::V; 2] {
        if S::ACCUMULATES {
            [
                self.add_dot(sum, v, [c0, c1]),
                self.add_dot(sum, v, [-c0, -c1]),
            ]
        } else {
            let product = self.product(v, [c0, c1]);
            [self.0.add32(sum, product), self.0.sub32(sum, product)]
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
        let odd0 = self.dot(HALF, t76, ODD_PAIRS[0][0]);
        let odd1 = self.dot(HALF, t76, ODD_PAIRS[1][0]);
        let odd2 = self.dot(HALF, t76, ODD_PAIRS[2][0]);
        let odd3 = self.dot(HALF, t76, ODD_PAIRS[3][0]);
        let even0 = self.dot(dc_bias, sum, [ONE, ONE]);
        let even1 = self.dot(HALF, difference, ROTATION[0]);
        let even2 = self.dot(HALF, sum, [ONE, -ONE]);
        let even3 = self.dot(HALF, difference, ROTATION[1]);
        let odd0 = self.add_dot(odd0, t45, ODD_PAIRS[0][1]);
        let odd1 = self.add_dot(odd1, t45, ODD_PAIRS[1][1]);
        let odd2 = self.add_dot(odd2, t45, ODD_PAIRS[2][1]);
        let odd3 = self.add_dot(odd3, t45, ODD_PAIRS[3][1]);
        [even0, odd0, even1, odd1, even2, odd2, even3, odd3]
    }

    /// The inverse 1-D transform of the pairs (y0, y4), (y2, y6), (y1, y3), (y7, y5): eight outputs
    /// before their shift, with `bias` as the rounding constant.
    #[inline(always)]
    fn inverse(self, [y04, y26, y13, y75]: [S::V; 4], bias: i32) -> [S::V; 8] {
        let s = self.0;
        let odd0 = self.product(y13, ODD_PAIRS[0][0]);
        let odd1 = self.product(y13, ODD_PAIRS[1][0]);
        let odd2 = self.product(y13, ODD_PAIRS[2][0]);
        let odd3 = self.product(y13, ODD_PAIRS[3][0]);
        let sum = self.dot(bias, y04, [ONE, ONE]);
        let difference = self.dot(bias, y04, [ONE, -ONE]);
        let odd0 = self.add_dot(odd0, y75, ODD_PAIRS[0][1]);
        let odd1 = self.add_dot(odd1, y75, ODD_PAIRS[1][1]);
        let odd2 = self.add_dot(odd2, y75, ODD_PAIRS[2][1]);
        let odd3 = self.add_dot(odd3, y75, ODD_PAIRS[3][1]);
        let [even0, even3] = self.add_and_subtract_dot(sum, y26, ROTATION[0]);
        let [even1, even2] = self.add_and_subtract_dot(difference, y26, ROTATION[1]);
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

    /// Second forward pass of four columns, given as the pairs (r0, r1), (r7, r6), (r3, r2), (r4, r5)
    /// of one column each: eight sums, one for each vertical frequency.
    #[inline(always)]
    fn forward_columns(self, columns: [S::V; 4]) -> [S::V; 8] {
        let s = self.0;
        let [r01, r76, r32, r45] = self.transpose(columns);
        let pairs = [
            s.add16(r01, r76),
            s.add16(r32, r45),
            s.sub16(r01, r76),
            s.sub16(r32, r45),
        ];
        self.forward(pairs, HALF)
    }

    /// Second forward pass and quantisation of the four columns of one of [`COLUMNS`], from the sums of
    /// the first pass: dequantised coefficients times 16. Adds the zeroed ones to the counts.
    #[inline(always)]
    fn columns_to_lattice<const SET: usize>(
        self,
        [first, second]: &[[S::V; 8]; 2],
        divisors: &[LaneDivisors; 4],
        zeroed: &mut S::V,
    ) -> [S::V; 4] {
        let s = self.0;
        let sums = self.forward_columns(self.select(COLUMNS[SET], *first, *second));
        let [k04, k26, k13, k75] = self.quantize_columns(sums, divisors);
        *zeroed = s.count_zero8(*zeroed, s.pack_signed(k04, k26));
        *zeroed = s.count_zero8(*zeroed, s.pack_signed(k13, k75));
        [
            s.multiply_low(k04, s.broadcast(&divisors[0].step16)),
            s.multiply_low(k26, s.broadcast(&divisors[1].step16)),
            s.multiply_low(k13, s.broadcast(&divisors[2].step16)),
            s.multiply_low(k75, s.broadcast(&divisors[3].step16)),
        ]
    }

    /// Quantized coefficients of two rows, given as sums before their shift.
    #[inline(always)]
    fn quantize_pair(self, low: S::V, high: S::V, divisors: &LaneDivisors) -> S::V {
        let s = self.0;
        let coefficients = s.upper_halves(low, high);
        s.multiply_round(
            s.multiply_high(coefficients, s.broadcast(&divisors.reciprocal)),
            s.broadcast(&divisors.rounding),
        )
    }

    /// Two neighbouring columns of samples, from sums before their shift by 19.
    #[inline(always)]
    fn samples(self, left: S::V, right: S::V) -> S::V {
        self.0.shift3(self.0.upper_halves(left, right))
    }

    /// Second inverse pass of four rows, from the sums of the first pass for the two column sets: the
    /// bytes of the first two rows, and of the other two.
    #[inline(always)]
    fn inverse_rows(self, rows: [usize; 4], [left, right]: &[[S::V; 8]; 2]) -> [S::V; 2] {
        let s = self.0;
        let pairs = self.transpose(self.select(rows, *left, *right));
        let [x0, x1, x2, x3, x4, x5, x6, x7] = self.inverse(pairs, LAST_BIAS);
        let x01_x23 = s.pack_clamped(self.samples(x0, x1), self.samples(x2, x3));
        let x45_x67 = s.pack_clamped(self.samples(x4, x5), self.samples(x6, x7));
        let (left, right) = (s.interleave16(x01_x23), s.interleave16(x45_x67));
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

    /// Quantized coefficients of one block in each lane.
    #[inline(always)]
    fn to_quantized(self, rows: Mirrored<S>, divisors: &Divisors) -> Lane<S> {
        let [first, second] = self.forward_all_rows(rows);
        let sums = self.forward_columns(self.select(COLUMNS[0], first, second));
        let left = self.quantize_columns(sums, &divisors.lanes()[0]);
        let sums = self.forward_columns(self.select(COLUMNS[1], first, second));
        [left, self.quantize_columns(sums, &divisors.lanes()[1])]
    }

    #[inline(always)]
    fn quantize_columns(self, sums: [S::V; 8], divisors: &[LaneDivisors; 4]) -> [S::V; 4] {
        [
            self.quantize_pair(sums[0], sums[4], &divisors[0]),
            self.quantize_pair(sums[2], sums[6], &divisors[1]),
            self.quantize_pair(sums[1], sums[3], &divisors[2]),
            self.quantize_pair(sums[7], sums[5], &divisors[3]),
        ]
    }

    /// The coefficients of one block in each lane, in eighths of a level.
    #[inline(always)]
    fn to_coefficients(self, rows: Mirrored<S>) -> Lane<S> {
        let [first, second] = self.forward_all_rows(rows);
        let left = self.forward_columns(self.select(COLUMNS[0], first, second));
        let left = self.select_pairs(left);
        let right = self.forward_columns(self.select(COLUMNS[1], first, second));
        [left, self.select_pairs(right)]
    }

    /// The coefficients of pairs of rows, from sums before their shift.
    #[inline(always)]
    fn select_pairs(self, sums: [S::V; 8]) -> [S::V; 4] {
        let s = self.0;
        [
            s.upper_halves(sums[0], sums[4]),
            s.upper_halves(sums[2], sums[6]),
            s.upper_halves(sums[1], sums[3]),
            s.upper_halves(sums[7], sums[5]),
        ]
    }

    /// Sets the lanes that have no bit in `chosen` to 0.
    #[inline(always)]
    fn keep_lanes(self, lane: &mut Lane<S>, chosen: usize) {
        let mask = self.0.load(&LANE_MASKS[chosen]);
        for v in lane.as_flattened_mut() {
            *v = self.0.and(*v, mask);
        }
    }

    /// Adds up what [`Sums`] has of each coefficient.
    #[inline(always)]
    fn add_sums(self, sums: &Sums<S>, moments: &mut Moments) {
        for ([sum, square], indices) in sums.iter().zip(&SUMMED) {
            let (mut sums, mut squares) = ([0; 64], [0; 64]);
            self.0.store(&mut sums, *sum);
            self.0.store(&mut squares, *square);
            let lanes = sums
                .as_chunks::<16>()
                .0
                .iter()
                .zip(squares.as_chunks::<16>().0);
            let (mut sums, mut squares) = ([0i64; 4], [0u64; 4]);
            for (lane_sums, lane_squares) in lanes.take(S::LANES) {
                for i in 0..4 {
                    sums[i] += i64::from(i32::from_ne_bytes(lane_sums.as_chunks().0[i]));
                    squares[i] += u64::from(u32::from_ne_bytes(lane_squares.as_chunks().0[i]));
                }
            }
            for (i, &index) in indices.iter().enumerate() {
                moments.sums[index] += sums[i];
                moments.squares[index] += squares[i];
            }
        }
    }

    /// Puts the coefficients of the block in each lane in order: those of lane `l` into `target[2 * l]`,
    /// where there is such a block.
    #[inline(always)]
    fn store_blocks(self, lanes: Lane<S>, target: &mut [CoefficientBlock]) {
        let mut registers = [0; 8 * 64];
        self.store_lane(&mut registers, lanes);
        for (lane, block) in target.iter_mut().step_by(2).enumerate() {
            for (coefficient, (register, element)) in block.iter_mut().zip(PLACES) {
                let at = register * S::BYTES + 16 * lane + 2 * element;
                *coefficient = i16::from_ne_bytes([registers[at], registers[at + 1]]);
            }
        }
    }

    /// How far the coefficients of one block in each lane are from those of `point`, in eighths of a
    /// level.
    #[inline(always)]
    fn distances(self, rows: Mirrored<S>, point: Lane<S>) -> Lane<S> {
        let [first, second] = self.forward_all_rows(rows);
        let sums = self.forward_columns(self.select(COLUMNS[0], first, second));
        let left = self.column_distances(sums, point[0]);
        let sums = self.forward_columns(self.select(COLUMNS[1], first, second));
        [left, self.column_distances(sums, point[1])]
    }

    #[inline(always)]
    fn column_distances(self, sums: [S::V; 8], point: [S::V; 4]) -> [S::V; 4] {
        [
            self.distance(sums[0], sums[4], point[0]),
            self.distance(sums[2], sums[6], point[1]),
            self.distance(sums[1], sums[3], point[2]),
            self.distance(sums[7], sums[5], point[3]),
        ]
    }

    /// |c - p| of coefficients c, scaled by 8 and given as sums before their shift, and p, scaled by 16.
    #[inline(always)]
    fn distance(self, low: S::V, high: S::V, point: S::V) -> S::V {
        let s = self.0;
        s.abs16(s.sub16(s.upper_halves(low, high), s.halve16(point)))
    }

    #[inline(always)]
    fn forward_all_rows(self, rows: Mirrored<S>) -> [[S::V; 8]; 2] {
        [
            self.forward_rows(rows.outer[0], rows.inner[0]),
            self.forward_rows(rows.outer[1], rows.inner[1]),
        ]
    }

    /// Reads two registers' worth of blocks that lie side by side, from column `x` on: the even and the
    /// odd ones.
    #[inline(always)]
    fn load_group(self, source: &Rows<'_>, x: usize) -> [Mirrored<S>; 2] {
        let rows = self.load_rows(ROWS[0], source, x);
        let [outer_even0, inner_even0, outer_odd0, inner_odd0] = self.transpose(rows);
        let rows = self.load_rows(ROWS[1], source, x);
        let [outer_even1, inner_even1, outer_odd1, inner_odd1] = self.transpose(rows);
        [
            Mirrored {
                outer: [outer_even0, outer_even1],
                inner: [inner_even0, inner_even1],
            },
            Mirrored {
                outer: [outer_odd0, outer_odd1],
                inner: [inner_odd0, inner_odd1],
            },
        ]
    }

    /// The round trip of two registers' worth of blocks, from column `x` on. Adds to the counts of
    /// zeroed coefficients of the even and of the odd blocks.
    ///
    /// The order of the lines is a schedule: a pass over the even blocks next to one over the odd ones
    /// that doesn't depend on it, so that the CPU, which looks ahead about as far as two passes, has
    /// something to do while it waits for either.
    #[inline(always)]
    fn group<const KEEP: bool>(
        self,
        source: &Rows<'_>,
        x: usize,
        result: &mut Tile,
        points: &mut [u8],
        divisors: &Divisors,
        [even_zeroed, odd_zeroed]: &mut [S::V; 2],
    ) {
        let s = self.0;
        let [left, right] = divisors.lanes();
        let [even, odd] = self.load_group(source, x);

        let even_rows = self.forward_all_rows(even);
        let odd_first = self.forward_rows(odd.outer[0], odd.inner[0]);
        let even_left = self.columns_to_lattice::<0>(&even_rows, left, even_zeroed);
        let odd_rows = [odd_first, self.forward_rows(odd.outer[1], odd.inner[1])];
        let even_right = self.columns_to_lattice::<1>(&even_rows, right, even_zeroed);
        let odd_left = self.columns_to_lattice::<0>(&odd_rows, left, odd_zeroed);
        let even_columns = self.inverse(even_left, HALF);
        let odd_right = self.columns_to_lattice::<1>(&odd_rows, right, odd_zeroed);
        let even_columns = [even_columns, self.inverse(even_right, HALF)];
        if KEEP {
            self.store_lane(points, [even_left, even_right]);
            self.store_lane(&mut points[8 * S::BYTES..], [odd_left, odd_right]);
        }

        let odd_columns = self.inverse(odd_left, HALF);
        let even_upper = self.inverse_rows([0, 1, 2, 3], &even_columns);
        let odd_columns = [odd_columns, self.inverse(odd_right, HALF)];
        let even_lower = self.inverse_rows([4, 5, 6, 7], &even_columns);
        let odd_upper = self.inverse_rows([0, 1, 2, 3], &odd_columns);
        let odd_lower = self.inverse_rows([4, 5, 6, 7], &odd_columns);

        let (even, odd) = ([even_upper, even_lower], [odd_upper, odd_lower]);
        for pair in 0..4 {
            let (even, odd) = (even[pair / 2][pair % 2], odd[pair / 2][pair % 2]);
            s.store(&mut result.row_mut(2 * pair)[x..], s.lo64(even, odd));
            s.store(&mut result.row_mut(2 * pair + 1)[x..], s.hi64(even, odd));
        }
    }

    /// Asks for the samples one block row below column `x`, if there is one: they are due soon, and the
    /// hardware does not expect them.
    #[inline(always)]
    fn prefetch_below(self, source: Source<'_>, x: usize) {
        let Source {
            samples, stride, ..
        } = source;
        if samples.len() > SIDE * stride + x {
            for y in SIDE..2 * SIDE {
                self.0.prefetch(samples, y * stride + x);
            }
        }
    }

    /// Writes eight registers.
    #[inline(always)]
    fn store_lane(self, bytes: &mut [u8], lane: Lane<S>) {
        for (i, v) in lane.as_flattened().iter().enumerate() {
            self.0.store(&mut bytes[i * S::BYTES..], *v);
        }
    }

    /// Reads eight registers.
    #[inline(always)]
    fn load_lane(self, bytes: &[u8]) -> Lane<S> {
        let mut lane = [[self.0.splat32(0); 4]; 2];
        for (i, v) in lane.as_flattened_mut().iter_mut().enumerate() {
            *v = self.0.load(&bytes[i * S::BYTES..]);
        }
        lane
    }

    /// A bit for each lane: whether a distance exceeds its limit.
    #[inline(always)]
    fn exceeds(self, distances: Lane<S>, limits: &Registers<[i16; 8]>) -> u32 {
        let s = self.0;
        let mut excess = s.splat32(0);
        for (distance, limit) in distances.as_flattened().iter().zip(limits.as_flattened()) {
            excess = s.max16(excess, s.saturating_sub16(*distance, s.broadcast(limit)));
        }
        let halves = s.nonzero64(excess);
        let mut lanes = 0;
        for lane in 0..S::LANES {
            lanes |= u32::from(halves >> (2 * lane) & 0b11 != 0) << lane;
        }
        lanes
    }

    /// The larger distances, of those of `distances` in the lanes of which `chosen` has a bit.
    #[inline(always)]
    fn max_of_lanes(self, maxima: &mut Lane<S>, distances: Lane<S>, chosen: u32) {
        let s = self.0;
        let mask = s.load(&LANE_MASKS[chosen as usize]);
        let pairs = maxima
            .as_flattened_mut()
            .iter_mut()
            .zip(distances.as_flattened());
        for (maximum, distance) in pairs {
            *maximum = s.max16(*maximum, s.and(*distance, mask));
        }
    }

    /// Takes the distances in all lanes into `worst`.
    #[inline(always)]
    fn include_lanes(self, distances: Lane<S>, worst: &mut Worst) {
        for (register, &v) in distances.as_flattened().iter().enumerate() {
            let mut bytes = [0; 64];
            self.0.store(&mut bytes, v);
            for (i, value) in bytes.as_chunks().0.iter().enumerate() {
                worst.include_one(
                    coefficient_at(register, i % 8),
                    i16::from_ne_bytes(*value).into(),
                );
            }
        }
    }

    /// Four rows of bytes from column `x` on, each half lane mirrored.
    #[inline(always)]
    fn load_rows(self, [a, b, c, d]: [usize; 4], source: &Rows<'_>, x: usize) -> [S::V; 4] {
        let s = self.0;
        [
            s.mirror(s.load(&source[a][x..])),
            s.mirror(s.load(&source[b][x..])),
            s.mirror(s.load(&source[c][x..])),
            s.mirror(s.load(&source[d][x..])),
        ]
    }

    /// Sum of counts of 8 bits.
    #[inline(always)]
    fn sum_counts(self, counts: S::V) -> u32 {
        let mut bytes = [0; 64];
        self.0.store(&mut bytes, counts);
        bytes.iter().map(|&count| u32::from(count)).sum()
    }
}

impl<S: Simd, const KEEP: bool> VectorWork<S> for RoundTrip<'_, KEEP> {
    type Output = u32;

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) -> u32 {
        let Self {
            source,
            divisors,
            result,
            points,
        } = self;
        let group_blocks = 2 * S::LANES;
        let s = vector.0;
        let none = [s.splat32(0); 2];
        let rows = rows(source);
        // A tile adds at most 4 * 32 to an 8-bit count.
        let mut zeroed = none;
        for block in (0..source.blocks).step_by(group_blocks) {
            let x = block * SIDE;
            vector.prefetch_below(source, x);
            let points = &mut points.0[2 * AREA * block..];
            let mut counts = none;
            vector.group::<KEEP>(&rows, x, result, points, divisors, &mut counts);
            for (parity, count) in counts.into_iter().enumerate() {
                let mask = s.load(&LANE_MASKS[present::<S>(source.blocks - block, parity)]);
                zeroed[parity] = s.add8(zeroed[parity], s.and(count, mask));
            }
        }
        vector.sum_counts(zeroed[0]) + vector.sum_counts(zeroed[1])
    }
}

impl<S: Simd> VectorWork<S> for Verification<'_> {
    type Output = u64;

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) -> u64 {
        let Self {
            tile,
            blocks,
            points,
            lattice,
            worst,
        } = self;
        let s = vector.0;
        let rows = rows(Source {
            samples: tile.bytes(),
            stride: TILE,
            blocks,
        });
        let mut maxima = [[s.splat32(0); 4]; 2];
        let mut exceeding = 0;
        for block in (0..blocks).step_by(2 * S::LANES) {
            let group = vector.load_group(&rows, block * SIDE);
            for (parity, rows) in group.into_iter().enumerate() {
                let first_register = 2 * AREA * block + parity * 8 * S::BYTES;
                let point = vector.load_lane(&points.0[first_register..]);
                let distances = vector.distances(rows, point);
                let exceeds = vector.exceeds(distances, lattice.limits());
                let present = present::<S>(blocks - block, parity) as u32;
                vector.max_of_lanes(&mut maxima, distances, present & !exceeds);
                for lane in 0..S::LANES {
                    let bit = u64::from(exceeds & present) >> lane & 1;
                    exceeding |= bit << (block + 2 * lane + parity);
                }
            }
        }
        vector.include_lanes(maxima, worst);
        exceeding
    }
}

impl<S: Enter> Kernel for Vector<S> {
    #[inline(always)]
    fn to_ycbcr(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        self.convert_tiles::<false>(target, source, area);
    }

    #[inline(always)]
    fn to_rgb(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        self.convert_tiles::<true>(target, source, area);
    }

    #[inline(always)]
    fn round_trip<const KEEP: bool>(self, blocks: RoundTrip<'_, KEEP>) -> u32 {
        self.0.enter(blocks)
    }

    #[inline(always)]
    fn verify(self, blocks: Verification<'_>) -> u64 {
        self.0.enter(blocks)
    }

    #[inline(always)]
    fn quantize(self, source: Source<'_>, target: &mut [CoefficientBlock], divisors: &Divisors) {
        let group_blocks = 2 * S::LANES;
        let rows = rows(source);
        for (group, target) in target.chunks_mut(group_blocks).enumerate() {
            let [even, odd] = self.load_group(&rows, group * group_blocks * SIDE);
            self.store_blocks(self.to_quantized(even, divisors), target);
            self.store_blocks(self.to_quantized(odd, divisors), &mut target[1..]);
        }
    }

    #[inline(always)]
    fn transform(self, source: Source<'_>, target: &mut [CoefficientBlock]) {
        let group_blocks = 2 * S::LANES;
        let rows = rows(source);
        for (group, target) in target.chunks_mut(group_blocks).enumerate() {
            let [even, odd] = self.load_group(&rows, group * group_blocks * SIDE);
            self.store_blocks(self.to_coefficients(even), target);
            self.store_blocks(self.to_coefficients(odd), &mut target[1..]);
        }
    }

    #[inline(always)]
    fn moments(self, source: Source<'_>, moments: &mut Moments) {
        let s = self.0;
        let ones = s.splat32(1 << 16 | 1);
        let rows = rows(source);
        let group_blocks = 2 * S::LANES;
        for start in (0..source.blocks).step_by(SUMMED_GROUPS * group_blocks) {
            let end = source.blocks.min(start + SUMMED_GROUPS * group_blocks);
            let mut sums: Sums<S> = [[s.splat32(0); 2]; 16];
            for block in (start..end).step_by(group_blocks) {
                self.prefetch_below(source, block * SIDE);
                let [even, odd] = self.load_group(&rows, block * SIDE);
                let (mut even, mut odd) = (self.to_coefficients(even), self.to_coefficients(odd));
                let left = end - block;
                if left < group_blocks {
                    self.keep_lanes(&mut even, present::<S>(left, 0));
                    self.keep_lanes(&mut odd, present::<S>(left, 1));
                }
                let both = even.as_flattened().iter().zip(odd.as_flattened());
                for (register, (&even, &odd)) in both.enumerate() {
                    let pairs = [s.lo16(even, odd), s.hi16(even, odd)];
                    for (half, pair) in pairs.into_iter().enumerate() {
                        let [sum, square] = &mut sums[2 * register + half];
                        *sum = s.accumulate(*sum, pair, ones);
                        *square = s.accumulate(*square, pair, pair);
                    }
                }
            }
            self.add_sums(&sums, moments);
        }
    }

    #[inline(always)]
    fn replace(self, target: &mut [u8], stride: usize, new: &Tile, area: Area) -> Change {
        self.replace_tile(target, stride, new, area)
    }
}
