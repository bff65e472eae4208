// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! By permutations of bytes across lanes, one a register.
//!
//! A permutation of three registers to one takes three instructions, which only one port of an Intel CPU does. So the
//! bytes of a channel come together in one register first, by blends, which have another port too. Blends move no
//! byte, so it takes registers that have the channel at different places: those of pixels of three bytes do, as
//! 64 = 3 * 21 + 1; of pixels of two and four, all registers but the first are rotated within 32 bits. What comes out
//! of the round trip goes the same way back.

use super::groups;
use crate::codec::layout::Packing;
use crate::codec::simd::vector::isa::{Permute, Simd, Vector};

/// Bytes of a register.
const BYTES: usize = 64;

/// Every third byte, from the first, the second or the third one on.
const THIRDS: [u64; 3] = [
    0x9249_2492_4924_9249,
    0x2492_4924_9249_2492,
    0x4924_9249_2492_4924,
];

/// Every second byte, from the second one on.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
/// The last two bytes of 32-bit values.
const UPPER: u64 = 0xcccc_cccc_cccc_cccc;
/// The first and the last byte of 32-bit values.
const OUTER: u64 = 0x9999_9999_9999_9999;
/// The last byte, and the first one, of 32-bit values.
const LAST: u64 = 0x8888_8888_8888_8888;
const FIRST: u64 = 0x1111_1111_1111_1111;

/// Places of bytes in a register.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Places([u8; BYTES]);

impl Places {
    /// Places to which these bring each byte.
    const fn inverse(self) -> Self {
        let mut inverse = [0; BYTES];
        let mut at = 0;
        while at < BYTES {
            inverse[self.0[at] as usize] = at as u8;
            at += 1;
        }
        Self(inverse)
    }

    /// Places of the samples of a channel in the register into which they come together: `count` registers of pixels
    /// of `size` bytes, of which the channel has the one with index `channel`.
    const fn of(size: usize, channel: usize) -> Self {
        let mut places = [0; BYTES];
        let mut sample = 0;
        while sample < BYTES {
            let byte = size * sample + channel;
            let (register, byte) = (byte / BYTES, byte % BYTES);
            // Rotated by as many bytes as there are registers before it.
            let rotated = if size == 3 {
                byte
            } else {
                byte / 4 * 4 + (byte + register) % 4
            };
            places[sample] = rotated as u8;
            sample += 1;
        }
        Self(places)
    }

    const fn both_ways<const N: usize>(size: usize) -> ([Self; N], [Self; N]) {
        let mut places = [Self([0; BYTES]); N];
        let mut inverse = places;
        let mut channel = 0;
        while channel < N {
            places[channel] = Self::of(size, channel);
            inverse[channel] = places[channel].inverse();
            channel += 1;
        }
        (places, inverse)
    }
}

/// Places of the channels of pixels of two, three and four bytes, and the way back.
static PAIRS: ([Places; 2], [Places; 2]) = Places::both_ways(2);
static TRIPLES: ([Places; 3], [Places; 3]) = Places::both_ways(3);
static QUADS: ([Places; 4], [Places; 4]) = Places::both_ways(4);

impl<S: Simd> Vector<S> {
    /// Splits as many whole groups of pixels as there are; returns how many pixels that are.
    #[inline(always)]
    pub(super) fn split_across(
        self,
        p: S::Permuter,
        packing: Packing,
        [a, b, c]: [&mut [u8]; 3],
        source: &[u8],
    ) -> usize {
        match packing {
            Packing::Pairs => self.split_pairs(p, [a, b], source),
            Packing::Triples => self.split_triples(p, [a, b, c], source),
            Packing::QuadsLastOther => self.split_quads::<false>(p, [a, b, c], source),
            Packing::QuadsFirstOther => self.split_quads::<true>(p, [a, b, c], source),
            Packing::EvenLuma => self.split_subsampled::<false>(p, [a, b, c], source),
            Packing::OddLuma => self.split_subsampled::<true>(p, [a, b, c], source),
        }
    }

