// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Properties that choose a table; `table-file` apart, as setting it reads a file.

use gst::glib;
use gst::prelude::*;

use super::value::checked;
use crate::tables::presets;

/// Coarser than [`DEFAULT_MD_STEP`], unlike in the paper, as attacks put most of their energy into the low
/// band. Of the two-pass tables of `examples/defense` that cost about 2 points of clean accuracy, 26 over 18
/// keeps the most accuracy under attack.
pub(crate) const DEFAULT_AS_STEP: u32 = 26;
pub(crate) const DEFAULT_MD_STEP: u32 = 18;
pub(crate) const DEFAULT_AS_COUNT: u32 = 15;
const DEFAULT_AS_WINDOW: u32 = 30;
pub(crate) const DEFAULT_EPSILON: f64 = 1.0;
/// The quality that leaves tables as they are.
pub(crate) const UNSCALED: u32 = 50;

/// Built-in tables, used unless `table-file` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillPreset")]
#[non_exhaustive]
pub enum Preset {
    /// `as-step` for the first `as-count` coefficients in zig-zag order, `md-step` for the others.
    #[enum_value(
        name = "Two-step: as-step for the accuracy-sensitive band, md-step for the others",
        nick = "two-step"
    )]
    TwoStep,
    /// The table in the code of the method's authors.
    #[enum_value(
        name = "Released: 25 for the lowest 4x4 coefficients, 30 for the others",
        nick = "released"
    )]
    Released,
    /// `md-step` for every coefficient.
    #[enum_value(name = "Uniform: md-step for every coefficient", nick = "uniform")]
    Uniform,
    /// Steps that rise with frequency, for a single pass.
    #[default]
    #[enum_value(
        name = "One-pass: steps that rise with frequency, coarser for chroma",
        nick = "one-pass"
    )]
    OnePass,
    /// Steps with which `settle` certifies `epsilon`.
    #[enum_value(
        name = "Certified: steps that restore settled frames from any perturbation up to epsilon",
        nick = "certified"
    )]
    Certified,
    /// No table: values of samples that `epsilon` can't lead from one to the next.
    #[enum_value(
        name = "Certified samples: no DCT, samples rounded to values that restore them from any perturbation up to epsilon",
        nick = "certified-samples"
    )]
    CertifiedSamples,
    /// The tables that JPEG encoders scale.
    #[enum_value(
        name = "Annex K: the luminance and chrominance tables of ITU-T T.81",
        nick = "annex-k"
    )]
    AnnexK,
}

/// Selection of the accuracy-sensitive band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillAsSelection")]
#[non_exhaustive]
pub enum AsSelection {
    /// The first coefficients in zig-zag order.
    #[default]
    #[enum_value(
        name = "Zigzag: the first as-count coefficients in zig-zag order",
        nick = "zigzag"
    )]
    Zigzag,
    /// The coefficients of largest standard deviation in each frame, over all planes.
    #[enum_value(
        name = "Frame: the as-count coefficients of largest standard deviation in each frame",
        nick = "frame"
    )]
    Frame,
    /// The coefficients of largest standard deviation in recent frames, over all planes.
    #[enum_value(
        name = "Stream: the as-count coefficients of largest standard deviation in recent frames (as-window)",
        nick = "stream"
    )]
    Stream,
}

/// Values of the table properties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TableSettings {
    pub preset: Preset,
    pub as_step: u32,
    pub md_step: u32,
    pub as_count: u32,
    pub as_selection: AsSelection,
    pub as_window: u32,
    pub epsilon: f64,
    pub quality: u32,
}

impl Default for TableSettings {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            as_step: DEFAULT_AS_STEP,
            md_step: DEFAULT_MD_STEP,
            as_count: DEFAULT_AS_COUNT,
            as_selection: AsSelection::default(),
            as_window: DEFAULT_AS_WINDOW,
            epsilon: DEFAULT_EPSILON,
            quality: UNSCALED,
        }
    }
}

impl TableSettings {
    /// The radius that `settle` is asked for, in levels: `epsilon` with `preset=certified`, even if the table comes
    /// from a file; else 0.
    pub(crate) fn radius(&self) -> f64 {
        match self.preset {
            Preset::Certified => self.epsilon,
            _ => 0.0,
        }
    }

    /// The value of the property called `name`, if it is one of these.
    pub(crate) fn get(&self, name: &str) -> Option<glib::Value> {
        match name {
            "preset" => Some(self.preset.to_value()),
            "as-step" => Some(self.as_step.to_value()),
            "md-step" => Some(self.md_step.to_value()),
            "as-count" => Some(self.as_count.to_value()),
            "as-selection" => Some(self.as_selection.to_value()),
            "as-window" => Some(self.as_window.to_value()),
            "epsilon" => Some(self.epsilon.to_value()),
            "quality" => Some(self.quality.to_value()),
            _ => None,
        }
    }

