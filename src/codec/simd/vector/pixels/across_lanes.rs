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

use crate::codec::layout::Packing;
use crate::codec::simd::vector::isa::{Permute, Simd, Vector};

/// Bytes of a register.
const BYTES: usize = 64;

/// All bits of chosen bytes of a register. (A mask register would be filled anew for each blend.)
#[repr(C, align(64))]
struct Mask([u8; BYTES]);

impl Mask {
    /// The bytes whose place has a bit in `places`, modulo `period`.
    const fn new(period: usize, places: usize) -> Self {
        let mut bytes = [0; BYTES];
        let mut at = 0;
        while at < BYTES {
            if places >> (at % period) & 1 == 1 {
                bytes[at] = 0xff;
            }
            at += 1;
        }
        Self(bytes)
    }
}

/// Every third byte, from the first, the second or the third one on.
static THIRDS: [Mask; 3] = [
    Mask::new(3, 0b001),
    Mask::new(3, 0b010),
    Mask::new(3, 0b100),
];

/// Every second byte, from the second one on.
static ODD: Mask = Mask::new(2, 0b10);
/// The last two bytes of 32-bit values.
static UPPER: Mask = Mask::new(4, 0b1100);
/// The first and the last byte of 32-bit values.
static OUTER: Mask = Mask::new(4, 0b1001);
/// The first byte of 32-bit values, and the last one.
static FIRST: Mask = Mask::new(4, 0b0001);
static LAST: Mask = Mask::new(4, 0b1000);

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

/// Registers of a row.
#[inline(always)]
fn registers(row: &[u8]) -> std::slice::Iter<'_, [u8; BYTES]> {
    row.as_chunks().0.iter()
}

/// Registers of a row.
#[inline(always)]
fn registers_mut(row: &mut [u8]) -> std::slice::IterMut<'_, [u8; BYTES]> {
    row.as_chunks_mut().0.iter_mut()
}

impl<S: Simd> Vector<S> {
    /// Splits whole registers.
    #[inline(always)]
    pub(super) fn split_across(
        self,
        p: S::Permuter,
        packing: Packing,
        [a, b, c]: [&mut [u8]; 3],
        source: &[u8],
    ) {
        match packing {
            Packing::Pairs => self.split_pairs(p, [a, b], source),
            Packing::Triples => self.split_triples(p, [a, b, c], source),
            Packing::QuadsLastOther => self.split_quads::<false>(p, [a, b, c], source),
            Packing::QuadsFirstOther => self.split_quads::<true>(p, [a, b, c], source),
            Packing::EvenLuma => self.split_subsampled::<false>(p, [a, b, c], source),
            Packing::OddLuma => self.split_subsampled::<true>(p, [a, b, c], source),
        }
    }

