// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Changes to the frames of a call.

use gstfeaturedistill::codec::FrameStats;
use pyo3::prelude::*;

/// Changes to the frames of a call.
#[pyclass(frozen, get_all, module = "featuredistill")]
pub struct Report {
    /// Frames that went through the round trip.
    frames: usize,
    /// Samples that did.
    samples: u64,
    /// DCT coefficients that were quantized, those of padded edge blocks included.
    coefficients: u64,
    /// Coefficients that became 0.
    zeroed: u64,
    /// Root mean square change of the samples, in levels of 0..255.
    rms_change: f64,
    /// Largest change of a sample, in levels.
    max_change: u32,
    /// Blocks of which a sample changed.
    changed_blocks: u64,
    /// Least certified radius of all blocks, in levels; None unless frames are settled or samples rounded.
    certified_epsilon: Option<f64>,
    /// Blocks that lack the radius asked for.
    unsettled: u64,
    /// The digest of each frame as it leaves, 64 hexadecimal digits, in the order of the frames; empty without
    /// `digest`.
    digests: Vec<String>,
}

impl Report {
    /// The report on `frames` frames, of which `stats` is the sum.
    pub fn new(frames: usize, stats: &FrameStats, digests: Vec<String>) -> Self {
        Self {
            frames,
            samples: stats.samples,
            coefficients: stats.coefficients,
            zeroed: stats.zeroed,
            rms_change: stats.rms_change(),
            max_change: stats.max_change,
            changed_blocks: stats.changed_blocks,
            certified_epsilon: stats.certified_epsilon,
            unsettled: stats.unsettled,
            digests,
        }
    }
}

#[pymethods]
impl Report {
    fn __repr__(&self) -> String {
        let certified = self
            .certified_epsilon
            .map_or("None".to_owned(), |epsilon| format!("{epsilon:.3}"));
        format!(
            "Report(frames={}, rms_change={:.3}, max_change={}, zeroed={} of {}, certified_epsilon={certified}, \
             unsettled={})",
            self.frames,
            self.rms_change,
            self.max_change,
            self.zeroed,
            self.coefficients,
            self.unsettled
        )
    }
}
