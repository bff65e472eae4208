// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Reading a frame without changing it: row of blocks by row of blocks, tile by tile.
//!
//! A [`Reader`] makes use of the blocks.

use super::block::SIDE;
use super::kernel::{Kernel, Source, Work};
use super::layout::{Channel, ColorMode, Group, MAX_COMPONENTS, TableSlot, YCBCR_SLOTS};
use super::planes::FrameMut;
use super::tiles::{TILE, Tile, Tiles};

/// A row of blocks of the components of one group.
#[derive(Clone, Copy)]
pub(crate) struct BlockRow<'a> {
    group: &'a Group,
    /// Index of the group's first component in the frame.
    first_component: usize,
    /// First row of samples.
    y: usize,
}

impl BlockRow<'_> {
    /// Index of the row among those of its group.
    pub(crate) fn index(&self) -> usize {
        self.y / SIDE
    }

    /// Its components, by their index in the frame, and the number of blocks of each.
    pub(crate) fn components(&self) -> impl Iterator<Item = (usize, usize)> {
        let blocks = |channel: &Channel| channel.width.div_ceil(SIDE);
        (self.first_component..).zip(self.group.channels.iter().map(blocks))
    }

    /// Index of the first component behind those of the group.
    pub(crate) fn end_component(&self) -> usize {
        self.first_component + self.group.channels.len()
    }
}

/// All rows of blocks of a frame.
pub(crate) fn all(groups: &[Group]) -> Vec<BlockRow<'_>> {
    let mut rows = Vec::new();
    let mut first_component = 0;
    for group in groups {
        rows.extend((0..group.height).step_by(SIDE).map(|y| BlockRow {
            group,
            first_component,
            y,
        }));
        first_component += group.channels.len();
    }
    rows
}

/// Blocks of one component that lie side by side.
pub(crate) struct Blocks<'a> {
    pub source: Source<'a>,
    /// Index of the first one in its row.
    pub first: usize,
    /// Index of the component in its group.
    pub channel: usize,
    pub table: TableSlot,
}

/// Use that is made of the blocks.
pub(crate) trait Reader {
    /// Takes the blocks of a tile. Implementations are `#[inline(always)]`.
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>);
}

/// A row of blocks to be read.
pub(crate) struct ReadRow<'a, 'f, R> {
    pub frame: &'a FrameMut<'f>,
    pub row: BlockRow<'a>,
    pub reader: &'a mut R,
}

impl<R: Reader> Work for ReadRow<'_, '_, R> {
    type Output = ();

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) {
        let Self { frame, row, reader } = self;
        match row.group.color {
            ColorMode::Native => read_native(kernel, frame, row, reader),
            ColorMode::YCbCr => read_ycbcr(kernel, frame, row, reader),
        }
    }
}

/// The tiles of a component of a row, `width` samples wide.
#[inline(always)]
fn tiles(row: BlockRow<'_>, width: usize) -> Tiles {
    Tiles::new(row.y, width, SIDE.min(row.group.height - row.y))
}

#[inline(always)]
fn read_native<K: Kernel, R: Reader>(
    kernel: K,
    frame: &FrameMut<'_>,
    row: BlockRow<'_>,
    reader: &mut R,
) {
    // Most rows need none: their samples are read where they are.
    let mut gathered = None;
    for (index, channel) in row.group.channels.iter().enumerate() {
        let plane = &frame.planes[row.group.planes[channel.slot]];
        for area in tiles(row, channel.width) {
            let first = channel.byte_at(area.x);
            let (samples, stride) = (plane.bytes_from(row.y, first), plane.stride());
            let (samples, stride) = if channel.pixel_stride == 1 && area.is_whole(samples, stride) {
                (samples, stride)
            } else {
                let tile = gathered.get_or_insert(Tile::BLANK);
                tile.gather(plane, channel, area);
                (tile.bytes(), TILE)
            };
            let blocks = Blocks {
                source: Source {
                    samples,
                    stride,
                    blocks: area.blocks(),
                },
                first: area.x / SIDE,
                channel: index,
                table: channel.table,
            };
            reader.read(kernel, blocks);
        }
    }
}

#[inline(always)]
fn read_ycbcr<K: Kernel, R: Reader>(
    kernel: K,
    frame: &FrameMut<'_>,
    row: BlockRow<'_>,
    reader: &mut R,
) {
    let group = row.group;
    let mut stored = [Tile::BLANK; MAX_COMPONENTS];
    let mut converted = [Tile::BLANK; MAX_COMPONENTS];
    for area in tiles(row, group.channels[0].width) {
        for (tile, channel) in stored.iter_mut().zip(&group.channels) {
            tile.gather(&frame.planes[group.planes[channel.slot]], channel, area);
        }
        kernel.to_ycbcr(&mut converted, &stored, area);
        for (index, table) in YCBCR_SLOTS.into_iter().enumerate() {
            let blocks = Blocks {
                source: Source {
                    samples: converted[index].bytes(),
                    stride: TILE,
                    blocks: area.blocks(),
                },
                first: area.x / SIDE,
                channel: index,
                table,
            };
            reader.read(kernel, blocks);
        }
    }
}
