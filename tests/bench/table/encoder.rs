// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The encoder against GStreamer's, at the quality that comes nearest in bytes.

use std::sync::Arc;

use gst::prelude::*;
use gst_video::VideoFormat;

use super::frames::{Content, Frames};
use super::report::{Figure, Goal, Row};
use super::{FULL_HD, cpu_of};

/// Properties, and how many times jpegenc's time they may take.
const CASES: [(&str, f64); 2] = [
    ("preset=annex-k quality=75", 1.0),
    ("preset=certified epsilon=1", 1.5),
];

/// JPEG files of film.
pub fn rows() -> Vec<Row> {
    let frames = Arc::new(Frames::new(Content::Film, VideoFormat::I420, FULL_HD));
    let row = |(properties, most)| {
        let ours = format!("featuredistillenc n-threads=1 {properties}");
        let quality = nearest_quality(bytes(&ours, &frames), &frames);
        let theirs = jpegenc(quality);
        let costs = cpu_of(&[ours.clone(), theirs.clone()], &frames);
        Row::times_as_much(
            "1080p I420, film, a JPEG file",
            Figure::new(
                costs[&ours],
                "ms",
                format!("featuredistillenc {properties}"),
            ),
            Figure::new(costs[&theirs], "ms", format!("jpegenc quality={quality}")),
            Goal::AtMost(most),
        )
    };
    CASES.into_iter().map(row).collect()
}

fn jpegenc(quality: u32) -> String {
    format!("jpegenc idct-method=islow quality={quality}")
}

/// The quality of jpegenc whose files have most nearly this number of bytes together.
fn nearest_quality(wanted: usize, frames: &Frames) -> u32 {
    let (mut below, mut above) = (1, 100);
    while above - below > 1 {
        let middle = (below + above) / 2;
        if bytes(&jpegenc(middle), frames) < wanted {
            below = middle;
        } else {
            above = middle;
        }
    }
    let excess = |quality: &u32| bytes(&jpegenc(*quality), frames).abs_diff(wanted);
    [below, above].into_iter().min_by_key(excess).expect("two")
}

/// Bytes that `elements` make of the frames.
fn bytes(elements: &str, frames: &Frames) -> usize {
    let line =
        format!("appsrc name=source format=time ! {elements} ! appsink name=sink sync=false");
    let pipeline = gst::parse::launch(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
    let by_name = |name| pipeline.by_name(name).expect("an element of the line");
    let source = by_name("source")
        .downcast::<gst_app::AppSrc>()
        .expect("a source");
    let sink = by_name("sink")
        .downcast::<gst_app::AppSink>()
        .expect("a sink");
    source.set_caps(Some(&frames.info.to_caps().expect("caps")));
    pipeline.set_state(gst::State::Playing).expect("playing");
    for (number, raw) in (0..).zip(&frames.raw) {
        let mut buffer = gst::Buffer::from_slice(raw.clone());
        let writable = buffer.get_mut().expect("nobody else has it");
        writable.set_pts(gst::ClockTime::from_mseconds(33) * number);
        source.push_buffer(buffer).expect("a playing pipeline");
    }
    source.end_of_stream().expect("a playing pipeline");
    let files = std::iter::from_fn(|| sink.pull_sample().ok());
    let total = files
        .map(|file| file.buffer().map_or(0, gst::BufferRef::size))
        .sum();
    pipeline.set_state(gst::State::Null).expect("stopped");
    total
}
