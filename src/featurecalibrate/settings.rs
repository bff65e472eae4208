// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The properties, and what they are set to.

use std::path::PathBuf;

use gst::glib;
use gst::prelude::*;

use super::outputs::Outputs;
use super::{ColorMode, Mapping};
use crate::calibration;
use crate::common::engine::EngineSettings;
use crate::common::properties::checked;
use crate::common::tables::{
    self, DEFAULT_AS_COUNT, DEFAULT_AS_STEP, DEFAULT_EPSILON, DEFAULT_MD_STEP,
};
use crate::tables::nearest_step;

/// What the properties are set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub engine: EngineSettings,
    pub color_mode: ColorMode,
    mapping: Mapping,
    as_step: u32,
    md_step: u32,
    as_count: u32,
    pub epsilon: f64,
    pub outputs: Outputs,
    pub merge_from: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: EngineSettings::default(),
            color_mode: ColorMode::default(),
            mapping: Mapping::default(),
            as_step: DEFAULT_AS_STEP,
            md_step: DEFAULT_MD_STEP,
            as_count: DEFAULT_AS_COUNT,
            epsilon: DEFAULT_EPSILON,
            outputs: Outputs::default(),
            merge_from: Vec::new(),
        }
    }
}

impl Settings {
    /// These, but with what statistics depend on as it was `at_start`: all of a stream has to be
    /// gathered, and told of, alike.
    pub(super) fn within_stream(self, at_start: &Self) -> Self {
        Self {
            color_mode: at_start.color_mode,
            mapping: at_start.mapping,
            epsilon: at_start.epsilon,
            ..self
        }
    }

    /// What becomes of the statistics.
    pub(super) fn mapping(&self) -> calibration::Mapping {
        match self.mapping {
            Mapping::TwoStep => calibration::Mapping::TwoStep {
                as_step: nearest_step(self.as_step),
                md_step: nearest_step(self.md_step),
                as_count: self.as_count as usize,
            },
            Mapping::DeepN => calibration::Mapping::DeepN,
            Mapping::Certified => calibration::Mapping::Certified {
                epsilon: self.epsilon,
            },
        }
    }

    /// The radius that copies of the frames are settled for, to see what that comes to.
    pub(super) fn settle_for(&self) -> Option<f64> {
        (self.mapping == Mapping::Certified).then_some(self.epsilon)
    }

    /// The perturbation that no step should be too fine for.
    pub(super) fn withstands(&self) -> Option<f64> {
        (self.mapping == Mapping::TwoStep).then_some(self.epsilon)
    }

    /// The value of the property called `name`.
    pub(super) fn get(&self, name: &str) -> glib::Value {
        match name {
            "color-mode" => self.color_mode.to_value(),
            "mapping" => self.mapping.to_value(),
            "as-step" => self.as_step.to_value(),
            "md-step" => self.md_step.to_value(),
            "as-count" => self.as_count.to_value(),
            "epsilon" => self.epsilon.to_value(),
            "location" => self.outputs.location.to_value(),
            "stats-location" => self.outputs.stats_location.to_value(),
            "plot-location" => self.outputs.plot_location.to_value(),
            "merge-from" => gst::Array::new(self.merge_from.iter()).to_value(),
            _ => (self.engine.get(name))
                .unwrap_or_else(|| unreachable!("GObject knows the properties: {name}")),
        }
    }

    /// Sets the property called `name`, whose range GObject has seen to.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "color-mode" => self.color_mode = checked(value),
            "mapping" => self.mapping = checked(value),
            "as-step" => self.as_step = checked(value),
            "md-step" => self.md_step = checked(value),
            "as-count" => self.as_count = checked(value),
            "epsilon" => self.epsilon = checked(value),
            "location" => self.outputs.location = path(value),
            "stats-location" => self.outputs.stats_location = path(value),
            "plot-location" => self.outputs.plot_location = path(value),
            "merge-from" => {
                let files: gst::ArrayRef = checked(value);
                self.merge_from = files.iter().filter_map(|file| path(file)).collect();
            }
            _ => assert!(
                self.engine.set(name, value),
                "GObject knows the properties: {name}"
            ),
        }
    }
}

/// A path; an empty one is none.
fn path(value: &glib::Value) -> Option<PathBuf> {
    checked::<Option<PathBuf>>(value).filter(|path| !path.as_os_str().is_empty())
}

/// All properties, by subject. (`gst-inspect-1.0` shows them by name.)
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    let mut specs = mapping_specs();
    specs.extend(file_specs());
    specs.extend(EngineSettings::param_specs());
    specs.push(ColorMode::param_spec().mutable_ready().build());
    specs.push(
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("What has been gathered and merged since the element was started")
            .read_only()
            .build(),
    );
    specs
}

fn mapping_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecEnum::builder::<Mapping>("mapping")
            .nick("Mapping")
            .blurb("How standard deviations become steps")
            .mutable_ready()
            .build(),
        tables::as_step_spec()
            .blurb("Quantisation step of the frequencies that deviate most (mapping=two-step)")
            .mutable_playing()
            .build(),
        tables::md_step_spec()
            .blurb("Quantisation step of the other frequencies (mapping=two-step)")
            .mutable_playing()
            .build(),
        tables::as_count_spec()
            .blurb("How many of the 64 frequencies get as-step (mapping=two-step)")
            .mutable_playing()
            .build(),
        tables::epsilon_spec()
            .blurb("The perturbation, in levels of 0..255, to certify (mapping=certified) or to warn of where a step is too fine for it (mapping=two-step; 0 = never)")
            .mutable_ready()
            .build(),
    ]
}

fn file_specs() -> Vec<glib::ParamSpec> {
    let location = |name: &'static str, nick: &'static str, blurb: &'static str| {
        glib::ParamSpecString::builder(name)
            .nick(nick)
            .blurb(blurb)
            .mutable_playing()
            .build()
    };
    let file = glib::ParamSpecString::builder("file")
        .nick("File")
        .blurb("File of statistics, as stats-location writes them")
        .build();
    vec![
        location(
            "location",
            "Location",
            "File to write the table to, as featuredistill's table-file and cjpeg -qtables read it",
        ),
        location(
            "stats-location",
            "Statistics Location",
            "File to write the statistics to, as JSON that merge-from reads",
        ),
        location(
            "plot-location",
            "Plot Location",
            "File to write a picture (PNG) of the standard deviations and the table to",
        ),
        gst::ParamSpecArray::builder("merge-from")
            .nick("Merge From")
            .blurb("Files of statistics to add to those of this stream, as in \"<a.json,b.json>\"")
            .element_spec(&file)
            .mutable_ready()
            .build(),
    ]
}
