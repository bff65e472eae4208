// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Statistics of footage, and merging them.

use std::collections::BTreeMap;

use super::counter::{Overflow, add};
use super::settling::Settling;
use super::spectrum::Spectrum;
use crate::codec::{CoefficientBlock, ColorMode, FrameStats, TableSlot};

/// Statistics of footage.
///
/// Equal footage gives equal statistics, in whatever order and pieces it was gathered.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    pub(super) color_mode: ColorMode,
    /// Frames of each format, by its name.
    pub(super) formats: BTreeMap<String, u64>,
    pub(super) luma: Spectrum,
    pub(super) chroma: Spectrum,
    pub(super) settling: Option<Settling>,
}

/// Differences that keep statistics from being merged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// RGB was split into components in another way.
    #[error("gathered with color-mode={}, not {}", mode_name(*theirs), mode_name(*ours))]
    ColorMode {
        /// The value wanted.
        ours: ColorMode,
        /// The value found.
        theirs: ColorMode,
    },
    /// The footage was not settled.
    #[error("gathered without mapping=certified: it has no settling statistics")]
    NotSettled,
    /// The footage was settled for another radius.
    #[error("gathered with epsilon={theirs}, not {ours}")]
    Epsilon {
        /// The value wanted.
        ours: f64,
        /// The value found.
        theirs: f64,
    },
    /// The footage was settled with the table of another version of this library.
    #[error("gathered with another certified table for epsilon={0}, by another version")]
    Table(f64),
    /// A count would overflow.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// The value of the property `color-mode`.
pub(super) fn mode_name(mode: ColorMode) -> &'static str {
    match mode {
        ColorMode::Native => "native",
        ColorMode::YCbCr => "ycbcr",
    }
}

impl Statistics {
    /// Nothing gathered yet. With `settle_for`, footage is settled too, for that radius in levels.
    pub fn new(color_mode: ColorMode, settle_for: Option<f64>) -> Self {
        Self {
            color_mode,
            formats: BTreeMap::new(),
            luma: Spectrum::default(),
            chroma: Spectrum::default(),
            settling: settle_for.map(Settling::new),
        }
    }

    /// Adds a frame of `format`: the coefficients of its components, each with the table that it uses,
    /// and the changes of settling it.
    ///
    /// # Errors
    /// If a count overflows. Nothing is added then.
    pub fn add_frame<'a>(
        &mut self,
        format: &str,
        components: impl IntoIterator<Item = (TableSlot, &'a [CoefficientBlock]), IntoIter: Clone>,
        settled: Option<&FrameStats>,
    ) -> Result<(), Overflow> {
        let components = components.into_iter();
        let mut settling = self.settling;
        if let (Some(settling), Some(changes)) = (&mut settling, settled) {
            settling.add(changes)?;
        }
        for (slot, spectrum) in [
            (TableSlot::Luma, &self.luma),
            (TableSlot::Chroma, &self.chroma),
        ] {
            let of_slot = components.clone().filter(|component| component.0 == slot);
            let blocks: usize = of_slot.map(|(_, blocks)| blocks.len()).sum();
            add(spectrum.blocks, blocks as u64)?;
        }
        self.count_frames(format, 1)?;
        self.settling = settling;
        for (slot, blocks) in components {
            match slot {
                TableSlot::Luma => self.luma.add(blocks)?,
                TableSlot::Chroma => self.chroma.add(blocks)?,
            }
        }
        Ok(())
    }

    fn count_frames(&mut self, format: &str, frames: u64) -> Result<(), Overflow> {
        add(self.frames(), frames)?;
        match self.formats.get_mut(format) {
            Some(count) => *count += frames,
            None => {
                self.formats.insert(format.to_string(), frames);
            }
        }
        Ok(())
    }

    /// Both together. Where this one isn't settled, the settling statistics of `other` are left out.
    ///
    /// # Errors
    /// If they were gathered in different ways or a count overflows.
    pub fn merged(mut self, other: &Self) -> Result<Self, MergeError> {
        if self.color_mode != other.color_mode {
            return Err(MergeError::ColorMode {
                ours: self.color_mode,
                theirs: other.color_mode,
            });
        }
        if let Some(ours) = &mut self.settling {
            let theirs = other.settling.as_ref().ok_or(MergeError::NotSettled)?;
            if ours.epsilon != theirs.epsilon {
                return Err(MergeError::Epsilon {
                    ours: ours.epsilon,
                    theirs: theirs.epsilon,
                });
            }
            if ours.table != theirs.table {
                return Err(MergeError::Table(ours.epsilon));
            }
            ours.merge(theirs)?;
        }
        self.luma.merge(&other.luma)?;
        self.chroma.merge(&other.chroma)?;
        for (format, &frames) in &other.formats {
            self.count_frames(format, frames)?;
        }
        Ok(self)
    }

