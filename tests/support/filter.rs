// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element on a bench: caps and buffers go in, buffers and bus messages come out.

use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoInfo;

/// Initialises GStreamer with the plugin, once.
pub fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
}

/// A `featuredistill` between two pads of a harness, with a bus of its own.
pub struct Filter {
    pub harness: Harness,
    pub element: gst::Element,
    pub bus: gst::Bus,
}

impl Filter {
    /// An element with the properties of a gst-launch line.
    pub fn new(properties: &str) -> Self {
        init();
        let line = format!("featuredistill {properties}");
        let element = gst::parse::launch(&line).expect("properties");
        Self::with_element(element)
    }

    pub fn with_element(element: gst::Element) -> Self {
        init();
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let harness = Harness::with_element(&element, Some("sink"), Some("src"));
        Self {
            harness,
            element,
            bus,
        }
    }

    /// Sends caps; may be called again in mid-stream.
    pub fn set_caps(&mut self, info: &VideoInfo) {
        self.harness.set_src_caps(info.to_caps().expect("caps"));
    }

    /// Sends a frame that has to come out.
    pub fn distill(&mut self, buffer: gst::Buffer) -> gst::Buffer {
        if let Err(error) = self.harness.push(buffer) {
            panic!("{error}: {:?}", self.error());
        }
        self.harness.try_pull().expect("one frame out for one in")
    }

    /// The text of the oldest ERROR message.
    pub fn error(&self) -> Option<String> {
        text_of(self.bus.pop_filtered(&[gst::MessageType::Error])?)
    }

    /// The text of the oldest WARNING message.
    pub fn warning(&self) -> Option<String> {
        text_of(self.bus.pop_filtered(&[gst::MessageType::Warning])?)
    }

    pub fn stats(&self) -> gst::Structure {
        self.element.property("stats")
    }

    /// A field of the stats.
    pub fn count(&self, field: &str) -> u64 {
        self.stats().get(field).expect("a u64 field")
    }
}

impl Drop for Filter {
    /// Throws away messages that nobody read: they keep pads of the harness alive.
    fn drop(&mut self) {
        self.bus.set_flushing(true);
    }
}

fn text_of(message: gst::Message) -> Option<String> {
    match message.view() {
        gst::MessageView::Error(error) => Some(error.error().message().to_string()),
        gst::MessageView::Warning(warning) => Some(warning.error().message().to_string()),
        _ => None,
    }
}

/// Runs a gst-launch line to its end and returns the frames that reach each of its `appsink`s.
pub fn frames_of(line: &str, sinks: &[&str]) -> Vec<Vec<Vec<u8>>> {
    init();
    let pipeline = gst::parse::launch(line)
        .unwrap_or_else(|error| panic!("{line}: {error}"))
        .downcast::<gst::Pipeline>()
        .expect("a pipeline");
    pipeline.set_state(gst::State::Playing).expect("playing");
    let frames = |name: &&str| {
        let sink = pipeline.by_name(name).expect("a sink");
        let sink = sink.downcast::<gst_app::AppSink>().expect("an appsink");
        // Ends with the stream, as it does with an error.
        std::iter::from_fn(|| sink.pull_sample().ok())
            .map(|sample| super::video::bytes(sample.buffer().expect("a buffer")))
            .collect()
    };
    let frames = sinks.iter().map(frames).collect();
    pipeline.set_state(gst::State::Null).expect("stopped");
    frames
}

/// Runs a gst-launch line to its end and returns the pipeline, paused, for questions.
pub fn run(line: &str) -> gst::Pipeline {
    init();
    let pipeline = gst::parse::launch(line)
        .unwrap_or_else(|error| panic!("{line}: {error}"))
        .downcast::<gst::Pipeline>()
        .expect("a pipeline");
    let bus = pipeline.bus().expect("a bus");
    pipeline.set_state(gst::State::Playing).expect("playing");
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus
        .timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends)
        .unwrap_or_else(|| panic!("{line}: no end within a minute"));
    if let gst::MessageView::Error(error) = end.view() {
        panic!("{line}: {} ({:?})", error.error(), error.debug());
    }
    pipeline
}
