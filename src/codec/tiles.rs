// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tiles: up to 64 blocks side by side, in memory that stays in the cache.

use super::block::{Block, SIDE};
use super::layout::{Channel, Group, MAX_COMPONENTS, Packing};
use super::pixels::{PixelRows, copy_from_strided, copy_to_strided};
use super::planes::PlaneMut;

/// Samples in a row of a tile.
pub(crate) const TILE: usize = 512;

/// Samples in a row that a kernel may process at once: tiles are padded to multiples of this.
pub(crate) const GRANULE: usize = 8 * SIDE;

/// Eight rows of samples of one component.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Tile([[u8; TILE]; SIDE]);

impl Tile {
    pub(crate) const BLANK: Self = Self([[0; TILE]; SIDE]);

    /// All rows as one slice, [`TILE`] bytes apart.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// All rows as one slice, [`TILE`] bytes apart.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.as_flattened_mut()
    }

    /// One row of samples.
    pub(crate) fn row(&self, y: usize) -> &[u8; TILE] {
        &self.0[y]
    }

    /// One row of samples.
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [u8; TILE] {
        &mut self.0[y]
    }

    /// Writes the block with index `at`, samples of 0..=255.
    pub(crate) fn store_block(&mut self, at: usize, block: &Block) {
        for (row, values) in self.0.iter_mut().zip(block.chunks_exact(SIDE)) {
            for (target, &value) in row[at * SIDE..].iter_mut().zip(values) {
                *target = value as u8;
            }
        }
    }

    /// Overwrites the block with index `at` with the one at the start of `samples`, rows `stride` bytes apart.
    #[inline(always)]
    pub(crate) fn copy_block(&mut self, at: usize, samples: &[u8], stride: usize) {
        for (row, samples) in self.0.iter_mut().zip(samples.chunks(stride)) {
            row[at * SIDE..][..SIDE].copy_from_slice(&samples[..SIDE]);
        }
    }

    /// Tells whether a sample of the block with index `at` is at an end of 0..=255, where it may have been
    /// clipped.
    #[inline(always)]
    pub(crate) fn touches_the_gamut(&self, at: usize) -> bool {
        // Without a way out early: it is vectorized so.
        let samples = self.0.iter().flat_map(|row| &row[at * SIDE..][..SIDE]);
        samples.fold(false, |any, sample| any | matches!(sample, 0 | 255))
    }

    /// Reads the visible samples of a channel, and repeats the last column and row of them.
    #[inline(always)]
    pub(crate) fn gather(&mut self, plane: &PlaneMut<'_>, channel: &Channel, area: Area) {
        let first = channel.byte_at(area.x);
        for (y, row) in self.0.iter_mut().enumerate().take(area.height) {
            let source = plane.bytes_from(area.y + y, first);
            copy_from_strided(&mut row[..area.width], source, channel.pixel_stride);
        }
        self.replicate(area);
    }

    /// Writes the visible samples of a channel.
    #[inline(always)]
    pub(crate) fn scatter(&self, plane: &mut PlaneMut<'_>, channel: &Channel, area: Area) {
        let first = channel.byte_at(area.x);
        for (y, row) in self.0.iter().enumerate().take(area.height) {
            let target = plane.bytes_mut_from(area.y + y, first);
            copy_to_strided(target, &row[..area.width], channel.pixel_stride);
        }
    }

    /// Repeats the last visible column and row.
    #[inline(always)]
    pub(crate) fn replicate(&mut self, area: Area) {
        for row in self.0.iter_mut().take(area.height) {
            let last = row[area.width - 1];
            row[area.width..area.padded_width()].fill(last);
        }
        for y in area.height..SIDE {
            self.0[y] = self.0[area.height - 1];
        }
    }

    /// Takes over what `other` has of the last block outside the visible width, so that they don't
    /// differ there.
    #[inline(always)]
    pub(crate) fn copy_padding(&mut self, other: &Self, area: Area) {
        let padding = area.width..area.blocks() * SIDE;
        for (row, other) in self.0.iter_mut().zip(&other.0) {
            row[padding.clone()].copy_from_slice(&other[padding.clone()]);
        }
    }

    /// [`Self::gather`] for all channels of a group, a tile each; `area` is that of the first one.
    #[inline(always)]
    pub(crate) fn gather_pixels(
        rows: impl PixelRows,
        tiles: &mut [Self; MAX_COMPONENTS],
        planes: &[PlaneMut<'_>],
        group: &Group,
        area: Area,
    ) {
        let Some(pixels) = group.pixels else {
            for (tile, channel) in tiles.iter_mut().zip(&group.channels) {
                tile.gather(&planes[channel.slot], channel, area);
            }
            return;
        };
        let packing = pixels.packing;
        for y in 0..area.height {
            let source = planes[0].bytes_from(area.y + y, packing.pixel_stride() * area.x);
            let [a, b, c] = &mut *tiles;
            let others = area.of_channel(packing, 1).width;
            let targets = [
                &mut a.0[y][..area.width],
                &mut b.0[y][..others],
                &mut c.0[y][..others],
            ];
            rows.split(packing, pixels.in_order(targets), source);
        }
        for (index, tile) in tiles.iter_mut().enumerate().take(group.channels.len()) {
            tile.replicate(area.of_channel(packing, index));
        }
    }

    /// [`Self::scatter`] for all channels of a group.
    #[inline(always)]
    pub(crate) fn scatter_pixels(
        rows: impl PixelRows,
        tiles: &[Self; MAX_COMPONENTS],
        planes: &mut [PlaneMut<'_>],
        group: &Group,
        area: Area,
    ) {
        let Some(pixels) = group.pixels else {
            for (tile, channel) in tiles.iter().zip(&group.channels) {
                tile.scatter(&mut planes[channel.slot], channel, area);
            }
            return;
        };
        let packing = pixels.packing;
        let others = area.of_channel(packing, 1).width;
        for y in 0..area.height {
            let target = planes[0].bytes_mut_from(area.y + y, packing.pixel_stride() * area.x);
            let [a, b, c] = tiles;
            let sources = [&a.0[y][..area.width], &b.0[y][..others], &c.0[y][..others]];
            rows.join(packing, target, pixels.in_order(sources));
        }
    }

    /// Applies a color conversion to the pixels of three tiles, padding included.
    pub(crate) fn convert(
        target: &mut [Self; 3],
        source: &[Self; 3],
        area: Area,
        pixel: impl Fn([u8; 3]) -> [u8; 3],
    ) {
        for y in 0..SIDE {
            for x in 0..area.padded_width() {
                let converted = pixel(source.each_ref().map(|tile| tile.0[y][x]));
                for (tile, sample) in target.iter_mut().zip(converted) {
                    tile.0[y][x] = sample;
                }
            }
        }
    }
}

/// The visible part of a tile, in samples of its component: at most [`TILE`] x 8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    /// The same part of the tile of the channel with index `channel`.
    #[inline(always)]
    pub(crate) fn of_channel(self, packing: Packing, channel: usize) -> Self {
        let pixels = packing.pixels_per_sample(channel);
        Self {
            x: self.x / pixels,
            width: self.width.div_ceil(pixels),
            ..self
        }
    }

    /// Blocks side by side, the partial one included.
    pub(crate) fn blocks(self) -> usize {
        self.width.div_ceil(SIDE)
    }

    /// The width that kernels process.
    pub(crate) fn padded_width(self) -> usize {
        self.width.next_multiple_of(GRANULE)
    }

    /// Tells whether a kernel can read the samples where they are, without gathering them: whole blocks, at
    /// the start of `bytes`, rows `stride` bytes apart, that reach as far as kernels read.
    pub(crate) fn is_whole(self, bytes: &[u8], stride: usize) -> bool {
        self.width.is_multiple_of(SIDE)
            && self.height == SIDE
            && (SIDE - 1) * stride + self.padded_width() <= bytes.len()
    }
}

