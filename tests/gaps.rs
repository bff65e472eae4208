// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Dropped frames are GAP events, so that nothing downstream waits for them.

mod support;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use support::filter::{Filter, init};
use support::video::noise;

/// Noise is no settled frame: all of it counts as tampered with.
const DROP: &str =
    "featuredistill preset=certified tamper-threshold=0.001 tamper-action=drop qos=false";

const TIMEOUT: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// An element that drops frames of noise, with caps of this framerate.
fn dropping(framerate: gst::Fraction) -> Filter {
    init();
    let mut filter = Filter::with_element(gst::parse::launch(DROP).expect("properties"));
    let info = VideoInfo::builder(VideoFormat::I420, 32, 16)
        .fps(framerate)
        .build()
        .expect("a format");
    filter.set_caps(&info);
    filter
}

fn frame(pts: Option<gst::ClockTime>, duration: Option<gst::ClockTime>) -> gst::Buffer {
    let mut buffer = gst::Buffer::from_mut_slice(noise(1).take(768).collect::<Vec<_>>());
    let writable = buffer.get_mut().expect("a fresh buffer");
    writable.set_pts(pts);
    writable.set_duration(duration);
    buffer
}

/// Timestamps and durations of the GAP events that have left.
fn gaps(filter: &mut Filter) -> Vec<(gst::ClockTime, Option<gst::ClockTime>)> {
    std::iter::from_fn(|| filter.harness.try_pull_event())
        .filter_map(|event| match event.view() {
            gst::EventView::Gap(gap) => Some(gap.get()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_dropped_frame_is_a_gap_of_its_time_and_duration() {
    let mut filter = dropping(gst::Fraction::new(25, 1));
    let [second, tenth] = [1000, 100].map(gst::ClockTime::from_mseconds);
    for (pts, duration, expected) in [
        (Some(second), Some(tenth), Some((second, Some(tenth)))),
        (
            Some(second),
            None,
            Some((second, Some(gst::ClockTime::from_mseconds(40)))),
        ),
        (None, Some(tenth), None),
    ] {
        filter.harness.push(frame(pts, duration)).expect("dropped");
        assert_eq!(gaps(&mut filter), Vec::from_iter(expected));
    }
    assert_eq!(filter.harness.buffers_received(), 0);
    assert_eq!(filter.count("dropped"), 3);
}

#[test]
fn a_dropped_frame_of_variable_framerate_is_a_gap_without_duration() {
    let mut filter = dropping(gst::Fraction::new(0, 1));
    let time = gst::ClockTime::SECOND;
    filter
        .harness
        .push(frame(Some(time), None))
        .expect("dropped");
    assert_eq!(gaps(&mut filter), [(time, None)]);
}

#[test]
fn frames_that_pass_are_no_gaps() {
    let mut filter = dropping(gst::Fraction::new(25, 1));
    filter.element.set_property("tamper-threshold", 0.0);
    filter.distill(frame(Some(gst::ClockTime::SECOND), None));
    assert_eq!(gaps(&mut filter), []);
}

/// Plays a gst-launch line and returns the pipeline.
fn play(line: &str) -> gst::Pipeline {
    init();
    let pipeline = gst::parse::launch(line).expect("a pipeline");
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
    pipeline.set_state(gst::State::Playing).expect("starting");
    pipeline
}

/// Waits for 10 frames at the appsink named `sink`.
fn assert_frames_come(pipeline: &gst::Pipeline, sink: &str) {
    let sink = pipeline.by_name(sink).expect("a sink");
    let sink = sink.downcast::<gst_app::AppSink>().expect("an appsink");
    for frame in 0..10 {
        assert!(sink.try_pull_sample(TIMEOUT).is_some(), "frame {frame}");
    }
}

#[test]
fn a_live_pipeline_plays_while_all_frames_of_a_branch_are_dropped() {
    let pipeline = play(&format!(
        "videotestsrc is-live=true pattern=snow \
         ! video/x-raw,format=I420,width=32,height=16,framerate=30/1 ! tee name=t \
         t. ! queue ! {DROP} name=drop ! fakesink \
         t. ! queue ! appsink name=other"
    ));
    let (result, state, _) = pipeline.state(TIMEOUT);
    let drop = pipeline.by_name("drop").expect("the element");
    let stats: gst::Structure = drop.property("stats");
    let played = result.is_ok() && state == gst::State::Playing;
    if played {
        assert_frames_come(&pipeline, "other");
    }
    pipeline.set_state(gst::State::Null).expect("stopped");
    assert!(played, "{result:?} {state:?}");
    assert_eq!(stats.get::<u64>("frames"), stats.get::<u64>("dropped"));
    assert_ne!(stats.get("dropped"), Ok(0u64));
}

#[test]
fn a_compositor_goes_on_while_all_frames_of_an_input_are_dropped() {
    let pipeline = play(&format!(
        "videotestsrc pattern=snow \
         ! video/x-raw,format=I420,width=32,height=16,framerate=30/1 ! tee name=t \
         t. ! queue ! {DROP} ! c. \
         t. ! queue ! c. \
         compositor name=c ! appsink name=mixed sync=false max-buffers=2"
    ));
    assert_frames_come(&pipeline, "mixed");
    pipeline.set_state(gst::State::Null).expect("stopped");
}
