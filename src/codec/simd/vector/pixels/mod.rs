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
    fn split(self, packing: Packing, [a, b, c]: [&mut [u8]; 3], source: &[u8]) {
        let whole = self.whole_groups(packing, a.len(), source.len());
        let (a, rest_a) = a.split_at_mut(whole);
        let (b, rest_b) = b.split_at_mut(whole / packing.pixels_per_sample(1));
        let (c, rest_c) = c.split_at_mut(whole / packing.pixels_per_sample(2));
        let (source, rest) = source.split_at(packing.pixel_stride() * whole);
        match self.0.permuter() {
            Some(permuter) => self.split_across(permuter, packing, [a, b, c], source),
            None => self.split_in_lanes(packing, [a, b, c], source),
        }
        if !rest_a.is_empty() {
            pixels::split_pixels(packing, [rest_a, rest_b, rest_c], rest);
        }
    }

    #[inline(always)]
    fn join(self, packing: Packing, target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
        let whole = self.whole_groups(packing, a.len(), target.len());
        let (a, rest_a) = a.split_at(whole);
        let (b, rest_b) = b.split_at(whole / packing.pixels_per_sample(1));
        let (c, rest_c) = c.split_at(whole / packing.pixels_per_sample(2));
        let (target, rest) = target.split_at_mut(packing.pixel_stride() * whole);
        match self.0.permuter() {
            Some(permuter) => self.join_across(permuter, packing, target, [a, b, c]),
            None => self.join_in_lanes(packing, target, [a, b, c]),
        }
        if !rest_a.is_empty() {
            pixels::join_pixels(packing, rest, [rest_a, rest_b, rest_c]);
        }
    }
}

impl<S: Simd> Vector<S> {
    /// Pixels of a row that fill whole registers with each of their channels, where the row has so many samples and
    /// bytes.
    #[inline(always)]
    fn whole_groups(self, packing: Packing, samples: usize, bytes: usize) -> usize {
        if packing == Packing::Triples && self.0.permuter().is_none() {
            return 0;
        }
        let group = packing.pixels_per_sample(1) * S::BYTES;
        let groups = (samples / group).min(bytes / (packing.pixel_stride() * group));
        groups * group
    }
}
