// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Rows of pixels to rows of samples and back.
//!
//! Bytes go across the lanes of a register where the CPU has instructions for that, and otherwise stay within them:
//! a lane holds pixels that lie side by side then.

mod across_lanes;
mod in_lanes;

use super::isa::{Simd, Vector};
use crate::codec::layout::Packing;
use crate::codec::pixels::{self, PixelRows};

impl<S: Simd> PixelRows for Vector<S> {
    #[inline(always)]
    fn split(self, packing: Packing, targets: [&mut [u8]; 3], source: &[u8]) {
        let [a, b, c] = targets;
        let done = match self.0.permuter() {
            Some(permuter) => {
                self.split_across(permuter, packing, [&mut *a, &mut *b, &mut *c], source)
            }
            None => self.split_in_lanes(packing, [&mut *a, &mut *b, &mut *c], source),
        };
        if done < a.len() {
            let of_others = done / packing.pixels_per_sample(1);
            let rest = [&mut a[done..], &mut b[of_others..], &mut c[of_others..]];
            pixels::split_pixels(packing, rest, &source[packing.pixel_stride() * done..]);
        }
    }

    #[inline(always)]
    fn join(self, packing: Packing, target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
        let done = match self.0.permuter() {
            Some(permuter) => self.join_across(permuter, packing, target, [a, b, c]),
            None => self.join_in_lanes(packing, target, [a, b, c]),
        };
        if done < a.len() {
            let of_others = done / packing.pixels_per_sample(1);
            let rest = [&a[done..], &b[of_others..], &c[of_others..]];
            pixels::join_pixels(packing, &mut target[packing.pixel_stride() * done..], rest);
        }
    }
}

/// Whole groups of pixels in rows of `samples` samples, of pixels of `bytes` bytes.
#[inline(always)]
fn groups(samples: usize, bytes: usize, packing: Packing, group: usize) -> usize {
    (samples / group).min(bytes / (packing.pixel_stride() * group))
}
