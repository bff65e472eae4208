// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Verification of settled blocks.

use super::blocks::{Lane, present, rows};
use super::entry::VectorWork;
use super::isa::{Simd, Vector};
use crate::codec::block::{AREA, SIDE};
use crate::codec::kernel::{Source, Verification};
use crate::codec::lanes::{Registers, coefficient_at};
use crate::codec::settle::Worst;
use crate::codec::tiles::TILE;

impl<S: Simd> VectorWork<S> for Verification<'_> {
    type Output = u64;

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) -> u64 {
        let Self {
            tile,
            blocks,
            points,
            lattice,
            distances,
        } = self;
        let rows = rows(Source {
            samples: tile.bytes(),
            stride: TILE,
            blocks,
        });
        let mut maxima = vector.load_lane(&distances.0);
        let mut exceeding = 0;
        for block in (0..blocks).step_by(2 * S::LANES) {
            let group = vector.first_pass(&rows, block * SIDE);
            for (parity, columns) in group.into_iter().enumerate() {
                let first_register = 2 * AREA * block + parity * 8 * S::BYTES;
                let point = vector.load_lane(&points.0[first_register..]);
                let found = vector.distances(columns, point);
                let present = present::<S>(blocks - block, parity) as u32;
                let exceeds = vector.exceeds(found, lattice.limits()) & present;
                let held = present & !exceeds;
                // Nearly always.
                if held == (1 << S::LANES) - 1 {
                    vector.max_of_lanes(&mut maxima, found);
                    continue;
                }
                let mut found = found;
                vector.keep_lanes(&mut found, held as usize);
                vector.max_of_lanes(&mut maxima, found);
                for lane in 0..S::LANES {
                    let bit = u64::from(exceeds) >> lane & 1;
                    exceeding |= bit << (block + 2 * lane + parity);
                }
            }
        }
        vector.store_lane(&mut distances.0, maxima);
        exceeding
    }
}

impl<S: Simd> Vector<S> {
    /// Distances of the coefficients of one block in each lane from those of `point`, in eighths of a
    /// sample value.
    #[inline(always)]
    fn distances(self, columns: Lane<S>, point: Lane<S>) -> Lane<S> {
        let left = self.column_distances(self.forward_columns(columns[0]), point[0]);
        let right = self.column_distances(self.forward_columns(columns[1]), point[1]);
        [left, right]
    }

    #[inline(always)]
    fn column_distances(self, sums: [S::V; 8], point: [S::V; 4]) -> [S::V; 4] {
        let coefficients = self.select_pairs(sums);
        [
            self.distance(coefficients[0], point[0]),
            self.distance(coefficients[1], point[1]),
            self.distance(coefficients[2], point[2]),
            self.distance(coefficients[3], point[3]),
        ]
    }

    /// |c - p| of coefficients c, scaled by 8, and p, scaled by 16.
    #[inline(always)]
    pub(super) fn distance(self, coefficients: S::V, point: S::V) -> S::V {
        let s = self.0;
        s.abs16(s.sub16(coefficients, s.halve16(point)))
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
        if halves == 0 {
            return 0;
        }
        let mut lanes = 0;
        for lane in 0..S::LANES {
            lanes |= u32::from(halves >> (2 * lane) & 0b11 != 0) << lane;
        }
        lanes
    }

    /// The larger distances.
    #[inline(always)]
    fn max_of_lanes(self, maxima: &mut Lane<S>, distances: Lane<S>) {
        let pairs = maxima
            .as_flattened_mut()
            .iter_mut()
            .zip(distances.as_flattened());
        for (maximum, distance) in pairs {
            *maximum = self.0.max16(*maximum, *distance);
        }
    }

    /// Takes the distances in all lanes into `worst`.
    #[inline(always)]
    pub(super) fn include_lanes(self, distances: Lane<S>, worst: &mut Worst) {
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
}
