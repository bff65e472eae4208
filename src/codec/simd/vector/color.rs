// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The color conversion of the vector backends: that of [`color`](crate::codec::color), a register at
//! a time.
//!
//! A register of bytes is taken as its even and its odd pixels in 16 bits, and pairs of those are what
//! multiply-add instructions take: (R, G) and (B, G), or (Cb, Cr), of every fourth pixel in 32 bits. Sums
//! are those of the definition, term by term, and rounded once, where it rounds. So that each factor fits
//! in 16 bits, 38470, green's part of Y, is written as 22086 + 16384, and whole multiples of a chroma
//! value are taken out of its products with more than one half.

use super::isa::{Simd, Vector};
use crate::codec::block::SIDE;
use crate::codec::color::{CENTER, CHROMA_OFFSET, HALF, ONE, fix};
use crate::codec::tiles::{Area, Tile};

/// 16 bits for the even and for the odd pixels of a register.
type Halves<S> = [<S as Simd>::V; 2];

/// Two factors as a pair of 16-bit values.
const fn pair(low: i32, high: i32) -> i32 {
    low & 0xffff | high << 16
}

/// A 16-bit value twice.
const fn both(value: i32) -> i32 {
    pair(value, value)
}

/// One quarter, in units of 2^-16.
const QUARTER: i32 = ONE / 4;

/// Minus one half, for want of a 16-bit value for one half.
const MINUS_HALF: i32 = -HALF;

impl<S: Simd> Vector<S> {
    /// [`Kernel::to_rgb`](crate::codec::kernel::Kernel::to_rgb) or, without `TO_RGB`,
    /// [`Kernel::to_ycbcr`](crate::codec::kernel::Kernel::to_ycbcr).
    #[inline(always)]
    pub(super) fn convert_tiles<const TO_RGB: bool>(
        self,
        target: &mut [Tile; 3],
        source: &[Tile; 3],
        area: Area,
    ) {
        let s = self.0;
        let [source0, source1, source2] = source;
        let [target0, target1, target2] = target;
        for y in 0..SIDE {
            for x in (0..area.padded_width()).step_by(S::BYTES) {
                let pixels = [
                    s.load(&source0.row(y)[x..]),
                    s.load(&source1.row(y)[x..]),
                    s.load(&source2.row(y)[x..]),
                ];
                let converted = if TO_RGB {
                    self.ycbcr_to_rgb(pixels)
                } else {
                    self.rgb_to_ycbcr(pixels)
                };
                s.store(&mut target0.row_mut(y)[x..], converted[0]);
                s.store(&mut target1.row_mut(y)[x..], converted[1]);
                s.store(&mut target2.row_mut(y)[x..], converted[2]);
            }
        }
    }

    /// Samples of R, G and B to those of Y, Cb and Cr.
    #[inline(always)]
    fn rgb_to_ycbcr(self, [r, g, b]: [S::V; 3]) -> [S::V; 3] {
        let (r, g, b) = (self.halves(r), self.halves(g), self.halves(b));
        let even = self.rgb16_to_ycbcr16([r[0], g[0], b[0]]);
        let odd = self.rgb16_to_ycbcr16([r[1], g[1], b[1]]);
        [
            self.joined([even[0], odd[0]]),
            self.joined([even[1], odd[1]]),
            self.joined([even[2], odd[2]]),
        ]
    }

    #[inline(always)]
    fn rgb16_to_ycbcr16(self, [r, g, b]: [S::V; 3]) -> [S::V; 3] {
        let s = self.0;
        let lower = self.ycbcr_sums(s.lower_halves(r, g), s.lower_halves(b, g));
        let upper = self.ycbcr_sums(s.upper_halves(r, g), s.upper_halves(b, g));
        [
            s.upper_halves(lower[0], upper[0]),
            s.upper_halves(lower[1], upper[1]),
            s.upper_halves(lower[2], upper[2]),
        ]
    }

    /// Y, Cb and Cr of pairs (R, G) and (B, G), before their shift.
    #[inline(always)]
    fn ycbcr_sums(self, rg: S::V, bg: S::V) -> [S::V; 3] {
        let s = self.0;
        let y = s.splat32(HALF);
        let y = s.accumulate(y, rg, s.splat32(pair(fix(0.29900), fix(0.58700) - QUARTER)));
        let y = s.accumulate(y, bg, s.splat32(pair(fix(0.11400), QUARTER)));
        let offset = s.splat32(CHROMA_OFFSET);
        let half = s.splat32(pair(MINUS_HALF, 0));
        let cb = s.accumulate(offset, rg, s.splat32(pair(-fix(0.16874), -fix(0.33126))));
        let cb = s.sub32(cb, s.multiply_pairs16(bg, half));
        let cr = s.accumulate(offset, bg, s.splat32(pair(-fix(0.08131), -fix(0.41869))));
        let cr = s.sub32(cr, s.multiply_pairs16(rg, half));
        [y, cb, cr]
    }

    /// Samples of Y, Cb and Cr to those of R, G and B.
    #[inline(always)]
    fn ycbcr_to_rgb(self, [y, cb, cr]: [S::V; 3]) -> [S::V; 3] {
        let (y, cb, cr) = (self.halves(y), self.halves(cb), self.halves(cr));
        let even = self.ycbcr16_to_rgb16([y[0], cb[0], cr[0]]);
        let odd = self.ycbcr16_to_rgb16([y[1], cb[1], cr[1]]);
        [
            self.clamped([even[0], odd[0]]),
            self.clamped([even[1], odd[1]]),
            self.clamped([even[2], odd[2]]),
        ]
    }

    #[inline(always)]
    fn ycbcr16_to_rgb16(self, [y, cb, cr]: [S::V; 3]) -> [S::V; 3] {
        let s = self.0;
        let center = s.splat32(both(CENTER));
        let (cb, cr) = (s.sub16(cb, center), s.sub16(cr, center));
        let (cb2, cr2) = (s.add16(cb, cb), s.add16(cr, cr));
        let factors = s.splat32(pair(-fix(0.34414), ONE - fix(0.71414)));
        let lower = s.accumulate(s.splat32(HALF), s.lower_halves(cb, cr), factors);
        let upper = s.accumulate(s.splat32(HALF), s.upper_halves(cb, cr), factors);
        let green = s.upper_halves(lower, upper);
        [
            s.add16(s.add16(y, cr), self.rounded(cr2, fix(1.40200) - ONE)),
            s.add16(s.sub16(y, cr), green),
            s.add16(s.add16(y, cb2), self.rounded(cb2, fix(1.77200) - 2 * ONE)),
        ]
    }

    /// The product of half of `double` with `factor` / 2^16, rounded.
    #[inline(always)]
    fn rounded(self, double: S::V, factor: i32) -> S::V {
        let s = self.0;
        let product = s.multiply_high(double, s.splat32(both(factor)));
        s.halve16(s.add16(product, s.splat32(both(1))))
    }

    /// The even and the odd bytes.
    #[inline(always)]
    fn halves(self, v: S::V) -> Halves<S> {
        [
            self.0.and(v, self.0.splat32(both(0xff))),
            self.0.upper_bytes(v),
        ]
    }

    /// The other way round, of values of 0..=255.
    #[inline(always)]
    fn joined(self, [even, odd]: Halves<S>) -> S::V {
        let s = self.0;
        s.add16(even, s.multiply_low(odd, s.splat32(both(256))))
    }

    /// The same, of values to be clamped.
    #[inline(always)]
    fn clamped(self, [even, odd]: Halves<S>) -> S::V {
        self.0.interleave8(self.0.pack_clamped(even, odd))
    }
}
