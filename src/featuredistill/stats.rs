// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The `stats` property.

use crate::codec::{Backend, Digest};
use crate::element::counters::Counters;
use crate::tables::QuantTable;

/// Counts since the element was started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub counters: Counters,
    pub bypassed: u64,
    pub tampered: u64,
    pub dropped: u64,
    /// That of the last frame.
    pub digest: Option<Digest>,
}

/// The value of the `stats` property.
pub(super) struct Stats {
    pub totals: Totals,
    pub backend: Backend,
    /// Threads that share a frame; 0 before the first one.
    pub n_threads: usize,
    /// The table in force for luma and RGB, if there is one.
    pub table: Option<QuantTable>,
}

impl From<Stats> for gst::Structure {
    fn from(stats: Stats) -> Self {
        let totals = stats.totals;
        let n_threads = u32::try_from(stats.n_threads).unwrap_or(u32::MAX);
        let structure = gst::Structure::builder("featuredistill-stats")
            .field("bypassed", totals.bypassed)
            .field("tampered", totals.tampered)
            .field("dropped", totals.dropped)
            .field("n-threads", n_threads)
            .field_if_some("digest", totals.digest.map(|digest| digest.to_string()));
        totals
            .counters
            .describe(structure, stats.backend, stats.table.as_ref())
            .build()
    }
}
