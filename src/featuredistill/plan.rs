// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What a frame is taken through: decided when nothing is being processed, immutable from then on.

use super::TamperAction;
use super::settings::Settings;
use crate::codec::{Distiller, Divisors, FrameStats};
use crate::common::engine::Engine;
use crate::common::geometry::Geometry;
use crate::common::properties::Control;
use crate::tables::{QuantTable, Tables};

/// All that a frame needs. Each frame is processed by one of these and no other.
pub(super) struct Plan {
    /// The revision of the control that it was made from.
    pub revision: u64,
    pub geometry: Geometry,
    pub tables: Tables,
    pub distiller: Distiller,
    pub tamper_threshold: f64,
    pub tamper_action: TamperAction,
    pub post_messages: bool,
}

impl Plan {
    pub(super) fn new(control: &Control<Settings>, geometry: Geometry, engine: Engine) -> Self {
        let tables = control.tables();
        let divisors = |table: &QuantTable| Divisors::new(table.steps());
        let mut distiller = Distiller::new(
            geometry.layout(control.settings.color_mode.into()),
            divisors(tables.luma()),
            divisors(tables.chroma()),
            engine.backend,
            engine.n_threads,
        );
        if let Some(radius) = control.settings.settled_radius() {
            distiller = distiller.settling(radius);
        }
        Self {
            revision: control.revision,
            geometry,
            tables,
            distiller,
            tamper_threshold: control.settings.tamper_threshold,
            tamper_action: control.settings.tamper_action,
            post_messages: control.settings.post_messages,
        }
    }

    /// Whether a frame that should have been settled changed by more than it may.
    pub(super) fn counts_as_tampered(&self, changes: &FrameStats) -> bool {
        self.tamper_threshold > 0.0 && changes.rms_change() > self.tamper_threshold
    }
}
