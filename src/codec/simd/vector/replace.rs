// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Writing a tile over the samples that it came from, and seeing what changes.

use super::isa::{Simd, Vector};
use crate::codec::block::SIDE;
use crate::codec::kernel::Change;
use crate::codec::tiles::{Area, Tile};

/// Changes so far: sums of squares, maxima by byte, a bit a block.
struct Seen<S: Simd> {
    squared: [S::V; CHAINS],
    max: S::V,
    blocks: u64,
}

/// Sums that rows take turns in: with one alone, each row would wait for the one before.
const CHAINS: usize = 2;

impl<S: Simd> Vector<S> {
    /// [`Kernel::replace`](crate::codec::kernel::Kernel::replace).
    #[inline(always)]
    pub(super) fn replace_tile(
        self,
        target: &mut [u8],
        stride: usize,
        new: &Tile,
        area: Area,
    ) -> Change {
        // Eight rows, which nearly all tiles have, are a number that the compiler can unroll.
        if area.height == SIDE {
            self.replace_rows(target, stride, new, SIDE, area.blocks())
        } else {
            self.replace_rows(target, stride, new, area.height, area.blocks())
        }
    }

    /// The same, of `height` rows of `blocks` blocks.
    #[inline(always)]
    fn replace_rows(
        self,
        target: &mut [u8],
        stride: usize,
        new: &Tile,
        height: usize,
        blocks: usize,
    ) -> Change {
        let s = self.0;
        let mut rows: [&mut [u8]; SIDE] = Default::default();
        for (row, bytes) in rows.iter_mut().zip(target.chunks_mut(stride)).take(height) {
            *row = &mut bytes[..blocks * SIDE];
        }
        let mut seen = Seen::<S> {
            squared: [s.splat32(0); CHAINS],
            max: s.splat32(0),
            blocks: 0,
        };
        let whole = blocks - blocks % (2 * S::LANES);
        for block in (0..whole).step_by(2 * S::LANES) {
            self.replace_column::<false>(&mut rows, new, height, block, 2 * S::LANES, &mut seen);
        }
        if whole < blocks {
            self.replace_column::<true>(&mut rows, new, height, whole, blocks - whole, &mut seen);
        }
        let mut sums = [0; 64];
        s.store(&mut sums, s.add32(seen.squared[0], seen.squared[1]));
        let sums = sums
            .as_chunks()
            .0
            .iter()
            .map(|&sum| u32::from_ne_bytes(sum));
        Change {
            squared: sums.sum(),
            max: s.largest8(seen.max),
            blocks: seen.blocks,
        }
    }

    /// Replaces `count` blocks from the one with index `block` on: as many as a register holds, or with
    /// `PART` fewer.
    #[inline(always)]
    fn replace_column<const PART: bool>(
        self,
        rows: &mut [&mut [u8]; SIDE],
        new: &Tile,
        height: usize,
        block: usize,
        count: usize,
        seen: &mut Seen<S>,
    ) {
        let s = self.0;
        let x = block * SIDE;
        let zero = s.splat32(0);
        let mut max = zero;
        let mut squared = seen.squared;
        for (y, row) in rows.iter().enumerate().take(height) {
            let difference = self.difference::<PART>(&row[x..], &new.row(y)[x..], count);
            max = s.max8(max, difference);
            let sum = &mut squared[y % CHAINS];
            *sum = s.accumulate_squares(*sum, difference);
        }
        if s.any_above_127(max) {
            squared = seen.squared;
            for (y, row) in rows.iter().enumerate().take(height) {
                let difference = self.difference::<PART>(&row[x..], &new.row(y)[x..], count);
                let (low, high) = (s.lo8(difference, zero), s.hi8(difference, zero));
                squared[0] = s.accumulate(s.accumulate(squared[0], low, low), high, high);
            }
        }
        for (y, row) in rows.iter_mut().enumerate().take(height) {
            let samples = s.load(&new.row(y)[x..]);
            if PART {
                s.store_blocks(&mut row[x..], samples, count);
            } else {
                s.store(&mut row[x..], samples);
            }
        }
        seen.squared = squared;
        seen.max = s.max8(seen.max, max);
        seen.blocks |= u64::from(s.nonzero64(max)) << block;
    }

    /// Absolute differences of what `old` and `new` start with: a register, or with `PART` `blocks` times
    /// eight bytes and zeros.
    #[inline(always)]
    fn difference<const PART: bool>(self, old: &[u8], new: &[u8], blocks: usize) -> S::V {
        let s = self.0;
        if PART {
            s.difference8(s.load_blocks(old, blocks), s.load_blocks(new, blocks))
        } else {
            s.difference8(s.load(old), s.load(new))
        }
    }
}
