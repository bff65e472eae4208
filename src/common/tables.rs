// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The properties that choose a table, `table-file` apart, which has its side effects
//! ([`Properties`](super::properties::Properties)).

use gst::glib;
use gst::prelude::*;

use super::properties::checked;
use crate::codec::Divisors;
use crate::codec::block::ZIGZAG;
use crate::tables::{Tables, bands, nearest_step, presets};

/// The low band has the coarser step, the other way round than in the paper: attacks put most of their
/// energy there. Of the tables tried on two passes (`examples/defense`), 26 over 18 keeps most of the
/// accuracy under attack among those that cost about 2 points of clean accuracy.
pub(crate) const DEFAULT_AS_STEP: u32 = 26;
pub(crate) const DEFAULT_MD_STEP: u32 = 18;
pub(crate) const DEFAULT_AS_COUNT: u32 = 15;
const DEFAULT_AS_WINDOW: u32 = 30;
pub(crate) const DEFAULT_EPSILON: f64 = 1.0;
const DEFAULT_QUALITY: u32 = 50;

/// Where the table comes from when no `table-file` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillPreset")]
#[non_exhaustive]
pub enum Preset {
    /// `as-step` for the first `as-count` coefficients in zig-zag order, `md-step` for the others.
    #[default]
    #[enum_value(
        name = "Two-step: as-step for the accuracy-sensitive band, md-step for the others",
        nick = "two-step"
    )]
    TwoStep,
    /// The table in the code that the method's authors released.
    #[enum_value(
        name = "Released: 25 for the lowest 4x4 coefficients, 30 for the others",
        nick = "released"
    )]
    Released,
    /// `md-step` for every coefficient.
    #[enum_value(name = "Uniform: md-step for every coefficient", nick = "uniform")]
    Uniform,
    /// Steps that rise with frequency, for a lone pass.
    #[enum_value(
        name = "One-pass: steps that rise with frequency, coarser for chroma (RGB: with color-mode=ycbcr)",
        nick = "one-pass"
    )]
    OnePass,
    /// A table with which `settle` certifies `epsilon`, and almost all blocks stay where they are
    /// nearest.
    #[enum_value(
        name = "Certified: steps with which settled frames survive any perturbation of epsilon",
        nick = "certified"
    )]
    Certified,
    /// The tables that JPEG encoders commonly scale.
    #[enum_value(
        name = "Annex K: the luminance and chrominance tables of ITU-T T.81",
        nick = "annex-k"
    )]
    AnnexK,
}

/// Which coefficients make up the accuracy-sensitive band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillAsSelection")]
#[non_exhaustive]
pub enum AsSelection {
    /// The first ones in zig-zag order.
    #[default]
    #[enum_value(name = "Zigzag: the first as-count in zig-zag order", nick = "zigzag")]
    Zigzag,
    /// Those of largest standard deviation in each frame, over all planes.
    #[enum_value(
        name = "Frame: the as-count that vary most within each frame",
        nick = "frame"
    )]
    Frame,
    /// Those of largest standard deviation in the stream so far, over all planes.
    #[enum_value(
        name = "Stream: the as-count that varied most over about the last as-window frames",
        nick = "stream"
    )]
    Stream,
}

/// What the components that use the first table are divided by, and those that use the second one.
pub(crate) fn divisors(tables: &Tables) -> [Divisors; 2] {
    [tables.luma(), tables.chroma()].map(|table| Divisors::new(table.steps()))
}

/// What the table properties are set to.
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
            quality: DEFAULT_QUALITY,
        }
    }
}

impl TableSettings {
    /// The tables in force: `from_file`, or else those of the preset, at the quality. Where the
    /// [selection](Self::selection) is left to the frames, the band is that of zig-zag order.
    pub(crate) fn tables(&self, from_file: Option<Tables>) -> Tables {
        self.at_quality(from_file.unwrap_or_else(|| self.preset_tables()))
    }

