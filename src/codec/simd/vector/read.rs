// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Coefficients of blocks, and their moments.

use super::blocks::{Lane, present, rows};
use super::isa::{Permute, Simd, Vector};
use crate::codec::block::{AREA, CoefficientBlock, SIDE, ZIGZAG};
use crate::codec::kernel::{Points, Source};
use crate::codec::lanes::coefficient_at;
use crate::codec::moments::Moments;
use crate::codec::quant::Divisors;
use crate::codec::tiles::Ahead;

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

/// Place of the `k`th coefficient in zig-zag order among the elements of a block's lane of all registers of [`Lane`].
const fn element_of(k: usize) -> usize {
    let mut at = 0;
    while coefficient_at(at / 8, at % 8) != ZIGZAG[k] as usize {
        at += 1;
    }
    at
}

/// Places in zig-zag order of the coefficients in the lower and the upper half of each register of [`Lane`].
const PLACES: [[u8; 4]; 16] = {
    let mut places = [[0; 4]; 16];
    let mut k = 0;
    while k < AREA {
        let at = element_of(k);
        places[at / 4][at % 4] = k as u8;
        k += 1;
    }
    places
};

/// Bytes of a block in zig-zag order, half of it each: among those of the block's lane of the first four registers of
/// [`Lane`], then of the other four.
const IN_ZIGZAG: [[u8; 64]; 2] = {
    let mut places = [[0; 64]; 2];
    let mut k = 0;
    while k < AREA {
        let at = element_of(k);
        let first = 2 * (k % 32);
        places[k / 32][first] = 2 * at as u8;
        places[k / 32][first + 1] = 2 * at as u8 + 1;
        k += 1;
    }
    places
};

impl<S: Simd> Vector<S> {
    /// [`Kernel::quantize`](crate::codec::kernel::Kernel::quantize).
    #[inline(always)]
    pub(super) fn quantize_blocks(
        self,
        source: Source<'_>,
        target: &mut [CoefficientBlock],
        divisors: &Divisors,
    ) {
        let group_blocks = 2 * S::LANES;
        let rows = rows(source);
        for (group, target) in target.chunks_mut(group_blocks).enumerate() {
            let [even, odd] = self.first_pass(&rows, group * group_blocks * SIDE);
            self.store_blocks(self.to_quantized(even, divisors), target);
            self.store_blocks(self.to_quantized(odd, divisors), &mut target[1..]);
        }
    }

    /// [`Kernel::quantize_points`](crate::codec::kernel::Kernel::quantize_points): a lattice point is 8 * Q * k in
    /// eighths of a sample value, of which k is the quantized coefficient.
    #[inline(always)]
    pub(super) fn divide_points(
        self,
        points: &Points,
        target: &mut [CoefficientBlock],
        divisors: &Divisors,
    ) {
        let group_blocks = 2 * S::LANES;
        for (group, target) in target.chunks_mut(group_blocks).enumerate() {
            let points = &points.0[2 * AREA * group * group_blocks..];
            self.store_blocks(self.divided(points, divisors), target);
            let odd = &points[8 * S::BYTES..];
            self.store_blocks(self.divided(odd, divisors), &mut target[1..]);
        }
    }

    /// The quantized coefficients of the lattice points of one block in each lane.
    #[inline(always)]
    fn divided(self, points: &[u8], divisors: &Divisors) -> Lane<S> {
        let mut lane = self.load_lane(points);
        for (set, divisors) in lane.iter_mut().zip(divisors.lanes()) {
            for point in &mut *set {
                *point = self.0.halve16(*point);
            }
            *set = self.quantize_columns(*set, divisors);
        }
        lane
    }

