// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Cutting a frame into bands of whole block rows, and a band into tiles that stay in the cache.
//!
//! A band owns its rows as `&mut`, so that bands can go to any thread without further ado. Within
//! a band, a tile of up to 64 blocks side by side is read (with edge replication where it reaches
//! over the visible area), taken through the kernel into scratch memory, and only its visible
//! samples are written back, each compared with what it replaces.

use super::block::SIDE;
use super::color;
use super::planes::{Channel, ColorMode, FrameMut, Group, MAX_COMPONENTS, PlaneMut, TableSlot};
use super::quant::Divisors;
use super::simd::Kernel;
use super::stats::FrameStats;

/// Samples in a row of a tile. Eight rows of three components, twice, fit the smallest L1 cache.
pub(crate) const TILE: usize = 512;

/// Samples in a row that a kernel may process at once: tiles are padded to multiples of this.
pub(crate) const GRANULE: usize = 8 * SIDE;

/// Eight rows of a tile.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Tile([[u8; TILE]; SIDE]);

impl Tile {
    const BLANK: Self = Self([[0; TILE]; SIDE]);

    /// All rows as one slice, [`TILE`] bytes apart.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// The eight rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8; TILE]> {
        self.0.iter()
    }

    /// All rows as one slice, [`TILE`] bytes apart.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.as_flattened_mut()
    }

    /// Reads the visible samples of one channel and replicates the last column and row of them.
    #[inline(always)]
    fn gather(&mut self, plane: &PlaneMut<'_>, channel: &Channel, area: Area) {
        for y in 0..area.height {
            let row = plane.bytes_from(area.y + y, channel.offset + area.x * channel.pixel_stride);
            let target = &mut self.0[y];
            copy_strided(&mut target[..area.width], row, channel.pixel_stride);
            let last = target[area.width - 1];
            target[area.width..area.padded_width()].fill(last);
        }
        for y in area.height..SIDE {
            self.0[y] = self.0[area.height - 1];
        }
    }
}

/// Every `pixel_stride`th byte of `source` into `target`.
#[inline(always)]
fn copy_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    /// A stride that the compiler knows, so that it can vectorise.
    #[inline(always)]
    fn known<const STRIDE: usize>(target: &mut [u8], source: &[u8]) {
        let (last, body) = target.split_last_mut().expect("a tile is never empty");
        *last = source[body.len() * STRIDE];
        for (sample, pixel) in body.iter_mut().zip(source.chunks_exact(STRIDE)) {
            *sample = pixel[0];
        }
    }
    match pixel_stride {
        1 => target.copy_from_slice(&source[..target.len()]),
        2 => known::<2>(target, source),
        3 => known::<3>(target, source),
        4 => known::<4>(target, source),
        stride => {
            for (sample, pixel) in target.iter_mut().zip(source.chunks(stride)) {
                *sample = pixel[0];
            }
        }
    }
}

/// The visible part of a tile, in samples of its component: at most [`TILE`] x 8.
#[derive(Clone, Copy)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Area {
    /// Blocks side by side, the partial one included.
    fn blocks(self) -> usize {
        self.width.div_ceil(SIDE)
    }

    fn padded_width(self) -> usize {
        self.width.next_multiple_of(GRANULE)
    }

    /// Whether a kernel can read the samples where they are, without gathering them.
    fn is_whole(self) -> bool {
        self.width.is_multiple_of(GRANULE) && self.height == SIDE
    }
}

/// A run of whole block rows of one group, with its rows.
pub(crate) struct Band<'a> {
    group: &'a Group,
    planes: [PlaneMut<'a>; MAX_COMPONENTS],
    /// Visible rows.
    rows: usize,
}

/// Cuts a frame into bands of at most `block_rows` block rows.
pub(crate) struct Bands<'a> {
    groups: std::slice::Iter<'a, Group>,
    frame: FrameMut<'a>,
    block_rows: usize,
    rest: Option<Band<'a>>,
}

impl<'a> Bands<'a> {
    pub(crate) fn new(groups: &'a [Group], frame: FrameMut<'a>, block_rows: usize) -> Self {
        Self {
            groups: groups.iter(),
            frame,
            block_rows,
            rest: None,
        }
    }

    fn next_group(&mut self) -> Option<Band<'a>> {
        let group = self.groups.next()?;
        let mut planes: [PlaneMut<'a>; MAX_COMPONENTS] = Default::default();
        for (slot, &plane) in planes.iter_mut().zip(&group.planes) {
            *slot = std::mem::take(&mut self.frame.planes[plane]);
        }
        Some(Band {
            group,
            planes,
            rows: group.height,
        })
    }
}

impl<'a> Iterator for Bands<'a> {
    type Item = Band<'a>;

    fn next(&mut self) -> Option<Band<'a>> {
        let mut rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.next_group()?,
        };
        let rows = rest.rows.min(self.block_rows * SIDE);
        let planes = rest
            .planes
            .each_mut()
            .map(|plane| plane.split_off_rows(rows));
        let band = Band {
            group: rest.group,
            planes,
            rows,
        };
        rest.rows -= rows;
        self.rest = (rest.rows > 0).then_some(rest);
        Some(band)
    }
}

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

