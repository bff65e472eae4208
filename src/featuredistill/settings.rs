// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The properties: their defaults, their descriptions, and what they are set to.

use std::path::PathBuf;

use gst::glib;
use gst::prelude::*;

use super::{AsSelection, Backend, ColorMode, Preset, TamperAction};
use crate::tables::{Tables, nearest_step, presets};

const DEFAULT_AS_STEP: u32 = 20;
const DEFAULT_MD_STEP: u32 = 30;
const DEFAULT_AS_COUNT: u32 = 15;
const DEFAULT_EPSILON: f64 = 1.0;
const DEFAULT_QUALITY: u32 = 50;
/// 0 stands for one thread per core.
const DEFAULT_N_THREADS: u32 = 0;

/// What the properties are set to, `table-file` apart, which has its side effects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub preset: Preset,
    pub as_step: u32,
    pub md_step: u32,
    pub as_count: u32,
    pub as_selection: AsSelection,
    pub epsilon: f64,
    pub quality: u32,
    pub color_mode: ColorMode,
    pub settle: bool,
    pub tamper_threshold: f64,
    pub tamper_action: TamperAction,
    pub n_threads: u32,
    pub backend: Backend,
    pub bypass: bool,
    pub post_messages: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            as_step: DEFAULT_AS_STEP,
            md_step: DEFAULT_MD_STEP,
            as_count: DEFAULT_AS_COUNT,
            as_selection: AsSelection::default(),
            epsilon: DEFAULT_EPSILON,
            quality: DEFAULT_QUALITY,
            color_mode: ColorMode::default(),
            settle: false,
            tamper_threshold: 0.0,
            tamper_action: TamperAction::default(),
            n_threads: DEFAULT_N_THREADS,
            backend: Backend::default(),
            bypass: false,
            post_messages: false,
        }
    }
}

impl Settings {
    /// The tables in force: `from_file`, or else those of the preset, at the quality.
    pub(super) fn tables(&self, from_file: Option<Tables>) -> Tables {
        let quality = u8::try_from(self.quality).unwrap_or(u8::MAX);
        from_file
            .unwrap_or_else(|| self.preset_tables())
            .scaled(quality)
    }

    fn preset_tables(&self) -> Tables {
        let md_step = nearest_step(self.md_step);
        match self.preset {
            Preset::TwoStep => {
                let AsSelection::Zigzag = self.as_selection;
                let as_step = nearest_step(self.as_step);
                presets::two_step(as_step, md_step, self.as_count as usize).into()
            }
            Preset::Released => presets::released().into(),
            Preset::Uniform => presets::uniform(md_step).into(),
            Preset::Certified => presets::certified(self.epsilon).into(),
            Preset::AnnexK => presets::annex_k(),
        }
    }

    /// The radius that settled frames are to have, or none where frames aren't settled.
    ///
    /// It is `epsilon` whenever the preset is `certified`, even if the table comes from a file.
    pub(super) fn settled_radius(&self) -> Option<f64> {
        let radius = if self.preset == Preset::Certified {
            self.epsilon
        } else {
            0.0
        };
        self.settle.then_some(radius)
    }

    /// The value of the property called `name`.
    pub(super) fn get(&self, name: &str) -> glib::Value {
        match name {
            "preset" => self.preset.to_value(),
            "as-step" => self.as_step.to_value(),
            "md-step" => self.md_step.to_value(),
            "as-count" => self.as_count.to_value(),
            "as-selection" => self.as_selection.to_value(),
            "epsilon" => self.epsilon.to_value(),
            "quality" => self.quality.to_value(),
            "color-mode" => self.color_mode.to_value(),
            "settle" => self.settle.to_value(),
            "tamper-threshold" => self.tamper_threshold.to_value(),
            "tamper-action" => self.tamper_action.to_value(),
            "n-threads" => self.n_threads.to_value(),
            "backend" => self.backend.to_value(),
            "bypass" => self.bypass.to_value(),
            "post-messages" => self.post_messages.to_value(),
            _ => unreachable!("GObject knows the properties: {name}"),
        }
    }

    /// Sets the property called `name`, whose range GObject has seen to.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "preset" => self.preset = checked(value),
            "as-step" => self.as_step = checked(value),
            "md-step" => self.md_step = checked(value),
            "as-count" => self.as_count = checked(value),
            "as-selection" => self.as_selection = checked(value),
            "epsilon" => self.epsilon = checked(value),
            "quality" => self.quality = checked(value),
            "color-mode" => self.color_mode = checked(value),
            "settle" => self.settle = checked(value),
            "tamper-threshold" => self.tamper_threshold = checked(value),
            "tamper-action" => self.tamper_action = checked(value),
            "n-threads" => self.n_threads = checked(value),
            "backend" => self.backend = checked(value),
            "bypass" => self.bypass = checked(value),
            "post-messages" => self.post_messages = checked(value),
            _ => unreachable!("GObject knows the properties: {name}"),
        }
    }
}

