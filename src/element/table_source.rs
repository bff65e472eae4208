// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Lattice in force: the file wins over the preset.

use super::table_settings::{AsSelection, Preset, TableSettings};
use crate::codec::block::ZIGZAG;
use crate::codec::{DctTables, Divisors, Rounding, SampleLattice};
use crate::tables::{Tables, bands, nearest_step, presets};

/// A radius that no lattice of samples has.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("preset=certified-samples needs an epsilon of at least 1, not {epsilon}")]
pub(crate) struct EpsilonTooSmall {
    epsilon: f64,
}

/// Source of the tables, or else of the values of samples, that frames are rounded with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableSource {
    settings: TableSettings,
    from_file: Option<Tables>,
}

impl TableSource {
    /// The tables of a file, or else those of the preset in `settings`; both at its quality.
    pub(crate) fn new(settings: TableSettings, from_file: Option<Tables>) -> Self {
        Self {
            settings,
            from_file,
        }
    }

    /// The lattice in force.
    pub(crate) fn rounding(&self) -> Result<Rounding, EpsilonTooSmall> {
        match self.tables() {
            Some(tables) => Ok(dct_tables(&tables).into()),
            None => self.samples().map(Rounding::Samples),
        }
    }

    /// The tables in force, in zig-zag order where the [selection](Self::selection) is left to the frames;
    /// None if samples are rounded.
    pub(crate) fn tables(&self) -> Option<Tables> {
        self.ranked(&ZIGZAG)
    }

    /// The tables with the first `as-count` coefficients of `ranking` as the accuracy-sensitive band, where
    /// there is one.
    pub(crate) fn ranked(&self, ranking: &[u8; 64]) -> Option<Tables> {
        let quality = u8::try_from(self.settings.quality).unwrap_or(u8::MAX);
        let tables = self.from_file.or_else(|| self.preset(ranking));
        tables.map(|tables| tables.scaled(quality))
    }

    /// The values that samples are rounded to with `preset=certified-samples`.
    fn samples(&self) -> Result<SampleLattice, EpsilonTooSmall> {
        let epsilon = self.settings.epsilon;
        // Samples change by whole levels; GObject keeps the range.
        SampleLattice::new(epsilon as u8).ok_or(EpsilonTooSmall { epsilon })
    }

    /// The selection of the accuracy-sensitive band.
    pub(crate) fn selection(&self) -> AsSelection {
        match (self.from_file, self.settings.preset) {
            (None, Preset::TwoStep) => self.settings.as_selection,
            _ => AsSelection::Zigzag,
        }
    }

    /// Values of the table properties.
    pub(crate) fn settings(&self) -> &TableSettings {
        &self.settings
    }

    /// True if the tables come from a file.
    pub(crate) fn is_file(&self) -> bool {
        self.from_file.is_some()
    }

    /// The tables of the preset, if it has any.
    fn preset(&self, ranking: &[u8; 64]) -> Option<Tables> {
        let settings = &self.settings;
        let [as_step, md_step] = [settings.as_step, settings.md_step].map(nearest_step);
        Some(match settings.preset {
            Preset::TwoStep => {
                let band = &ranking[..ranking.len().min(settings.as_count as usize)];
                bands::two_step(as_step, md_step, band).into()
            }
            Preset::Released => presets::released().into(),
            Preset::Uniform => presets::uniform(md_step).into(),
            Preset::OnePass => presets::one_pass(),
            Preset::Certified => presets::certified(settings.epsilon).into(),
            Preset::AnnexK => presets::annex_k(),
            Preset::CertifiedSamples => return None,
        })
    }
}

/// The tables as the codec takes them.
pub(crate) fn dct_tables(tables: &Tables) -> DctTables {
    DctTables {
        luma: Divisors::new(tables.luma().steps()),
        chroma: Divisors::new(tables.chroma().steps()),
    }
}
