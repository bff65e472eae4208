// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! By shuffles and interleaves within lanes.
//!
//! Registers are loaded so that a lane has what is side by side in the frame: 64 bytes of pixels in four registers, or
//! 32 in two. So what comes together in a lane is in its order. Pixels of three bytes are left to the compiler.

use crate::codec::layout::Packing;
use crate::codec::simd::vector::isa::{Simd, Vector};

/// The bytes of four pixels, channel by channel.
const QUADS: [u8; 16] = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

/// Luma of eight pixels of 4:2:2, then each chroma channel: luma at the even, and at the odd bytes.
const EVEN_LUMA: [u8; 16] = [0, 2, 4, 6, 8, 10, 12, 14, 1, 5, 9, 13, 3, 7, 11, 15];
const ODD_LUMA: [u8; 16] = [1, 3, 5, 7, 9, 11, 13, 15, 0, 4, 8, 12, 2, 6, 10, 14];

/// Bytes in the lower half of 16-bit values.
const LOW_BYTES: i32 = 0x00ff_00ff;

impl<S: Simd> Vector<S> {
    /// Splits whole registers.
    #[inline(always)]
    pub(super) fn split_in_lanes(self, packing: Packing, [a, b, c]: [&mut [u8]; 3], source: &[u8]) {
        let s = self.0;
        let (b, c) = (b.chunks_exact_mut(S::BYTES), c.chunks_exact_mut(S::BYTES));
        match packing {
            Packing::Triples => {}
            Packing::Pairs => {
                let low = s.splat32(LOW_BYTES);
                let targets = a.chunks_exact_mut(S::BYTES).zip(b);
                for (pixels, (a, b)) in source.chunks_exact(2 * S::BYTES).zip(targets) {
                    let first = s.load_lanes(pixels, 32);
                    let second = s.load_lanes(&pixels[16..], 32);
                    s.store(a, s.pack_clamped(s.and(first, low), s.and(second, low)));
                    s.store(
                        b,
                        s.pack_clamped(s.upper_bytes(first), s.upper_bytes(second)),
                    );
                }
            }
            Packing::QuadsLastOther | Packing::QuadsFirstOther => {
                let targets = a.chunks_exact_mut(S::BYTES).zip(b).zip(c);
                for (pixels, ((a, b), c)) in source.chunks_exact(4 * S::BYTES).zip(targets) {
                    let v = self.load_quads(pixels, &QUADS);
                    let (first, last) = (s.lo32(v[0], v[1]), s.lo32(v[2], v[3]));
                    let (first_upper, last_upper) = (s.hi32(v[0], v[1]), s.hi32(v[2], v[3]));
                    if packing == Packing::QuadsLastOther {
                        s.store(a, s.lo64(first, last));
                        s.store(b, s.hi64(first, last));
                        s.store(c, s.lo64(first_upper, last_upper));
                    } else {
                        s.store(a, s.hi64(first, last));
                        s.store(b, s.lo64(first_upper, last_upper));
                        s.store(c, s.hi64(first_upper, last_upper));
                    }
                }
            }
            Packing::EvenLuma | Packing::OddLuma => {
                let order = if packing == Packing::EvenLuma {
                    &EVEN_LUMA
                } else {
                    &ODD_LUMA
                };
                let targets = a.chunks_exact_mut(2 * S::BYTES).zip(b).zip(c);
                for (pixels, ((luma, b), c)) in source.chunks_exact(4 * S::BYTES).zip(targets) {
                    let v = self.load_quads(pixels, order);
                    s.store_lanes(luma, 32, s.lo64(v[0], v[1]));
                    s.store_lanes(&mut luma[16..], 32, s.lo64(v[2], v[3]));
                    let (first, last) = (s.hi64(v[0], v[1]), s.hi64(v[2], v[3]));
                    s.store(b, s.even32(first, last));
                    s.store(c, s.odd32(first, last));
                }
            }
        }
    }

