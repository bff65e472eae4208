// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What happens to a band: tile by tile, read, transform, compare, write back.
//!
//! All of it is inlined into each backend's entry point and so compiled for that instruction set.

use super::bands::Band;
use super::block::SIDE;
use super::color;
use super::planes::{Channel, ColorMode, MAX_COMPONENTS, PlaneMut, TableSlot};
use super::quant::Divisors;
use super::simd::Kernel;
use super::stats::{Extent, FrameStats};
use super::tiles::{Area, Tile, Tiles};

/// The two tables of a plan.
pub(crate) struct TablePair {
    pub luma: Divisors,
    pub chroma: Divisors,
}

impl TablePair {
    fn of(&self, slot: TableSlot) -> &Divisors {
        match slot {
            TableSlot::Luma => &self.luma,
            TableSlot::Chroma => &self.chroma,
        }
    }
}

/// The tables of Y, Cb and Cr.
const YCBCR_SLOTS: [TableSlot; 3] = [TableSlot::Luma, TableSlot::Chroma, TableSlot::Chroma];

/// Takes a band through the round trip, in place.
#[inline(always)]
pub(crate) fn distill_band<K: Kernel>(
    kernel: K,
    band: &mut Band<'_>,
    tables: &TablePair,
) -> FrameStats {
    let mut worker = Worker {
        kernel,
        tables,
        stored: [Tile::BLANK; MAX_COMPONENTS],
        source: [Tile::BLANK; MAX_COMPONENTS],
        result: [Tile::BLANK; MAX_COMPONENTS],
        top: band.top,
        stats: FrameStats::default(),
    };
    for y in (0..band.rows).step_by(SIDE) {
        let height = SIDE.min(band.rows - y);
        match band.group.color {
            ColorMode::Native => {
                for channel in &band.group.channels {
                    for area in Tiles::new(y, channel.width, height) {
                        worker.distill_channel(&mut band.planes[channel.slot], channel, area);
                    }
                }
            }
            ColorMode::YCbCr => {
                for area in Tiles::new(y, band.group.channels[0].width, height) {
                    worker.distill_ycbcr(&mut band.planes, &band.group.channels, area);
                }
            }
        }
    }
    worker.stats
}

/// A band's scratch memory and counts.
struct Worker<'a, K> {
    kernel: K,
    tables: &'a TablePair,
    /// R, G and B as they were stored.
    stored: [Tile; MAX_COMPONENTS],
    /// What is transformed.
    source: [Tile; MAX_COMPONENTS],
    result: [Tile; MAX_COMPONENTS],
    /// Row of the frame that the band starts with.
    top: usize,
    stats: FrameStats,
}

impl<K: Kernel> Worker<'_, K> {
    #[inline(always)]
    fn distill_channel(&mut self, plane: &mut PlaneMut<'_>, channel: &Channel, area: Area) {
        let divisors = self.tables.of(channel.table);
        let change = if channel.pixel_stride == 1 && area.is_whole() {
            let (source, stride) = (
                plane.bytes_from(area.y, channel.offset + area.x),
                plane.stride(),
            );
            let zeroed = self.kernel.round_trip(
                source,
                stride,
                &mut self.result[0],
                area.blocks(),
                divisors,
            );
            self.count(zeroed, area);
            self.kernel.compare(source, stride, &self.result[0], area)
        } else {
            self.source[0].gather(plane, channel, area);
            self.transform(0, divisors, area);
            self.result[0].copy_padding(&self.source[0], area);
            self.kernel
                .compare_tiles(&self.source[0], &self.result[0], area)
        };
        self.include(&change, channel, area);
        self.result[0].scatter(plane, channel, area);
    }

    #[inline(always)]
    fn distill_ycbcr(&mut self, planes: &mut [PlaneMut<'_>], channels: &[Channel], area: Area) {
        for (tile, channel) in self.stored.iter_mut().zip(channels) {
            tile.gather(&planes[channel.slot], channel, area);
        }
        Tile::convert(&mut self.source, &self.stored, area, color::rgb_to_ycbcr);
        for (component, slot) in YCBCR_SLOTS.into_iter().enumerate() {
            self.transform(component, self.tables.of(slot), area);
        }
        Tile::convert(&mut self.source, &self.result, area, color::ycbcr_to_rgb);
        for (component, channel) in channels.iter().enumerate() {
            let (old, new) = (&self.stored[component], &mut self.source[component]);
            new.copy_padding(old, area);
            let change = self.kernel.compare_tiles(old, new, area);
            new.scatter(&mut planes[channel.slot], channel, area);
            self.include(&change, channel, area);
        }
    }

    /// The round trip of a gathered component.
    #[inline(always)]
    fn transform(&mut self, component: usize, divisors: &Divisors, area: Area) {
        let zeroed = self.kernel.round_trip_tile(
            &self.source[component],
            &mut self.result[component],
            area.blocks(),
            divisors,
        );
        self.count(zeroed, area);
    }

    fn count(&mut self, zeroed: u32, area: Area) {
        self.stats.coefficients += (area.blocks() * SIDE * SIDE) as u64;
        self.stats.zeroed += u64::from(zeroed);
    }

    /// Counts what changed in a tile.
    fn include(&mut self, change: &Change, channel: &Channel, area: Area) {
        let stats = &mut self.stats;
        stats.samples += (area.width * area.height) as u64;
        stats.squared_change += u64::from(change.squared);
        stats.max_change = stats.max_change.max(u32::from(change.max));
        stats.changed_blocks += u64::from(change.blocks.count_ones());
        if change.blocks != 0 {
            let first = change.blocks.trailing_zeros() as usize * SIDE;
            let last = (64 - change.blocks.leading_zeros() as usize) * SIDE;
            let (across, down) = channel.pixels_per_sample;
            let top = self.top + area.y;
            let changed = Extent {
                left: (area.x + first) * across,
                top: top * down,
                right: (area.x + last.min(area.width)) * across,
                bottom: (top + area.height) * down,
            };
            stats.changed_extent = stats.changed_extent.union(changed);
        }
    }
}

/// How two tiles differ. A tile is small enough for 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Sum of squared differences, in levels squared.
    pub squared: u32,
    /// Largest absolute difference, in levels.
    pub max: u8,
    /// A bit for each block, the leftmost one's the lowest: whether it differs.
    pub blocks: u64,
}
