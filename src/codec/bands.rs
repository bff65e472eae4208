// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Cutting a frame into bands of whole block rows.
//!
//! A band owns its rows as `&mut`, so that bands can go to any thread without further ado.

use std::cell::RefCell;

use super::block::SIDE;
use super::layout::{Group, MAX_COMPONENTS, MAX_PLANES};
use super::planes::{PlaneMut, PlaneRef, Rows};

/// A run of whole block rows of one group, with its rows.
pub(crate) struct Band<'a, P = PlaneMut<'a>> {
    pub group: &'a Group,
    pub planes: [P; MAX_COMPONENTS],
    /// Row of the frame that its first row is.
    pub top: usize,
    /// Visible rows.
    pub rows: usize,
}

impl Band<'_, PlaneRef<'_>> {
    /// Lends a copy of the band, in memory that this thread keeps.
    pub(crate) fn with_copy<R>(&self, work: impl FnOnce(Band<'_>) -> R) -> R {
        thread_local! {
            static COPY: RefCell<Vec<u8>> = RefCell::default();
        }
        COPY.with_borrow_mut(|memory| work(self.copy_to(memory)))
    }

    /// A copy of the band in `memory`. Every plane starts at a cache line.
    fn copy_to<'b>(&'b self, memory: &'b mut Vec<u8>) -> Band<'b> {
        /// Bytes of a cache line.
        const LINE: usize = 64;
        let needed = |plane: &PlaneRef<'_>| plane.bytes().len() + LINE;
        memory.clear();
        memory.reserve(LINE + self.planes.iter().map(needed).sum::<usize>());
        let start = memory.as_ptr().align_offset(LINE).min(LINE);
        memory.resize(start, 0);
        for plane in &self.planes {
            memory.extend_from_slice(plane.bytes());
            memory.resize(start + (memory.len() - start).next_multiple_of(LINE), 0);
        }
        let mut rest = &mut memory[start..];
        let planes = self.planes.each_ref().map(|plane| {
            let bytes = plane.bytes().len();
            let all = std::mem::take(&mut rest);
            let (rows, tail) = all.split_at_mut(bytes.next_multiple_of(LINE));
            rest = tail;
            PlaneMut::new(&mut rows[..bytes], plane.stride())
        });
        Band {
            group: self.group,
            planes,
            top: self.top,
            rows: self.rows,
        }
    }
}

/// Cuts the planes of a frame into bands of at most `block_rows` block rows.
pub(crate) struct Bands<'a, P> {
    groups: std::slice::Iter<'a, Group>,
    planes: [P; MAX_PLANES],
    block_rows: usize,
    rest: Option<Band<'a, P>>,
}

impl<'a, P: Rows> Bands<'a, P> {
    pub(crate) fn new(groups: &'a [Group], planes: [P; MAX_PLANES], block_rows: usize) -> Self {
        Self {
            groups: groups.iter(),
            planes,
            block_rows,
            rest: None,
        }
    }

    fn next_group(&mut self) -> Option<Band<'a, P>> {
        let group = self.groups.next()?;
        let mut planes: [P; MAX_COMPONENTS] = Default::default();
        for (slot, &plane) in planes.iter_mut().zip(&group.planes) {
            *slot = std::mem::take(&mut self.planes[plane]);
        }
        Some(Band {
            group,
            planes,
            top: 0,
            rows: group.height,
        })
    }
}

impl<'a, P: Rows> Iterator for Bands<'a, P> {
    type Item = Band<'a, P>;

    fn next(&mut self) -> Option<Band<'a, P>> {
        let mut rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.next_group()?,
        };
        let rows = rest.rows.min(self.block_rows * SIDE);
        let planes = rest
            .planes
            .each_mut()
            .map(|plane| plane.split_off_rows(rows));
        let band = Band {
            group: rest.group,
            planes,
            top: rest.top,
            rows,
        };
        rest.top += rows;
        rest.rows -= rows;
        self.rest = (rest.rows > 0).then_some(rest);
        Some(band)
    }
}
