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
//! A register of bytes is taken as two halves of its pixels in 16 bits, and pairs of those are what
//! multiply-add instructions take: (R, G) and (B, G), or (Cb, Cr), of every fourth pixel in 32 bits. Sums
//! are those of the definition, term by term, and rounded once, where it rounds. So that each factor fits
//! in 16 bits, 38470, green's part of Y, is written as 22086 + 16384, the sums of Cb and Cr are those of their
//! complements (-1 - x, whose upper half is the complement of that of x), as one half has no 16-bit value and
//! minus one half has, and the one value of Cr that green's product with it misses is subtracted. Red's and
//! blue's products have factors of 14 bits, which give what those of 16 give for every chroma value there is.

use super::isa::{Simd, Vector};
use crate::codec::block::SIDE;
use crate::codec::color::{CENTER, CHROMA_OFFSET, HALF, ONE, fix};
use crate::codec::tiles::{Area, Tile};

/// 16 bits for each of half of the pixels of a register, and for the others.
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

/// The complement of a sum.
const COMPLEMENT: i32 = -1;

/// Red's and blue's factors, in units of 2^-14.
const RED: i32 = 22970;
const BLUE: i32 = 29033;

const _: () = {
    let mut chroma = -CENTER;
    while chroma < 256 - CENTER {
        assert!(rounded_product(chroma, RED) == (fix(1.40200) * chroma + HALF) >> 16);
        assert!(rounded_product(chroma, BLUE) == (fix(1.77200) * chroma + HALF) >> 16);
        chroma += 1;
    }
};

/// [`Simd::multiply_round`] of twice `chroma` and a factor in units of 2^-14.
const fn rounded_product(chroma: i32, factor: i32) -> i32 {
    (2 * chroma * factor + (1 << 14)) >> 15
}

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
        let s = self.0;
        let complement = s.splat32(COMPLEMENT);
        let (r, g, b) = (self.even_odd(r), self.even_odd(g), self.even_odd(b));
        let even = self.rgb16_to_ycbcr16([r[0], g[0], b[0]]);
        let odd = self.rgb16_to_ycbcr16([r[1], g[1], b[1]]);
        [
            s.join8(even[0], odd[0]),
            s.sub16(complement, s.join8(even[1], odd[1])),
            s.sub16(complement, s.join8(even[2], odd[2])),
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

    /// Y and the complements of Cb and Cr of pairs (R, G) and (B, G), before their shift.
    #[inline(always)]
    fn ycbcr_sums(self, rg: S::V, bg: S::V) -> [S::V; 3] {
        let s = self.0;
        let y = s.splat32(HALF);
        let y = s.accumulate(y, rg, s.splat32(pair(fix(0.29900), fix(0.58700) - QUARTER)));
        let y = s.accumulate(y, bg, s.splat32(pair(fix(0.11400), QUARTER)));
        let offset = s.splat32(COMPLEMENT - CHROMA_OFFSET);
        let half = s.splat32(pair(-HALF, 0));
        let cb = s.accumulate(offset, rg, s.splat32(pair(fix(0.16874), fix(0.33126))));
        let cb = s.accumulate(cb, bg, half);
        let cr = s.accumulate(offset, bg, s.splat32(pair(fix(0.08131), fix(0.41869))));
        let cr = s.accumulate(cr, rg, half);
        [y, cb, cr]
    }

    /// Samples of Y, Cb and Cr to those of R, G and B.
    #[inline(always)]
    fn ycbcr_to_rgb(self, [y, cb, cr]: [S::V; 3]) -> [S::V; 3] {
        let s = self.0;
        let (y, cb, cr) = (self.low_high(y), self.low_high(cb), self.low_high(cr));
        let low = self.ycbcr16_to_rgb16([y[0], cb[0], cr[0]]);
        let high = self.ycbcr16_to_rgb16([y[1], cb[1], cr[1]]);
        [
            s.pack_clamped(low[0], high[0]),
            s.pack_clamped(low[1], high[1]),
            s.pack_clamped(low[2], high[2]),
        ]
    }

    #[inline(always)]
    fn ycbcr16_to_rgb16(self, [y, cb, cr]: [S::V; 3]) -> [S::V; 3] {
        let s = self.0;
        let center = s.splat32(both(CENTER));
        let (cb, cr) = (s.sub16(cb, center), s.sub16(cr, center));
        let red = s.multiply_round(s.add16(cr, cr), s.splat32(both(RED)));
        let blue = s.multiply_round(s.add16(cb, cb), s.splat32(both(BLUE)));
        let factors = s.splat32(pair(-fix(0.34414), ONE - fix(0.71414)));
        let lower = s.accumulate(s.splat32(HALF), s.lower_halves(cb, cr), factors);
        let upper = s.accumulate(s.splat32(HALF), s.upper_halves(cb, cr), factors);
        let green = s.upper_halves(lower, upper);
        [
            s.add16(y, red),
            s.add16(s.sub16(y, cr), green),
            s.add16(y, blue),
        ]
    }

    /// The even and the odd bytes.
    #[inline(always)]
    fn even_odd(self, v: S::V) -> Halves<S> {
        [
            self.0.and(v, self.0.splat32(both(0xff))),
            self.0.upper_bytes(v),
        ]
    }

    /// The bytes of the lower and of the upper half of each lane.
    #[inline(always)]
    fn low_high(self, v: S::V) -> Halves<S> {
        let zero = self.0.splat32(0);
        [self.0.lo8(v, zero), self.0.hi8(v, zero)]
    }
}
