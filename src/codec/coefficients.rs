// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Destinations of coefficients.

use super::block::CoefficientBlock;

/// Destination of the coefficients of one component.
#[derive(Debug, Default)]
pub struct CoefficientsMut<'a> {
    blocks: &'a mut [CoefficientBlock],
    stride: usize,
}

impl<'a> CoefficientsMut<'a> {
    /// Rows of blocks, left to right, that start every `stride` blocks of `blocks`.
    pub fn new(blocks: &'a mut [CoefficientBlock], stride: usize) -> Self {
        Self { blocks, stride }
    }

    /// The same for a while.
    pub(crate) fn reborrow(&mut self) -> CoefficientsMut<'_> {
        CoefficientsMut::new(self.blocks, self.stride)
    }

    /// Takes the first `rows` off.
    pub(crate) fn split_off_rows(&mut self, rows: usize) -> Self {
        let blocks = std::mem::take(&mut self.blocks);
        assert!(rows * self.stride <= blocks.len(), "room for every block");
        let (first, rest) = blocks.split_at_mut(rows * self.stride);
        self.blocks = rest;
        Self::new(first, self.stride)
    }

    /// Takes the first row off, which needs room for `columns` blocks.
    pub(crate) fn split_off_row(&mut self, columns: usize) -> &'a mut [CoefficientBlock] {
        let blocks = std::mem::take(&mut self.blocks);
        assert!(
            columns <= self.stride && self.stride <= blocks.len(),
            "room for every block"
        );
        let (row, rest) = blocks.split_at_mut(self.stride);
        self.blocks = rest;
        row
    }
}
