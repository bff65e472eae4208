// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables in force: the file wins over the preset.

use super::table_settings::{AsSelection, Preset, TableSettings};
use crate::codec::block::ZIGZAG;
use crate::codec::{DctTables, Divisors};
use crate::tables::{Tables, bands, nearest_step, presets};

/// Source of the tables that frames are quantized with.
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

    /// The tables in force; in zig-zag order where the [selection](Self::selection) is left to the frames.
    pub(crate) fn tables(&self) -> Tables {
        self.ranked(&ZIGZAG)
    }

    /// The tables with the first `as-count` coefficients of `ranking` as the accuracy-sensitive band, where
    /// there is one.
    pub(crate) fn ranked(&self, ranking: &[u8; 64]) -> Tables {
        let quality = u8::try_from(self.settings.quality).unwrap_or(u8::MAX);
        self.from_file
            .unwrap_or_else(|| self.preset(ranking))
            .scaled(quality)
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

    fn preset(&self, ranking: &[u8; 64]) -> Tables {
        let settings = &self.settings;
        let [as_step, md_step] = [settings.as_step, settings.md_step].map(nearest_step);
        match settings.preset {
            Preset::TwoStep => {
                let band = &ranking[..ranking.len().min(settings.as_count as usize)];
                bands::two_step(as_step, md_step, band).into()
            }
            Preset::Released => presets::released().into(),
            Preset::Uniform => presets::uniform(md_step).into(),
            Preset::OnePass => presets::one_pass(),
            Preset::Certified => presets::certified(settings.epsilon).into(),
            Preset::AnnexK => presets::annex_k(),
        }
    }
}

/// The tables as the codec takes them.
pub(crate) fn dct_tables(tables: &Tables) -> DctTables {
    DctTables {
        luma: Divisors::new(tables.luma().steps()),
        chroma: Divisors::new(tables.chroma().steps()),
    }
}
