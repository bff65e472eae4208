// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Counts of what a frame's round trip changed: exact integers, so that any order of merging gives the same.

/// Counts over one frame (or a part of it).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameStats {
    /// Visible samples that went through the round trip.
    pub samples: u64,
    /// DCT coefficients quantized, those of padded edge blocks included; none where samples are rounded.
    pub coefficients: u64,
    /// Quantized coefficients that are zero.
    pub zeroed: u64,
    /// Sum of the squared changes of the visible sample values.
    pub squared_change: u64,
    /// Largest absolute change of a visible sample value.
    pub max_change: u32,
    /// Blocks of 8x8 samples of a component, those over its right and bottom edge included.
    pub blocks: u64,
    /// Those of them of which a visible sample changed.
    pub changed_blocks: u64,
    /// The smallest part of the frame that holds them, in pixels.
    pub changed_extent: Extent,
    /// Least certified radius of the frame's blocks, in sample values, where frames are settled or samples are
    /// rounded: no
    /// perturbation of at most this much in every sample changes what the next pass returns. (With
    /// [`ColorMode::YCbCr`](super::ColorMode) it may be understated: a block that was settled elsewhere
    /// because one of its components did not hold may count with what the others had before.)
    pub certified_epsilon: Option<f64>,
    /// Distance of the frame, as it arrived, from where it would go elsewhere: 1 less the largest distance
    /// from the lattice as a share of half a step, over all coefficients (those of padded edge blocks included)
    /// or samples. 1 for a frame on the lattice, near 0 where something has probably gone elsewhere; 0 and more.
    /// `None` unless it is [measured](super::Distiller::measuring).
    pub margin: Option<f64>,
    /// Blocks that were settled: those of each component, or with
    /// [`ColorMode::YCbCr`](super::ColorMode) those of the three together.
    pub settled_blocks: u64,
    /// Those of them whose nearest lattice point does not hold, so that another one had to be found.
    pub moved_blocks: u64,
    /// Settled blocks that lack the certified radius asked for.
    pub unsettled: u64,
}

/// A part of a frame, in pixels. The default is empty.
///
/// The right and bottom edges are exclusive and may lie beyond an odd-sized frame by what a
/// subsampled component rounds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Column after the last one.
    pub right: usize,
    /// Row after the last one.
    pub bottom: usize,
}

impl Extent {
    /// Tells whether it holds no pixel.
    pub fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// The smallest part that holds both.
    pub fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

impl FrameStats {
    /// Adds the counts of another part of the frame, or of another frame.
    pub fn merge(&mut self, other: &Self) {
        self.samples += other.samples;
        self.coefficients += other.coefficients;
        self.zeroed += other.zeroed;
        self.squared_change += other.squared_change;
        self.max_change = self.max_change.max(other.max_change);
        self.blocks += other.blocks;
        self.changed_blocks += other.changed_blocks;
        self.changed_extent = self.changed_extent.union(other.changed_extent);
        let radii = self
            .certified_epsilon
            .into_iter()
            .chain(other.certified_epsilon);
        self.certified_epsilon = radii.reduce(f64::min);
        let margins = self.margin.into_iter().chain(other.margin);
        self.margin = margins.reduce(f64::min);
        self.settled_blocks += other.settled_blocks;
        self.moved_blocks += other.moved_blocks;
        self.unsettled += other.unsettled;
    }

    /// Share of the blocks that changed, 0..=1.
    pub fn changed_share(&self) -> f64 {
        if self.blocks == 0 {
            0.0
        } else {
            self.changed_blocks as f64 / self.blocks as f64
        }
    }

    /// Root mean square change of the visible sample values; 0 where nothing was processed.
    pub fn rms_change(&self) -> f64 {
        if self.samples == 0 {
            return 0.0;
        }
        (self.squared_change as f64 / self.samples as f64).sqrt()
    }
}
