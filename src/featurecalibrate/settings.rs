// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Properties and their values.

use std::path::PathBuf;

use gst::glib;
use gst::prelude::*;

use super::outputs::Outputs;
use super::{ColorMode, Mapping};
use crate::calibration;
use crate::element::conflicts::{self, Conflict};
use crate::element::engine::EngineSettings;
use crate::element::table_settings::{
    self, DEFAULT_AS_COUNT, DEFAULT_AS_STEP, DEFAULT_EPSILON, DEFAULT_MD_STEP,
};
use crate::element::value::{checked, path};
use crate::tables::nearest_step;

/// Property values.
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
    /// These values, but those that statistics depend on from `at_start`, so that all of a stream is gathered
    /// and reported alike.
    pub(super) fn within_stream(self, at_start: &Self) -> Self {
        Self {
            color_mode: at_start.color_mode,
            mapping: at_start.mapping,
            epsilon: at_start.epsilon,
            ..self
        }
    }

    /// The mapping from statistics to tables.
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

    /// The radius that copies of the frames are settled for, to report its cost; None if they aren't.
    pub(super) fn settle_for(&self) -> Option<f64> {
        (self.mapping == Mapping::Certified).then_some(self.epsilon)
    }

    /// The perturbation that no step should be too fine for; None if steps aren't checked.
    pub(super) fn withstands(&self) -> Option<f64> {
        (self.mapping == Mapping::TwoStep).then_some(self.epsilon)
    }

    /// Property values that take back what others promise.
    pub(super) fn conflicts(&self) -> Vec<Conflict> {
        let epsilon = self.epsilon;
        let conflict = match self.mapping {
            Mapping::Certified => conflicts::fraction(epsilon),
            Mapping::DeepN if epsilon != DEFAULT_EPSILON => Some(Conflict::Epsilon {
                epsilon,
                needs: "mapping=certified or mapping=two-step",
            }),
            _ => None,
        };
        conflict.into_iter().collect()
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

    /// Sets the property called `name`; GObject has checked type and range.
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

/// All properties, by subject.
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    let mut specs = mapping_specs();
    specs.extend(file_specs());
    specs.extend(EngineSettings::param_specs());
    specs.push(ColorMode::param_spec().mutable_ready().build());
    specs.push(
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Statistics gathered and merged since the element was started")
            .read_only()
            .build(),
    );
    specs
}

fn mapping_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecEnum::builder::<Mapping>("mapping")
            .nick("Mapping")
            .blurb("Mapping from standard deviations to quantization steps")
            .mutable_ready()
            .build(),
        table_settings::as_step_spec()
            .blurb("Quantization step of the frequencies of largest standard deviation (mapping=two-step)")
            .mutable_playing()
            .build(),
        table_settings::md_step_spec()
            .blurb("Quantization step of the other frequencies (mapping=two-step)")
            .mutable_playing()
            .build(),
        table_settings::as_count_spec()
            .blurb("Number of frequencies that get as-step (mapping=two-step)")
            .mutable_playing()
            .build(),
        table_settings::epsilon_spec()
            .blurb("Largest perturbation of a sample, in levels of 0..255, to certify (mapping=certified) or to check steps for (mapping=two-step; 0 = off)")
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
        .blurb("Statistics file written by stats-location")
        .build();
    vec![
        location(
            "location",
            "Location",
            "Output file for the tables, in the format of cjpeg -qtables and featuredistill table-file",
        ),
        location(
            "stats-location",
            "Statistics Location",
            "Output file for the statistics, in the JSON that merge-from reads",
        ),
        location(
            "plot-location",
            "Plot Location",
            "Output file for a PNG plot of the standard deviations and the tables",
        ),
        gst::ParamSpecArray::builder("merge-from")
            .nick("Merge From")
            .blurb("Statistics files to merge with this stream, as in \"<a.json,b.json>\"")
            .element_spec(&file)
            .mutable_ready()
            .build(),
    ]
}
