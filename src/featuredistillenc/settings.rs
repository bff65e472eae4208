// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The properties, and what they are set to.

use gst::glib;
use gst::prelude::*;

use crate::common::color::ColorMode;
use crate::common::engine::EngineSettings;
use crate::common::properties::{self, checked};
use crate::common::tables::TableSettings;

/// What every viewer of JPEG files expects.
const DEFAULT_COLOR_MODE: ColorMode = ColorMode::YCbCr;

/// What the properties are set to, `table-file` apart, which has its side effects.
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

/// All properties, by subject. (`gst-inspect-1.0` shows them by name.)
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    let mut specs = TableSettings::param_specs();
    specs.extend(EngineSettings::param_specs());
    let color_mode = ColorMode::param_spec().default_value(DEFAULT_COLOR_MODE);
    // It decides on the caps.
    specs.push(color_mode.mutable_ready().build());
    specs.push(
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("What was done since the element was started")
            .read_only()
            .build(),
    );
    specs
}
