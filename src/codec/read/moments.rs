// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Moments of the coefficients of a frame.

use crate::codec::distiller::Distiller;
use crate::codec::kernel::Kernel;
use crate::codec::moments::Moments;
use crate::codec::planes::FrameMut;
use crate::codec::pool::Merge;
use crate::codec::rows::{self, BlockRow, Blocks, ReadRow, Reader};

/// The rows of blocks of each component that are looked at: one of `every` (at least 1), from the
/// one with index `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSample {
    /// Distance of the rows.
    pub every: usize,
    /// Index of the first row.
    pub first: usize,
}

impl RowSample {
    /// All rows.
    pub const ALL: Self = Self { every: 1, first: 0 };

    fn includes(self, row: &BlockRow<'_>) -> bool {
        row.index() % self.every == self.first % self.every
    }
}

impl Distiller {
    /// Moments of the coefficients of `frame`, which stays as it is: those of the components that use
    /// the first table, and those of the components that use the second one.
    ///
    /// The result is the same for every backend and number of threads.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]), or the distance of the rows is 0.
    pub fn moments(&self, frame: &FrameMut<'_>, sample: RowSample) -> [Moments; 2] {
        self.check(frame);
        let mut rows = rows::all(self.layout().groups());
        rows.retain(|row| sample.includes(row));
        let gathered = self.share_out(rows.into_iter(), |reader: &mut Gather, row| {
            self.run(ReadRow { frame, row, reader });
        });
        gathered.0
    }
}

/// Reads blocks for their moments, for each of the two tables.
#[derive(Default)]
struct Gather([Moments; 2]);

impl Merge for Gather {
    fn merge(&mut self, other: &Self) {
        for (moments, other) in self.0.iter_mut().zip(&other.0) {
            moments.merge(other);
        }
    }
}

impl Reader for Gather {
    #[inline(always)]
    fn read<K: Kernel>(&mut self, kernel: K, blocks: Blocks<'_>) {
        let moments = &mut self.0[blocks.table as usize];
        moments.blocks += blocks.source.blocks as u64;
        kernel.moments(blocks.source, moments);
    }
}