/// Takes a band through the round trip, in place.
///
/// Inlined into each backend's entry point, so that all of it is compiled for that instruction set.
#[inline(always)]
pub(crate) fn distill_band<K: Kernel>(
    kernel: K,
    band: &mut Band<'_>,
    tables: &TablePair,
) -> FrameStats {
    let mut worker = Worker {
        kernel,
        tables,
        source: [Tile::BLANK; MAX_COMPONENTS],
        result: [Tile::BLANK; MAX_COMPONENTS],
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

/// The tiles of a block row, left to right: as many as can be processed where they are, then the
/// rest.
struct Tiles {
    rest: Area,
}

impl Tiles {
    fn new(y: usize, width: usize, height: usize) -> Self {
        Self {
            rest: Area {
                x: 0,
                y,
                width,
                height,
            },
        }
    }
}

impl Iterator for Tiles {
    type Item = Area;

    #[inline(always)]
    fn next(&mut self) -> Option<Area> {
        let left = self.rest.width;
        if left == 0 {
            return None;
        }
        let width = if left < GRANULE {
            left
        } else {
            TILE.min(left - left % GRANULE)
        };
        let tile = Area { width, ..self.rest };
        self.rest.x += width;
        self.rest.width -= width;
        Some(tile)
    }
}

/// A band's scratch memory and counts.
struct Worker<'a, K> {
    kernel: K,
    tables: &'a TablePair,
    source: [Tile; MAX_COMPONENTS],
    result: [Tile; MAX_COMPONENTS],
    stats: FrameStats,
}

impl<K: Kernel> Worker<'_, K> {
    #[inline(always)]
    fn distill_channel(&mut self, plane: &mut PlaneMut<'_>, channel: &Channel, area: Area) {
        let divisors = self.tables.of(channel.table);
        if channel.pixel_stride == 1 && area.is_whole() {
            let bytes = plane.bytes_from(area.y, channel.offset + area.x);
            let zeroed = self.kernel.round_trip(
                bytes,
                plane.stride(),
                &mut self.result[0],
                area.blocks(),
                divisors,
            );
            self.count(zeroed, area);
        } else {
            self.source[0].gather(plane, channel, area);
            self.transform(0, divisors, area);
        }
        self.scatter(0, plane, channel, area);
    }

    #[inline(always)]
    fn distill_ycbcr(&mut self, planes: &mut [PlaneMut<'_>], channels: &[Channel], area: Area) {
        for (tile, channel) in self.source.iter_mut().zip(channels) {
            tile.gather(&planes[channel.slot], channel, area);
        }
        convert(&mut self.source, area, color::rgb_to_ycbcr);
        for component in 0..MAX_COMPONENTS {
            let table = if component == 0 {
                TableSlot::Luma
            } else {
                TableSlot::Chroma
            };
            self.transform(component, self.tables.of(table), area);
        }
        convert(&mut self.result, area, color::ycbcr_to_rgb);
        for (component, channel) in channels.iter().enumerate() {
            self.scatter(component, &mut planes[channel.slot], channel, area);
        }
    }

    /// The round trip of a gathered component.
    #[inline(always)]
    fn transform(&mut self, component: usize, divisors: &Divisors, area: Area) {
        let zeroed = self.kernel.round_trip(
            self.source[component].bytes(),
            TILE,
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

    /// Writes the visible samples of a result back and counts what changed.
    #[inline(always)]
    fn scatter(
        &mut self,
        component: usize,
        plane: &mut PlaneMut<'_>,
        channel: &Channel,
        area: Area,
    ) {
        let (step, stride) = (channel.pixel_stride, plane.stride());
        let target = plane.bytes_mut_from(area.y, channel.offset + area.x * step);
        let new = &self.result[component];
        let change = if step == 1 {
            self.kernel
                .replace(target, stride, new, area.width, area.height)
        } else {
            replace_strided(target, stride, new, area, step)
        };
        self.stats.squared_change += u64::from(change.squared);
        self.stats.max_change = self.stats.max_change.max(u32::from(change.max));
        self.stats.samples += (area.width * area.height) as u64;
    }
}

/// What replacing the samples of a tile changed. A tile is small enough for 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Sum of squared differences, in levels squared.
    pub squared: u32,
    /// Largest absolute difference, in levels.
    pub max: u8,
}

impl Change {
    /// Puts `new` in the place of `old` and counts the difference.
    #[inline(always)]
    pub(crate) fn replace(&mut self, old: &mut u8, new: u8) {
        let difference = old.abs_diff(new);
        self.squared += u32::from(difference) * u32::from(difference);
        self.max = self.max.max(difference);
        *old = new;
    }
}

/// Writes the visible samples of `new` to every `pixel_stride`th byte of the rows of `target`.
#[inline(always)]
fn replace_strided(
    target: &mut [u8],
    stride: usize,
    new: &Tile,
    area: Area,
    pixel_stride: usize,
) -> Change {
    let mut change = Change::default();
    for (row, new) in target.chunks_mut(stride).zip(new.rows()).take(area.height) {
        for (pixel, &sample) in row.chunks_mut(pixel_stride).zip(&new[..area.width]) {
            change.replace(&mut pixel[0], sample);
        }
    }
    change
}

/// Applies a colour conversion to the pixels of three tiles, padding included.
#[inline(always)]
fn convert(tiles: &mut [Tile; 3], area: Area, pixel: impl Fn([u8; 3]) -> [u8; 3]) {
    let [first, second, third] = tiles;
    for y in 0..SIDE {
        let rows = first.0[y]
            .iter_mut()
            .zip(&mut second.0[y])
            .zip(&mut third.0[y]);
        for ((a, b), c) in rows.take(area.padded_width()) {
            [*a, *b, *c] = pixel([*a, *b, *c]);
        }
    }
}
