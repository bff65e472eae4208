// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantisation tables: where the 64 numbers of each table come from.
//!
//! A table comes from a [preset](presets) or from a [file](file::read), and may then be scaled by a
//! quality ([`Tables::scaled`]). Nothing here knows GStreamer, and only [`file::read`] does I/O.

pub mod bands;
pub(crate) mod content;
pub mod deepn;
pub mod file;
pub mod presets;
mod quality;
mod table;

use std::fmt;

pub use table::{QuantTable, nearest_step};

/// The tables in force: one for luma (and for every channel of RGB and grey), and possibly one of
/// its own for chroma.
///
/// `Display` writes the tables one after the other as [`QuantTable`] does: a table file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    luma: QuantTable,
    chroma: Option<QuantTable>,
}

impl Tables {
    /// Pairs the tables. With `chroma` None, chroma is quantised as luma is.
    pub const fn new(luma: QuantTable, chroma: Option<QuantTable>) -> Self {
        Self { luma, chroma }
    }

    /// The table for luma and for the channels of RGB and grey.
    pub fn luma(&self) -> &QuantTable {
        &self.luma
    }

    /// The table for chroma: luma's where chroma has none of its own.
    pub fn chroma(&self) -> &QuantTable {
        self.chroma.as_ref().unwrap_or(&self.luma)
    }

    /// Every table [scaled](QuantTable::scaled) by libjpeg's `quality`, 1..=100.
    pub fn scaled(&self, quality: u8) -> Self {
        Self {
            luma: self.luma.scaled(quality),
            chroma: self.chroma.map(|table| table.scaled(quality)),
        }
    }
}

impl From<QuantTable> for Tables {
    /// One table for everything.
    fn from(table: QuantTable) -> Self {
        Self::new(table, None)
    }
}

impl fmt::Display for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.luma.fmt(f)?;
        match &self.chroma {
            Some(chroma) => write!(f, "\n{chroma}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_falls_back_to_luma_and_stays_so_when_scaled() {
        let luma = presets::released();
        let tables = Tables::from(luma).scaled(25);
        assert_eq!(tables.chroma(), &luma.scaled(25));
        assert_eq!(tables, Tables::new(luma.scaled(25), None));
    }

    #[test]
    fn each_table_is_scaled() {
        let tables = presets::annex_k().scaled(75);
        assert_eq!(tables.luma().steps()[0], 8);
        assert_eq!(tables.chroma().steps()[0], 9);
    }
}