/// The content of a value whose type GObject has checked.
fn checked<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T
where
    <T::Checker as glib::value::ValueTypeChecker>::Error: std::fmt::Debug,
{
    value.get().expect("GObject has checked the type")
}

/// The path in a value of `table-file`: an empty one is none.
pub(super) fn table_file(value: &glib::Value) -> Option<PathBuf> {
    checked::<Option<PathBuf>>(value).filter(|path| !path.as_os_str().is_empty())
}

/// What is asked of the element.
#[derive(Clone, Debug, Default)]
pub(super) struct Control {
    pub settings: Settings,
    pub table_file: Option<TableFile>,
    /// Goes up with every change.
    pub revision: u64,
}

/// The file that wins over the preset.
#[derive(Clone, Debug)]
pub(super) struct TableFile {
    pub path: PathBuf,
    /// What was read from it, once the element is started.
    pub tables: Option<Tables>,
}

impl Control {
    /// Replaces the table file.
    pub(super) fn set_table_file(&mut self, table_file: Option<TableFile>) {
        self.table_file = table_file;
        self.revision += 1;
    }

    /// The tables in force.
    pub(super) fn tables(&self) -> Tables {
        let from_file = self.table_file.as_ref().and_then(|file| file.tables);
        self.settings.tables(from_file)
    }
}

/// All properties, in the order in which `gst-inspect-1.0` doesn't show them: by subject.
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    let mut specs = table_specs();
    specs.extend(processing_specs());
    specs.extend(two_pass_specs());
    specs.extend(reporting_specs());
    specs
}

fn table_specs() -> Vec<glib::ParamSpec> {
    let step = |name: &'static str, nick: &'static str, blurb: &'static str, default| {
        glib::ParamSpecUInt::builder(name)
            .nick(nick)
            .blurb(blurb)
            .minimum(1)
            .maximum(255)
            .default_value(default)
            .controllable()
            .mutable_playing()
            .build()
    };
    vec![
        glib::ParamSpecEnum::builder::<Preset>("preset")
            .nick("Preset")
            .blurb("The table to quantise with, unless table-file is set")
            .mutable_playing()
            .build(),
        step(
            "as-step",
            "Accuracy-Sensitive Step",
            "Quantisation step of the accuracy-sensitive band (preset=two-step)",
            DEFAULT_AS_STEP,
        ),
        step(
            "md-step",
            "Malicious-Defence Step",
            "Quantisation step of the malicious-defence band (preset=two-step) or of everything (preset=uniform)",
            DEFAULT_MD_STEP,
        ),
        glib::ParamSpecUInt::builder("as-count")
            .nick("Accuracy-Sensitive Count")
            .blurb("How many of the 64 coefficients are in the accuracy-sensitive band (preset=two-step)")
            .maximum(64)
            .default_value(DEFAULT_AS_COUNT)
            .controllable()
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder::<AsSelection>("as-selection")
            .nick("Accuracy-Sensitive Selection")
            .blurb("Which coefficients are in the accuracy-sensitive band (preset=two-step)")
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("epsilon")
            .nick("Epsilon")
            .blurb("The perturbation, in levels of 0..255, that settled frames are certified to survive (preset=certified)")
            .minimum(0.0)
            .maximum(presets::MAX_EPSILON)
            .default_value(DEFAULT_EPSILON)
            .controllable()
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("table-file")
            .nick("Table File")
            .blurb("File to read the table from, as text (cjpeg -qtables) or out of a JPEG file; wins over preset")
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

fn processing_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecEnum::builder::<ColorMode>("color-mode")
            .nick("Color Mode")
            .blurb("Whether RGB is distilled as it is stored or as YCbCr")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("n-threads")
            .nick("Number of Threads")
            .blurb("Most threads that share a frame (0 = one per core, 1 = the streaming thread alone)")
            .default_value(DEFAULT_N_THREADS)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder::<Backend>("backend")
            .nick("Backend")
            .blurb("The best instruction set to use, if the CPU has it; the result is the same with all")
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("bypass")
            .nick("Bypass")
            .blurb("Pass frames on unchanged: nothing is defended then")
            .controllable()
            .mutable_playing()
            .build(),
    ]
}

fn two_pass_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecBoolean::builder("settle")
            .nick("Settle")
            .blurb("At the trusted source: make every frame its own fixed point, with preset=certified one that survives epsilon")
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("tamper-threshold")
            .nick("Tamper Threshold")
            .blurb("At the consumer of settled frames: RMS change, in levels, above which a frame counts as tampered with (0 = off)")
            .minimum(0.0)
            .controllable()
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder::<TamperAction>("tamper-action")
            .nick("Tamper Action")
            .blurb("What becomes of a frame that counts as tampered with")
            .mutable_playing()
            .build(),
    ]
}

fn reporting_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecBoolean::builder("post-messages")
            .nick("Post Messages")
            .blurb("Post an element message on the bus for every distilled frame")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("What was done since the element was started")
            .read_only()
            .build(),
    ]
}