    /// Joins whole registers.
    #[inline(always)]
    pub(super) fn join_across(
        self,
        p: S::Permuter,
        packing: Packing,
        target: &mut [u8],
        [a, b, c]: [&[u8]; 3],
    ) {
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
    fn split_pairs(self, p: S::Permuter, [a, b]: [&mut [u8]; 2], source: &[u8]) {
        let s = self.0;
        let targets = registers_mut(a).zip(registers_mut(b));
        for (pixels, (a, b)) in source.as_chunks().0.iter().zip(targets) {
            let pixels: &[u8; 2 * BYTES] = pixels;
            let [even, odd] = self.even_and_odd(p, [s.load(pixels), s.load(&pixels[BYTES..])]);
            s.store(a, p.permute(even, &PAIRS.0[0].0));
            s.store(b, p.permute(odd, &PAIRS.0[1].0));
        }
    }

    #[inline(always)]
    fn join_pairs(self, p: S::Permuter, target: &mut [u8], [a, b]: [&[u8]; 2]) {
        let s = self.0;
        let sources = registers(a).zip(registers(b));
        for (pixels, (a, b)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
            let pixels: &mut [u8; 2 * BYTES] = pixels;
            let even = p.permute(s.load(a), &PAIRS.1[0].0);
            let odd = p.permute(s.load(b), &PAIRS.1[1].0);
            let [first, second] = self.of_even_and_odd(p, [even, odd]);
            s.store(pixels, first);
            s.store(&mut pixels[BYTES..], second);
        }
    }

    #[inline(always)]
    fn split_triples(self, p: S::Permuter, [a, b, c]: [&mut [u8]; 3], source: &[u8]) {
        let s = self.0;
        let targets = registers_mut(a).zip(registers_mut(b)).zip(registers_mut(c));
        for (pixels, ((a, b), c)) in source.as_chunks().0.iter().zip(targets) {
            let pixels: &[u8; 3 * BYTES] = pixels;
            let first = s.load(pixels);
            let second = s.load(&pixels[BYTES..]);
            let third = s.load(&pixels[2 * BYTES..]);
            // A channel is one place further to the left in the second register than in the first one.
            let v = self.blend3(p, [2, 1], [first, third, second]);
            s.store(a, p.permute(v, &TRIPLES.0[0].0));
            let v = self.blend3(p, [0, 2], [first, third, second]);
            s.store(b, p.permute(v, &TRIPLES.0[1].0));
            let v = self.blend3(p, [1, 0], [first, third, second]);
            s.store(c, p.permute(v, &TRIPLES.0[2].0));
        }
    }

    #[inline(always)]
    fn join_triples(self, p: S::Permuter, target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
        let s = self.0;
        let sources = registers(a).zip(registers(b)).zip(registers(c));
        for (pixels, ((a, b), c)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
            let pixels: &mut [u8; 3 * BYTES] = pixels;
            let a = p.permute(s.load(a), &TRIPLES.1[0].0);
            let b = p.permute(s.load(b), &TRIPLES.1[1].0);
            let c = p.permute(s.load(c), &TRIPLES.1[2].0);
            s.store(pixels, self.blend3(p, [2, 1], [a, b, c]));
            s.store(&mut pixels[BYTES..], self.blend3(p, [1, 0], [a, b, c]));
            s.store(&mut pixels[2 * BYTES..], self.blend3(p, [0, 2], [a, b, c]));
        }
    }

    /// Pixels of four bytes, of which the first or the last one is not of a channel.
    #[inline(always)]
    fn split_quads<const FIRST_OTHER: bool>(
        self,
        p: S::Permuter,
        [a, b, c]: [&mut [u8]; 3],
        source: &[u8],
    ) {
        let s = self.0;
        let places = &QUADS.0[usize::from(FIRST_OTHER)..];
        let targets = registers_mut(a).zip(registers_mut(b)).zip(registers_mut(c));
        for (pixels, ((a, b), c)) in source.as_chunks().0.iter().zip(targets) {
            let [even, odd] = self.parts(p, pixels);
            let (even, odd) = (self.halves(p, &UPPER, even), self.halves(p, &OUTER, odd));
            let channels = if FIRST_OTHER {
                [odd[0], even[1], odd[1]]
            } else {
                [even[0], odd[0], even[1]]
            };
            s.store(a, p.permute(channels[0], &places[0].0));
            s.store(b, p.permute(channels[1], &places[1].0));
            s.store(c, p.permute(channels[2], &places[2].0));
        }
    }

    /// The same back; the other bytes of `target` stay as they are.
    #[inline(always)]
    fn join_quads<const FIRST_OTHER: bool>(
        self,
        p: S::Permuter,
        target: &mut [u8],
        [a, b, c]: [&[u8]; 3],
    ) {
        let s = self.0;
        let places = &QUADS.1[usize::from(FIRST_OTHER)..];
        let others = if FIRST_OTHER { &FIRST } else { &LAST };
        let sources = registers(a).zip(registers(b)).zip(registers(c));
        for (pixels, ((a, b), c)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
            let pixels: &mut [u8; 4 * BYTES] = pixels;
            let a = p.permute(s.load(a), &places[0].0);
            let b = p.permute(s.load(b), &places[1].0);
            let c = p.permute(s.load(c), &places[2].0);
            // The channel that is alone is both halves of its part.
            let alone = [b, p.rotate2(b)];
            let [even, odd] = if FIRST_OTHER {
                [alone, self.of_halves(p, &OUTER, [a, c])]
            } else {
                [self.of_halves(p, &UPPER, [a, c]), alone]
            };
            for (half, (even, odd)) in even.into_iter().zip(odd).enumerate() {
                let pixels = &mut pixels[2 * BYTES * half..];
                let [first, second] = self.of_even_and_odd(p, [even, odd]);
                let first = self.blend(p, others, first, s.load(pixels));
                let second = self.blend(p, others, second, s.load(&pixels[BYTES..]));
                s.store(pixels, first);
                s.store(&mut pixels[BYTES..], second);
            }
        }
    }

    /// Pixels of 4:2:2, with luma at the even or the odd bytes.
    #[inline(always)]
    fn split_subsampled<const ODD_LUMA: bool>(
        self,
        p: S::Permuter,
        [luma, a, b]: [&mut [u8]; 3],
        source: &[u8],
    ) {
        let s = self.0;
        let (of_luma, of_chroma) = subsampled_places::<ODD_LUMA>(&PAIRS.0, &QUADS.0);
        let luma = luma.as_chunks_mut().0.iter_mut();
        let targets = luma.zip(registers_mut(a)).zip(registers_mut(b));
        for (pixels, ((luma, a), b)) in source.as_chunks().0.iter().zip(targets) {
            let luma: &mut [u8; 2 * BYTES] = luma;
            let [even, odd] = self.parts(p, pixels);
            let (lumas, chromas) = if ODD_LUMA {
                (odd, self.halves(p, &UPPER, even))
            } else {
                (even, self.halves(p, &OUTER, odd))
            };
            s.store(luma, p.permute(lumas[0], &of_luma.0));
            s.store(&mut luma[BYTES..], p.permute(lumas[1], &of_luma.0));
            s.store(a, p.permute(chromas[0], &of_chroma[0].0));
            s.store(b, p.permute(chromas[1], &of_chroma[1].0));
        }
    }

    /// The same back.
    #[inline(always)]
    fn join_subsampled<const ODD_LUMA: bool>(
        self,
        p: S::Permuter,
        target: &mut [u8],
        [luma, a, b]: [&[u8]; 3],
    ) {
        let s = self.0;
        let (of_luma, of_chroma) = subsampled_places::<ODD_LUMA>(&PAIRS.1, &QUADS.1);
        let luma = luma.as_chunks().0.iter();
        let sources = luma.zip(registers(a)).zip(registers(b));
        for (pixels, ((luma, a), b)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
            let pixels: &mut [u8; 4 * BYTES] = pixels;
            let luma: &[u8; 2 * BYTES] = luma;
            let lumas = [
                p.permute(s.load(luma), &of_luma.0),
                p.permute(s.load(&luma[BYTES..]), &of_luma.0),
            ];
            let chromas = [
                p.permute(s.load(a), &of_chroma[0].0),
                p.permute(s.load(b), &of_chroma[1].0),
            ];
            let (even, odd) = if ODD_LUMA {
                (self.of_halves(p, &UPPER, chromas), lumas)
            } else {
                (lumas, self.of_halves(p, &OUTER, chromas))
            };
            for (half, (even, odd)) in even.into_iter().zip(odd).enumerate() {
                let [first, second] = self.of_even_and_odd(p, [even, odd]);
                let pixels = &mut pixels[2 * BYTES * half..];
                s.store(pixels, first);
                s.store(&mut pixels[BYTES..], second);
            }
        }
    }

    /// Bytes of `b` in the mask, and of `a` elsewhere.
    #[inline(always)]
    fn blend(self, p: S::Permuter, mask: &Mask, a: S::V, b: S::V) -> S::V {
        p.blend(self.0.load(&mask.0), a, b)
    }

    /// Every third byte of each of three registers, from places `THIRDS[last]` of the last and `THIRDS[middle]` of
    /// the one before it.
    #[inline(always)]
    fn blend3(self, p: S::Permuter, [last, middle]: [usize; 2], [a, b, c]: [S::V; 3]) -> S::V {
        let first_two = self.blend(p, &THIRDS[middle], a, b);
        self.blend(p, &THIRDS[last], first_two, c)
    }

    /// The even bytes of two registers, and the odd ones: those of the second one rotated by a byte.
    #[inline(always)]
    fn even_and_odd(self, p: S::Permuter, [first, second]: [S::V; 2]) -> [S::V; 2] {
        let second = p.rotate1(second);
        [
            self.blend(p, &ODD, first, second),
            self.blend(p, &ODD, second, first),
        ]
    }

    /// The same back.
    #[inline(always)]
    fn of_even_and_odd(self, p: S::Permuter, [even, odd]: [S::V; 2]) -> [S::V; 2] {
        let second = self.blend(p, &ODD, odd, even);
        [self.blend(p, &ODD, even, odd), p.rotate3(second)]
    }

    /// The even bytes of the first and of the last two of four registers, and the odd ones.
    #[inline(always)]
    fn parts(self, p: S::Permuter, pixels: &[u8; 4 * BYTES]) -> [[S::V; 2]; 2] {
        let s = self.0;
        let first = self.even_and_odd(p, [s.load(pixels), s.load(&pixels[BYTES..])]);
        let last = [s.load(&pixels[2 * BYTES..]), s.load(&pixels[3 * BYTES..])];
        let last = self.even_and_odd(p, last);
        [[first[0], last[0]], [first[1], last[1]]]
    }

    /// Two channels of two registers that have both: those of the second one rotated by two bytes. In the first one,
    /// the second channel is where `mask` has a bit.
    #[inline(always)]
    fn halves(self, p: S::Permuter, mask: &Mask, [first, last]: [S::V; 2]) -> [S::V; 2] {
        let last = p.rotate2(last);
        [
            self.blend(p, mask, first, last),
            self.blend(p, mask, last, first),
        ]
    }

    /// The same back.
    #[inline(always)]
    fn of_halves(self, p: S::Permuter, mask: &Mask, [a, b]: [S::V; 2]) -> [S::V; 2] {
        let last = self.blend(p, mask, b, a);
        [self.blend(p, mask, a, b), p.rotate2(last)]
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
