// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The cheapest neighbors of lattice points.
//!
//! A [neighbor](crate::codec::settle::to_neighbor) that differs in coefficient i costs D * (D - 2 * |d|) more in
//! squared error, where D = 8 * Q is its step and d, at most D / 2 in magnitude, is what the coefficient lacks. The
//! least of 64 costs, and where it is, come from one comparison each: of
//!
//! ```text
//!     128 * D * (D - 2 * |d|) + tag = (16 * (D - 2 * |d|)) * (8 * D) + tag * 1,
//! ```
//!
//! a dot product of two pairs of 16-bit values (16 * D <= 32640), below 2^30. The tag is twice the index, so that
//! the first of equal costs is the least, and one more if d is negative.
//!
//! A neighbor has one coefficient that is a step further out, at most 1024 + 128 + 255, times 16 below 2^15. In the
//! bounds of [`dct`](super::dct) that adds 4 * sqrt(8) * 255 * 0.5 < 1443 to the values after the first inverse pass
//! and 8 * 255 / 4 = 510 after the second: they stay below 2^15 too.

use super::blocks::{Lane, rows};
use super::dct::HALF;
use super::entry::VectorWork;
use super::isa::{Simd, Vector};
use crate::codec::block::{AREA, SIDE};
use crate::codec::kernel::Neighbors;
use crate::codec::lanes::{Registers, coefficient_at};
use crate::codec::quant::Divisors;

/// Twice the natural-order index of the coefficient that each element of a register holds.
const TAGS: Registers<[i16; 8]> = {
    let mut tags = [[[0; 8]; 4]; 2];
    let mut at = 0;
    while at < AREA {
        let (register, element) = (at / 8, at % 8);
        tags[register / 4][register % 4][element] = 2 * coefficient_at(register, element) as i16;
        at += 1;
    }
    tags
};

/// Registers and elements that hold the coefficients, in natural order.
const PLACES: [(usize, usize); AREA] = {
    let mut places = [(0, 0); AREA];
    let mut at = 0;
    while at < AREA {
        places[coefficient_at(at / 8, at % 8)] = (at / 8, at % 8);
        at += 1;
    }
    places
};

/// Costs of 32 bits: those of the lower and of the upper half of each register of [`Lane`].
type Costs = [[u8; 64]; 16];

impl<S: Simd> VectorWork<S> for Neighbors<'_> {
    type Output = ();

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) {
        let Self {
            source,
            divisors,
            tried,
            result,
            points,
        } = self;
        let s = vector.0;
        let rows = rows(source);
        for block in (0..source.blocks).step_by(2 * S::LANES) {
            let x = block * SIDE;
            let points = &mut points.0[2 * AREA * block..];
            let (even_points, odd_points) = points.split_at_mut(8 * S::BYTES);
            let [even, odd] = vector.first_pass(&rows, x);
            let tried = &mut tried[block..];
            let even = vector.inverted_neighbor(even, divisors, tried, even_points);
            let odd = vector.inverted_neighbor(odd, divisors, &mut tried[1..], odd_points);
            let (even, odd) = (even.as_flattened(), odd.as_flattened());
            for y in (0..SIDE).step_by(2) {
                let [upper, lower] =
                    vector.inverse_rows([even[y], even[y + 1]], [odd[y], odd[y + 1]]);
                s.store(&mut result.row_mut(y)[x..], upper);
                s.store(&mut result.row_mut(y + 1)[x..], lower);
            }
        }
    }
}

impl<S: Simd> Vector<S> {
    /// Puts the cheapest neighbor of the lattice point nearest to the block in each lane, dequantized and times
    /// 16, into `points`: of those that lane `l` has not tried, as `tried[2 * l]` tells. Returns its eight rows after
    /// the first inverse pass.
    #[inline(always)]
    fn inverted_neighbor(
        self,
        columns: Lane<S>,
        divisors: &Divisors,
        tried: &mut [u64],
        points: &mut [u8],
    ) -> Lane<S> {
        let mut costs = [[0; 64]; 16];
        let nearest = self.nearest_points(columns, divisors, &mut costs);
        self.store_lane(points, nearest);
        for (lane, tried) in tried.iter_mut().step_by(2).take(S::LANES).enumerate() {
            let tag = least(&mut costs, lane, *tried) as usize % (2 * AREA);
            *tried |= 1 << (tag / 2);
            let (register, element) = PLACES[tag / 2];
            let step = divisors.lanes()[register / 4][register % 4].step16[element];
            let at = register * S::BYTES + 16 * lane + 2 * element;
            let value = i16::from_ne_bytes([points[at], points[at + 1]]);
            let changed = if tag.is_multiple_of(2) {
                value + step
            } else {
                value - step
            };
            points[at..][..2].copy_from_slice(&changed.to_ne_bytes());
        }
        let [left, right] = self.load_lane(points);
        let (left, right) = (self.inverse(left, HALF), self.inverse(right, HALF));
        [
            self.select([0, 1, 2, 3], left, right),
            self.select([4, 5, 6, 7], left, right),
        ]
    }

    /// The nearest lattice points, dequantized and times 16, and the costs of their neighbors.
    #[inline(always)]
    fn nearest_points(self, columns: Lane<S>, divisors: &Divisors, costs: &mut Costs) -> Lane<S> {
        let s = self.0;
        let (one, four) = (s.splat32(both(1)), s.splat32(both(4)));
        let (eight, thirty_two) = (s.splat32(both(8)), s.splat32(both(32)));
        let coefficients = self.to_coefficients(columns);
        let mut points = coefficients;
        for (set, points) in points.iter_mut().enumerate() {
            let divisors = &divisors.lanes()[set];
            let quantized = self.quantize_columns(coefficients[set], divisors);
            for (pair, point) in points.iter_mut().enumerate() {
                let step16 = s.broadcast(&divisors[pair].step16);
                *point = s.multiply_low(quantized[pair], step16);
                let lacking = s.sub16(coefficients[set][pair], s.halve16(*point));
                let room = s.sub16(
                    s.multiply_low(step16, eight),
                    s.multiply_low(s.abs16(lacking), thirty_two),
                );
                let is_negative = s.multiply_high(lacking, one);
                let tag = s.sub16(s.broadcast(&TAGS[set][pair]), is_negative);
                let step = s.multiply_low(step16, four);
                let lower = s.multiply_pairs16(s.lo16(room, tag), s.lo16(step, one));
                let upper = s.multiply_pairs16(s.hi16(room, tag), s.hi16(step, one));
                let register = 4 * set + pair;
                s.store(&mut costs[2 * register], lower);
                s.store(&mut costs[2 * register + 1], upper);
            }
        }
        points
    }
}

/// A 16-bit value twice.
const fn both(value: i32) -> i32 {
    value << 16 | value
}

/// The least cost of the block in a lane, of what has not been tried.
#[inline(always)]
fn least(costs: &mut Costs, lane: usize, mut tried: u64) -> i32 {
    while tried != 0 {
        let (register, element) = PLACES[tried.trailing_zeros() as usize];
        tried &= tried - 1;
        let at = 16 * lane + 4 * (element % 4);
        costs[2 * register + element / 4][at..][..4].copy_from_slice(&i32::MAX.to_ne_bytes());
    }
    let mut least = [i32::MAX; 4];
    for register in costs {
        let lane = register[16 * lane..][..16].as_chunks().0;
        for (least, cost) in least.iter_mut().zip(lane) {
            *least = (*least).min(i32::from_ne_bytes(*cost));
        }
    }
    least.into_iter().fold(i32::MAX, i32::min)
}
