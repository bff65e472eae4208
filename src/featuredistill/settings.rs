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

use super::{AutoColorMode, DigestKind, TamperAction, digest};
use crate::element::engine::EngineSettings;
use crate::element::properties;
use crate::element::table_settings::TableSettings;
use crate::element::value::checked;

/// Property values; `table-file` apart, as setting it reads a file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Settings {
    pub table: TableSettings,
    pub engine: EngineSettings,
    pub color_mode: AutoColorMode,
    pub settle: bool,
    pub tamper_threshold: f64,
    pub tamper_action: TamperAction,
    pub tamper_interval: TamperInterval,
    pub bypass: bool,
    pub post_messages: bool,
    pub attach_meta: bool,
    pub digest: DigestKind,
}

/// Time between messages about an incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TamperInterval(pub gst::ClockTime);

impl Default for TamperInterval {
    fn default() -> Self {
        Self(gst::ClockTime::SECOND)
    }
}

impl Settings {
    /// True if somebody is told the margin of each frame, which takes time to measure.
    pub(super) fn measures_margin(&self) -> bool {
        self.post_messages || self.attach_meta
    }

    /// The certified radius asked for, in levels; None if frames aren't settled.
    pub(super) fn settled_radius(&self) -> Option<f64> {
        self.settle.then(|| self.table.radius())
    }
}

impl properties::Settings for Settings {
    fn table(&self) -> &TableSettings {
        &self.table
    }

    fn get(&self, name: &str) -> glib::Value {
        match name {
            "color-mode" => self.color_mode.to_value(),
            "settle" => self.settle.to_value(),
            "tamper-threshold" => self.tamper_threshold.to_value(),
            "tamper-action" => self.tamper_action.to_value(),
            "tamper-interval" => self.tamper_interval.0.nseconds().to_value(),
            "bypass" => self.bypass.to_value(),
            "post-messages" => self.post_messages.to_value(),
            "attach-meta" => self.attach_meta.to_value(),
            "digest" => self.digest.to_value(),
            _ => (self.table.get(name))
                .or_else(|| self.engine.get(name))
                .unwrap_or_else(|| unreachable!("GObject knows the properties: {name}")),
        }
    }

    fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "color-mode" => self.color_mode = checked(value),
            "settle" => self.settle = checked(value),
            "tamper-threshold" => self.tamper_threshold = checked(value),
            "tamper-action" => self.tamper_action = checked(value),
            "tamper-interval" => {
                self.tamper_interval =
                    TamperInterval(gst::ClockTime::from_nseconds(checked(value)));
            }
            "bypass" => self.bypass = checked(value),
            "post-messages" => self.post_messages = checked(value),
            "attach-meta" => self.attach_meta = checked(value),
            "digest" => self.digest = checked(value),
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
    specs.extend(processing_specs());
    specs.extend(two_pass_specs());
    specs.extend(digest::param_specs());
    specs.extend(reporting_specs());
    specs
}

fn processing_specs() -> Vec<glib::ParamSpec> {
    vec![
        AutoColorMode::param_spec(),
        glib::ParamSpecBoolean::builder("bypass")
            .nick("Bypass")
            .blurb("Pass frames through unchanged and undefended")
            .controllable()
            .mutable_playing()
            .build(),
    ]
}

fn two_pass_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecBoolean::builder("settle")
            .nick("Settle")
            .blurb("Make a second pass with the same table a no-op; with preset=certified, up to a perturbation of epsilon (always so with preset=certified-samples)")
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("tamper-threshold")
            .nick("Tamper Threshold")
            .blurb("RMS change, in levels, above which a settled frame counts as tampered with (0 = off)")
            .minimum(0.0)
            .controllable()
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder::<TamperAction>("tamper-action")
            .nick("Tamper Action")
            .blurb("Action on frames that count as tampered with")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("tamper-interval")
            .nick("Tamper Interval")
            .blurb("Time between messages while tampering goes on, and without it after which it has ended, in nanoseconds")
            .minimum(1)
            .maximum(gst::ClockTime::MAX.nseconds())
            .default_value(TamperInterval::default().0.nseconds())
            .mutable_playing()
            .build(),
    ]
}

fn reporting_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecBoolean::builder("post-messages")
            .nick("Post Messages")
            .blurb("Post an element message for every distilled frame")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("attach-meta")
            .nick("Attach Meta")
            .blurb("Attach a GstCustomMeta featuredistill with the fields of that message to every distilled frame")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Statistics since the element was started")
            .read_only()
            .build(),
    ]
}
