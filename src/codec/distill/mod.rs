// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A band through the round trip: tile by tile, read, transform, settle, compare, write back.

mod moved;
mod scratch;

use super::bands::Band;
use super::block::{AREA, CoefficientBlock, SIDE};
use super::coefficients::CoefficientsMut;
use super::kernel::{Change, Distances, Kernel, Points, RoundTrip, Source, Verification, Work};
use super::layout::{Channel, ColorMode, Group, MAX_COMPONENTS, Packing, TableSlot, YCBCR_SLOTS};
use super::planes::PlaneMut;
use super::quantizers::Quantizers;
use super::settle::Worst;
use super::stats::{Extent, FrameStats};
use super::tiles::{Ahead, Area, TILE, Tile, Tiles};

pub(crate) use scratch::Scratch;

use moved::{Bits, Candidates, Singles, Unsettled, settle_rgb};

/// A band to be taken through the round trip, in place.
pub(crate) struct DistillBand<'a, 'f> {
    pub band: Band<'f>,
    pub quantizers: &'a Quantizers,
    /// Set if [`FrameStats::margin`] is wanted.
    pub measure: bool,
    /// Receives the quantized coefficients of the components of the band's group, if they are wanted: only where
    /// blocks are settled.
    pub coefficients: Option<[CoefficientsMut<'a>; MAX_COMPONENTS]>,
    pub scratch: &'a mut Scratch,
}

impl Work for DistillBand<'_, '_> {
    /// Counts of what changed.
    type Output = FrameStats;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> FrameStats {
        if self.quantizers.settles() {
            Worker::<K, true>::run(kernel, self)
        } else {
            Worker::<K, false>::run(kernel, self)
        }
    }
}

/// A band's memory and counts.
struct Worker<'a, K, const SETTLE: bool> {
    kernel: K,
    quantizers: &'a Quantizers,
    source: &'a mut [Tile; MAX_COMPONENTS],
    result: &'a mut [Tile; MAX_COMPONENTS],
    points: &'a mut [Points; MAX_COMPONENTS],
    passes: &'a mut Points,
    singles: &'a mut Tile,
    /// Destination of the quantized coefficients of each component of a row of blocks; empty if they aren't wanted.
    row: [&'a mut [CoefficientBlock]; MAX_COMPONENTS],
    /// Row of the frame that the band starts with.
    top: usize,
    /// Of the blocks that were moved, of the components that use the first table, and of those that use the
    /// second one.
    worst: [Worst; 2],
    /// Likewise, of the blocks that hold where they are nearest.
    settled: [Distances; 2],
    /// Likewise, of the source, if they are measured.
    distances: Option<[Distances; 2]>,
    stats: FrameStats,
}

impl<K: Kernel, const SETTLE: bool> Worker<'_, K, SETTLE> {
    #[inline(always)]
    fn run(kernel: K, work: DistillBand<'_, '_>) -> FrameStats {
        let DistillBand {
            mut band,
            quantizers,
            measure,
            mut coefficients,
            scratch,
        } = work;
        let tiles = &mut scratch.stored;
        let mut worker = Worker::<K, SETTLE> {
            kernel,
            quantizers,
            source: &mut scratch.source,
            result: &mut scratch.result,
            points: &mut scratch.points,
            passes: &mut scratch.passes,
            singles: &mut scratch.singles,
            row: Default::default(),
            top: band.top,
            worst: [Worst::NONE; 2],
            settled: [Distances::NONE; 2],
            distances: measure.then_some([Distances::NONE; 2]),
            stats: FrameStats::default(),
        };
        for y in (0..band.rows).step_by(SIDE) {
            let height = SIDE.min(band.rows - y);
            let (planes, group) = (&mut band.planes, band.group);
            let areas = Tiles::new(y, group.channels[0].width, height);
            if let Some(targets) = &mut coefficients {
                let targets = targets.iter_mut().zip(&group.channels);
                for (row, (target, channel)) in worker.row.iter_mut().zip(targets) {
                    *row = target.split_off_row(channel.width.div_ceil(SIDE));
                }
            }
            match (group.color, group.pixels) {
                (ColorMode::Native, Some(pixels)) => {
                    for area in areas {
                        let group = (group, pixels.packing);
                        worker.distill_pixels(planes, group, tiles, area);
                    }
                }
                (ColorMode::Native, None) => {
                    for (component, channel) in group.channels.iter().enumerate() {
                        for area in Tiles::new(y, channel.width, height) {
                            let plane = &mut planes[channel.slot];
                            let tile = &mut tiles[0];
                            worker.distill_channel(plane, (component, channel), tile, area);
                        }
                    }
                }
                (ColorMode::YCbCr, _) => {
                    for area in areas {
                        worker.distill_ycbcr(planes, group, tiles, area);
                    }
                }
            }
        }
        if SETTLE {
            worker.certify(&band);
        }
        worker.measure();
        worker.stats
    }

