// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The coefficients of a frame, and their quantised levels: what a JPEG file stores of it.
//!
//! Decoding the levels gives, byte for byte, what a plain [`Distiller::process`] leaves of the same frame:
//! they are the levels that it dequantises. Of a frame that has been settled, they are the lattice points
//! that were chosen for it, and decoding gives that very frame.

use std::sync::Mutex;

use super::block::AREA;
use super::layout::MAX_COMPONENTS;
use super::planes::FrameMut;
use super::rows::{self, BlockRow, Blocks, Reader};
use super::simd::Kernel;
use super::worker::Quantizers;
use super::{Distiller, locked, pool};

/// The quantised levels (or the coefficients) of a block in zig-zag order, as JPEG codes them.
pub type Levels = [i16; AREA];

/// Where the levels (or the coefficients) of one component go.
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
        self.read_blocks(frame, levels, |levels| Quantize {
            levels,
            quantizers: &self.quantizers,
        });
    }

    /// The coefficients of `frame`, which stays as it is, before they are quantised: in eighths of a
    /// level, at most 8200 in magnitude. They are stored in `coefficients` as
    /// [`Distiller::levels`] stores levels.
    ///
    /// # Panics
    /// As [`Distiller::levels`].
    pub fn coefficients(&self, frame: &FrameMut<'_>, coefficients: &mut [LevelsMut<'_>]) {
        self.read_blocks(frame, coefficients, Transform);
    }

    /// Has all rows of blocks read by what `reader` makes for the place where each row goes.
    fn read_blocks<'a, R: Reader>(
        &self,
        frame: &FrameMut<'_>,
        targets: &'a mut [LevelsMut<'_>],
        reader: impl Fn(RowLevels<'a>) -> R + Sync,
    ) {
        assert!(
            frame.fits(&self.layout),
            "the frame is smaller than its layout"
        );
        let rows = rows::all(self.layout.groups());
        let targets = row_targets(&rows, targets);
        let work = Mutex::new(rows.into_iter().zip(targets));
        pool::share_out(self.threads, || {
            while let Some((row, levels)) = { locked(&work).next() } {
                self.backend.read_row(frame, row, &mut reader(levels));
            }
        });
    }
}

/// Where the levels of each channel of a row of blocks go.
type RowLevels<'a> = [&'a mut [Levels]; MAX_COMPONENTS];

/// Cuts `targets`, one for each component, into what belongs to each of `rows`.
fn row_targets<'a>(rows: &[BlockRow<'_>], targets: &'a mut [LevelsMut<'_>]) -> Vec<RowLevels<'a>> {
    let components = rows.last().map_or(0, BlockRow::end_component);
    assert_eq!(components, targets.len(), "levels for every component");
    let mut targets: Vec<LevelsMut<'a>> = targets
        .iter_mut()
        .map(|target| LevelsMut::new(target.blocks, target.stride))
        .collect();
    let row_levels = |row: &BlockRow<'_>| {
        let mut levels = RowLevels::default();
        for (levels, (component, columns)) in levels.iter_mut().zip(row.components()) {
            let target = &mut targets[component];
            assert!(target.holds(columns, 1), "room for every block");
            *levels = target.split_off_row();
        }
        levels
    };
    rows.iter().map(row_levels).collect()
}

/// Reads blocks for their levels.
struct Quantize<'a> {
    levels: RowLevels<'a>,
    quantizers: &'a Quantizers,
}

impl Reader for Quantize<'_> {
    #[inline(always)]
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>) {
        let Blocks { source, stride, .. } = blocks;
        let levels = &mut self.levels[blocks.channel][blocks.first..][..blocks.count];
        let divisors = &self.quantizers.of(blocks.table).divisors;
        kernel.quantize(source, stride, levels, divisors);
    }
}

/// Reads blocks for their coefficients.
struct Transform<'a>(RowLevels<'a>);

impl Reader for Transform<'_> {
    #[inline(always)]
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>) {
        let coefficients = &mut self.0[blocks.channel][blocks.first..][..blocks.count];
        kernel.transform(blocks.source, blocks.stride, coefficients);
    }
}
