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

use super::groups;
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
    /// Splits as many whole groups of pixels as there are; returns how many pixels that are.
    #[inline(always)]
    pub(super) fn split_in_lanes(
        self,
        packing: Packing,
        [a, b, c]: [&mut [u8]; 3],
        source: &[u8],
    ) -> usize {
        let s = self.0;
        match packing {
            Packing::Triples => 0,
            Packing::Pairs => {
                let groups = groups(a.len(), source.len(), packing, S::BYTES);
                let low = s.splat32(LOW_BYTES);
                for group in 0..groups {
                    let pixels = &source[2 * S::BYTES * group..][..2 * S::BYTES];
                    let (first, second) =
                        (s.load_lanes(pixels, 32), s.load_lanes(&pixels[16..], 32));
                    let x = S::BYTES * group;
                    let even = s.pack_clamped(s.and(first, low), s.and(second, low));
                    s.store(&mut a[x..], even);
                    let odd = s.pack_clamped(s.upper_bytes(first), s.upper_bytes(second));
                    s.store(&mut b[x..], odd);
                }
                groups * S::BYTES
            }
            Packing::QuadsLastOther | Packing::QuadsFirstOther => {
                let groups = groups(a.len(), source.len(), packing, S::BYTES);
                for group in 0..groups {
                    let pixels = self.load_quads(&source[4 * S::BYTES * group..], &QUADS);
                    let (first, last) =
                        (s.lo32(pixels[0], pixels[1]), s.lo32(pixels[2], pixels[3]));
                    let (first_upper, last_upper) =
                        (s.hi32(pixels[0], pixels[1]), s.hi32(pixels[2], pixels[3]));
                    let x = S::BYTES * group;
                    if packing == Packing::QuadsLastOther {
                        s.store(&mut a[x..], s.lo64(first, last));
                        s.store(&mut b[x..], s.hi64(first, last));
                        s.store(&mut c[x..], s.lo64(first_upper, last_upper));
                    } else {
                        s.store(&mut a[x..], s.hi64(first, last));
                        s.store(&mut b[x..], s.lo64(first_upper, last_upper));
                        s.store(&mut c[x..], s.hi64(first_upper, last_upper));
                    }
                }
                groups * S::BYTES
            }
            Packing::EvenLuma | Packing::OddLuma => {
                let groups = groups(a.len(), source.len(), packing, 2 * S::BYTES);
                let order = if packing == Packing::EvenLuma {
                    &EVEN_LUMA
                } else {
                    &ODD_LUMA
                };
                for group in 0..groups {
                    let pixels = self.load_quads(&source[4 * S::BYTES * group..], order);
                    let luma = &mut a[2 * S::BYTES * group..][..2 * S::BYTES];
                    s.store_lanes(luma, 32, s.lo64(pixels[0], pixels[1]));
                    s.store_lanes(&mut luma[16..], 32, s.lo64(pixels[2], pixels[3]));
                    let (first, last) =
                        (s.hi64(pixels[0], pixels[1]), s.hi64(pixels[2], pixels[3]));
                    let x = S::BYTES * group;
                    s.store(&mut b[x..], s.even32(first, last));
                    s.store(&mut c[x..], s.odd32(first, last));
                }
                groups * 2 * S::BYTES
            }
        }
    }

    /// Joins as many whole groups of pixels as there are; returns how many pixels that are.
    #[inline(always)]
    pub(super) fn join_in_lanes(
        self,
        packing: Packing,
        target: &mut [u8],
        [a, b, c]: [&[u8]; 3],
    ) -> usize {
        let s = self.0;
        match packing {
            Packing::Triples => 0,
            Packing::Pairs => {
                let groups = groups(a.len(), target.len(), packing, S::BYTES);
                for group in 0..groups {
                    let x = S::BYTES * group;
                    let (a, b) = (s.load(&a[x..]), s.load(&b[x..]));
                    let pixels = &mut target[2 * S::BYTES * group..][..2 * S::BYTES];
                    s.store_lanes(pixels, 32, s.lo8(a, b));
                    s.store_lanes(&mut pixels[16..], 32, s.hi8(a, b));
                }
                groups * S::BYTES
            }
            Packing::QuadsLastOther | Packing::QuadsFirstOther => {
                let groups = groups(a.len(), target.len(), packing, S::BYTES);
                let zero = s.splat32(0);
                for group in 0..groups {
                    let x = S::BYTES * group;
                    let (a, b, c) = (s.load(&a[x..]), s.load(&b[x..]), s.load(&c[x..]));
                    let (channels, other) = if packing == Packing::QuadsLastOther {
                        ([a, b, c, zero], 0xff00_0000_u32.cast_signed())
                    } else {
                        ([zero, a, b, c], 0xff)
                    };
                    let pixels = &mut target[4 * S::BYTES * group..][..4 * S::BYTES];
                    let low = (
                        s.lo8(channels[0], channels[1]),
                        s.lo8(channels[2], channels[3]),
                    );
                    let high = (
                        s.hi8(channels[0], channels[1]),
                        s.hi8(channels[2], channels[3]),
                    );
                    let other = s.splat32(other);
                    self.store_over(pixels, s.lo16(low.0, low.1), other);
                    self.store_over(&mut pixels[16..], s.hi16(low.0, low.1), other);
                    self.store_over(&mut pixels[32..], s.lo16(high.0, high.1), other);
                    self.store_over(&mut pixels[48..], s.hi16(high.0, high.1), other);
                }
                groups * S::BYTES
            }
            Packing::EvenLuma | Packing::OddLuma => {
                let groups = groups(a.len(), target.len(), packing, 2 * S::BYTES);
                for group in 0..groups {
                    let luma = &a[2 * S::BYTES * group..][..2 * S::BYTES];
                    let luma = [s.load_lanes(luma, 32), s.load_lanes(&luma[16..], 32)];
                    let x = S::BYTES * group;
                    let (b, c) = (s.load(&b[x..]), s.load(&c[x..]));
                    let chroma = [s.lo8(b, c), s.hi8(b, c)];
                    let (even, odd) = if packing == Packing::EvenLuma {
                        (luma, chroma)
                    } else {
                        (chroma, luma)
                    };
                    let pixels = &mut target[4 * S::BYTES * group..][..4 * S::BYTES];
                    s.store_lanes(pixels, 64, s.lo8(even[0], odd[0]));
                    s.store_lanes(&mut pixels[16..], 64, s.hi8(even[0], odd[0]));
                    s.store_lanes(&mut pixels[32..], 64, s.lo8(even[1], odd[1]));
                    s.store_lanes(&mut pixels[48..], 64, s.hi8(even[1], odd[1]));
                }
                groups * 2 * S::BYTES
            }
        }
    }

    /// Four registers of pixels, the bytes of each lane in this order.
    #[inline(always)]
    fn load_quads(self, pixels: &[u8], order: &[u8; 16]) -> [S::V; 4] {
        let s = self.0;
        let pixels = &pixels[..4 * S::BYTES];
        [
            s.shuffle8(s.load_lanes(pixels, 64), order),
            s.shuffle8(s.load_lanes(&pixels[16..], 64), order),
            s.shuffle8(s.load_lanes(&pixels[32..], 64), order),
            s.shuffle8(s.load_lanes(&pixels[48..], 64), order),
        ]
    }

    /// Writes lanes to every 64th byte of `target`, which keeps its bits that `kept` has; `v` has none of them.
    #[inline(always)]
    fn store_over(self, target: &mut [u8], v: S::V, kept: S::V) {
        let s = self.0;
        let old = s.and(s.load_lanes(target, 64), kept);
        s.store_lanes(target, 64, s.add8(old, v));
    }
}
