// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tiles: up to 64 blocks side by side, in memory that stays in the cache.

use super::block::{Block, SIDE};
use super::layout::{Channel, Group, MAX_COMPONENTS, PixelSize, Pixels};
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

    /// [`Self::gather`] for all channels of a group, a tile each.
    #[inline(always)]
    pub(crate) fn gather_pixels(
        rows: impl PixelRows,
        tiles: &mut [Self; MAX_COMPONENTS],
        planes: &[PlaneMut<'_>],
        group: &Group,
        area: Area,
    ) {
        let Some(Pixels { size, order }) = group.pixels else {
            for (tile, channel) in tiles.iter_mut().zip(&group.channels) {
                tile.gather(&planes[channel.slot], channel, area);
            }
            return;
        };
        for y in 0..area.height {
            let source = planes[0].bytes_from(area.y + y, size.bytes() * area.x);
            let targets = order.apply(tiles.each_mut().map(|tile| &mut tile.0[y][..area.width]));
            rows.split(size, targets, source);
        }
        tiles.iter_mut().for_each(|tile| tile.replicate(area));
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
        let Some(Pixels { size, order }) = group.pixels else {
            for (tile, channel) in tiles.iter().zip(&group.channels) {
                tile.scatter(&mut planes[channel.slot], channel, area);
            }
            return;
        };
        for y in 0..area.height {
            let target = planes[0].bytes_mut_from(area.y + y, size.bytes() * area.x);
            let sources = order.apply(tiles.each_ref().map(|tile| &tile.0[y][..area.width]));
            rows.join(size, target, sources);
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

/// A row of pixels to a row for each of their channels, and back.
pub(crate) trait PixelRows: Copy {
    /// Writes the samples of each channel, in the order of their bytes, into a target of its own.
    ///
    /// `source` may end with the last sample; what else its pixel has is not looked at.
    #[inline(always)]
    fn split(self, size: PixelSize, targets: [&mut [u8]; 3], source: &[u8]) {
        split_pixels(size, targets, source);
    }

    /// Writes the samples of `sources` side by side into the pixels of `target`, which may end with the last
    /// sample.
    #[inline(always)]
    fn join(self, size: PixelSize, target: &mut [u8], sources: [&[u8]; 3]) {
        join_pixels(size, target, sources);
    }
}

/// [`PixelRows::split`], a pixel at a time.
#[inline(always)]
pub(crate) fn split_pixels(size: PixelSize, targets: [&mut [u8]; 3], source: &[u8]) {
    match size {
        PixelSize::Three => split_known::<3, 0>(targets, source),
        PixelSize::FourLastOther => split_known::<4, 0>(targets, source),
        PixelSize::FourFirstOther => split_known::<4, 1>(targets, source),
    }
}

/// [`PixelRows::join`], a pixel at a time.
#[inline(always)]
pub(crate) fn join_pixels(size: PixelSize, target: &mut [u8], sources: [&[u8]; 3]) {
    match size {
        PixelSize::Three => join_triples(target, sources),
        PixelSize::FourLastOther => join_quads::<0>(target, sources),
        PixelSize::FourFirstOther => join_quads::<1>(target, sources),
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

/// Every `pixel_stride`th byte of `source` into `target`.
#[inline(always)]
pub(crate) fn copy_from_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    /// A stride that the compiler knows, so that it can vectorize.
    #[inline(always)]
    fn known<const STRIDE: usize>(target: &mut [u8], source: &[u8]) {
        let (last, body) = target.split_last_mut().expect("a tile is never empty");
        *last = source[body.len() * STRIDE];
        for (sample, pixel) in body.iter_mut().zip(source.as_chunks::<STRIDE>().0) {
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

/// `source` into every `pixel_stride`th byte of `target`.
///
/// Bytes between the samples are written back as they were: writes with gaps would go byte by byte.
#[inline(always)]
fn copy_to_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    let (&last, body) = source.split_last().expect("a tile is never empty");
    target[body.len() * pixel_stride] = last;
    match pixel_stride {
        1 => target[..body.len()].copy_from_slice(body),
        2 => {
            for (pixel, &sample) in target.as_chunks_mut().0.iter_mut().zip(body) {
                let others = u16::from_le_bytes(*pixel) & !0xff;
                *pixel = (others | u16::from(sample)).to_le_bytes();
            }
        }
        4 => {
            for (pixel, &sample) in target.as_chunks_mut().0.iter_mut().zip(body) {
                let others = u32::from_le_bytes(*pixel) & !0xff;
                *pixel = (others | u32::from(sample)).to_le_bytes();
            }
        }
        stride => {
            for (pixel, &sample) in target.chunks_mut(stride).zip(body) {
                pixel[0] = sample;
            }
        }
    }
}

/// Bytes `FIRST`, `FIRST` + 1 and `FIRST` + 2 of each pixel of `SIZE` bytes into one target each.
#[inline(always)]
fn split_known<const SIZE: usize, const FIRST: usize>(targets: [&mut [u8]; 3], source: &[u8]) {
    let last = targets[0].len() - 1;
    let [a, b, c] = targets;
    let pixels = source.as_chunks::<SIZE>().0.iter();
    for (pixel, ((a, b), c)) in
        pixels.zip(a[..last].iter_mut().zip(&mut b[..last]).zip(&mut c[..last]))
    {
        (*a, *b, *c) = (pixel[FIRST], pixel[FIRST + 1], pixel[FIRST + 2]);
    }
    let samples = &source[last * SIZE + FIRST..][..3];
    (a[last], b[last], c[last]) = (samples[0], samples[1], samples[2]);
}

/// The samples of `sources` side by side into `target`.
#[inline(always)]
fn join_triples(target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
    let sources = a.iter().zip(b).zip(c);
    for (pixel, ((&a, &b), &c)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
        *pixel = [a, b, c];
    }
}

/// The samples of `sources` into the bytes from `FIRST` on of each pixel of four bytes.
#[inline(always)]
fn join_quads<const FIRST: usize>(target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
    let last = a.len() - 1;
    let pixels = target.as_chunks_mut().0.iter_mut();
    for (pixel, ((&a, &b), &c)) in pixels.zip(a[..last].iter().zip(&b[..last]).zip(&c[..last])) {
        let samples = u32::from_le_bytes([a, b, c, 0]) << (8 * FIRST);
        let others = u32::from_le_bytes(*pixel) & !(0xff_ffff << (8 * FIRST));
        *pixel = (others | samples).to_le_bytes();
    }
    target[4 * last + FIRST..][..3].copy_from_slice(&[a[last], b[last], c[last]]);
}
