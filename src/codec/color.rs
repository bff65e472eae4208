// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! RGB <-> YCbCr as JFIF defines it (ITU-R BT.601 weights, full range), in libjpeg's fixed point:
//! 16 fractional bits, every product rounded where libjpeg rounds it.

const BITS: u32 = 16;
const ONE: i32 = 1 << BITS;
const HALF: i32 = 1 << (BITS - 1);
const CENTER: i32 = 128;

/// `value` in units of 2^-16, rounded to nearest.
const fn fix(value: f64) -> i32 {
    (value * (1i64 << BITS) as f64 + 0.5) as i32
}

/// One RGB pixel to (Y, Cb, Cr), each 0..=255.
///
/// Green's part of Y is written as all of it less the rest, so that each factor fits in 16 bits.
#[inline(always)]
pub(crate) fn rgb_to_ycbcr([r, g, b]: [u8; 3]) -> [u8; 3] {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    // HALF - 1 on the chroma offset keeps Cb = Cr = 255 + 1/2 from rounding up to 256.
    let offset = (CENTER << BITS) + HALF - 1;
    let y = fix(0.29900) * r - (ONE - fix(0.58700)) * g + fix(0.11400) * b + (g << BITS) + HALF;
    let cb = -fix(0.16874) * r - fix(0.33126) * g + fix(0.50000) * b + offset;
    let cr = fix(0.50000) * r - fix(0.41869) * g - fix(0.08131) * b + offset;
    [y, cb, cr].map(|sum| (sum >> BITS) as u8)
}

/// One (Y, Cb, Cr) pixel to RGB, each clamped to 0..=255.
///
/// Whole multiples of a chroma value are taken out of the products, so that what is left of each
/// factor fits in 16 bits.
#[inline(always)]
pub(crate) fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (
        i16::from(y),
        i16::from(cb) - CENTER as i16,
        i16::from(cr) - CENTER as i16,
    );
    let product = |value: i16, factor: i32| i32::from(value) * factor;
    let rounded = |value: i16, factor: i32| {
        // Half of the product of the double: one multiplication of 16-bit values gives it.
        ((product(2 * value, factor) >> BITS) as i16 + 1) >> 1
    };
    let green = product(cb, -fix(0.34414)) + product(cr, ONE - fix(0.71414)) + HALF;
    let r = y + cr + rounded(cr, fix(1.40200) - ONE);
    let g = y - cr + (green >> BITS) as i16;
    let b = y + 2 * cb + rounded(cb, fix(1.77200) - 2 * ONE);
    [r, g, b].map(|sample| sample.clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As libjpeg's tables have it: every product whole, then rounded.
    fn by_whole_products([y, cb, cr]: [u8; 3]) -> [u8; 3] {
        let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
        let r = y + ((91881 * cr + 32768) >> 16);
        let g = y + ((-22554 * cb - 46802 * cr + 32768) >> 16);
        let b = y + ((116130 * cb + 32768) >> 16);
        [r, g, b].map(|sample| sample.clamp(0, 255) as u8)
    }

    #[test]
    fn every_ycbcr_gives_what_libjpeg_gives() {
        for all in 0..1u32 << 24 {
            let [y, cb, cr, _] = all.to_le_bytes();
            assert_eq!(
                ycbcr_to_rgb([y, cb, cr]),
                by_whole_products([y, cb, cr]),
                "{:?}",
                [y, cb, cr]
            );
        }
    }
}
