// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Accuracy-sensitive band of each frame, with `as-selection=frame` or `stream`.

use super::plan::Plan;
use crate::codec::{FadingMoments, FrameMut, Moments, RowSample};
use crate::element::table_settings::AsSelection;
use crate::tables::{Tables, bands};

/// Divisor of the block rows that are read with `as-selection=stream`, for speed: each frame reads one row
/// in this many, the next frame the row below. A frame without such a row leaves the ranking as it is.
const STREAM_ROWS: usize = 4;

/// Statistics of past frames.
#[derive(Default)]
pub(super) struct Selector {
    past: FadingMoments,
    frames: usize,
}

impl Selector {
    /// Adds `frame` to the statistics and gives its tables; None if they are those of the plan.
    pub(super) fn tables(&mut self, plan: &Plan, frame: &FrameMut<'_>) -> Option<Tables> {
        let source = plan.control.table_source();
        if source.selection() != AsSelection::Stream {
            *self = Self::default();
        }
        let ranking = match source.selection() {
            AsSelection::Zigzag => return None,
            AsSelection::Frame => bands::rank(&moments(plan, frame, RowSample::ALL).spreads()),
            AsSelection::Stream => {
                let sample = RowSample {
                    every: STREAM_ROWS,
                    first: self.frames % STREAM_ROWS,
                };
                self.frames += 1;
                let window = f64::from(source.settings().as_window);
                self.past.add(&moments(plan, frame, sample), window);
                bands::rank(&self.past.variances())
            }
        };
        (source.ranked(&ranking)).filter(|tables| Some(*tables) != plan.tables)
    }
}

/// Moments over all planes, as `preset=two-step` has one table for all of them.
fn moments(plan: &Plan, frame: &FrameMut<'_>, sample: RowSample) -> Moments {
    let [mut all, chroma] = plan.distiller.moments(frame, sample);
    all.merge(&chroma);
    all
}