    /// [`Kernel::transform`](crate::codec::kernel::Kernel::transform).
    #[inline(always)]
    pub(super) fn transform_blocks(self, source: Source<'_>, target: &mut [CoefficientBlock]) {
        let group_blocks = 2 * S::LANES;
        let rows = rows(source);
        for (group, target) in target.chunks_mut(group_blocks).enumerate() {
            let [even, odd] = self.first_pass(&rows, group * group_blocks * SIDE);
            self.store_blocks(self.to_coefficients(even), target);
            self.store_blocks(self.to_coefficients(odd), &mut target[1..]);
        }
    }

    /// [`Kernel::moments`](crate::codec::kernel::Kernel::moments).
    #[inline(always)]
    pub(super) fn add_moments(self, source: Source<'_>, moments: &mut Moments) {
        let s = self.0;
        let ones = s.splat32(1 << 16 | 1);
        let rows = rows(source);
        let ahead = Ahead::below(source.samples, source.stride);
        let group_blocks = 2 * S::LANES;
        for start in (0..source.blocks).step_by(SUMMED_GROUPS * group_blocks) {
            let end = source.blocks.min(start + SUMMED_GROUPS * group_blocks);
            let mut sums: Sums<S> = [[s.splat32(0); 2]; 16];
            for block in (start..end).step_by(group_blocks) {
                self.prefetch(ahead, block * SIDE);
                let [even, odd] = self.first_pass(&rows, block * SIDE);
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

    /// Puts the coefficients of the block in each lane in order: those of lane `l` into `target[2 * l]`,
    /// where there is such a block.
    #[inline(always)]
    fn store_blocks(self, lanes: Lane<S>, target: &mut [CoefficientBlock]) {
        match self.0.permuter() {
            Some(permuter) => self.permute_blocks(permuter, lanes, target),
            None => self.scatter_blocks(lanes, target),
        }
    }

    /// [`Self::store_blocks`], half a block at a time.
    #[inline(always)]
    fn permute_blocks(
        self,
        permuter: S::Permuter,
        [left, right]: Lane<S>,
        target: &mut [CoefficientBlock],
    ) {
        let left = permuter.transpose_lanes(left);
        let right = permuter.transpose_lanes(right);
        let lanes = left.into_iter().zip(right);
        for (block, (left, right)) in target.iter_mut().step_by(2).zip(lanes) {
            let halves = block.as_chunks_mut::<{ AREA / 2 }>().0;
            for (half, order) in halves.iter_mut().zip(&IN_ZIGZAG) {
                let mut bytes = [0; AREA];
                let values = permuter.permute_pair(left, right, order);
                self.0.store(&mut bytes, values);
                for (value, bytes) in half.iter_mut().zip(bytes.as_chunks().0) {
                    *value = i16::from_ne_bytes(*bytes);
                }
            }
        }
    }

    /// [`Self::store_blocks`], one by one. Groups of four that are all zero, most of those that are quantized, cost
    /// nothing but their bit.
    #[inline(always)]
    fn scatter_blocks(self, lanes: Lane<S>, target: &mut [CoefficientBlock]) {
        let mut registers = [0; 8 * 64];
        self.store_lane(&mut registers, lanes);
        for block in target.iter_mut().step_by(2).take(S::LANES) {
            *block = [0; AREA];
        }
        // A bit for each half of a lane of each register.
        let mut nonzero = 0;
        for (register, &v) in lanes.as_flattened().iter().enumerate() {
            nonzero |= u64::from(self.0.nonzero64(v)) << (2 * S::LANES * register);
        }
        while nonzero != 0 {
            let at = nonzero.trailing_zeros() as usize;
            nonzero &= nonzero - 1;
            let (register, half) = (at / (2 * S::LANES), at % (2 * S::LANES));
            if let Some(block) = target.get_mut(half / 2 * 2) {
                let values = registers[8 * at..][..8].as_chunks().0;
                for (place, value) in PLACES[2 * register + half % 2].iter().zip(values) {
                    block[usize::from(*place)] = i16::from_ne_bytes(*value);
                }
            }
        }
    }

    /// Adds up the [`Sums`] of each coefficient.
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
}