    /// Joins as many whole groups of pixels as there are; returns how many pixels that are.
    #[inline(always)]
    pub(super) fn join_across(
        self,
        p: S::Permuter,
        packing: Packing,
        target: &mut [u8],
        [a, b, c]: [&[u8]; 3],
    ) -> usize {
        match packing {
            Packing::Pairs => self.join_pairs(p, target, [a, b]),
            Packing::Triples => self.join_triples(p, target, [a, b, c]),
            Packing::QuadsLastOther => self.join_quads::<false>(p, target, [a, b, c]),
            Packing::QuadsFirstOther => self.join_quads::<true>(p, target, [a, b, c]),
            Packing::EvenLuma => self.join_subsampled::<false>(p, target, [a, b, c]),
            Packing::OddLuma => self.join_subsampled::<true>(p, target, [a, b, c]),
        }
    }

    #[inline(always)]
    fn split_pairs(self, p: S::Permuter, [a, b]: [&mut [u8]; 2], source: &[u8]) -> usize {
        let s = self.0;
        let groups = groups(a.len(), source.len(), Packing::Pairs, BYTES);
        for group in 0..groups {
            let pixels = &source[2 * BYTES * group..][..2 * BYTES];
            let [even, odd] = self.even_and_odd(p, [s.load(pixels), s.load(&pixels[BYTES..])]);
            let x = BYTES * group;
            s.store(&mut a[x..], p.permute(even, &PAIRS.0[0].0));
            s.store(&mut b[x..], p.permute(odd, &PAIRS.0[1].0));
        }
        groups * BYTES
    }

    #[inline(always)]
    fn join_pairs(self, p: S::Permuter, target: &mut [u8], [a, b]: [&[u8]; 2]) -> usize {
        let s = self.0;
        let groups = groups(a.len(), target.len(), Packing::Pairs, BYTES);
        for group in 0..groups {
            let x = BYTES * group;
            let even = p.permute(s.load(&a[x..]), &PAIRS.1[0].0);
            let odd = p.permute(s.load(&b[x..]), &PAIRS.1[1].0);
            let [first, second] = self.of_even_and_odd(p, [even, odd]);
            let pixels = &mut target[2 * BYTES * group..][..2 * BYTES];
            s.store(pixels, first);
            s.store(&mut pixels[BYTES..], second);
        }
        groups * BYTES
    }

    #[inline(always)]
    fn split_triples(self, p: S::Permuter, [a, b, c]: [&mut [u8]; 3], source: &[u8]) -> usize {
        let s = self.0;
        let groups = groups(a.len(), source.len(), Packing::Triples, BYTES);
        for group in 0..groups {
            let pixels = &source[3 * BYTES * group..][..3 * BYTES];
            let v = [
                s.load(pixels),
                s.load(&pixels[BYTES..]),
                s.load(&pixels[2 * BYTES..]),
            ];
            // In the second register, channels are one place before where they are in the first one.
            let first = p.blend(THIRDS[2], p.blend(THIRDS[1], v[0], v[2]), v[1]);
            let second = p.blend(THIRDS[0], p.blend(THIRDS[2], v[0], v[2]), v[1]);
            let third = p.blend(THIRDS[1], p.blend(THIRDS[0], v[0], v[2]), v[1]);
            let x = BYTES * group;
            s.store(&mut a[x..], p.permute(first, &TRIPLES.0[0].0));
            s.store(&mut b[x..], p.permute(second, &TRIPLES.0[1].0));
            s.store(&mut c[x..], p.permute(third, &TRIPLES.0[2].0));
        }
        groups * BYTES
    }

    #[inline(always)]
    fn join_triples(self, p: S::Permuter, target: &mut [u8], [a, b, c]: [&[u8]; 3]) -> usize {
        let s = self.0;
        let groups = groups(a.len(), target.len(), Packing::Triples, BYTES);
        for group in 0..groups {
            let x = BYTES * group;
            let first = p.permute(s.load(&a[x..]), &TRIPLES.1[0].0);
            let second = p.permute(s.load(&b[x..]), &TRIPLES.1[1].0);
            let third = p.permute(s.load(&c[x..]), &TRIPLES.1[2].0);
            let pixels = &mut target[3 * BYTES * group..][..3 * BYTES];
            s.store(
                pixels,
                p.blend(THIRDS[2], p.blend(THIRDS[1], first, second), third),
            );
            s.store(
                &mut pixels[BYTES..],
                p.blend(THIRDS[1], p.blend(THIRDS[0], first, second), third),
            );
            s.store(
                &mut pixels[2 * BYTES..],
                p.blend(THIRDS[0], p.blend(THIRDS[2], first, second), third),
            );
        }
        groups * BYTES
    }

