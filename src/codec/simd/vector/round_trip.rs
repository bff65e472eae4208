// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Blocks through the round trip.

use super::blocks::{LANE_MASKS, Lane, present, rows};
use super::dct::HALF;
use super::entry::VectorWork;
use super::isa::{Simd, Vector};
use crate::codec::block::{AREA, SIDE};
use crate::codec::kernel::{Distances, Points, RoundTrip, Source};
use crate::codec::quant::{Divisors, LaneDivisors};
use crate::codec::tiles::{Ahead, Tile};

impl<S: Simd, const KEEP: bool> VectorWork<S> for RoundTrip<'_, KEEP> {
    type Output = u32;

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) -> u32 {
        let Self {
            source,
            divisors,
            result,
            points,
            passes,
            distances,
            ahead,
        } = self;
        vector.first_passes(source, ahead, passes);
        match distances {
            None => vector
                .round_trip_blocks::<KEEP, false>(source, divisors, result, points, passes, None),
            some => vector
                .round_trip_blocks::<KEEP, true>(source, divisors, result, points, passes, some),
        }
    }
}

impl<S: Simd> Vector<S> {
    /// All passes of the blocks of a tile but the first; with `MEASURE`, their distances from the lattice too. References
    /// that are parameters, and not fields, are known not to overlap: with AVX2, whose registers are few, that
    /// is worth three percent.
    #[inline(always)]
    fn round_trip_blocks<const KEEP: bool, const MEASURE: bool>(
        self,
        source: Source<'_>,
        divisors: &Divisors,
        result: &mut Tile,
        points: &mut Points,
        passes: &mut Points,
        distances: Option<&mut Distances>,
    ) -> u32 {
        let zeroed = self.lattice_passes::<KEEP, MEASURE>(
            source.blocks,
            passes,
            divisors,
            points,
            distances,
        );
        for block in (0..source.blocks).step_by(2 * S::LANES) {
            let group = &passes.0[2 * AREA * block..][..2 * 8 * S::BYTES];
            let x = block * SIDE;
            self.last_pass([0, 1], group, result, x);
            self.last_pass([2, 3], group, result, x);
            self.last_pass([4, 5], group, result, x);
            self.last_pass([6, 7], group, result, x);
        }
        zeroed
    }

    /// The first forward pass: for each group of blocks, the columns of the even ones, then those of the odd
    /// ones.
    #[inline(always)]
    fn first_passes(self, source: Source<'_>, ahead: Ahead<'_>, passes: &mut Points) {
        let rows = rows(source);
        for block in (0..source.blocks).step_by(2 * S::LANES) {
            let x = block * SIDE;
            self.prefetch(ahead, x);
            let [even, odd] = self.first_pass(&rows, x);
            let group = &mut passes.0[2 * AREA * block..][..2 * 8 * S::BYTES];
            self.store_lane(group, even);
            self.store_lane(&mut group[8 * S::BYTES..], odd);
        }
    }

    /// The passes along columns, and quantization between them: puts rows in the place of columns. Returns how
    /// many coefficients are zeroed.
    #[inline(always)]
    fn lattice_passes<const KEEP: bool, const MEASURE: bool>(
        self,
        blocks: usize,
        passes: &mut Points,
        divisors: &Divisors,
        points: &mut Points,
        mut distances: Option<&mut Distances>,
    ) -> u32 {
        let s = self.0;
        let [first, second] = divisors.lanes();
        // A tile adds at most 4 * 32 to an 8-bit count.
        let mut zeroed = [s.splat32(0); 2];
        let mut farthest = [[s.splat32(0); 4]; 2];
        for block in (0..blocks).step_by(2 * S::LANES) {
            let left = blocks - block;
            let is_part = left < 2 * S::LANES;
            for (parity, zeroed) in zeroed.iter_mut().enumerate() {
                let at = 2 * AREA * block + parity * 8 * S::BYTES;
                let lane = &mut passes.0[at..][..8 * S::BYTES];
                let columns = self.load_lane(lane);
                if MEASURE && is_part {
                    self.take_in(&mut distances, &farthest);
                    farthest = [[s.splat32(0); 4]; 2];
                }
                let mut count = s.splat32(0);
                let [far_left, far_right] = &mut farthest;
                let point = [
                    self.columns_to_lattice::<MEASURE>(columns[0], first, &mut count, far_left),
                    self.columns_to_lattice::<MEASURE>(columns[1], second, &mut count, far_right),
                ];
                if is_part {
                    let present = present::<S>(left, parity);
                    count = s.and(count, s.load(&LANE_MASKS[present]));
                    if MEASURE {
                        self.keep_lanes(&mut farthest, present);
                    }
                }
                *zeroed = s.add8(*zeroed, count);
                if KEEP {
                    self.store_lane(&mut points.0[at..], point);
                }
                let (low, high) = (self.inverse(point[0], HALF), self.inverse(point[1], HALF));
                let rows = [
                    self.select([0, 1, 2, 3], low, high),
                    self.select([4, 5, 6, 7], low, high),
                ];
                self.store_lane(lane, rows);
            }
        }
        if MEASURE {
            self.take_in(&mut distances, &farthest);
        }
        self.sum_counts(zeroed[0]) + self.sum_counts(zeroed[1])
    }