    /// Joins whole registers.
    #[inline(always)]
    pub(super) fn join_in_lanes(self, packing: Packing, target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
        let s = self.0;
        let (b, c) = (b.chunks_exact(S::BYTES), c.chunks_exact(S::BYTES));
        match packing {
            Packing::Triples => {}
            Packing::Pairs => {
                let sources = a.chunks_exact(S::BYTES).zip(b);
                for (pixels, (a, b)) in target.chunks_exact_mut(2 * S::BYTES).zip(sources) {
                    let (a, b) = (s.load(a), s.load(b));
                    s.store_lanes(pixels, 32, s.lo8(a, b));
                    s.store_lanes(&mut pixels[16..], 32, s.hi8(a, b));
                }
            }
            Packing::QuadsLastOther | Packing::QuadsFirstOther => {
                let zero = s.splat32(0);
                let sources = a.chunks_exact(S::BYTES).zip(b).zip(c);
                for (pixels, ((a, b), c)) in target.chunks_exact_mut(4 * S::BYTES).zip(sources) {
                    let (a, b, c) = (s.load(a), s.load(b), s.load(c));
                    let (v, others) = if packing == Packing::QuadsLastOther {
                        ([a, b, c, zero], s.splat32(0xff << 24))
                    } else {
                        ([zero, a, b, c], s.splat32(0xff))
                    };
                    let (low, low_last) = (s.lo8(v[0], v[1]), s.lo8(v[2], v[3]));
                    let (high, high_last) = (s.hi8(v[0], v[1]), s.hi8(v[2], v[3]));
                    self.store_beside(pixels, s.lo16(low, low_last), others);
                    self.store_beside(&mut pixels[16..], s.hi16(low, low_last), others);
                    self.store_beside(&mut pixels[32..], s.lo16(high, high_last), others);
                    self.store_beside(&mut pixels[48..], s.hi16(high, high_last), others);
                }
            }
            Packing::EvenLuma | Packing::OddLuma => {
                let sources = a.chunks_exact(2 * S::BYTES).zip(b).zip(c);
                for (pixels, ((luma, b), c)) in target.chunks_exact_mut(4 * S::BYTES).zip(sources) {
                    let luma = [s.load_lanes(luma, 32), s.load_lanes(&luma[16..], 32)];
                    let (b, c) = (s.load(b), s.load(c));
                    let chroma = [s.lo8(b, c), s.hi8(b, c)];
                    let (even, odd) = if packing == Packing::EvenLuma {
                        (luma, chroma)
                    } else {
                        (chroma, luma)
                    };
                    s.store_lanes(pixels, 64, s.lo8(even[0], odd[0]));
                    s.store_lanes(&mut pixels[16..], 64, s.hi8(even[0], odd[0]));
                    s.store_lanes(&mut pixels[32..], 64, s.lo8(even[1], odd[1]));
                    s.store_lanes(&mut pixels[48..], 64, s.hi8(even[1], odd[1]));
                }
            }
        }
    }

    /// Four registers of pixels, the bytes of each lane in this order.
    #[inline(always)]
    fn load_quads(self, pixels: &[u8], order: &[u8; 16]) -> [S::V; 4] {
        let s = self.0;
        [
            s.shuffle8(s.load_lanes(pixels, 64), order),
            s.shuffle8(s.load_lanes(&pixels[16..], 64), order),
            s.shuffle8(s.load_lanes(&pixels[32..], 64), order),
            s.shuffle8(s.load_lanes(&pixels[48..], 64), order),
        ]
    }

    /// Writes each lane to 16 bytes, at every 64th byte of `target`, beside the bits of it that are in `others`,
    /// which `v` has none of.
    #[inline(always)]
    fn store_beside(self, target: &mut [u8], v: S::V, others: S::V) {
        let s = self.0;
        let others = s.and(s.load_lanes(target, 64), others);
        s.store_lanes(target, 64, s.add8(others, v));
    }
}
