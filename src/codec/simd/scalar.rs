// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The definition, in plain Rust.

use super::Kernel;
use crate::codec::block::{self, SIDE};
use crate::codec::quant::Divisors;
use crate::codec::tiles::{Area, TILE, Tile};
use crate::codec::worker::Change;

/// Block by block, sample by sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

impl Kernel for Scalar {
    fn round_trip(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32 {
        let result = result.bytes_mut();
        let mut zeroed = 0;
        for x in (0..blocks * SIDE).step_by(SIDE) {
            let mut samples =
                std::array::from_fn(|i| i32::from(source[i / SIDE * stride + x + i % SIDE]));
            zeroed += block::round_trip(&mut samples, divisors);
            for (row, values) in samples.chunks_exact(SIDE).enumerate() {
                for (target, &value) in result[row * TILE + x..][..SIDE].iter_mut().zip(values) {
                    *target = value as u8;
                }
            }
        }
        zeroed
    }

    fn compare(self, old: &[u8], stride: usize, new: &Tile, area: Area) -> Change {
        let mut change = Change::default();
        for y in 0..area.height {
            let old = &old[y * stride..][..area.padded_width()];
            for (x, (old, new)) in old.iter().zip(&new.bytes()[y * TILE..]).enumerate() {
                let difference = old.abs_diff(*new);
                change.squared += u32::from(difference) * u32::from(difference);
                change.max = change.max.max(difference);
                change.blocks |= u64::from(difference > 0) << (x / SIDE);
            }
        }
        change
    }
}
