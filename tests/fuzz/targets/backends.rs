// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Any bytes as a frame and its tables or lattice of samples: every backend does as the scalar definition.

#![no_main]

#[path = "../../support/frames.rs"]
#[allow(dead_code, reason = "the rest is for proptest")]
mod frames;

use std::iter;

use frames::{Case, shapes};
use gstfeaturedistill::codec::{Backend, FrameStats, Layout, SampleLattice};
use libfuzzer_sys::fuzz_target;

/// Bytes for everything but the samples, at most.
const CHOICES: usize = 256;

/// A frame, and the plan that it is rounded with.
#[derive(Debug)]
struct Input {
    case: Case,
    /// Radius of a lattice of samples, instead of the tables.
    radius: Option<u8>,
    measured: bool,
}

impl Input {
    /// The frame that leaves, with its statistics.
    fn run(&self, backend: Backend) -> (Vec<Vec<u8>>, FrameStats) {
        match (self.radius, self.measured) {
            (Some(radius), false) => self.case.round(radius, backend, 1),
            (Some(radius), true) => self.case.round_measured(radius, backend),
            (None, false) => self.case.run(backend, 1),
            (None, true) => self.case.measured(backend, 1),
        }
    }
}

/// The frame that `bytes` stand for, and its plan. Its samples repeat what follows the choices, so that short
/// inputs fill large frames too.
fn input(bytes: &[u8]) -> Input {
    let (choices, samples) = bytes.split_at(bytes.len().min(CHOICES));
    let mut choices = choices.iter().copied().chain(iter::repeat(0));
    let mut choose = move |count: u8| choices.next().map_or(0, |choice| choice % count);
    let (width, height) = (choose(40) + 1, choose(40) + 1);
    let mut shapes = shapes(width.into(), height.into());
    let shape = usize::from(choose(u8::MAX)) % shapes.len();
    let (components, color) = shapes.swap_remove(shape);
    let radius = (choose(4) == 3).then(|| choose(SampleLattice::MAX_RADIUS) + 1);
    let measured = choose(2) == 1;
    let settle = (choose(2) == 1).then(|| f64::from(choose(241)) / 16.0);
    let layout = Layout::new(components.clone(), color);
    let mut samples = samples.iter().copied().cycle().chain(iter::repeat(0));
    let planes = (0..4)
        .map_while(|plane| layout.plane_extent(plane))
        .map(|(rows, row_bytes)| {
            let stride = row_bytes + usize::from(choose(70));
            let length = stride * (rows - 1) + row_bytes;
            (samples.by_ref().take(length).collect(), stride)
        })
        .collect();
    let case = Case {
        components,
        color,
        planes,
        luma: std::array::from_fn(|_| choose(u8::MAX) + 1),
        chroma: std::array::from_fn(|_| choose(u8::MAX) + 1),
        settle,
    };
    Input {
        case,
        radius,
        measured,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let input = input(bytes);
    let expected = input.run(Backend::Scalar);
    for backend in Backend::available() {
        assert!(input.run(backend) == expected, "{backend}: {input:?}");
    }
});
