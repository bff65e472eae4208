// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Fields of the `stats` property that all elements have.

use std::time::Duration;

use gst::structure::Builder;

use crate::codec::{Backend, FrameStats};
use crate::tables::QuantTable;

/// Counts since the element was started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    frames: u64,
    changes: FrameStats,
    /// The certified radius of the last frame.
    certified_epsilon: Option<f64>,
    /// The margin of the last frame, if it was measured.
    margin: Option<f64>,
    processing_time: Duration,
}

impl Counters {
    /// Counts a frame.
    pub(crate) fn add(&mut self, changes: &FrameStats, processing_time: Duration) {
        self.frames += 1;
        self.changes.merge(changes);
        self.certified_epsilon = changes.certified_epsilon;
        self.margin = changes.margin;
        self.processing_time += processing_time;
    }

    /// Adds the fields to `structure`; `table` is the one in force for luma and RGB, if there is one.
    pub(crate) fn describe(
        &self,
        structure: Builder,
        backend: Backend,
        table: Option<&QuantTable>,
    ) -> Builder {
        let nanoseconds = u64::try_from(self.processing_time.as_nanos()).unwrap_or(u64::MAX);
        let steps = |table: &QuantTable| gst::Array::new(table.steps().map(u32::from));
        structure
            .field("frames", self.frames)
            .field("coefficients", self.changes.coefficients)
            .field("zeroed", self.changes.zeroed)
            .field("rms-change", self.changes.rms_change())
            .field("max-change", self.changes.max_change)
            .field("processing-time", nanoseconds)
            .field("backend", backend.to_string())
            .field_if_some("table", table.map(steps))
            .field("certified-epsilon", self.certified_epsilon.unwrap_or(0.0))
            .field("unsettled", self.changes.unsettled)
            .field_if_some("margin", self.margin)
    }
}
