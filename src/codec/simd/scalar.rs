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
use crate::codec::tiles::{Change, TILE, Tile};

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

    fn replace(
        self,
        target: &mut [u8],
        stride: usize,
        new: &Tile,
        width: usize,
        height: usize,
    ) -> Change {
        let mut change = Change::default();
        for (row, new) in target.chunks_mut(stride).zip(new.rows()).take(height) {
            for (old, &new) in row.iter_mut().zip(&new[..width]) {
                change.replace(old, new);
            }
        }
        change
    }
}
