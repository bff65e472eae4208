// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The quantised levels of a frame: what a JPEG file stores of it.
//!
//! Decoding them gives, byte for byte, what a plain [`Distiller::process`] leaves of the same frame:
//! they are the levels that it dequantises. Of a frame that has been settled, they are the lattice points
//! that were chosen for it, and decoding gives that very frame.

use std::sync::Mutex;

use super::block::{AREA, SIDE};
use super::planes::{Channel, ColorMode, FrameMut, Group, MAX_COMPONENTS};
use super::simd::Kernel;
use super::tiles::{TILE, Tile, Tiles};
use super::worker::{Quantizers, YCBCR_SLOTS};
use super::{Distiller, color, locked, pool};

/// The quantised levels of a block in zig-zag order, as JPEG codes them.
pub type Levels = [i16; AREA];

/// Where the levels of one component go.
#[derive(Debug, Default)]
pub struct LevelsMut<'a> {
    blocks: &'a mut [Levels],
    stride: usize,
}

impl<'a> LevelsMut<'a> {
    /// Rows of blocks, left to right, that start every `stride` blocks of `blocks`.
    pub fn new(blocks: &'a mut [Levels], stride: usize) -> Self {
        Self { blocks, stride }
    }

    /// Whether `columns` x `rows` blocks have room.
    fn holds(&self, columns: usize, rows: usize) -> bool {
        self.stride >= columns
            && rows
                .checked_mul(self.stride)
                .is_some_and(|blocks| blocks <= self.blocks.len())
    }

    /// Takes the first row off.
    fn split_off_row(&mut self) -> &'a mut [Levels] {
        let blocks = std::mem::take(&mut self.blocks);
        let (row, rest) = blocks.split_at_mut(self.stride);
        self.blocks = rest;
        row
    }
}

impl Distiller {
    /// Quantises `frame`, which stays as it is, into `levels`, one for each component: to the nearest
    /// lattice point, even if the plan is for settling.
    ///
    /// A component has a block for every 8x8 samples, those over its right and bottom edge included;
    /// blocks of `levels` beyond these are not touched. The result is the same for every backend and
    /// number of threads.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]), or `levels` has another number of
    /// components or too little room.
    pub fn levels(&self, frame: &FrameMut<'_>, levels: &mut [LevelsMut<'_>]) {
        assert!(
            frame.fits(&self.layout),
            "the frame is smaller than its layout"
        );
        let rows = Mutex::new(block_rows(self.layout.groups(), levels).into_iter());
        pool::share_out(self.threads, || {
            while let Some(row) = { locked(&rows).next() } {
                self.backend.quantize_row(frame, row, &self.quantizers);
            }
        });
    }
}

/// A row of blocks of the components of one group.
pub(crate) struct BlockRow<'a> {
    group: &'a Group,
    /// First row of samples.
    y: usize,
    /// Where the levels of each of its channels go.
    levels: [&'a mut [Levels]; MAX_COMPONENTS],
}

/// All rows of blocks of a frame.
fn block_rows<'a>(groups: &'a [Group], levels: &'a mut [LevelsMut<'_>]) -> Vec<BlockRow<'a>> {
    let components: usize = groups.iter().map(|group| group.channels.len()).sum();
    assert_eq!(components, levels.len(), "levels for every component");
    let mut rows = Vec::new();
    let mut rest = levels;
    for group in groups {
        let (targets, tail) = rest.split_at_mut(group.channels.len());
        rest = tail;
        let block_rows = group.height.div_ceil(SIDE);
        for (target, channel) in targets.iter().zip(&group.channels) {
            assert!(
                target.holds(channel.width.div_ceil(SIDE), block_rows),
                "room for every block"
            );
        }
        let mut targets = targets
            .iter_mut()
            .map(|target| LevelsMut::new(target.blocks, target.stride));
        let mut targets: [LevelsMut<'a>; MAX_COMPONENTS] =
            std::array::from_fn(|_| targets.next().unwrap_or_default());
        rows.extend((0..block_rows).map(|row| BlockRow {
            group,
            y: row * SIDE,
            levels: targets.each_mut().map(LevelsMut::split_off_row),
        }));
    }
    rows
}

/// Quantises a row of blocks.
///
/// Inlined into each backend's entry point, so that all of it is compiled for that instruction set.
#[inline(always)]
pub(crate) fn quantize_row<K: Kernel>(
    kernel: K,
    frame: &FrameMut<'_>,
    row: BlockRow<'_>,
    quantizers: &Quantizers,
) {
    let BlockRow { group, y, levels } = row;
    let height = SIDE.min(group.height - y);
    let plane = |channel: &Channel| &frame.planes[group.planes[channel.slot]];
    let divisors = |slot| &quantizers.of(slot).divisors;
    let mut tiles = [Tile::BLANK; MAX_COMPONENTS];
    match group.color {
        ColorMode::Native => {
            for (channel, levels) in group.channels.iter().zip(levels) {
                let (plane, divisors) = (plane(channel), divisors(channel.table));
                for area in Tiles::new(y, channel.width, height) {
                    let levels = &mut levels[area.x / SIDE..][..area.blocks()];
                    if channel.pixel_stride == 1 && area.is_whole() {
                        let source = plane.bytes_from(y, channel.offset + area.x);
                        kernel.quantize(source, plane.stride(), levels, divisors);
                    } else {
                        tiles[0].gather(plane, channel, area);
                        kernel.quantize(tiles[0].bytes(), TILE, levels, divisors);
                    }
                }
            }
        }
        ColorMode::YCbCr => {
            let mut converted = [Tile::BLANK; MAX_COMPONENTS];
            for area in Tiles::new(y, group.channels[0].width, height) {
                for (tile, channel) in tiles.iter_mut().zip(&group.channels) {
                    tile.gather(plane(channel), channel, area);
                }
                Tile::convert(&mut converted, &tiles, area, color::rgb_to_ycbcr);
                for (component, slot) in YCBCR_SLOTS.into_iter().enumerate() {
                    let levels = &mut levels[component][area.x / SIDE..][..area.blocks()];
                    kernel.quantize(converted[component].bytes(), TILE, levels, divisors(slot));
                }
            }
        }
    }
}
