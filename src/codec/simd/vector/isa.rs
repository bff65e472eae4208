// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Operations of a vector instruction set.

use std::convert::Infallible;

use super::factors::FACTORS;

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
    /// Set if [`Self::accumulate`] is one instruction.
    const ACCUMULATES: bool;

    /// Permutations across lanes.
    type Permuter: Permute<Self::V>;
    /// Those, where the CPU has them; a register has 64 bytes then.
    fn permuter(self) -> Option<Self::Permuter>;

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
    /// A register whose lanes are the 16 bytes at every `distance`th byte.
    fn load_lanes(self, bytes: &[u8], distance: usize) -> Self::V;
    /// Writes each lane to 16 bytes, at every `distance`th byte.
    fn store_lanes(self, bytes: &mut [u8], distance: usize, v: Self::V);
    /// Eight 16-bit values, the same in every lane.
    fn broadcast(self, lane: &[i16; 8]) -> Self::V;
    /// One 32-bit value everywhere.
    fn splat32(self, value: i32) -> Self::V;

    /// The bytes of each lane at these places of it.
    fn shuffle8(self, v: Self::V, places: &[u8; 16]) -> Self::V;
    /// Bytes d0..d7 of each half of a lane in the order d0 d7 d1 d6 d3 d4 d2 d5.
    fn mirror(self, v: Self::V) -> Self::V;
    /// The lower bytes of the 16-bit values of `even` and of `odd`, in turns.
    fn join8(self, even: Self::V, odd: Self::V) -> Self::V;
    /// The upper byte of each 16-bit value.
    fn upper_bytes(self, v: Self::V) -> Self::V;
    fn lo8(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi8(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo16(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi16(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo32(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi32(self, a: Self::V, b: Self::V) -> Self::V;
    /// The even 32-bit values of each lane of `a`, then those of `b`.
    fn even32(self, a: Self::V, b: Self::V) -> Self::V;
    /// The odd 32-bit values of each lane of `a`, then those of `b`.
    fn odd32(self, a: Self::V, b: Self::V) -> Self::V;
    fn lo64(self, a: Self::V, b: Self::V) -> Self::V;
    fn hi64(self, a: Self::V, b: Self::V) -> Self::V;
    /// The lower 16 bits of each 32-bit value of `a` (low) and of `b` (high).
    fn lower_halves(self, a: Self::V, b: Self::V) -> Self::V;
    /// The upper 16 bits of each 32-bit value of `a` (low) and of `b` (high).
    fn upper_halves(self, a: Self::V, b: Self::V) -> Self::V;
    /// 16-bit values clamped to 0..=255: those of `a`, then those of `b`, in each lane.
    fn pack_clamped(self, a: Self::V, b: Self::V) -> Self::V;

    /// `v`, in a register that the compiler knows nothing about: for where it would merge shuffles into more of them.
    #[inline(always)]
    fn hidden(self, v: Self::V) -> Self::V {
        v
    }

    fn add8(self, a: Self::V, b: Self::V) -> Self::V;
    fn add16(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub16(self, a: Self::V, b: Self::V) -> Self::V;
    fn add32(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub32(self, a: Self::V, b: Self::V) -> Self::V;
    /// Arithmetic shift right of 16-bit values by 3.
    fn shift3(self, v: Self::V) -> Self::V;
    /// Sums of the products of neighboring pairs: unsigned bytes times signed bytes.
    fn multiply_pairs8(self, unsigned: Self::V, signed: Self::V) -> Self::V;
    /// Sums of the products of neighboring pairs of 16-bit values.
    fn multiply_pairs16(self, a: Self::V, b: Self::V) -> Self::V;
    /// `sum` + [`Self::multiply_pairs16`].
    fn accumulate(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// [`Self::multiply_pairs16`] with [`FACTORS`]`[K]` everywhere.
    #[inline(always)]
    fn multiply_factor<const K: usize>(self, v: Self::V) -> Self::V {
        self.multiply_pairs16(v, self.splat32(FACTORS[K]))
    }
    /// [`Self::accumulate`] with [`FACTORS`]`[K]` everywhere.
    #[inline(always)]
    fn accumulate_factor<const K: usize>(self, sum: Self::V, v: Self::V) -> Self::V {
        self.accumulate(sum, v, self.splat32(FACTORS[K]))
    }
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
    /// The largest unsigned byte.
    fn largest8(self, v: Self::V) -> u8;
    /// `sum` plus the squares of unsigned bytes, none of which is above 127.
    fn accumulate_squares(self, sum: Self::V, v: Self::V) -> Self::V;
    /// Tells whether an unsigned byte is above 127.
    fn any_above_127(self, v: Self::V) -> bool;
    /// A bit for each 64-bit element, the first one's the lowest: whether it is not zero.
    fn nonzero64(self, v: Self::V) -> u32;
}

/// Permutations across the lanes of registers of 64 bytes, and what goes with them.
pub(crate) trait Permute<V>: Copy {
    /// The bytes at these places.
    fn permute(self, v: V, places: &[u8; 64]) -> V;
    /// The bytes at these places of two registers, the first one's before the second one's.
    fn permute_pair(self, a: V, b: V, places: &[u8; 64]) -> V;
    /// Transposes the 4x4 matrix of lanes.
    fn transpose_lanes(self, rows: [V; 4]) -> [V; 4];
    /// Bits of `b` where `mask` has a bit, and of `a` elsewhere.
    fn blend(self, mask: V, a: V, b: V) -> V;
    /// The bytes of each 32-bit value one place up, the last one to the first place.
    fn rotate1(self, v: V) -> V;
    /// The same by two places.
    fn rotate2(self, v: V) -> V;
    /// The same by three places.
    fn rotate3(self, v: V) -> V;
}

/// None.
impl<V> Permute<V> for Infallible {
    fn permute(self, _v: V, _places: &[u8; 64]) -> V {
        match self {}
    }
    fn permute_pair(self, _a: V, _b: V, _places: &[u8; 64]) -> V {
        match self {}
    }
    fn transpose_lanes(self, _rows: [V; 4]) -> [V; 4] {
        match self {}
    }
    fn blend(self, _mask: V, _a: V, _b: V) -> V {
        match self {}
    }
    fn rotate1(self, _v: V) -> V {
        match self {}
    }
    fn rotate2(self, _v: V) -> V {
        match self {}
    }
    fn rotate3(self, _v: V) -> V {
        match self {}
    }
}

/// The lanes of one register through the transform.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S>(pub S);
