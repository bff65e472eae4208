// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What the element tells about its work: the `stats` property.

use std::time::Duration;

use crate::codec::{Backend, FrameStats};
use crate::tables::QuantTable;

/// What was done since the element was started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    frames: u64,
    bytes: u64,
    /// Of the last frame.
    certified_epsilon: f64,
    changes: FrameStats,
    processing_time: Duration,
}

impl Totals {
    /// Counts an encoded frame.
    pub(super) fn add(&mut self, changes: &FrameStats, bytes: usize, processing_time: Duration) {
        self.frames += 1;
        self.bytes += bytes as u64;
        self.certified_epsilon = changes.certified_epsilon.unwrap_or(0.0);
        self.changes.merge(changes);
        self.processing_time += processing_time;
    }
}

/// The value of the `stats` property.
pub(super) struct Stats {
    pub totals: Totals,
    pub backend: Backend,
    /// The table in force for luma and RGB.
    pub table: QuantTable,
}

impl From<Stats> for gst::Structure {
    fn from(stats: Stats) -> Self {
        let totals = stats.totals;
        let nanoseconds = u64::try_from(totals.processing_time.as_nanos()).unwrap_or(u64::MAX);
        let steps = stats.table.steps().iter().map(|&step| u32::from(step));
        gst::Structure::builder("featuredistillenc-stats")
            .field("frames", totals.frames)
            .field("bytes", totals.bytes)
            .field("coefficients", totals.changes.coefficients)
            .field("zeroed", totals.changes.zeroed)
            .field("rms-change", totals.changes.rms_change())
            .field("max-change", totals.changes.max_change)
            .field("processing-time", nanoseconds)
            .field("backend", stats.backend.to_string())
            .field("table", gst::Array::new(steps))
            .field("certified-epsilon", totals.certified_epsilon)
            .field("unsettled", totals.changes.unsettled)
            .build()
    }
}