    /// Pixels of four bytes, of which the first or the last one is not of a channel.
    #[inline(always)]
    fn split_quads<const FIRST_OTHER: bool>(
        self,
        p: S::Permuter,
        [a, b, c]: [&mut [u8]; 3],
        source: &[u8],
    ) -> usize {
        let s = self.0;
        let groups = groups(a.len(), source.len(), Packing::QuadsLastOther, BYTES);
        for group in 0..groups {
            let pixels = &source[4 * BYTES * group..][..4 * BYTES];
            let [even, odd] = self.parts(p, pixels);
            let (even, odd) = (self.halves(p, UPPER, even), self.halves(p, OUTER, odd));
            let channels = if FIRST_OTHER {
                [odd[0], even[1], odd[1]]
            } else {
                [even[0], odd[0], even[1]]
            };
            let places = &QUADS.0[usize::from(FIRST_OTHER)..];
            let x = BYTES * group;
            s.store(&mut a[x..], p.permute(channels[0], &places[0].0));
            s.store(&mut b[x..], p.permute(channels[1], &places[1].0));
            s.store(&mut c[x..], p.permute(channels[2], &places[2].0));
        }
        groups * BYTES
    }

    /// The same back; the other bytes of `target` stay as they are.
    #[inline(always)]
    fn join_quads<const FIRST_OTHER: bool>(
        self,
        p: S::Permuter,
        target: &mut [u8],
        [a, b, c]: [&[u8]; 3],
    ) -> usize {
        let s = self.0;
        let groups = groups(a.len(), target.len(), Packing::QuadsLastOther, BYTES);
        let places = &QUADS.1[usize::from(FIRST_OTHER)..];
        let other = if FIRST_OTHER { FIRST } else { LAST };
        for group in 0..groups {
            let x = BYTES * group;
            let a = p.permute(s.load(&a[x..]), &places[0].0);
            let b = p.permute(s.load(&b[x..]), &places[1].0);
            let c = p.permute(s.load(&c[x..]), &places[2].0);
            let (even, odd) = if FIRST_OTHER {
                ([b, b], self.of_halves(p, OUTER, [a, c]))
            } else {
                (self.of_halves(p, UPPER, [a, c]), [b, b])
            };
            // A channel alone is in both halves of its part.
            let (even, odd) = if FIRST_OTHER {
                ([even[0], p.rotate2(even[1])], odd)
            } else {
                (even, [odd[0], p.rotate2(odd[1])])
            };
            let pixels = &mut target[4 * BYTES * group..][..4 * BYTES];
            for (half, (even, odd)) in [(even[0], odd[0]), (even[1], odd[1])]
                .into_iter()
                .enumerate()
            {
                let [first, second] = self.of_even_and_odd(p, [even, odd]);
                let pixels = &mut pixels[2 * BYTES * half..];
                let old = [s.load(pixels), s.load(&pixels[BYTES..])];
                s.store(pixels, p.blend(other, first, old[0]));
                s.store(&mut pixels[BYTES..], p.blend(other, second, old[1]));
            }
        }
        groups * BYTES
    }

    /// Pixels of 4:2:2, with luma at the even or the odd bytes.
    #[inline(always)]
    fn split_subsampled<const ODD_LUMA: bool>(
        self,
        p: S::Permuter,
        [luma, a, b]: [&mut [u8]; 3],
        source: &[u8],
    ) -> usize {
        let s = self.0;
        let groups = groups(luma.len(), source.len(), Packing::EvenLuma, 2 * BYTES);
        let (luma_places, places) = subsampled_places::<ODD_LUMA>(&PAIRS.0, &QUADS.0);
        for group in 0..groups {
            let pixels = &source[4 * BYTES * group..][..4 * BYTES];
            let [even, odd] = self.parts(p, pixels);
            let (lumas, chromas) = if ODD_LUMA {
                (odd, self.halves(p, UPPER, even))
            } else {
                (even, self.halves(p, OUTER, odd))
            };
            let luma = &mut luma[2 * BYTES * group..][..2 * BYTES];
            s.store(luma, p.permute(lumas[0], &luma_places.0));
            s.store(&mut luma[BYTES..], p.permute(lumas[1], &luma_places.0));
            let x = BYTES * group;
            s.store(&mut a[x..], p.permute(chromas[0], &places[0].0));
            s.store(&mut b[x..], p.permute(chromas[1], &places[1].0));
        }
        groups * 2 * BYTES
    }

