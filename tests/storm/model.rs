// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The settings that could be in force, and what the definition makes of a frame with them.

use std::num::NonZeroU8;
use std::sync::{Arc, Mutex, MutexGuard};

use gst::prelude::*;
use gstfeaturedistill::codec::{Backend, ColorMode};
use gstfeaturedistill::tables::{Tables, presets};

use super::play::lock;
use super::support::frames::{Case, component};
use super::support::video::Placement;

/// The properties that decide what becomes of the samples.
#[derive(Clone, Debug)]
pub struct Settings {
    pub preset: &'static str,
    pub as_step: u32,
    pub md_step: u32,
    pub as_count: u32,
    pub epsilon: f64,
    pub quality: u32,
    pub color_mode: &'static str,
    pub settle: bool,
    pub bypass: bool,
    pub tamper_threshold: f64,
    pub tamper_action: &'static str,
    /// Tables that the file could have held when it was read; empty without one.
    pub from_file: Vec<Tables>,
    /// True if the file may never have been read, so that the preset is still in force.
    pub preset_possible: bool,
}

pub const PRESETS: [&str; 6] = [
    "two-step",
    "released",
    "uniform",
    "one-pass",
    "certified",
    "annex-k",
];

pub const COLOR_MODES: [&str; 3] = ["auto", "native", "ycbcr"];

impl Settings {
    pub fn random(random: &mut fastrand::Rng) -> Self {
        Self {
            preset: random.choice(PRESETS).expect("presets"),
            as_step: random.u32(1..=255),
            md_step: random.u32(1..=255),
            as_count: random.u32(..=64),
            epsilon: f64::from(random.u32(..=30)) / 2.0,
            quality: random.u32(1..=100),
            color_mode: random.choice(COLOR_MODES).expect("modes"),
            settle: random.u32(..4) == 0,
            bypass: false,
            tamper_threshold: 0.0,
            tamper_action: "message",
            from_file: Vec::new(),
            preset_possible: false,
        }
    }

    /// Sets all of them but the table file.
    pub fn apply(&self, element: &gst::Element) {
        element.set_property_from_str("preset", self.preset);
        element.set_property("as-step", self.as_step);
        element.set_property("md-step", self.md_step);
        element.set_property("as-count", self.as_count);
        element.set_property("epsilon", self.epsilon);
        element.set_property("quality", self.quality);
        if self.color_mode != "auto" {
            element.set_property_from_str("color-mode", self.color_mode);
        }
        // The encoder has no more of them.
        if element.has_property("settle") {
            element.set_property_from_str("color-mode", self.color_mode);
            element.set_property("settle", self.settle);
            element.set_property("bypass", self.bypass);
            element.set_property("tamper-threshold", self.tamper_threshold);
            element.set_property_from_str("tamper-action", self.tamper_action);
        }
    }

    fn preset_tables(&self) -> Tables {
        let step = |step: u32| NonZeroU8::new(step as u8).expect("1..=255");
        match self.preset {
            "two-step" => {
                let (low, high) = (step(self.as_step), step(self.md_step));
                presets::two_step(low, high, self.as_count as usize).into()
            }
            "released" => presets::released().into(),
            "uniform" => presets::uniform(step(self.md_step)).into(),
            "one-pass" => presets::one_pass(),
            "certified" => presets::certified(self.epsilon).into(),
            "annex-k" => presets::annex_k(),
            other => unreachable!("preset {other}"),
        }
    }

    /// The tables that could be in force.
    fn tables(&self) -> Vec<Tables> {
        let mut tables = self.from_file.clone();
        if tables.is_empty() || self.preset_possible {
            tables.push(self.preset_tables());
        }
        let at_quality = |tables: Tables| tables.scaled(self.quality as u8);
        tables.into_iter().map(at_quality).collect()
    }

    /// Frames that `bytes` could become.
    pub fn outcomes(&self, placement: &Placement, bytes: &[u8]) -> Vec<Vec<u8>> {
        let radius = if self.preset == "certified" {
            self.epsilon
        } else {
            0.0
        };
        let settle = self.settle.then_some(radius);
        let outcome = |tables: Tables| {
            let ycbcr = match self.color_mode {
                "auto" => tables.own_chroma().is_some(),
                mode => mode == "ycbcr",
            };
            let ycbcr = ycbcr && placement.info.is_rgb();
            distilled(placement, bytes, &tables, ycbcr, settle)
        };
        self.tables().into_iter().map(outcome).collect()
    }
}

/// The scalar definition, component by component, on planes of its own.
fn distilled(
    placement: &Placement,
    bytes: &[u8],
    tables: &Tables,
    ycbcr: bool,
    settle: Option<f64>,
) -> Vec<u8> {
    let info = &placement.info;
    let count = info.n_components().min(3) as usize;
    let positions: Vec<_> = (0..count).map(|c| placement.positions(c as u8)).collect();
    let size = |c: usize| {
        let c = c as u8;
        (info.comp_width(c) as usize, info.comp_height(c) as usize)
    };
    let luma = *tables.luma().steps();
    let chroma = if info.is_yuv() || ycbcr {
        *tables.chroma().steps()
    } else {
        luma
    };
    let case = Case {
        components: (0..count)
            .map(|c| component(c, 0, 1, size(c).0, size(c).1))
            .collect(),
        color: if ycbcr {
            ColorMode::YCbCr
        } else {
            ColorMode::Native
        },
        planes: (0..count)
            .map(|c| {
                (
                    positions[c].iter().map(|&at| bytes[at]).collect(),
                    size(c).0,
                )
            })
            .collect(),
        luma,
        chroma,
        settle,
    };
    let (planes, _) = case.run(Backend::Scalar, 1);
    let mut result = bytes.to_vec();
    for (positions, samples) in positions.iter().zip(planes) {
        for (&at, sample) in positions.iter().zip(samples) {
            result[at] = sample;
        }
    }
    result
}

/// All settings that an element had, the last ones possibly not in force yet.
#[derive(Clone)]
pub struct History(Arc<Inner>);

struct Inner {
    states: Mutex<States>,
    /// Held while settings are changed: one change at a time.
    changing: Mutex<()>,
}

struct States {
    states: Vec<Settings>,
    /// The last one that is in force for certain.
    certain: usize,
}

impl History {
    pub fn new(first: Settings) -> Self {
        Self(Arc::new(Inner {
            states: Mutex::new(States {
                states: vec![first],
                certain: 0,
            }),
            changing: Mutex::default(),
        }))
    }

    fn states(&self) -> MutexGuard<'_, States> {
        lock(&self.0.states)
    }

    /// The oldest settings that may still be in force.
    pub fn mark(&self) -> usize {
        self.states().certain
    }

    /// Settings that could have been in force since `mark`.
    pub fn since(&self, mark: usize) -> Vec<Settings> {
        self.states().states[mark..].to_vec()
    }

    /// Changes the settings, then has `act` tell the element: they may be in force from the first call on, and
    /// are once `act` returns.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Settings),
        act: impl FnOnce(&Settings) -> T,
    ) -> T {
        let _one_at_a_time = lock(&self.0.changing);
        let mut settings = self.last();
        change(&mut settings);
        self.states().states.push(settings.clone());
        let result = act(&settings);
        let mut states = self.states();
        states.certain = states.states.len() - 1;
        result
    }

    pub fn last(&self) -> Settings {
        self.states().states.last().expect("a first one").clone()
    }
}
