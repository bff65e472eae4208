// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The accuracy-sensitive band of each frame, where it is left to the frames.

use super::plan::Plan;
use crate::codec::{FadingMoments, FrameMut, Moments, RowSample};
use crate::common::tables::AsSelection;
use crate::tables::{Tables, bands};

/// With `as-selection=stream`, one row of blocks of so many is looked at, another one in each frame:
/// after as many frames all were seen, at a fraction of the cost. A frame that is too low to have a row
/// in turn leaves the ranking as it is.
const STREAM_ROWS: usize = 4;

/// What is remembered of the stream.
#[derive(Default)]
pub(super) struct Selector {
    past: FadingMoments,
    frames: usize,
}

impl Selector {
    /// The tables for `frame`, which is counted in; none where the plan's own are right.
    pub(super) fn tables(&mut self, plan: &Plan, frame: &FrameMut<'_>) -> Option<Tables> {
        let settings = &plan.table_settings;
        if plan.selection != AsSelection::Stream {
            *self = Self::default();
        }
        let ranking = match plan.selection {
            AsSelection::Zigzag => return None,
            AsSelection::Frame => bands::rank(&moments(plan, frame, RowSample::ALL).spreads()),
            AsSelection::Stream => {
                let sample = RowSample {
                    every: STREAM_ROWS,
                    first: self.frames % STREAM_ROWS,
                };
                self.frames += 1;
                let window = f64::from(settings.as_window);
                self.past.add(&moments(plan, frame, sample), window);
                bands::rank(&self.past.variances())
            }
        };
        Some(settings.ranked_tables(&ranking)).filter(|tables| *tables != plan.tables)
    }
}

/// Moments over all planes: with `preset=two-step` all of them use one table.
fn moments(plan: &Plan, frame: &FrameMut<'_>, sample: RowSample) -> Moments {
    let [mut all, chroma] = plan.distiller.moments(frame, sample);
    all.merge(&chroma);
    all
}