    /// The same back.
    #[inline(always)]
    fn join_subsampled<const ODD_LUMA: bool>(
        self,
        p: S::Permuter,
        target: &mut [u8],
        [luma, a, b]: [&[u8]; 3],
    ) -> usize {
        let s = self.0;
        let groups = groups(luma.len(), target.len(), Packing::EvenLuma, 2 * BYTES);
        let (luma_places, places) = subsampled_places::<ODD_LUMA>(&PAIRS.1, &QUADS.1);
        for group in 0..groups {
            let luma = &luma[2 * BYTES * group..][..2 * BYTES];
            let lumas = [
                p.permute(s.load(luma), &luma_places.0),
                p.permute(s.load(&luma[BYTES..]), &luma_places.0),
            ];
            let x = BYTES * group;
            let chromas = [
                p.permute(s.load(&a[x..]), &places[0].0),
                p.permute(s.load(&b[x..]), &places[1].0),
            ];
            let (even, odd) = if ODD_LUMA {
                (self.of_halves(p, UPPER, chromas), lumas)
            } else {
                (lumas, self.of_halves(p, OUTER, chromas))
            };
            let pixels = &mut target[4 * BYTES * group..][..4 * BYTES];
            let [first, second] = self.of_even_and_odd(p, [even[0], odd[0]]);
            s.store(pixels, first);
            s.store(&mut pixels[BYTES..], second);
            let [third, fourth] = self.of_even_and_odd(p, [even[1], odd[1]]);
            s.store(&mut pixels[2 * BYTES..], third);
            s.store(&mut pixels[3 * BYTES..], fourth);
        }
        groups * 2 * BYTES
    }

    /// The even bytes of two registers, and the odd ones: those of the second one rotated by a byte.
    #[inline(always)]
    fn even_and_odd(self, p: S::Permuter, [first, second]: [S::V; 2]) -> [S::V; 2] {
        let second = p.rotate1(second);
        [p.blend(ODD, first, second), p.blend(ODD, second, first)]
    }

    /// The same back.
    #[inline(always)]
    fn of_even_and_odd(self, p: S::Permuter, [even, odd]: [S::V; 2]) -> [S::V; 2] {
        let second = p.blend(ODD, odd, even);
        [p.blend(ODD, even, odd), p.rotate3(second)]
    }

    /// The even bytes of the first and of the last two of four registers, and the odd ones.
    #[inline(always)]
    fn parts(self, p: S::Permuter, pixels: &[u8]) -> [[S::V; 2]; 2] {
        let s = self.0;
        let first = self.even_and_odd(p, [s.load(pixels), s.load(&pixels[BYTES..])]);
        let last = [s.load(&pixels[2 * BYTES..]), s.load(&pixels[3 * BYTES..])];
        let last = self.even_and_odd(p, last);
        [[first[0], last[0]], [first[1], last[1]]]
    }

    /// Two channels of two registers that have both: those of the second one rotated by two bytes. In the first one,
    /// the second channel is where `mask` has a bit.
    #[inline(always)]
    fn halves(self, p: S::Permuter, mask: u64, [first, last]: [S::V; 2]) -> [S::V; 2] {
        let last = p.rotate2(last);
        [p.blend(mask, first, last), p.blend(mask, last, first)]
    }

    /// The same back.
    #[inline(always)]
    fn of_halves(self, p: S::Permuter, mask: u64, [a, b]: [S::V; 2]) -> [S::V; 2] {
        let last = p.blend(mask, b, a);
        [p.blend(mask, a, b), p.rotate2(last)]
    }
}

/// Of 4:2:2, the places of luma, and those of the two chroma channels.
#[inline(always)]
fn subsampled_places<'a, const ODD_LUMA: bool>(
    pairs: &'a [Places; 2],
    quads: &'a [Places; 4],
) -> (&'a Places, [&'a Places; 2]) {
    if ODD_LUMA {
        (&pairs[1], [&quads[0], &quads[2]])
    } else {
        (&pairs[0], [&quads[1], &quads[3]])
    }
}