    /// The color mode, which says how RGB was split into components.
    pub fn color_mode(&self) -> ColorMode {
        self.color_mode
    }

    /// Frames gathered.
    pub fn frames(&self) -> u64 {
        self.formats.values().sum()
    }

    /// Frames of each format.
    pub fn formats(&self) -> &BTreeMap<String, u64> {
        &self.formats
    }

    /// Statistics of the components that use the first table: gray, luma, RGB.
    pub fn luma(&self) -> &Spectrum {
        &self.luma
    }

    /// Statistics of chroma.
    pub fn chroma(&self) -> &Spectrum {
        &self.chroma
    }

    /// The effects of settling the footage, where it was settled.
    pub fn settling(&self) -> Option<&Settling> {
        self.settling.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(settle_for: Option<f64>) -> Statistics {
        let mut statistics = Statistics::new(ColorMode::Native, settle_for);
        let blocks = [[3; 64], [-9; 64]];
        let components = [
            (TableSlot::Luma, &blocks[..]),
            (TableSlot::Chroma, &blocks[1..]),
        ];
        let changes = FrameStats {
            settled_blocks: 3,
            ..FrameStats::default()
        };
        statistics
            .add_frame("I420", components, Some(&changes))
            .unwrap();
        statistics
    }

    #[test]
    fn luma_and_chroma_are_counted_separately() {
        let statistics = gathered(None);
        assert_eq!(statistics.luma().blocks(), 2);
        assert_eq!(statistics.chroma().blocks(), 1);
        assert_eq!(statistics.chroma().mean(7), -9.0 / 8.0);
        assert_eq!(statistics.frames(), 1);
        assert_eq!(statistics.settling(), None);
    }

    #[test]
    fn statistics_gathered_in_different_ways_are_not_merged() {
        let error = |ours: Statistics, theirs: &Statistics| ours.merged(theirs).unwrap_err();
        let ycbcr = Statistics::new(ColorMode::YCbCr, None);
        assert_eq!(
            error(gathered(None), &ycbcr).to_string(),
            "gathered with color-mode=ycbcr, not native"
        );
        let certified = || gathered(Some(1.0));
        assert_eq!(error(certified(), &gathered(None)), MergeError::NotSettled);
        assert_eq!(
            error(certified(), &gathered(Some(1.5))).to_string(),
            "gathered with epsilon=1.5, not 1"
        );
        let mut other = certified();
        other.settling.as_mut().unwrap().table = crate::tables::presets::released();
        assert_eq!(error(certified(), &other), MergeError::Table(1.0));
        let mut full = gathered(None);
        full.formats.insert("RGB".into(), u64::MAX - 1);
        assert_eq!(error(full, &gathered(None)), Overflow.into());
    }

    #[test]
    fn a_frame_that_overflows_a_count_adds_nothing() {
        let block = [[3; 64]];
        let components = [TableSlot::Luma, TableSlot::Chroma].map(|slot| (slot, &block[..]));
        let changes = FrameStats {
            settled_blocks: 3,
            ..FrameStats::default()
        };
        let full: [fn(&mut Statistics); 3] = [
            |all| all.chroma.blocks = u64::MAX,
            |all| all.settling.as_mut().unwrap().blocks = u64::MAX,
            |all| all.formats.extend([("RGB".into(), u64::MAX - 1)]),
        ];
        for fill in full {
            let mut statistics = gathered(Some(1.0));
            fill(&mut statistics);
            let before = statistics.clone();
            let added = statistics.add_frame("I420", components, Some(&changes));
            assert_eq!(added, Err(Overflow));
            assert_eq!(statistics, before);
        }
    }

    #[test]
    fn settling_statistics_are_merged_or_left_out() {
        let both = gathered(Some(1.0)).merged(&gathered(Some(1.0))).unwrap();
        assert_eq!(both.settling().unwrap().blocks(), 6);
        let plain = gathered(None).merged(&gathered(Some(1.0))).unwrap();
        assert_eq!(plain, gathered(None).merged(&gathered(None)).unwrap());
    }
}
