// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Many cameras in one process against one.

use std::sync::Arc;
use std::time::Duration;

use gst_video::VideoFormat;

use super::frames::{Content, Frames};
use super::pipeline::{Pace, Pipeline, Reading, median, quantile};
use super::report::{Figure, Goal, Row};
use super::{Case, PERIOD, VGA};

/// Cameras on one box.
const CAMERAS: usize = 16;

/// The rows of [`CAMERAS`] pipelines.
pub fn rows() -> Vec<Row> {
    const WARM_UP: Duration = Duration::from_millis(500);
    const TIME: Duration = Duration::from_secs(2);
    let frames = Arc::new(Frames::new(Content::Film, VideoFormat::I420, VGA));
    let count = (WARM_UP + TIME + WARM_UP).as_millis() as usize / 33;
    let case = |elements| Case::new(elements, &frames).paced(Pace::Every(PERIOD), count);
    let (bare, element) = (case(""), case("featuredistill"));
    let mut latencies = Vec::new();
    let mut milliseconds = |case: &Case, cameras: usize| {
        let pipelines: Vec<_> = (0..cameras).map(|_| case.pipeline()).collect();
        pipelines.iter().for_each(Pipeline::start);
        std::thread::sleep(WARM_UP);
        let reading = Reading::now();
        std::thread::sleep(TIME);
        let cpu = reading.cost(1).cpu / TIME.as_secs_f64();
        pipelines.iter().for_each(|pipeline| _ = pipeline.finish());
        if cameras > 1 {
            latencies.extend(pipelines.iter().flat_map(Pipeline::latencies));
        }
        cpu
    };
    let mut one = Vec::new();
    let mut all = Vec::new();
    for _ in 0..5 {
        one.push(milliseconds(&element, 1) - milliseconds(&bare, 1));
        all.push(milliseconds(&element, CAMERAS) - milliseconds(&bare, CAMERAS));
    }
    let times_one = median(one) * CAMERAS as f64;
    let p99 = quantile(
        latencies.iter().map(|time| time.as_secs_f64() * 1000.0),
        0.99,
    );
    let name = "16 pipelines of 640x480 at 30 frames/s";
    vec![
        Row::times_as_much(
            name,
            Figure::new(median(all), "ms CPU a second", "together"),
            Figure::new(times_one, "ms CPU a second", "16 times one"),
            Goal::AtMost(1.1),
        ),
        Row::times_as_much(
            name,
            Figure::new(p99, "ms", "latency, 99th percentile"),
            Figure::new(5.0, "ms", "allowed"),
            Goal::AtMost(1.0),
        ),
    ]
}
