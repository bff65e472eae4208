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

use super::block::SIDE;
use super::layout::{Group, MAX_COMPONENTS};
use super::planes::{FrameMut, PlaneMut};

/// A run of whole block rows of one group, with its rows.
pub(crate) struct Band<'a> {
    pub group: &'a Group,
    pub planes: [PlaneMut<'a>; MAX_COMPONENTS],
    /// Row of the frame that its first row is.
    pub top: usize,
    /// Visible rows.
    pub rows: usize,
}

/// Cuts a frame into bands of at most `block_rows` block rows.
pub(crate) struct Bands<'a> {
    groups: std::slice::Iter<'a, Group>,
    frame: FrameMut<'a>,
    block_rows: usize,
    rest: Option<Band<'a>>,
}

impl<'a> Bands<'a> {
    pub(crate) fn new(groups: &'a [Group], frame: FrameMut<'a>, block_rows: usize) -> Self {
        Self {
            groups: groups.iter(),
            frame,
            block_rows,
            rest: None,
        }
    }

    fn next_group(&mut self) -> Option<Band<'a>> {
        let group = self.groups.next()?;
        let mut planes: [PlaneMut<'a>; MAX_COMPONENTS] = Default::default();
        for (slot, &plane) in planes.iter_mut().zip(&group.planes) {
            *slot = std::mem::take(&mut self.frame.planes[plane]);
        }
        Some(Band {
            group,
            planes,
            top: 0,
            rows: group.height,
        })
    }
}

impl<'a> Iterator for Bands<'a> {
    type Item = Band<'a>;

    fn next(&mut self) -> Option<Band<'a>> {
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
