// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Views of a frame's rows.

use super::block::SIDE;
use super::layout::{Layout, MAX_PLANES};

/// Rows that bands are cut from.
pub(crate) trait Rows: Default {
    /// Takes the first `rows` rows (or all that are left) off the plane.
    fn split_off_rows(&mut self, rows: usize) -> Self;
}

/// A plane's rows, from its first visible byte to its last one, to be read alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaneRef<'a> {
    data: &'a [u8],
    stride: usize,
}

impl<'a> PlaneRef<'a> {
    /// Rows that start every `stride` bytes of `data`; the last one need not be padded.
    pub fn new(data: &'a [u8], stride: usize) -> Self {
        Self { data, stride }
    }

    /// Tells whether `rows` rows of `row_bytes` bytes lie within the plane without overlapping.
    fn holds(&self, (rows, row_bytes): (usize, usize)) -> bool {
        let last = (rows - 1).checked_mul(self.stride);
        self.stride >= row_bytes
            && last
                .and_then(|last| last.checked_add(row_bytes))
                .is_some_and(|end| end <= self.data.len())
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// All rows.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.data
    }
}

impl Rows for PlaneRef<'_> {
    fn split_off_rows(&mut self, rows: usize) -> Self {
        let (head, tail) = self.data.split_at(self.data.len().min(rows * self.stride));
        self.data = tail;
        Self::new(head, self.stride)
    }
}

/// A plane's rows, from its first visible byte to its last one.
#[derive(Debug, Default)]
pub struct PlaneMut<'a> {
    data: &'a mut [u8],
    stride: usize,
}

impl<'a> PlaneMut<'a> {
    /// Rows that start every `stride` bytes of `data`; the last one need not be padded.
    pub fn new(data: &'a mut [u8], stride: usize) -> Self {
        Self { data, stride }
    }

    /// The same plane, for a while.
    pub fn reborrow(&mut self) -> PlaneMut<'_> {
        PlaneMut::new(self.data, self.stride)
    }

    /// The same plane, to be read.
    fn by_ref(&self) -> PlaneRef<'_> {
        PlaneRef::new(self.data, self.stride)
    }

    /// The first `bytes` bytes of up to eight rows, `count` of them from `first` on; the other slices are empty.
    pub(crate) fn rows_mut(
        &mut self,
        first: usize,
        count: usize,
        bytes: usize,
    ) -> [&mut [u8]; SIDE] {
        let mut rows: [&mut [u8]; SIDE] = Default::default();
        let data = &mut self.data[first * self.stride..];
        for (row, data) in rows
            .iter_mut()
            .zip(data.chunks_mut(self.stride))
            .take(count)
        {
            *row = &mut data[..bytes];
        }
        rows
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Everything from `row` and `byte` on.
    pub(crate) fn bytes_from(&self, row: usize, byte: usize) -> &[u8] {
        &self.data[row * self.stride + byte..]
    }

    /// Everything from `row` and `byte` on.
    pub(crate) fn bytes_mut_from(&mut self, row: usize, byte: usize) -> &mut [u8] {
        &mut self.data[row * self.stride + byte..]
    }
}

impl Rows for PlaneMut<'_> {
    fn split_off_rows(&mut self, rows: usize) -> Self {
        let data = std::mem::take(&mut self.data);
        let (head, tail) = data.split_at_mut(data.len().min(rows * self.stride));
        self.data = tail;
        Self::new(head, self.stride)
    }
}

/// A frame to be processed in place: its planes, in the order of the format; those that hold no
/// component (alpha) may be left empty.
#[derive(Debug, Default)]
pub struct FrameMut<'a> {
    /// The planes.
    pub planes: [PlaneMut<'a>; MAX_PLANES],
}

impl FrameMut<'_> {
    /// The same frame, for a while.
    pub fn reborrow(&mut self) -> FrameMut<'_> {
        FrameMut {
            planes: self.planes.each_mut().map(PlaneMut::reborrow),
        }
    }

    /// Tells whether every plane that `layout` uses is as large as it says.
    pub fn fits(&self, layout: &Layout) -> bool {
        let planes = self.planes.each_ref().map(PlaneMut::by_ref);
        FrameRef { planes }.fits(layout)
    }
}

/// A frame that stays as it is: its planes, as those of [`FrameMut`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameRef<'a> {
    /// The planes.
    pub planes: [PlaneRef<'a>; MAX_PLANES],
}

impl FrameRef<'_> {
    /// Tells whether every plane that `layout` uses is as large as it says.
    pub fn fits(&self, layout: &Layout) -> bool {
        let planes = self.planes.iter().enumerate();
        planes.into_iter().all(|(index, plane)| {
            layout
                .plane_extent(index)
                .is_none_or(|extent| plane.holds(extent))
        })
    }
}