    /// The tables with the first coefficients of `ranking` as the accuracy-sensitive band.
    pub(crate) fn ranked_tables(&self, ranking: &[u8; 64]) -> Tables {
        self.at_quality(self.two_step(ranking))
    }

    fn at_quality(&self, tables: Tables) -> Tables {
        tables.scaled(u8::try_from(self.quality).unwrap_or(u8::MAX))
    }

    /// What the preset's table depends on, beside the properties.
    pub(crate) fn selection(&self) -> AsSelection {
        match self.preset {
            Preset::TwoStep => self.as_selection,
            _ => AsSelection::Zigzag,
        }
    }

    fn two_step(&self, ranking: &[u8; 64]) -> Tables {
        let [as_step, md_step] = [self.as_step, self.md_step].map(nearest_step);
        let sensitive = &ranking[..ranking.len().min(self.as_count as usize)];
        bands::two_step(as_step, md_step, sensitive).into()
    }

    fn preset_tables(&self) -> Tables {
        match self.preset {
            Preset::TwoStep => self.two_step(&ZIGZAG),
            Preset::Released => presets::released().into(),
            Preset::Uniform => presets::uniform(nearest_step(self.md_step)).into(),
            Preset::OnePass => presets::one_pass(),
            Preset::Certified => presets::certified(self.epsilon).into(),
            Preset::AnnexK => presets::annex_k(),
        }
    }

    /// The certified radius that settled frames are to have.
    ///
    /// It is `epsilon` whenever the preset is `certified`, even if the table comes from a file.
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
                .blurb("The table to quantise with, unless table-file is set")
                .mutable_playing()
                .build(),
            as_step_spec()
                .blurb("Quantisation step of the accuracy-sensitive band (preset=two-step)")
                .controllable()
                .mutable_playing()
                .build(),
            md_step_spec()
                .blurb("Quantisation step of the malicious-defence band (preset=two-step) or of everything (preset=uniform)")
                .controllable()
                .mutable_playing()
                .build(),
            as_count_spec()
                .blurb("How many of the 64 coefficients are in the accuracy-sensitive band (preset=two-step)")
                .controllable()
                .mutable_playing()
                .build(),
            glib::ParamSpecEnum::builder::<AsSelection>("as-selection")
                .nick("Accuracy-Sensitive Selection")
                .blurb("Which coefficients are in the accuracy-sensitive band (preset=two-step)")
                .mutable_playing()
                .build(),
            glib::ParamSpecUInt::builder("as-window")
                .nick("Accuracy-Sensitive Window")
                .blurb("Frames after which one counts 1/e of what it did; each is looked at in a quarter of its rows of blocks (as-selection=stream)")
                .minimum(1)
                .default_value(DEFAULT_AS_WINDOW)
                .controllable()
                .mutable_playing()
                .build(),
            epsilon_spec()
                .blurb("The perturbation, in levels of 0..255, that settled frames are certified to survive (preset=certified)")
                .controllable()
                .mutable_playing()
                .build(),
            glib::ParamSpecString::builder("table-file")
                .nick("Table File")
                .blurb("File to read the table from: text (cjpeg -qtables), a JPEG file or ImageMagick's XML; wins over preset")
                .mutable_playing()
                .build(),
            glib::ParamSpecUInt::builder("quality")
                .nick("Quality")
                .blurb("Scales the table as libjpeg does: 50 leaves it as it is, higher is finer; with preset=annex-k it is the quality of jpegenc")
                .minimum(1)
                .maximum(100)
                .default_value(DEFAULT_QUALITY)
                .controllable()
                .mutable_playing()
                .build(),
        ]
    }
}

/// The property `as-step`; what it means and when it may change is the element's affair.
pub(crate) fn as_step_spec() -> glib::ParamSpecUIntBuilder<'static> {
    step_spec("as-step", "Accuracy-Sensitive Step", DEFAULT_AS_STEP)
}

/// The property `md-step`, likewise.
pub(crate) fn md_step_spec() -> glib::ParamSpecUIntBuilder<'static> {
    step_spec("md-step", "Malicious-Defence Step", DEFAULT_MD_STEP)
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
