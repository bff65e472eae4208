// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The `stats` property.

use crate::codec::Backend;
use crate::element::counters::Counters;
use crate::tables::QuantTable;

/// Counts since the element was started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub counters: Counters,
    pub bytes: u64,
}

/// The value of the `stats` property.
pub(super) struct Stats {
    pub totals: Totals,
    pub backend: Backend,
    /// The table in force for luma and RGB, if there is one.
    pub table: Option<QuantTable>,
}

impl From<Stats> for gst::Structure {
    fn from(stats: Stats) -> Self {
        let structure =
            gst::Structure::builder("featuredistillenc-stats").field("bytes", stats.totals.bytes);
        stats
            .totals
            .counters
            .describe(structure, stats.backend, stats.table.as_ref())
            .build()
    }
}
