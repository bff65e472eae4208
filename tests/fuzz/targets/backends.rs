// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Any bytes as a frame and its tables: every backend does as the scalar definition.

#![no_main]

#[path = "../../support/frames.rs"]
#[allow(dead_code, reason = "the rest is for proptest")]
mod frames;

use std::iter;

use frames::{Case, shapes};
use gstfeaturedistill::codec::{Backend, Layout};
use libfuzzer_sys::fuzz_target;

/// Bytes for everything but the samples, at most.
const CHOICES: usize = 256;

/// The frame that `bytes` stand for. Its samples repeat what follows the choices, so that short
/// inputs fill large frames too.
fn case(bytes: &[u8]) -> Case {
    let (choices, samples) = bytes.split_at(bytes.len().min(CHOICES));
    let mut choices = choices.iter().copied().chain(iter::repeat(0));
    let mut choose = move |count: u8| choices.next().map_or(0, |choice| choice % count);
    let (width, height) = (choose(40) + 1, choose(40) + 1);
    let mut shapes = shapes(width.into(), height.into());
    let shape = usize::from(choose(u8::MAX)) % shapes.len();
    let (components, color) = shapes.swap_remove(shape);
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
    Case {
        components,
        color,
        planes,
        luma: std::array::from_fn(|_| choose(u8::MAX) + 1),
        chroma: std::array::from_fn(|_| choose(u8::MAX) + 1),
        settle,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let case = case(bytes);
    let expected = case.run(Backend::Scalar, 1);
    for backend in Backend::available() {
        assert!(case.run(backend, 1) == expected, "{backend}: {case:?}");
    }
});