    /// Takes the distances of the blocks in all lanes into `distances`.
    #[inline(always)]
    fn take_in(self, distances: &mut Option<&mut Distances>, farthest: &Lane<S>) {
        let Some(distances) = distances else { return };
        let mut largest = self.load_lane(&distances.0);
        let registers = largest.as_flattened_mut().iter_mut();
        for (largest, farthest) in registers.zip(farthest.as_flattened()) {
            *largest = self.0.max16(*largest, *farthest);
        }
        self.store_lane(&mut distances.0, largest);
    }

    /// Second forward pass and quantization of the four columns of one of
    /// [`COLUMNS`](crate::codec::lanes::COLUMNS): dequantized coefficients times 16. Adds the zeroed ones to
    /// the counts, and with `MEASURE` takes in how far the coefficients are from them.
    #[inline(always)]
    fn columns_to_lattice<const MEASURE: bool>(
        self,
        columns: [S::V; 4],
        divisors: &[LaneDivisors; 4],
        zeroed: &mut S::V,
        farthest: &mut [S::V; 4],
    ) -> [S::V; 4] {
        let s = self.0;
        let coefficients = self.select_pairs(self.forward_columns(columns));
        let [k04, k26, k13, k75] = self.quantize_columns(coefficients, divisors);
        *zeroed = s.count_zero8(*zeroed, s.pack_signed(k04, k26));
        *zeroed = s.count_zero8(*zeroed, s.pack_signed(k13, k75));
        let points = [
            s.multiply_low(k04, s.broadcast(&divisors[0].step16)),
            s.multiply_low(k26, s.broadcast(&divisors[1].step16)),
            s.multiply_low(k13, s.broadcast(&divisors[2].step16)),
            s.multiply_low(k75, s.broadcast(&divisors[3].step16)),
        ];
        if MEASURE {
            for pair in 0..4 {
                let distance = self.distance(coefficients[pair], points[pair]);
                farthest[pair] = s.max16(farthest[pair], distance);
            }
        }
        points
    }

    /// The last pass of two rows of a group of blocks, whose first column is `x`.
    #[inline(always)]
    fn last_pass(self, [a, b]: [usize; 2], group: &[u8], result: &mut Tile, x: usize) {
        let s = self.0;
        let (even, odd) = group.split_at(8 * S::BYTES);
        let even = [s.load(&even[a * S::BYTES..]), s.load(&even[b * S::BYTES..])];
        let odd = [s.load(&odd[a * S::BYTES..]), s.load(&odd[b * S::BYTES..])];
        let [upper, lower] = self.inverse_rows(even, odd);
        s.store(&mut result.row_mut(a)[x..], upper);
        s.store(&mut result.row_mut(b)[x..], lower);
    }

    /// Sum of counts of 8 bits.
    #[inline(always)]
    fn sum_counts(self, counts: S::V) -> u32 {
        let mut bytes = [0; 64];
        self.0.store(&mut bytes, counts);
        bytes.iter().map(|&count| u32::from(count)).sum()
    }
}
