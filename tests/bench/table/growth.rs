// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Growth of cost with the size of frames: by format, by threads, and beside other ways.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use gst_video::VideoFormat;

use super::frames::{Content, Frames};
use super::pipeline::{Pace, median};
use super::plot::{self, Curve};
use super::report::Row;
use super::{Case, FULL_HD, JPEG, JPEG_NAME, PLAIN, ULTRA_HD, VGA, measure, target};

/// Times that everything is measured.
const ROUNDS: usize = 3;

const SIZES: [(u32, u32); 8] = [
    (64, 64),
    (160, 120),
    (320, 240),
    VGA,
    (1280, 720),
    FULL_HD,
    ULTRA_HD,
    (7680, 4320),
];

/// All threads, the fastest backend.
const ALL_THREADS: &str = "featuredistill preset=two-step n-threads=0";

/// Measured settings of each format, by name in the picture.
const FORMATS: [(VideoFormat, &[(&str, &str)]); 4] = [
    (
        VideoFormat::I420,
        &[
            (JPEG_NAME, JPEG),
            ("I420", PLAIN),
            ("I420, all threads", ALL_THREADS),
        ],
    ),
    (VideoFormat::Gray8, &[("GRAY8", PLAIN)]),
    (VideoFormat::Yuy2, &[("YUY2", PLAIN)]),
    (VideoFormat::Rgb, &[("RGB", PLAIN)]),
];

/// Path of the picture.
pub fn picture() -> PathBuf {
    target().join("growth.svg")
}

/// Measures and draws the picture. It has no row in the table.
pub fn draw() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut curves = Vec::new();
    let mut copied = Curve::new("copying a frame (I420)");
    for (format, ways) in FORMATS {
        let mut of_format: Vec<_> = ways.iter().map(|(name, _)| Curve::new(*name)).collect();
        for size in SIZES {
            let frames = Arc::new(Frames::new(Content::Film, format, size));
            let pixels = f64::from(size.0) * f64::from(size.1);
            // A tenth of a second or so with the codec, and some frames of the largest ones.
            let count = (2e7 / pixels).clamp(6.0, 200.0) as usize;
            let case = |(_, elements): &(_, &str)| {
                Case::new(*elements, &frames).paced(Pace::Filled, count)
            };
            let cases: Vec<_> = ways.iter().map(case).collect();
            for (curve, cost) in of_format.iter_mut().zip(measure(ROUNDS, &cases)) {
                curve.points.push((pixels, cost.latency * 1e6 / pixels));
            }
            if format == VideoFormat::I420 {
                let time = nanoseconds_of_copy(&frames, ROUNDS * count);
                copied.points.push((pixels, time / pixels));
            }
        }
        curves.extend(of_format);
    }
    curves.push(copied);
    plot::draw(&picture(), &SIZES, &curves)?;
    Ok(Vec::new())
}

/// Time in which a frame is copied, in the middle.
fn nanoseconds_of_copy(frames: &Frames, count: usize) -> f64 {
    const TARGETS: usize = 4;
    let mut targets = vec![vec![0; frames.info.size()]; TARGETS];
    let time = |number: usize| {
        let source = &frames.raw[number % frames.raw.len()];
        let target = &mut targets[number % TARGETS];
        let begin = Instant::now();
        target.copy_from_slice(std::hint::black_box(source));
        std::hint::black_box(target);
        begin.elapsed().as_secs_f64() * 1e9
    };
    median((0..count).map(time).collect::<Vec<_>>())
}
