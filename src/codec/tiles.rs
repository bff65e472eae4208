// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tiles: up to 64 blocks side by side, in memory that stays in the cache.

use super::block::SIDE;
use super::planes::{Channel, PlaneMut};

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

    /// Reads the visible samples of a channel, and repeats the last column and row of them.
    #[inline(always)]
    pub(crate) fn gather(&mut self, plane: &PlaneMut<'_>, channel: &Channel, area: Area) {
        let first = channel.offset + area.x * channel.pixel_stride;
        for (y, row) in self.0.iter_mut().enumerate().take(area.height) {
            let source = plane.bytes_from(area.y + y, first);
            copy_from_strided(&mut row[..area.width], source, channel.pixel_stride);
        }
        self.replicate(area);
    }

    /// Writes the visible samples of a channel.
    #[inline(always)]
    pub(crate) fn scatter(&self, plane: &mut PlaneMut<'_>, channel: &Channel, area: Area) {
        let first = channel.offset + area.x * channel.pixel_stride;
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

    /// Takes over what `other` has outside the visible width, so that they don't differ there.
    #[inline(always)]
    pub(crate) fn copy_padding(&mut self, other: &Self, area: Area) {
        let padding = area.width..area.padded_width();
        for (row, other) in self.0.iter_mut().zip(&other.0) {
            row[padding.clone()].copy_from_slice(&other[padding.clone()]);
        }
    }

    /// Applies a colour conversion to the pixels of three tiles, padding included.
    #[inline(always)]
    pub(crate) fn convert(
        target: &mut [Self; 3],
        source: &[Self; 3],
        area: Area,
        pixel: impl Fn([u8; 3]) -> [u8; 3],
    ) {
        let [a, b, c] = target;
        let [x, y, z] = source;
        for row in 0..SIDE {
            let (a, b, c) = (&mut a.0[row], &mut b.0[row], &mut c.0[row]);
            let (x, y, z) = (&x.0[row], &y.0[row], &z.0[row]);
            for i in 0..area.padded_width() {
                [a[i], b[i], c[i]] = pixel([x[i], y[i], z[i]]);
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
    /// Blocks side by side, the partial one included.
    pub(crate) fn blocks(self) -> usize {
        self.width.div_ceil(SIDE)
    }

    /// The width that kernels process.
    pub(crate) fn padded_width(self) -> usize {
        self.width.next_multiple_of(GRANULE)
    }

    /// Whether a kernel can read the samples where they are, without gathering them.
    pub(crate) fn is_whole(self) -> bool {
        self.width.is_multiple_of(GRANULE) && self.height == SIDE
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

/// Every `pixel_stride`th byte of `source` into `target`.
#[inline(always)]
fn copy_from_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    /// A stride that the compiler knows, so that it can vectorise.
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
#[inline(always)]
fn copy_to_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    #[inline(always)]
    fn known<const STRIDE: usize>(target: &mut [u8], source: &[u8]) {
        let (&last, body) = source.split_last().expect("a tile is never empty");
        target[body.len() * STRIDE] = last;
        for (pixel, &sample) in target.as_chunks_mut::<STRIDE>().0.iter_mut().zip(body) {
            pixel[0] = sample;
        }
    }
    match pixel_stride {
        1 => target[..source.len()].copy_from_slice(source),
        2 => known::<2>(target, source),
        3 => known::<3>(target, source),
        4 => known::<4>(target, source),
        stride => {
            for (pixel, &sample) in target.chunks_mut(stride).zip(source) {
                pixel[0] = sample;
            }
        }
    }
}
