// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The effects of settling footage with a certified table.

use super::counter::{Overflow, add};
use crate::codec::FrameStats;
use crate::tables::{QuantTable, presets};

/// The changes that settling with a certified table made to footage. All counts are sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settling {
    pub(super) epsilon: f64,
    pub(super) table: QuantTable,
    pub(super) samples: u64,
    pub(super) squared_change: u64,
    pub(super) blocks: u64,
    pub(super) moved: u64,
    pub(super) unsettled: u64,
}

impl Settling {
    /// Nothing settled yet, with the certified table for `epsilon`.
    pub fn new(epsilon: f64) -> Self {
        Self {
            epsilon,
            table: presets::certified(epsilon),
            samples: 0,
            squared_change: 0,
            blocks: 0,
            moved: 0,
            unsettled: 0,
        }
    }

    /// The radius that blocks are settled for, in levels.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The table they are settled with.
    pub fn table(&self) -> &QuantTable {
        &self.table
    }

    /// Adds the changes of a frame.
    ///
    /// # Errors
    /// If a sum reaches 2^64. Nothing is added then.
    pub fn add(&mut self, changes: &FrameStats) -> Result<(), Overflow> {
        self.merge(&Self {
            samples: changes.samples,
            squared_change: changes.squared_change,
            blocks: changes.settled_blocks,
            moved: changes.moved_blocks,
            unsettled: changes.unsettled,
            ..*self
        })
    }

    /// Adds changes that were counted elsewhere, with the same table.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        *self = Self {
            samples: add(self.samples, other.samples)?,
            squared_change: add(self.squared_change, other.squared_change)?,
            blocks: add(self.blocks, other.blocks)?,
            moved: add(self.moved, other.moved)?,
            unsettled: add(self.unsettled, other.unsettled)?,
            ..*self
        };
        Ok(())
    }

    /// Peak signal-to-noise ratio of the settled footage, in dB; `None` where no sample changed.
    pub fn psnr(&self) -> Option<f64> {
        let mean = self.squared_change as f64 / self.samples as f64;
        (self.squared_change > 0).then(|| 10.0 * (255.0 * 255.0 / mean).log10())
    }

    /// Blocks settled; the three of RGB with `color-mode=ycbcr` count as one.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Share of the blocks whose nearest lattice point doesn't hold, so that it takes more than rounding
    /// to give them the radius; 0..=1.
    pub fn moved_share(&self) -> f64 {
        self.moved as f64 / self.blocks.max(1) as f64
    }

    /// Blocks that can't have the radius.
    pub fn unsettled(&self) -> u64 {
        self.unsettled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> FrameStats {
        FrameStats {
            samples: 64,
            squared_change: 64 * 4,
            settled_blocks: 8,
            moved_blocks: 1,
            ..FrameStats::default()
        }
    }

    #[test]
    fn figures_follow_from_the_sums() {
        let mut settling = Settling::new(1.0);
        assert_eq!((settling.psnr(), settling.moved_share()), (None, 0.0));
        settling.add(&changes()).unwrap();
        settling.add(&changes()).unwrap();
        // A mean squared change of 4: 20 log10(255 / 2).
        assert!((settling.psnr().unwrap() - 42.110_203_696).abs() < 1e-6);
        assert_eq!(settling.blocks(), 16);
        assert_eq!(settling.moved_share(), 0.125);
        assert_eq!(settling.unsettled(), 0);
    }

    #[test]
    fn overflow_is_an_error_and_changes_nothing() {
        let mut settling = Settling::new(1.0);
        settling.squared_change = u64::MAX - 1;
        let before = settling;
        assert_eq!(settling.add(&changes()), Err(Overflow));
        assert_eq!(settling, before);
    }
}
