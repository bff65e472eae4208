// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Storage of components between two passes, and the part of a block that is stored.

use crate::codec::block::{AREA, Block, SIDE};
use crate::codec::color;

/// The part of a block that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Visible {
    pub(crate) const WHOLE: Self = Self {
        width: SIDE,
        height: SIDE,
    };

    /// Repeats the last visible column and row.
    pub(crate) fn replicate(self, block: &mut Block) {
        if self == Self::WHOLE {
            return;
        }
        let source = *block;
        for (i, sample) in block.iter_mut().enumerate() {
            let (x, y) = (i % SIDE, i / SIDE);
            *sample = source[y.min(self.height - 1) * SIDE + x.min(self.width - 1)];
        }
    }

    /// Tells whether a coefficient belongs to patterns that replication leaves alone: those that don't vary
    /// along a direction in which the block is cut.
    pub(super) fn keeps(self, index: usize) -> bool {
        (self.width == SIDE || index.is_multiple_of(SIDE))
            && (self.height == SIDE || index / SIDE == 0)
    }
}

/// Storage of components that are settled together, as the next pass reads it.
pub(crate) trait Store<const C: usize> {
    /// Decoded components to what is stored, replicated over the edge.
    fn store(&self, planes: &[Block; C]) -> [Block; C];

    /// Stored samples to the components that the next pass transforms.
    fn load(&self, stored: &[Block; C]) -> [Block; C];

    fn visible(&self) -> Visible;
}

/// Components that are stored as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Native(pub(crate) Visible);

impl<const C: usize> Store<C> for Native {
    fn store(&self, planes: &[Block; C]) -> [Block; C] {
        let mut stored = *planes;
        stored.iter_mut().for_each(|plane| self.0.replicate(plane));
        stored
    }

    fn load(&self, stored: &[Block; C]) -> [Block; C] {
        *stored
    }

    fn visible(&self) -> Visible {
        self.0
    }
}

/// Y, Cb and Cr that are stored as R, G and B.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rgb(pub(crate) Visible);

impl Rgb {
    fn convert(planes: &[Block; 3], pixel: impl Fn([u8; 3]) -> [u8; 3]) -> [Block; 3] {
        let mut result = *planes;
        for i in 0..AREA {
            let converted = pixel(std::array::from_fn(|c| planes[c][i] as u8));
            for (plane, value) in result.iter_mut().zip(converted) {
                plane[i] = i32::from(value);
            }
        }
        result
    }
}

impl Store<3> for Rgb {
    fn store(&self, planes: &[Block; 3]) -> [Block; 3] {
        let mut stored = Self::convert(planes, color::ycbcr_to_rgb);
        stored.iter_mut().for_each(|plane| self.0.replicate(plane));
        stored
    }

    fn load(&self, stored: &[Block; 3]) -> [Block; 3] {
        Self::convert(stored, color::rgb_to_ycbcr)
    }

    fn visible(&self) -> Visible {
        self.0
    }
}
