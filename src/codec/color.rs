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
pub(crate) const ONE: i32 = 1 << BITS;
pub(crate) const HALF: i32 = 1 << (BITS - 1);
pub(crate) const CENTER: i32 = 128;

/// HALF - 1, as HALF would have Cb = Cr = 255 + 1/2 round up to 256.
pub(crate) const CHROMA_OFFSET: i32 = (CENTER << BITS) + HALF - 1;

/// `value` in units of 2^-16, rounded to nearest.
pub(crate) const fn fix(value: f64) -> i32 {
    (value * (1i64 << BITS) as f64 + 0.5) as i32
}

/// One RGB pixel to (Y, Cb, Cr), each 0..=255.
pub(crate) fn rgb_to_ycbcr([r, g, b]: [u8; 3]) -> [u8; 3] {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let y = fix(0.29900) * r + fix(0.58700) * g + fix(0.11400) * b + HALF;
    let cb = -fix(0.16874) * r - fix(0.33126) * g + fix(0.50000) * b + CHROMA_OFFSET;
    let cr = fix(0.50000) * r - fix(0.41869) * g - fix(0.08131) * b + CHROMA_OFFSET;
    [y, cb, cr].map(|sum| (sum >> BITS) as u8)
}

/// One (Y, Cb, Cr) pixel to RGB, each clamped to 0..=255.
pub(crate) fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - CENTER, i32::from(cr) - CENTER);
    let r = y + ((fix(1.40200) * cr + HALF) >> BITS);
    let g = y + ((-fix(0.34414) * cb - fix(0.71414) * cr + HALF) >> BITS);
    let b = y + ((fix(1.77200) * cb + HALF) >> BITS);
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