    /// Sets the property called `name`; false if it isn't one of these.
    pub(crate) fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        match name {
            "preset" => self.preset = checked(value),
            "as-step" => self.as_step = checked(value),
            "md-step" => self.md_step = checked(value),
            "as-count" => self.as_count = checked(value),
            "as-selection" => self.as_selection = checked(value),
            "as-window" => self.as_window = checked(value),
            "epsilon" => self.epsilon = checked(value),
            "quality" => self.quality = checked(value),
            _ => return false,
        }
        true
    }

    /// The table properties, `table-file` included.
    pub(crate) fn param_specs() -> Vec<glib::ParamSpec> {
        vec![
            glib::ParamSpecEnum::builder::<Preset>("preset")
                .nick("Preset")
                .blurb("Quantization table or values of samples, unless table-file is set")
                .mutable_playing()
                .build(),
            as_step_spec()
                .blurb("Quantization step of the accuracy-sensitive band (preset=two-step)")
                .controllable()
                .mutable_playing()
                .build(),
            md_step_spec()
                .blurb("Quantization step of the malicious-defense band (preset=two-step) or of all coefficients (preset=uniform)")
                .controllable()
                .mutable_playing()
                .build(),
            as_count_spec()
                .blurb("Number of coefficients in the accuracy-sensitive band (preset=two-step)")
                .controllable()
                .mutable_playing()
                .build(),
            glib::ParamSpecEnum::builder::<AsSelection>("as-selection")
                .nick("Accuracy-Sensitive Selection")
                .blurb("Selection of the coefficients in the accuracy-sensitive band (preset=two-step)")
                .mutable_playing()
                .build(),
            glib::ParamSpecUInt::builder("as-window")
                .nick("Accuracy-Sensitive Window")
                .blurb("Decay constant of the statistics, in frames (as-selection=stream)")
                .minimum(1)
                .default_value(DEFAULT_AS_WINDOW)
                .controllable()
                .mutable_playing()
                .build(),
            epsilon_spec()
                .blurb("Largest perturbation of a sample, in levels of 0..255, that settled frames are restored from (preset=certified or certified-samples)")
                .controllable()
                .mutable_playing()
                .build(),
            glib::ParamSpecString::builder("table-file")
                .nick("Table File")
                .blurb("File with quantization tables: text (cjpeg -qtables), JPEG or ImageMagick XML; takes precedence over preset")
                .mutable_playing()
                .build(),
            glib::ParamSpecUInt::builder("quality")
                .nick("Quality")
                .blurb("Scale of the tables, as in libjpeg: 50 leaves them unchanged, higher is finer (preset=annex-k: the quality of jpegenc)")
                .minimum(1)
                .maximum(100)
                .default_value(UNSCALED)
                .controllable()
                .mutable_playing()
                .build(),
        ]
    }
}

/// The property `as-step`, without its blurb and its mutability, which differ between elements.
pub(crate) fn as_step_spec() -> glib::ParamSpecUIntBuilder<'static> {
    step_spec("as-step", "Accuracy-Sensitive Step", DEFAULT_AS_STEP)
}

/// The property `md-step`, likewise.
pub(crate) fn md_step_spec() -> glib::ParamSpecUIntBuilder<'static> {
    step_spec("md-step", "Malicious-Defense Step", DEFAULT_MD_STEP)
}

fn step_spec(
    name: &'static str,
    nick: &'static str,
    default: u32,
) -> glib::ParamSpecUIntBuilder<'static> {
    glib::ParamSpecUInt::builder(name)
        .nick(nick)
        .minimum(1)
        .maximum(255)
        .default_value(default)
}

/// The property `as-count`, likewise.
pub(crate) fn as_count_spec() -> glib::ParamSpecUIntBuilder<'static> {
    glib::ParamSpecUInt::builder("as-count")
        .nick("Accuracy-Sensitive Count")
        .maximum(64)
        .default_value(DEFAULT_AS_COUNT)
}

/// The property `epsilon`, likewise.
pub(crate) fn epsilon_spec() -> glib::ParamSpecDoubleBuilder<'static> {
    glib::ParamSpecDouble::builder("epsilon")
        .nick("Epsilon")
        .minimum(0.0)
        .maximum(presets::MAX_EPSILON)
        .default_value(DEFAULT_EPSILON)
}
