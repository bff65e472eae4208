// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! DCT coefficients of a frame, quantized or not.
//!
//! Quantized coefficients are what a JPEG file stores. Decoding them gives, byte for byte, what a plain
//! [`Distiller::process`] leaves of the same frame. Of a frame that has been settled, they are the lattice
//! points that were chosen for it, and decoding gives that very frame.

use crate::codec::block::CoefficientBlock;
use crate::codec::coefficients::CoefficientsMut;
use crate::codec::distiller::Distiller;
use crate::codec::kernel::Kernel;
use crate::codec::layout::MAX_COMPONENTS;
use crate::codec::planes::FrameMut;
use crate::codec::quantizers::Quantizers;
use crate::codec::rows::{self, BlockRow, Blocks, ReadRow, Reader};

impl Distiller {
    /// Stores the quantized coefficients of `frame`, which stays as it is, in `targets`, one for each
    /// component: those of the nearest lattice point, even if the plan is for settling.
    ///
    /// A component has a block for every 8x8 samples, those over its right and bottom edge included;
    /// blocks of `targets` beyond these are not touched. The result is the same for every backend and
    /// number of threads.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]), or `targets` has another number of
    /// components or too little room, or the plan has no tables but a [`SampleLattice`](crate::codec::SampleLattice).
    pub fn quantized_coefficients(
        &self,
        frame: &FrameMut<'_>,
        targets: &mut [CoefficientsMut<'_>],
    ) {
        let quantizers = self.quantizers().expect("tables to quantize with");
        self.read_blocks(frame, targets, |targets| Quantize {
            targets,
            quantizers,
        });
    }

    /// Stores the coefficients of `frame`, which stays as it is, before they are quantized: in eighths of
    /// a sample value, at most 8200 in magnitude. `targets` is as for
    /// [`Distiller::quantized_coefficients`].
    ///
    /// # Panics
    /// If the frame doesn't fit the layout, or `targets` has another number of components or too little room.
    pub fn coefficients(&self, frame: &FrameMut<'_>, targets: &mut [CoefficientsMut<'_>]) {
        self.read_blocks(frame, targets, Transform);
    }

    /// Reads all rows of blocks with what `reader` makes for the destination of each.
    fn read_blocks<'a, R: Reader>(
        &self,
        frame: &FrameMut<'_>,
        targets: &'a mut [CoefficientsMut<'_>],
        reader: impl Fn(RowTargets<'a>) -> R + Sync,
    ) {
        self.check(frame);
        let rows = rows::all(self.layout().groups());
        let targets = row_targets(&rows, targets);
        let work = rows.into_iter().zip(targets);
        self.share_out(work, |(): &mut (), (row, targets)| {
            let reader = &mut reader(targets);
            self.run(ReadRow { frame, row, reader });
        });
    }
}

/// Destination of the blocks of each channel of a row.
type RowTargets<'a> = [&'a mut [CoefficientBlock]; MAX_COMPONENTS];

/// Cuts `targets`, one for each component, into what belongs to each of `rows`.
fn row_targets<'a>(
    rows: &[BlockRow<'_>],
    targets: &'a mut [CoefficientsMut<'_>],
) -> Vec<RowTargets<'a>> {
    let components = rows.last().map_or(0, BlockRow::end_component);
    assert_eq!(components, targets.len(), "a target for every component");
    let mut targets: Vec<CoefficientsMut<'a>> =
        targets.iter_mut().map(CoefficientsMut::reborrow).collect();
    let row_targets = |row: &BlockRow<'_>| {
        let mut cut = RowTargets::default();
        for (cut, (component, columns)) in cut.iter_mut().zip(row.components()) {
            *cut = targets[component].split_off_row(columns);
        }
        cut
    };
    rows.iter().map(row_targets).collect()
}

/// Destination of the blocks of a tile.
fn of_tile<'a>(targets: &'a mut RowTargets<'_>, blocks: &Blocks<'_>) -> &'a mut [CoefficientBlock] {
    &mut targets[blocks.channel][blocks.first..][..blocks.source.blocks]
}

/// Reads quantized coefficients.
struct Quantize<'a> {
    targets: RowTargets<'a>,
    quantizers: &'a Quantizers,
}

impl Reader for Quantize<'_> {
    #[inline(always)]
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>) {
        let target = of_tile(&mut self.targets, &blocks);
        let divisors = &self.quantizers.of(blocks.table).divisors;
        kernel.quantize(blocks.source, target, divisors);
    }
}

/// Reads coefficients.
struct Transform<'a>(RowTargets<'a>);

impl Reader for Transform<'_> {
    #[inline(always)]
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>) {
        kernel.transform(blocks.source, of_tile(&mut self.0, &blocks));
    }
}
