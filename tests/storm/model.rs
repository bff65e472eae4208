// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The settings that could be in force, and what the definition makes of a frame with them.

use std::num::NonZeroU8;

use gst::prelude::*;
use gstfeaturedistill::codec::{Backend, ColorMode, FrameStats};
use gstfeaturedistill::tables::{Tables, presets};

use super::support::frames::{Case, component};
use super::support::samples::rounded;
use super::support::video::Placement;

/// The error of a radius that no lattice of samples has.
pub const EPSILON_TOO_SMALL: &str = "needs an epsilon of at least 1";

/// The properties that decide what becomes of the samples, and what is told about it.
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
    /// In nanoseconds.
    pub tamper_interval: u64,
    pub post_messages: bool,
    pub attach_meta: bool,
    pub digest: bool,
    /// Tables that the file could have held when it was read; empty without one.
    pub from_file: Vec<Tables>,
    /// True if the file may never have been read, so that the preset is still in force.
    pub preset_possible: bool,
}

pub const PRESETS: [&str; 7] = [
    "certified-samples",
    "two-step",
    "released",
    "uniform",
    "one-pass",
    "certified",
    "annex-k",
];

/// One that each frame exceeds, some that many frames do, one that none does.
const TAMPER_INTERVALS: [u64; 4] = [1, 3_000_000, 50_000_000, u64::MAX / 4];

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
            tamper_interval: *random.choice(&TAMPER_INTERVALS).expect("intervals"),
            post_messages: random.bool(),
            attach_meta: random.bool(),
            digest: random.bool(),
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
            element.set_property("tamper-interval", self.tamper_interval);
            element.set_property("post-messages", self.post_messages);
            element.set_property("attach-meta", self.attach_meta);
            element.set_property_from_str("digest", if self.digest { "blake3" } else { "none" });
        }
    }

    /// The lattice of the preset, if there is one.
    fn preset_lattice(&self) -> Option<Lattice> {
        let step = |step: u32| NonZeroU8::new(step as u8).expect("1..=255");
        let tables = match self.preset {
            "certified-samples" => {
                return (self.epsilon >= 1.0).then_some(Lattice::Samples(self.epsilon as u8));
            }
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
        };
        Some(Lattice::Tables(tables.scaled(self.quality as u8)))
    }

    fn preset_is_possible(&self) -> bool {
        self.from_file.is_empty() || self.preset_possible
    }

    /// False if there may be no lattice, so that frames are rounded with older settings.
    pub fn is_usable(&self) -> bool {
        !self.preset_is_possible() || self.preset_lattice().is_some()
    }

    /// The lattices that could be in force.
    fn lattices(&self) -> Vec<Lattice> {
        let scaled = |tables: &Tables| Lattice::Tables(tables.scaled(self.quality as u8));
        let mut lattices: Vec<_> = self.from_file.iter().map(scaled).collect();
        if self.preset_is_possible() {
            lattices.extend(self.preset_lattice());
        }
        lattices
    }

    /// Frames that `bytes` could become.
    pub fn outcomes(&self, placement: &Placement, bytes: &[u8]) -> Vec<Outcome> {
        let radius = if self.preset == "certified" {
            self.epsilon
        } else {
            0.0
        };
        let settle = self.settle.then_some(radius);
        let outcome = |lattice: Lattice| {
            let ycbcr = match (&lattice, self.color_mode) {
                (Lattice::Samples(_), _) => false,
                (Lattice::Tables(tables), "auto") => tables.own_chroma().is_some(),
                (_, mode) => mode == "ycbcr",
            };
            let ycbcr = ycbcr && placement.info.is_rgb();
            distilled(placement, bytes, &lattice, ycbcr, settle)
        };
        self.lattices().into_iter().map(outcome).collect()
    }
}

/// Values that samples or their coefficients are rounded to.
enum Lattice {
    /// Multiples of the steps of tables.
    Tables(Tables),
    /// Samples of this radius.
    Samples(u8),
}

/// A frame that may leave, and what is told about it.
pub struct Outcome {
    pub bytes: Vec<u8>,
    pub stats: FrameStats,
}

/// The scalar definition, component by component, on planes of its own.
fn distilled(
    placement: &Placement,
    bytes: &[u8],
    lattice: &Lattice,
    ycbcr: bool,
    settle: Option<f64>,
) -> Outcome {
    let info = &placement.info;
    let count = info.n_components().min(3) as usize;
    let positions: Vec<_> = (0..count).map(|c| placement.positions(c as u8)).collect();
    let size = |c: usize| {
        let c = c as u8;
        (info.comp_width(c) as usize, info.comp_height(c) as usize)
    };
    let (luma, chroma) = match lattice {
        Lattice::Tables(tables) if info.is_yuv() || ycbcr => {
            (*tables.luma().steps(), *tables.chroma().steps())
        }
        Lattice::Tables(tables) => (*tables.luma().steps(), *tables.luma().steps()),
        Lattice::Samples(_) => ([1; 64], [1; 64]),
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
    let (planes, stats) = match *lattice {
        Lattice::Tables(_) => case.measured(Backend::Scalar, 1),
        Lattice::Samples(radius) => {
            let (planes, stats) = case.round_measured(radius, Backend::Scalar);
            for ((before, _), after) in case.planes.iter().zip(&planes) {
                let expected = before.iter().map(|&sample| rounded(sample, radius));
                assert!(expected.eq(after.iter().copied()), "not the formula");
            }
            (planes, stats)
        }
    };
    let mut result = bytes.to_vec();
    for (positions, samples) in positions.iter().zip(planes) {
        for (&at, sample) in positions.iter().zip(samples) {
            result[at] = sample;
        }
    }
    Outcome {
        bytes: result,
        stats,
    }
}
