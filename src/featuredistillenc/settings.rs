// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Properties and their values.

use gst::glib;
use gst::prelude::*;

use crate::element::color_mode::ColorMode;
use crate::element::engine::EngineSettings;
use crate::element::properties;
use crate::element::table_settings::TableSettings;
use crate::element::value::checked;

/// YCbCr, as JPEG viewers expect.
pub(super) const DEFAULT_COLOR_MODE: ColorMode = ColorMode::YCbCr;

/// Property values; `table-file` apart, as setting it reads a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub table: TableSettings,
    pub engine: EngineSettings,
    pub color_mode: ColorMode,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            table: TableSettings::default(),
            engine: EngineSettings::default(),
            color_mode: DEFAULT_COLOR_MODE,
        }
    }
}

impl properties::Settings for Settings {
    fn table(&self) -> &TableSettings {
        &self.table
    }

    fn get(&self, name: &str) -> glib::Value {
        match name {
            "color-mode" => self.color_mode.to_value(),
            _ => (self.table.get(name))
                .or_else(|| self.engine.get(name))
                .unwrap_or_else(|| unreachable!("GObject knows the properties: {name}")),
        }
    }

    fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "color-mode" => self.color_mode = checked(value),
            _ => assert!(
                self.table.set(name, value) || self.engine.set(name, value),
                "GObject knows the properties: {name}"
            ),
        }
    }
}

/// All properties, by subject.
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    let mut specs = TableSettings::param_specs();
    specs.extend(EngineSettings::param_specs());
    let color_mode = ColorMode::param_spec().default_value(DEFAULT_COLOR_MODE);
    // The caps depend on it.
    specs.push(color_mode.mutable_ready().build());
    specs.push(
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Statistics since the element was started")
            .read_only()
            .build(),
    );
    specs
}
