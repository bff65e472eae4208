// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Blocks in and out of registers.

use super::isa::{Simd, Vector};
use crate::codec::block::SIDE;
use crate::codec::kernel::Source;
use crate::codec::lanes::Registers;
use crate::codec::tiles::{Ahead, GRANULE};

/// Coefficients of one block in each lane.
pub(super) type Lane<S> = Registers<<S as Simd>::V>;

/// All bits of the lanes of which the index has a bit.
pub(super) const LANE_MASKS: [[u8; 64]; 16] = {
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

/// Eight rows of samples of one length.
pub(super) type Rows<'a> = [&'a [u8]; SIDE];

/// The rows of blocks, of a whole number of granules: one check of their bounds for all.
#[inline(always)]
pub(super) fn rows(source: Source<'_>) -> Rows<'_> {
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
pub(super) fn present<S: Simd>(left: usize, parity: usize) -> usize {
    (1 << ((left + 1 - parity) / 2).min(S::LANES)) - 1
}

impl<S: Simd> Vector<S> {
    /// Transposes the 4x4 matrix of 32-bit values in each lane of four registers.
    #[inline(always)]
    pub(super) fn transpose(self, [a, b, c, d]: [S::V; 4]) -> [S::V; 4] {
        let s = self.0;
        let (ab, cd) = (s.lo64(a, b), s.lo64(c, d));
        let (ab_upper, cd_upper) = (s.hi64(a, b), s.hi64(c, d));
        [
            s.even32(ab, cd),
            s.odd32(ab, cd),
            s.even32(ab_upper, cd_upper),
            s.odd32(ab_upper, cd_upper),
        ]
    }

    /// Reads two rows from column `x` on, of two registers' worth of blocks: their outer samples
    /// (d0 d7 d1 d6) and their inner ones (d3 d4 d2 d5), each of the even and the odd blocks of the first
    /// row, then of the second.
    #[inline(always)]
    pub(super) fn load_rows(self, [a, b]: [usize; 2], source: &Rows<'_>, x: usize) -> [S::V; 2] {
        let s = self.0;
        // Seen with what follows, the compiler would make of two shuffles, each, four and two blends.
        let a = s.hidden(s.mirror(s.load(&source[a][x..])));
        let b = s.hidden(s.mirror(s.load(&source[b][x..])));
        [s.even32(a, b), s.odd32(a, b)]
    }

    /// Asks for column `x` of what is due soon, if there is one: the hardware does not expect it.
    #[inline(always)]
    pub(super) fn prefetch(self, ahead: Ahead<'_>, x: usize) {
        if ahead.bytes.len() > x {
            for y in 0..SIDE {
                self.0.prefetch(ahead.bytes, y * ahead.stride + x);
            }
        }
    }

    /// Writes eight registers.
    #[inline(always)]
    pub(super) fn store_lane(self, bytes: &mut [u8], lane: Lane<S>) {
        for (i, v) in lane.as_flattened().iter().enumerate() {
            self.0.store(&mut bytes[i * S::BYTES..], *v);
        }
    }

    /// Reads eight registers.
    #[inline(always)]
    pub(super) fn load_lane(self, bytes: &[u8]) -> Lane<S> {
        let mut lane = [[self.0.splat32(0); 4]; 2];
        for (i, v) in lane.as_flattened_mut().iter_mut().enumerate() {
            *v = self.0.load(&bytes[i * S::BYTES..]);
        }
        lane
    }

    /// Sets the lanes that have no bit in `chosen` to 0.
    #[inline(always)]
    pub(super) fn keep_lanes(self, lane: &mut Lane<S>, chosen: usize) {
        let mask = self.0.load(&LANE_MASKS[chosen]);
        for v in lane.as_flattened_mut() {
            *v = self.0.and(*v, mask);
        }
    }
}
