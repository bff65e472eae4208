// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Elements under test: caps and buffers go in, buffers and bus messages come out.

use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoInfo;

/// Initializes GStreamer with the plugin, once.
pub fn init() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
}

/// An element, by default `featuredistill`, between two pads of a harness and with a bus of its own.
pub struct Filter {
    pub harness: Harness,
    pub element: gst::Element,
    pub bus: gst::Bus,
}

impl Filter {
    /// A `featuredistill` with the properties of a gst-launch line.
    pub fn new(properties: &str) -> Self {
        Self::launch(&format!("featuredistill {properties}"))
    }

    /// The elements of a gst-launch line, with the first one's sink and the last one's source pad.
    pub fn launch(line: &str) -> Self {
        init();
        let element = if line.contains('!') {
            gst::parse::bin_from_description(line, true).map(gst::Bin::upcast)
        } else {
            gst::parse::launch(line)
        };
        Self::with_element(element.unwrap_or_else(|error| panic!("{line}: {error}")))
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

    /// Sends a frame and returns the one that has to come out.
    pub fn distill(&mut self, buffer: gst::Buffer) -> gst::Buffer {
        if let Err(error) = self.harness.push(buffer) {
            panic!("{error}: {:?}", self.error());
        }
        self.harness.try_pull().expect("one frame out for one in")
    }

    /// Takes the oldest ERROR message off the bus and returns its text.
    pub fn error(&self) -> Option<String> {
        text_of(self.bus.pop_filtered(&[gst::MessageType::Error])?)
    }

    /// Takes the oldest WARNING message off the bus and returns its text.
    pub fn warning(&self) -> Option<String> {
        text_of(self.bus.pop_filtered(&[gst::MessageType::Warning])?)
    }

    pub fn stats(&self) -> gst::Structure {
        self.element.property("stats")
    }

    /// A counter of the stats.
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

/// The text of the error with which the element of a gst-launch line refuses to start.
pub fn refused(line: &str) -> String {
    init();
    let element = gst::parse::launch(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err(), "{line}");
    let mut errors = std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Error]));
    let (error, second) = (errors.next(), errors.next());
    element.set_state(gst::State::Null).expect("stopped");
    assert!(second.is_none(), "{line}: {second:?}");
    error.and_then(text_of).expect("an error")
}

fn text_of(message: gst::Message) -> Option<String> {
    match message.view() {
        gst::MessageView::Error(error) => Some(error.error().message().to_string()),
        gst::MessageView::Warning(warning) => Some(warning.error().message().to_string()),
        _ => None,
    }
}

/// A pipeline that is stopped when it goes out of scope.
pub struct Running(gst::Pipeline);

impl Running {
    /// Starts the pipeline of a gst-launch line.
    pub fn start(line: &str) -> Self {
        init();
        let pipeline = gst::parse::launch(line)
            .unwrap_or_else(|error| panic!("{line}: {error}"))
            .downcast::<gst::Pipeline>()
            .expect("a pipeline");
        pipeline.set_state(gst::State::Playing).expect("playing");
        Self(pipeline)
    }

    /// The element of that name.
    pub fn element<T: IsA<gst::Element>>(&self, name: &str) -> T {
        let element = self.0.by_name(name).and_downcast();
        element.unwrap_or_else(|| panic!("no {} called {name}", T::static_type()))
    }

    /// Pulls the frames that reach an appsink. Ends with the stream, as it does with an error.
    pub fn samples(&self, sink: &str) -> impl Iterator<Item = gst::Sample> {
        let sink = self.element::<gst_app::AppSink>(sink);
        std::iter::from_fn(move || sink.pull_sample().ok())
    }

    /// Waits for the end of the stream and panics at an error.
    pub fn wait(&self) {
        let bus = self.0.bus().expect("a bus");
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let end = bus
            .timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends)
            .expect("an end within a minute");
        if let gst::MessageView::Error(error) = end.view() {
            panic!("{} ({:?})", error.error(), error.debug());
        }
    }
}

impl std::ops::Deref for Running {
    type Target = gst::Pipeline;

    fn deref(&self) -> &gst::Pipeline {
        &self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that has failed already is not to fail again.
        let _ = self.0.set_state(gst::State::Null);
    }
}

/// Runs a gst-launch line to its end and returns the frames that reach each of its `appsink`s.
pub fn frames_of(line: &str, sinks: &[&str]) -> Vec<Vec<Vec<u8>>> {
    let running = Running::start(line);
    let bytes = |sample: gst::Sample| super::video::bytes(sample.buffer().expect("a buffer"));
    let frames = |&sink: &&str| running.samples(sink).map(bytes).collect();
    sinks.iter().map(frames).collect()
}

/// Runs a gst-launch line to its end and returns the pipeline, which still plays, for questions.
pub fn run(line: &str) -> Running {
    let running = Running::start(line);
    running.wait();
    running
}
