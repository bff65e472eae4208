// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Messages about incidents of tampering.

mod support;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstfeaturedistill::featuredistill::TamperState::{self, Ended, Ongoing, Started};
use gstfeaturedistill::featuredistill::{Area, FeatureDistillMessage, FeatureDistillTamperMessage};
use support::filter::{Filter, init};
use support::video::{self, bytes, scene};

const SIZE: (u32, u32) = (64, 48);
const PERIOD: u64 = 40;

fn info(width: u32, height: u32) -> VideoInfo {
    init();
    video::info(VideoFormat::Gray8, width, height)
}

/// A consumer, and frames for it.
struct Consumer {
    filter: Filter,
    clean: Vec<u8>,
}

impl Consumer {
    fn new(properties: &str) -> Self {
        Self::with_caps(properties, &info(SIZE.0, SIZE.1))
    }

    fn with_caps(properties: &str, info: &VideoInfo) -> Self {
        let mut camera = Filter::new("preset=certified settle=true");
        camera.set_caps(info);
        let frame = gst::Buffer::from_mut_slice(scene(1, info.size()));
        let clean = bytes(&camera.distill(frame));
        let line = format!("preset=certified tamper-threshold=0.0001 {properties}");
        let mut filter = Filter::new(&line);
        filter.set_caps(info);
        Self { filter, clean }
    }

    /// The settled frame with a change of a sample at (`x`, 0), or none.
    fn frame(&self, milliseconds: Option<u64>, changed: Option<usize>) -> gst::Buffer {
        let mut frame = self.clean.clone();
        if let Some(x) = changed {
            frame[x] ^= 8;
        }
        let mut buffer = gst::Buffer::from_mut_slice(frame);
        let target = buffer.get_mut().expect("a fresh buffer");
        target.set_pts(milliseconds.map(gst::ClockTime::from_mseconds));
        buffer
    }

    /// Sends a frame; what comes out is of no interest.
    fn push(&mut self, milliseconds: u64, is_tampered: bool) {
        let frame = self.frame(Some(milliseconds), is_tampered.then_some(20));
        self.filter.harness.push(frame).expect("a frame");
        self.filter.harness.try_pull();
    }

    /// The messages about incidents since the last call.
    fn messages(&self) -> Vec<FeatureDistillTamperMessage> {
        let bus = &self.filter.bus;
        std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Element]))
            .map(|message| {
                assert_eq!(message.src(), Some(self.filter.element.upcast_ref()));
                let structure = message.structure().expect("a structure");
                FeatureDistillTamperMessage::try_from(structure).expect("no message a frame")
            })
            .collect()
    }

    fn states(&self) -> Vec<TamperState> {
        let messages = self.messages();
        messages.iter().map(|message| message.state).collect()
    }

    /// Frames that were tampered with between two times in ms, among 100: with which of them what is reported.
    fn play(&mut self, from: u64, to: u64) -> Vec<(u64, TamperState, u64, u64)> {
        let mut reported = Vec::new();
        for time in (0..100).map(|frame| PERIOD * frame) {
            self.push(time, (from..to).contains(&time));
            reported.extend(self.messages().iter().map(|message| {
                assert_eq!(message.pts, Some(gst::ClockTime::from_mseconds(from)));
                assert_eq!(message.running_time, message.pts);
                let duration = message.duration.mseconds();
                (time, message.state, message.frames, duration)
            }));
        }
        reported
    }
}

#[test]
fn a_burst_is_one_incident_whatever_becomes_of_its_frames() {
    for action in ["message", "drop"] {
        let mut consumer = Consumer::new(&format!("tamper-action={action}"));
        assert_eq!(
            consumer.play(400, 2000),
            [
                (400, Started, 1, 0),
                (1400, Ongoing, 26, 1000),
                (2400, Ongoing, 40, 1560),
                (2960, Ended, 40, 1560)
            ],
            "{action}"
        );
        assert_eq!(consumer.filter.count("tampered"), 40);
        let dropped = if action == "drop" { 40 } else { 0 };
        assert_eq!(consumer.filter.count("dropped"), dropped);
    }
}

#[test]
fn the_interval_is_a_property_and_may_change_while_playing() {
    let mut consumer = Consumer::new("tamper-interval=400000000");
    let messages = consumer.play(400, 1000);
    let of = |state| messages.iter().filter(|message| message.1 == state).count();
    assert_eq!([of(Started), of(Ongoing), of(Ended)], [1, 2, 1]);
    assert_eq!(messages[3], (1360, Ended, 15, 560));

    consumer.push(10_000, true);
    consumer
        .filter
        .element
        .set_property("tamper-interval", 40_000_000u64);
    consumer.push(10_040, false);
    assert_eq!(consumer.states(), [Started, Ended]);
}

#[test]
fn an_incident_that_stops_the_stream_is_reported_before_the_error() {
    let consumer = &mut Consumer::new("tamper-action=error");
    let frame = consumer.frame(Some(0), Some(20));
    let flow = consumer.filter.harness.push(frame);
    assert_eq!(flow, Err(gst::FlowError::Error));
    let wanted = [gst::MessageType::Element, gst::MessageType::Error];
    let first = consumer.filter.bus.pop_filtered(&wanted).expect("messages");
    assert_eq!(first.type_(), gst::MessageType::Element);
    assert!(
        consumer
            .filter
            .error()
            .expect("an error")
            .contains("tampered with")
    );
    consumer
        .filter
        .element
        .set_state(gst::State::Null)
        .expect("stopped");
    assert_eq!(consumer.states(), [Ended]);
}