    /// One channel, where it is if that is possible, with its index in its group.
    #[inline(always)]
    fn distill_channel(
        &mut self,
        plane: &mut PlaneMut<'_>,
        (component, channel): (usize, &Channel),
        tile: &mut Tile,
        area: Area,
    ) {
        let stride = plane.stride();
        let samples = plane.bytes_mut_from(area.y, channel.byte_at(area.x));
        if channel.pixel_stride == 1 && area.is_whole(samples, stride) {
            let ahead = Ahead::below(samples, stride);
            self.transform((samples, stride), component, channel, area, ahead);
            let change = self.kernel.replace(samples, stride, &self.result[0], area);
            self.include(&change, channel, area);
        } else {
            tile.gather(plane, channel, area);
            self.distill_tile(tile, component, channel, area, Ahead::default());
            tile.scatter(plane, channel, area);
        }
    }

    /// The channels of pixels.
    #[inline(always)]
    fn distill_pixels(
        &mut self,
        planes: &mut [PlaneMut<'_>],
        (group, packing): (&Group, Packing),
        tiles: &mut [Tile; MAX_COMPONENTS],
        area: Area,
    ) {
        Tile::gather_pixels(self.kernel, tiles, planes, group, area);
        let channels = group.channels.iter().enumerate();
        for (tile, (component, channel)) in tiles.iter_mut().zip(channels) {
            let ahead = Ahead::below_pixels(&planes[0], packing, area, component);
            let area = area.of_channel(packing, component);
            self.distill_tile(tile, component, channel, area, ahead);
        }
        Tile::scatter_pixels(self.kernel, tiles, planes, group, area);
    }

    /// A tile of one channel, in place.
    #[inline(always)]
    fn distill_tile(
        &mut self,
        tile: &mut Tile,
        component: usize,
        channel: &Channel,
        area: Area,
        ahead: Ahead<'_>,
    ) {
        self.transform((tile.bytes(), TILE), component, channel, area, ahead);
        let result = &mut self.result[0];
        result.copy_padding(tile, area);
        let change = self.kernel.replace(tile.bytes_mut(), TILE, result, area);
        self.include(&change, channel, area);
    }

    /// Leaves in the first result tile what `source`, rows `stride` bytes apart, becomes.
    #[inline(always)]
    fn transform(
        &mut self,
        (source, stride): (&[u8], usize),
        component: usize,
        channel: &Channel,
        area: Area,
        ahead: Ahead<'_>,
    ) {
        let quantizer = self.quantizers.of(channel.table);
        let zeroed = self.kernel.round_trip(RoundTrip::<SETTLE> {
            source: Source {
                samples: source,
                stride,
                blocks: area.blocks(),
            },
            divisors: &quantizer.divisors,
            result: &mut self.result[0],
            points: &mut self.points[0],
            passes: self.passes,
            distances: (self.distances.as_mut()).map(|of| &mut of[channel.table as usize]),
            ahead,
        });
        if SETTLE && let Some(settling) = &quantizer.settling {
            self.result[0].replicate(area);
            let lattice = &settling.lattice;
            let exceeding = self.kernel.verify(Verification {
                tile: &self.result[0],
                blocks: area.blocks(),
                points: &self.points[0],
                lattice,
                distances: &mut self.settled[channel.table as usize],
            });
            if exceeding != 0 {
                let [result, moved, _] = &mut *self.result;
                let unsettled = Unsettled {
                    source,
                    stride,
                    area,
                    exceeding,
                    divisors: &quantizer.divisors,
                    lattice,
                    result,
                    distances: &mut self.settled[channel.table as usize],
                    worst: &mut self.worst[channel.table as usize],
                };
                let candidates = Candidates {
                    source: self.singles,
                    result: moved,
                    points: &mut self.points[1],
                };
                unsettled.settle(self.kernel, candidates);
            }
            let reachable = settling.reachable;
            self.count_settled(area, exceeding, reachable);
            self.store_coefficients(component, 0, channel.table, area, exceeding);
        }
        self.count(zeroed, area);
    }

    /// Stores the quantized coefficients of a component of a settled tile, if they are wanted: `index` is that of
    /// its points and of its result, the `moved` blocks of which are at other points.
    #[inline(always)]
    fn store_coefficients(
        &mut self,
        component: usize,
        index: usize,
        table: TableSlot,
        area: Area,
        moved: u64,
    ) {
        if self.row[component].is_empty() {
            return;
        }
        let target = &mut self.row[component][area.x / SIDE..][..area.blocks()];
        let divisors = &self.quantizers.of(table).divisors;
        (self.kernel).quantize_points(&self.points[index], target, divisors);
        if moved != 0 {
            let moved = Singles {
                tile: self.singles,
                places: moved,
            };
            moved.quantize(self.kernel, &self.result[index], target, divisors);
        }
    }

    #[inline(always)]
    fn distill_ycbcr(
        &mut self,
        planes: &mut [PlaneMut<'_>],
        group: &Group,
        stored: &mut [Tile; MAX_COMPONENTS],
        area: Area,
    ) {
        Tile::gather_pixels(self.kernel, stored, planes, group, area);
        self.kernel.to_ycbcr(self.source, stored, area);
        for (component, slot) in YCBCR_SLOTS.into_iter().enumerate() {
            let ahead = match group.pixels {
                Some(of) => Ahead::below_pixels(&planes[0], of.packing, area, component),
                None => Ahead::default(),
            };
            let zeroed = self.kernel.round_trip(RoundTrip::<SETTLE> {
                source: Source {
                    samples: self.source[component].bytes(),
                    stride: TILE,
                    blocks: area.blocks(),
                },
                divisors: &self.quantizers.of(slot).divisors,
                result: &mut self.result[component],
                points: &mut self.points[component],
                passes: self.passes,
                distances: (self.distances.as_mut()).map(|of| &mut of[slot as usize]),
                ahead,
            });
            self.count(zeroed, area);
        }
        // From here on the source tiles hold what will be stored.
        self.kernel.to_rgb(self.source, self.result, area);
        if SETTLE {
            self.settle_ycbcr(stored, area);
        }
        for (component, channel) in group.channels.iter().enumerate() {
            let (old, new) = (&mut stored[component], &mut self.source[component]);
            new.copy_padding(old, area);
            let change = self.kernel.replace(old.bytes_mut(), TILE, new, area);
            self.include(&change, channel, area);
        }
        Tile::scatter_pixels(self.kernel, stored, planes, group, area);
    }

    /// Settles what will be stored: a block of R, G and B does not hold if one of Y, Cb and Cr, as the
    /// next pass will read them, does not.
    #[inline(always)]
    fn settle_ycbcr(&mut self, stored: &[Tile; MAX_COMPONENTS], area: Area) {
        let of = |slot| self.quantizers.of(slot).settling.as_ref();
        let (Some(luma), Some(chroma)) = (of(TableSlot::Luma), of(TableSlot::Chroma)) else {
            return;
        };
        self.source.iter_mut().for_each(|tile| tile.replicate(area));
        self.kernel.to_ycbcr(self.result, self.source, area);
        let lattices = [&luma.lattice, &chroma.lattice, &chroma.lattice];
        let mut exceeding = 0;
        for (component, slot) in YCBCR_SLOTS.into_iter().enumerate() {
            exceeding |= self.kernel.verify(Verification {
                tile: &self.result[component],
                blocks: area.blocks(),
                points: &self.points[component],
                lattice: lattices[component],
                distances: &mut self.settled[slot as usize],
            });
        }
        for at in Bits(exceeding) {
            settle_rgb(stored, at, area, lattices, self.source, &mut self.worst);
        }
        let reachable = luma.reachable && chroma.reachable;
        self.count_settled(area, exceeding, reachable);
        if self.row[0].is_empty() {
            return;
        }
        if exceeding != 0 {
            // What was settled is R, G and B.
            self.kernel.to_ycbcr(self.result, self.source, area);
        }
        for (component, slot) in YCBCR_SLOTS.into_iter().enumerate() {
            self.store_coefficients(component, component, slot, area, exceeding);
        }
    }

    /// Counts the blocks of a tile that were settled, the `exceeding` ones away from their nearest
    /// lattice point.
    fn count_settled(&mut self, area: Area, exceeding: u64, reachable: bool) {
        let blocks = area.blocks() as u64;
        self.stats.settled_blocks += blocks;
        self.stats.moved_blocks += u64::from(exceeding.count_ones());
        self.stats.unsettled += if reachable { 0 } else { blocks };
    }

    fn count(&mut self, zeroed: u32, area: Area) {
        self.stats.blocks += area.blocks() as u64;
        self.stats.coefficients += (area.blocks() * AREA) as u64;
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

    /// The margin of the band's blocks, if it is measured.
    #[inline(always)]
    fn measure(&mut self) {
        let Some(distances) = &self.distances else {
            return;
        };
        let mut margin = 1.0;
        for slot in [TableSlot::Luma, TableSlot::Chroma] {
            let mut worst = Worst::NONE;
            self.kernel.include(&distances[slot as usize], &mut worst);
            margin = f64::min(
                margin,
                1.0 - worst.share(&self.quantizers.of(slot).divisors),
            );
        }
        self.stats.margin = Some(margin);
    }

    /// The least certified radius of the band's blocks.
    #[inline(always)]
    fn certify(&mut self, band: &Band<'_>) {
        let both = [TableSlot::Luma, TableSlot::Chroma];
        let is_used = |slot: &TableSlot| match band.group.color {
            ColorMode::Native => band.group.channels.iter().any(|c| c.table == *slot),
            ColorMode::YCbCr => true,
        };
        for (worst, settled) in self.worst.iter_mut().zip(&self.settled) {
            self.kernel.include(settled, worst);
        }
        let radius = |slot| self.worst[slot as usize].radius(&self.quantizers.of(slot).divisors);
        let radii = both.into_iter().filter(is_used).map(radius);
        self.stats.certified_epsilon = radii.reduce(f64::min);
    }
}
