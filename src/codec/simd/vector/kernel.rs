// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The parts put together.

use super::entry::Variants;
use super::isa::Vector;
use crate::codec::block::CoefficientBlock;
use crate::codec::kernel::{
    Change, Distances, Kernel, Neighbors, Points, RoundTrip, RowsOfSamples, SampleChange, Source,
    Verification,
};
use crate::codec::moments::Moments;
use crate::codec::quant::Divisors;
use crate::codec::settle::Worst;
use crate::codec::tiles::{Area, Tile};

impl<S: Variants> Kernel for Vector<S> {
    #[inline(always)]
    fn round_trip<const KEEP: bool>(self, blocks: RoundTrip<'_, KEEP>) -> u32 {
        self.0.enter_part(blocks)
    }

    #[inline(always)]
    fn include(self, distances: &Distances, worst: &mut Worst) {
        self.include_lanes(self.load_lane(&distances.0), worst);
    }

    #[inline(always)]
    fn neighbors(self, blocks: Neighbors<'_>) {
        self.0.enter(blocks);
    }

    #[inline(always)]
    fn verify(self, blocks: Verification<'_>) -> u64 {
        self.0.enter_part(blocks)
    }

    #[inline(always)]
    fn quantize(self, source: Source<'_>, target: &mut [CoefficientBlock], divisors: &Divisors) {
        self.quantize_blocks(source, target, divisors);
    }

    #[inline(always)]
    fn quantize_points(
        self,
        points: &Points,
        target: &mut [CoefficientBlock],
        divisors: &Divisors,
    ) {
        self.divide_points(points, target, divisors);
    }

    #[inline(always)]
    fn transform(self, source: Source<'_>, target: &mut [CoefficientBlock]) {
        self.transform_blocks(source, target);
    }

    #[inline(always)]
    fn moments(self, source: Source<'_>, moments: &mut Moments) {
        self.add_moments(source, moments);
    }

    #[inline(always)]
    fn to_ycbcr(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        self.convert_tiles::<false>(target, source, area);
    }

    #[inline(always)]
    fn to_rgb(self, target: &mut [Tile; 3], source: &[Tile; 3], area: Area) {
        self.convert_tiles::<true>(target, source, area);
    }

    #[inline(always)]
    fn replace(self, target: &mut [u8], stride: usize, new: &Tile, area: Area) -> Change {
        self.replace_tile(target, stride, new, area)
    }

    #[inline(always)]
    fn round_samples(self, rows: RowsOfSamples<'_>) -> SampleChange {
        self.round_rows(rows)
    }
}