#[test]
fn ten_thousand_frames_leave_a_message_an_interval() {
    let mut consumer = Consumer::new("");
    for frame in 0..10_000 {
        consumer.push(PERIOD * frame, true);
    }
    // 400 s.
    let messages = consumer.messages();
    assert_eq!(messages.len(), 400);
    assert!(messages[1..].iter().all(|message| message.state == Ongoing));
    assert_eq!(consumer.filter.count("tampered"), 10_000);
}

#[test]
fn the_end_of_what_frames_belong_to_ends_an_incident() {
    let start = |milliseconds| {
        let mut consumer = Consumer::new("");
        consumer.push(milliseconds, true);
        consumer.push(milliseconds + 40, true);
        assert_eq!(consumer.states(), [Started]);
        consumer
    };
    let assert_ended = |consumer: &Consumer, what| {
        let messages = consumer.messages();
        let [message] = &messages[..] else {
            panic!("{what}: {messages:?}");
        };
        assert_eq!((message.state, message.frames), (Ended, 2), "{what}");
    };

    let mut consumer = start(0);
    consumer.filter.harness.push_event(gst::event::Eos::new());
    assert_ended(&consumer, "EOS");

    let mut consumer = start(0);
    let harness = &mut consumer.filter.harness;
    harness.push_event(gst::event::FlushStart::new());
    harness.push_event(gst::event::FlushStop::new(true));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    harness.push_event(gst::event::Segment::new(&segment));
    assert_ended(&consumer, "flush");
    consumer.push(0, true);
    assert_eq!(consumer.states(), [Started], "after a flush");

    let mut consumer = start(0);
    consumer.filter.set_caps(&info(16, 16));
    // Mid gray is settled.
    let frame = gst::Buffer::from_mut_slice(vec![128; 256]);
    consumer.filter.harness.push(frame).expect("a frame");
    assert_ended(&consumer, "caps");

    let consumer = start(0);
    let element = &consumer.filter.element;
    element.set_state(gst::State::Null).expect("stopped");
    assert_ended(&consumer, "stop");
}

#[test]
fn bypassed_frames_are_frames_without_tampering() {
    let mut consumer = Consumer::new("");
    consumer.push(0, true);
    consumer.filter.element.set_property("bypass", true);
    for time in [500, 960] {
        consumer.push(time, true);
    }
    assert_eq!(consumer.states(), [Started]);
    consumer.push(1000, true);
    assert_eq!(consumer.states(), [Ended]);
}

#[test]
fn time_without_timestamps_is_that_of_the_framerate() {
    init();
    let caps = VideoInfo::builder(VideoFormat::Gray8, SIZE.0, SIZE.1)
        .fps(gst::Fraction::new(10, 1))
        .build()
        .expect("a size");
    let mut consumer = Consumer::with_caps("", &caps);
    for frame in 0..40 {
        let buffer = consumer.frame(None, (frame < 5).then_some(20));
        consumer.filter.harness.push(buffer).expect("a frame");
        consumer.filter.harness.try_pull();
        match (frame, &consumer.messages()[..]) {
            (0, [message]) => assert_eq!((message.state, message.pts), (Started, None)),
            (10, [message]) => assert_eq!(message.state, Ongoing),
            (14, [message]) => {
                let duration = gst::ClockTime::from_mseconds(400);
                assert_eq!((message.state, message.duration), (Ended, duration));
            }
            (_, messages) => assert_eq!(messages, [], "{frame}"),
        }
    }
}

#[test]
fn the_region_holds_the_changes_of_all_frames() {
    let mut consumer = Consumer::new("");
    for (frame, x) in [(0, 20), (1, 50)] {
        let buffer = consumer.frame(Some(PERIOD * frame), Some(x));
        consumer.filter.harness.push(buffer).expect("a frame");
    }
    consumer.filter.harness.push_event(gst::event::Eos::new());
    let messages = consumer.messages();
    let area = |x, width| Area {
        x,
        y: 0,
        width,
        height: 8,
    };
    let areas: Vec<_> = messages
        .iter()
        .map(|message| message.changed_area)
        .collect();
    assert_eq!(areas, [area(16, 8), area(16, 40)]);
    assert_eq!(messages[1].max_change, 8);
    assert!(messages[1].rms_change > 0.1);
}

#[test]
fn a_message_a_frame_is_posted_only_when_asked_for() {
    let mut consumer = Consumer::new("post-messages=true");
    for time in [0, 40] {
        consumer.push(time, true);
    }
    let bus = &consumer.filter.bus;
    let names: Vec<_> = std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Element]))
        .filter_map(|message| message.structure().map(|s| s.name().to_string()))
        .collect();
    let [incident, frame] = [
        FeatureDistillTamperMessage::NAME,
        FeatureDistillMessage::NAME,
    ];
    assert_eq!(names, [incident, frame, frame]);
}
