// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The round trip against oracles that nobody here wrote.

mod support;

use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, Layout, PlaneMut,
    TableSlot,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::libjpeg::{self, ColorPath, Picture};

/// The plugin's round trip of a picture, on one backend.
fn distill(
    picture: &Picture,
    luma: &[u8; 64],
    chroma: &[u8; 64],
    path: ColorPath,
    backend: Backend,
) -> Picture {
    let components = (0..picture.channels).map(|channel| Component {
        plane: 0,
        offset: channel,
        pixel_stride: picture.channels,
        width: picture.width,
        height: picture.height,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    });
    let color = match path {
        ColorPath::YCbCr444 => ColorMode::YCbCr,
        ColorPath::Gray | ColorPath::Rgb => ColorMode::Native,
    };
    let layout = Layout::new(components.collect(), color);
    let plan = Distiller::new(
        layout,
        DctTables {
            luma: Divisors::new(luma),
            chroma: Divisors::new(chroma),
        },
        backend,
        1,
    );
    let mut result = picture.clone();
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(&mut result.samples, picture.width * picture.channels);
    plan.process(frame);
    result
}

fn tables() -> impl Strategy<Value = [u8; 64]> {
    prop_oneof![
        proptest::collection::vec(1..=255u8, 64),
        proptest::collection::vec(1..=20u8, 64),
        (1..=255u8).prop_map(|step| vec![step; 64]),
    ]
    .prop_map(|steps| steps.try_into().expect("64 steps"))
}

/// Noise, two-level noise (text-like), smooth ramps.
fn samples(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), len),
        proptest::collection::vec(prop_oneof![Just(0u8), Just(255)], len),
        (any::<u8>(), 0..9u8, 1..64usize).prop_map(move |(start, slope, period)| {
            (0..len)
                .map(|i| start.wrapping_add(slope.wrapping_mul((i % period) as u8)))
                .collect()
        }),
    ]
}

fn pictures(channels: usize) -> impl Strategy<Value = Picture> {
    (1..=40usize, 1..=40usize).prop_flat_map(move |(width, height)| {
        samples(width * height * channels).prop_map(move |samples| Picture {
            width,
            height,
            channels,
            samples,
        })
    })
}

fn equals_libjpeg(path: ColorPath, cases: u32) {
    let channels = if path == ColorPath::Gray { 1 } else { 3 };
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (pictures(channels), tables(), tables());
    let result = runner.run(&cases, |(picture, luma, chroma)| {
        let expected = libjpeg::round_trip(&picture, &luma, &chroma, path);
        for backend in Backend::available() {
            let result = distill(&picture, &luma, &chroma, path, backend);
            prop_assert!(result == expected, "{backend} differs from libjpeg");
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn gray_equals_cjpeg_and_djpeg() {
    equals_libjpeg(ColorPath::Gray, 256);
}

#[test]
fn rgb_native_equals_cjpeg_rgb_and_djpeg() {
    equals_libjpeg(ColorPath::Rgb, 256);
}

#[test]
fn rgb_through_ycbcr_equals_cjpeg_and_djpeg() {
    equals_libjpeg(ColorPath::YCbCr444, 256);
}
