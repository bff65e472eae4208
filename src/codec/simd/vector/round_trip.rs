// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Blocks through the round trip.

use super::blocks::{LANE_MASKS, Rows, present, rows};
use super::dct::HALF;
use super::entry::VectorWork;
use super::isa::{Simd, Vector};
use crate::codec::block::{AREA, SIDE};
use crate::codec::kernel::{Distances, Points, RoundTrip, Source};
use crate::codec::lanes::{COLUMNS, Registers};
use crate::codec::quant::{Divisors, LaneDivisors};
use crate::codec::tiles::Tile;

/// Findings in the even and in the odd blocks: counts of zeroed coefficients, and the largest distances
/// from the lattice.
struct Seen<S: Simd> {
    zeroed: [S::V; 2],
    farthest: Registers<[S::V; 2]>,
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
            distances,
        } = self;
        match distances {
            None => vector.round_trip_blocks::<KEEP, false>(source, divisors, result, points, None),
            some => vector.round_trip_blocks::<KEEP, true>(source, divisors, result, points, some),
        }
    }
}

impl<S: Simd> Vector<S> {
    /// All groups of blocks of a tile; with `MEASURE`, their distances from the lattice too. References that
    /// are parameters, and not fields, are known not to overlap: with AVX2, whose registers are few, that is
    /// worth three percent.
    #[inline(always)]
    fn round_trip_blocks<const KEEP: bool, const MEASURE: bool>(
        self,
        source: Source<'_>,
        divisors: &Divisors,
        result: &mut Tile,
        points: &mut Points,
        mut distances: Option<&mut Distances>,
    ) -> u32 {
        let group_blocks = 2 * S::LANES;
        let s = self.0;
        let none = [s.splat32(0); 2];
        let rows = rows(source);
        // A tile adds at most 4 * 32 to an 8-bit count.
        let mut zeroed = none;
        let mut seen = Seen::<S> {
            zeroed: none,
            farthest: [[none; 4]; 2],
        };
        for block in (0..source.blocks).step_by(group_blocks) {
            let x = block * SIDE;
            let left = source.blocks - block;
            let is_part = left < group_blocks;
            self.prefetch_below(source, x);
            let points = &mut points.0[2 * AREA * block..];
            if MEASURE && is_part {
                self.take_in(&mut distances, &seen.farthest);
                seen.farthest = [[none; 4]; 2];
            }
            seen.zeroed = none;
            self.group::<KEEP, MEASURE>(&rows, x, result, points, divisors, &mut seen);
            for (parity, count) in seen.zeroed.into_iter().enumerate() {
                let mask = s.load(&LANE_MASKS[present::<S>(left, parity)]);
                zeroed[parity] = s.add8(zeroed[parity], s.and(count, mask));
                if MEASURE && is_part {
                    for farthest in seen.farthest.as_flattened_mut() {
                        farthest[parity] = s.and(farthest[parity], mask);
                    }
                }
            }
        }
        if MEASURE {
            self.take_in(&mut distances, &seen.farthest);
        }
        self.sum_counts(zeroed[0]) + self.sum_counts(zeroed[1])
    }

    /// Takes the distances of the even and of the odd blocks into `distances`.
    #[inline(always)]
    fn take_in(self, distances: &mut Option<&mut Distances>, farthest: &Registers<[S::V; 2]>) {
        let Some(distances) = distances else { return };
        let mut largest = self.load_lane(&distances.0);
        let registers = largest.as_flattened_mut().iter_mut();
        for (largest, [even, odd]) in registers.zip(farthest.as_flattened()) {
            *largest = self.0.max16(*largest, self.0.max16(*even, *odd));
        }
        self.store_lane(&mut distances.0, largest);
    }

    /// The round trip of two registers' worth of blocks, from column `x` on.
    ///
    /// The order of the lines is a schedule: a pass over the even blocks next to one over the odd ones
    /// that doesn't depend on it, so that the CPU, which looks ahead about as far as two passes, has
    /// something to do while it waits for either.
    #[inline(always)]
    fn group<const KEEP: bool, const MEASURE: bool>(
        self,
        source: &Rows<'_>,
        x: usize,
        result: &mut Tile,
        points: &mut [u8],
        divisors: &Divisors,
        Seen {
            zeroed: [even_zeroed, odd_zeroed],
            farthest,
        }: &mut Seen<S>,
    ) {
        let s = self.0;
        let [left, right] = divisors.lanes();
        let [even, odd] = self.load_group(source, x);

        let even_rows = self.forward_all_rows(even);
        let odd_first = self.forward_rows(odd.outer[0], odd.inner[0]);
        let even_left =
            self.columns_to_lattice::<0, 0, MEASURE>(&even_rows, left, even_zeroed, farthest);
        let odd_rows = [odd_first, self.forward_rows(odd.outer[1], odd.inner[1])];
        let even_right =
            self.columns_to_lattice::<1, 0, MEASURE>(&even_rows, right, even_zeroed, farthest);
        let odd_left =
            self.columns_to_lattice::<0, 1, MEASURE>(&odd_rows, left, odd_zeroed, farthest);
        let even_columns = self.inverse(even_left, HALF);
        let odd_right =
            self.columns_to_lattice::<1, 1, MEASURE>(&odd_rows, right, odd_zeroed, farthest);
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

    /// Second forward pass and quantization of the four columns of one of [`COLUMNS`], from the sums of
    /// the first pass: dequantized coefficients times 16. Adds the zeroed ones to the counts, and with
    /// `MEASURE` takes in how far the coefficients are from them.
    #[inline(always)]
    fn columns_to_lattice<const SET: usize, const PARITY: usize, const MEASURE: bool>(
        self,
        [first, second]: &[[S::V; 8]; 2],
        divisors: &[LaneDivisors; 4],
        zeroed: &mut S::V,
        farthest: &mut Registers<[S::V; 2]>,
    ) -> [S::V; 4] {
        let s = self.0;
        let sums = self.forward_columns(self.select(COLUMNS[SET], *first, *second));
        let coefficients = self.select_pairs(sums);
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
                let farthest = &mut farthest[SET][pair][PARITY];
                *farthest = s.max16(*farthest, distance);
            }
        }
        points
    }

    /// Sum of counts of 8 bits.
    #[inline(always)]
    fn sum_counts(self, counts: S::V) -> u32 {
        let mut bytes = [0; 64];
        self.0.store(&mut bytes, counts);
        bytes.iter().map(|&count| u32::from(count)).sum()
    }
}