/// Bytes of a frame that are due next, in eight rows: a kernel asks the memory for as many columns of them as it
/// processes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ahead<'a> {
    /// From the first one on; empty if there are none.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

impl<'a> Ahead<'a> {
    /// The block row below samples, rows `stride` bytes apart.
    #[inline(always)]
    pub(crate) fn below(samples: &'a [u8], stride: usize) -> Self {
        Self {
            bytes: samples.get(SIDE * stride..).unwrap_or_default(),
            stride,
        }
    }

    /// Those below an area of pixels that are asked for with the channel with index `channel`: a part of its own, so
    /// that all channels together ask for all, or of pixels of four bytes for three of four.
    #[inline(always)]
    pub(crate) fn below_pixels(
        plane: &'a PlaneMut<'_>,
        packing: Packing,
        area: Area,
        channel: usize,
    ) -> Self {
        let mut part = 0;
        for before in 0..channel {
            part += area.of_channel(packing, before).width;
        }
        if let Packing::QuadsFirstOther | Packing::QuadsLastOther = packing {
            part += part / 3;
        }
        let first = packing.pixel_stride() * area.x;
        Self::below(plane.bytes_from(area.y, first + part), plane.stride())
    }
}

/// The tiles of a block row, left to right: as many as can be processed where they are, then the
/// rest.
pub(crate) struct Tiles {
    rest: Area,
}

impl Tiles {
    /// The tiles of `height` rows of `width` samples, from row `y` of the band on.
    pub(crate) fn new(y: usize, width: usize, height: usize) -> Self {
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
        // What a partial block shares a granule with is gathered with it, in a tile of its own.
        let width = if left.is_multiple_of(SIDE) || left < GRANULE {
            TILE.min(left)
        } else {
            TILE.min(left - left % GRANULE)
        };
        let tile = Area { width, ..self.rest };
        self.rest.x += width;
        self.rest.width -= width;
        Some(tile)
    }
}
