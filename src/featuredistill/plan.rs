// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What a frame is taken through: decided when nothing is being processed, immutable from then on.

use std::sync::Arc;

use super::TamperAction;
use super::settings::Settings;
use crate::codec::{DctTables, Distiller, FrameStats};
use crate::common::engine::Engine;
use crate::common::geometry::Geometry;
use crate::common::properties::Control;
use crate::common::tables::{AsSelection, TableSettings, divisors};
use crate::tables::Tables;

/// Why frames can't be processed as the properties ask for.
#[derive(Debug, thiserror::Error)]
#[error(
    "{property} needs the same table at both ends, but with as-selection={selection} each end derives \
     its own from what it sees. Set as-selection=zigzag, or have featurecalibrate derive one table \
     from footage and set it as table-file at both ends"
)]
pub(super) struct TablesDiffer {
    property: &'static str,
    selection: &'static str,
}

impl TablesDiffer {
    /// Whether `control` asks for one end of two passes with a table that depends on the frames.
    pub(super) fn check(control: &Control<Settings>) -> Result<(), Self> {
        let selection = match control.selection() {
            AsSelection::Zigzag => return Ok(()),
            AsSelection::Frame => "frame",
            AsSelection::Stream => "stream",
        };
        let property = if control.settings.settle {
            "settle"
        } else if control.settings.tamper_threshold > 0.0 {
            "tamper-threshold"
        } else {
            return Ok(());
        };
        Err(Self {
            property,
            selection,
        })
    }
}

/// All that a frame needs. Each frame is processed by one of these and no other.
pub(super) struct Plan {
    /// The revision of the control that it was made from.
    pub revision: u64,
    pub geometry: Arc<Geometry>,
    pub tables: Tables,
    pub distiller: Distiller,
    /// What the tables depend on, beside the settings.
    pub selection: AsSelection,
    pub table_settings: TableSettings,
    pub tamper_threshold: f64,
    pub tamper_action: TamperAction,
    pub post_messages: bool,
}

impl Plan {
    pub(super) fn new(
        control: &Control<Settings>,
        geometry: Arc<Geometry>,
        engine: Engine,
    ) -> Result<Self, TablesDiffer> {
        TablesDiffer::check(control)?;
        let tables = control.tables();
        let [luma, chroma] = divisors(&tables);
        let mut distiller = Distiller::new(
            geometry.layout(control.settings.color_mode.into()),
            DctTables { luma, chroma },
            engine.backend,
            engine.n_threads,
        );
        if let Some(radius) = control.settings.settled_radius() {
            distiller = distiller.settling(radius);
        }
        Ok(Self {
            revision: control.revision,
            geometry,
            tables,
            distiller,
            selection: control.selection(),
            table_settings: control.settings.table,
            tamper_threshold: control.settings.tamper_threshold,
            tamper_action: control.settings.tamper_action,
            post_messages: control.settings.post_messages,
        })
    }

    /// The same plan with the tables that its frame has.
    pub(super) fn with_tables(&self, tables: Tables) -> Self {
        let [luma, chroma] = divisors(&tables);
        Self {
            tables,
            distiller: self.distiller.with_tables(DctTables { luma, chroma }),
            geometry: self.geometry.clone(),
            ..*self
        }
    }

    /// Whether a frame that should have been settled changed by more than it may.
    pub(super) fn counts_as_tampered(&self, changes: &FrameStats) -> bool {
        self.tamper_threshold > 0.0 && changes.rms_change() > self.tamper_threshold
    }
}
