// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Processing of a frame: fixed before it begins and immutable from then on.

use std::sync::Arc;

use super::settings::Settings;
use super::{AutoColorMode, DigestKind, TamperAction};
use crate::codec::{Digester, Distiller, FrameStats};
use crate::element::conflicts::{self, Conflict};
use crate::element::engine::Engine;
use crate::element::geometry::Geometry;
use crate::element::properties::Control;
use crate::element::table_settings::AsSelection;
use crate::element::table_source::{EpsilonTooSmall, dct_tables};
use crate::element::value::nick;
use crate::files::Key;
use crate::tables::Tables;

/// Property values that no frame can be distilled with.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    /// Two passes with a table of which the other end can't know.
    #[error(
        "{property} needs the same table at both ends, but as-selection={selection} derives it from the \
         frames. Set as-selection=zigzag or a table-file"
    )]
    TablesDiffer {
        property: &'static str,
        selection: String,
    },
    #[error(transparent)]
    Epsilon(#[from] EpsilonTooSmall),
}

impl PlanError {
    /// Checks that frames can be distilled with the properties in `control`.
    pub(super) fn check(control: &Control<Settings>) -> Result<(), Self> {
        Self::check_passes(control)?;
        Ok(control.table_source().rounding().map(drop)?)
    }

    /// Checks that `control` doesn't ask for one end of two passes with a table that depends on the frames.
    fn check_passes(control: &Control<Settings>) -> Result<(), Self> {
        let selection = control.table_source().selection();
        if selection == AsSelection::Zigzag {
            return Ok(());
        }
        let property = if control.settings.settle {
            "settle"
        } else if control.settings.tamper_threshold > 0.0 {
            "tamper-threshold"
        } else {
            return Ok(());
        };
        Err(Self::TablesDiffer {
            property,
            selection: nick(selection),
        })
    }
}

/// Settings and distiller of a frame. Each frame is processed by exactly one plan.
pub(super) struct Plan {
    /// The properties that the plan was made from.
    pub control: Control<Settings>,
    pub geometry: Arc<Geometry>,
    /// None if samples are rounded.
    pub tables: Option<Tables>,
    pub distiller: Distiller,
    /// Computes digests, if they are asked for.
    pub digester: Option<Digester>,
}

impl Plan {
    pub(super) fn new(
        control: Control<Settings>,
        geometry: Arc<Geometry>,
        engine: Engine,
        key: Option<&Key>,
    ) -> Result<Self, PlanError> {
        PlanError::check_passes(&control)?;
        let table_source = control.table_source();
        let tables = table_source.tables();
        let mut distiller = Distiller::new(
            geometry.layout(control.settings.color_mode.with(tables.as_ref()).into()),
            table_source.rounding()?,
            engine.backend,
            engine.n_threads,
        )
        .measuring(control.settings.measures_margin());
        if let Some(radius) = control.settings.settled_radius() {
            distiller = distiller.settling(radius);
        }
        let digester = (control.settings.digest == DigestKind::Blake3).then(|| {
            let key = key.map(Key::bytes);
            Digester::new(distiller.layout(), geometry.color_family(), key)
        });
        Ok(Self {
            control,
            geometry,
            tables,
            distiller,
            digester,
        })
    }

    /// Property values that take back what others promise.
    pub(super) fn conflicts(&self, key: Option<&Key>) -> Vec<Conflict> {
        let settings = &self.control.settings;
        let source = self.control.table_source();
        let color_mode = settings.color_mode.with(self.tables.as_ref());
        let is_chosen = settings.color_mode != AutoColorMode::Auto;
        let mut conflicts = conflicts::find(&source, &self.geometry, color_mode, is_chosen);
        if settings.tamper_threshold == 0.0 && settings.tamper_action != TamperAction::default() {
            let action = nick(settings.tamper_action);
            conflicts.push(Conflict::TamperAction { action });
        }
        if key.is_some() && settings.digest == DigestKind::None {
            conflicts.push(Conflict::KeyFile);
        }
        conflicts
    }

    /// The same plan with other tables.
    pub(super) fn with_tables(&self, tables: Tables) -> Self {
        Self {
            control: self.control.clone(),
            geometry: self.geometry.clone(),
            tables: Some(tables),
            distiller: self.distiller.with_tables(dct_tables(&tables)),
            digester: self.digester.clone(),
        }
    }

    /// The same plan, which goes on with what `last` has measured.
    pub(super) fn continuing(self, last: Option<&Self>) -> Self {
        match last {
            Some(last) => Self {
                distiller: self.distiller.continuing(&last.distiller),
                ..self
            },
            None => self,
        }
    }

    /// True if a frame, which should have been settled, changed by more than `tamper-threshold`.
    pub(super) fn counts_as_tampered(&self, changes: &FrameStats) -> bool {
        let threshold = self.control.settings.tamper_threshold;
        threshold > 0.0 && changes.rms_change() > threshold
    }
}
