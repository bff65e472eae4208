// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Rows of pixels of three bytes to rows of samples and back, by permutations of bytes across lanes.

use super::isa::{Permute, Pick, Simd, Vector};
use crate::codec::layout::PixelSize;
use crate::codec::tiles::{self, PixelRows};

/// Pixels at a time.
const PIXELS: usize = 64;

/// Every third byte of three registers, from the first, the second or the third one on.
const SPLIT: [Pick; 3] = {
    let mut picks = [Pick::NONE; 3];
    let mut at = 0;
    while at < 3 * PIXELS {
        picks[at % 3] = picks[at % 3].with(at / 3, at);
        at += 1;
    }
    picks
};

/// A byte of each of three registers in turns: the first, the second and the third register of them.
const JOIN: [Pick; 3] = {
    let mut picks = [Pick::NONE; 3];
    let mut at = 0;
    while at < 3 * PIXELS {
        picks[at / PIXELS] = picks[at / PIXELS].with(at % PIXELS, at % 3 * PIXELS + at / 3);
        at += 1;
    }
    picks
};

impl<S: Simd> PixelRows for Vector<S> {
    #[inline(always)]
    fn split(self, size: PixelSize, [a, b, c]: [&mut [u8]; 3], source: &[u8]) {
        let s = self.0;
        let mut x = 0;
        if let (PixelSize::Three, Some(permuter)) = (size, s.permuter()) {
            while x + PIXELS <= a.len() && 3 * (x + PIXELS) <= source.len() {
                let pixels = [
                    s.load(&source[3 * x..]),
                    s.load(&source[3 * x + PIXELS..]),
                    s.load(&source[3 * x + 2 * PIXELS..]),
                ];
                s.store(&mut a[x..], permuter.pick(pixels, &SPLIT[0]));
                s.store(&mut b[x..], permuter.pick(pixels, &SPLIT[1]));
                s.store(&mut c[x..], permuter.pick(pixels, &SPLIT[2]));
                x += PIXELS;
            }
        }
        if x < a.len() {
            let rest = [&mut a[x..], &mut b[x..], &mut c[x..]];
            tiles::split_pixels(size, rest, &source[size.bytes() * x..]);
        }
    }

    #[inline(always)]
    fn join(self, size: PixelSize, target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
        let s = self.0;
        let mut x = 0;
        if let (PixelSize::Three, Some(permuter)) = (size, s.permuter()) {
            while x + PIXELS <= a.len() && 3 * (x + PIXELS) <= target.len() {
                let samples = [s.load(&a[x..]), s.load(&b[x..]), s.load(&c[x..])];
                for (register, pick) in JOIN.iter().enumerate() {
                    let pixels = &mut target[3 * x + PIXELS * register..];
                    s.store(pixels, permuter.pick(samples, pick));
                }
                x += PIXELS;
            }
        }
        if x < a.len() {
            tiles::join_pixels(
                size,
                &mut target[size.bytes() * x..],
                [&a[x..], &b[x..], &c[x..]],
            );
        }
    }
}
