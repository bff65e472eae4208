// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! One connection to a camera: decode, distill, encode, hand on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;

use crate::camera::Camera;
use crate::elements;
use crate::options::{CameraOptions, Mode, Transport};
use crate::trouble::Trouble;
use crate::trust::{self, Refusal};

/// Time between two looks at a connection.
const INTERVAL: gst::ClockTime = gst::ClockTime::from_mseconds(200);

/// Frames that may wait for the encoder; older ones give way, so that latency can't grow.
const MAX_WAITING: u32 = 4;

/// A pipeline that is shut down when it goes out of scope.
struct Connection {
    pipeline: gst::Pipeline,
    filter: gst::Element,
    refusal: Refusal,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Going to NULL can't fail in a way that anybody could mend.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Serves a camera until it is lost, which is the error, or the gateway stops. `live` is called with
/// the first frame.
pub fn run(camera: &Arc<Camera>, live: impl FnOnce()) -> Result<()> {
    let connection = Connection::open(camera)?;
    let bus = connection.pipeline.bus().context("a pipeline has a bus")?;
    let mut trouble = Trouble::default();
    let mut live = Some(live);
    let mut frames = camera.numbers.frames.get();
    let mut last_frame = Instant::now();
    // What is wrong with the pipeline comes as a message.
    let _ = connection.pipeline.set_state(gst::State::Playing);
    while !camera.is_stopping() {
        if let Some(message) = bus.timed_pop(INTERVAL) {
            match message.view() {
                gst::MessageView::Error(error) => {
                    return Err(match connection.refusal.explain(&camera.options) {
                        Some(text) => anyhow!(text),
                        None => trouble.explain(&camera.options, error, live.is_none()),
                    });
                }
                gst::MessageView::Eos(_) => return Err(anyhow!("the camera ended the stream")),
                gst::MessageView::Element(element) => {
                    if let Some(structure) = element.structure() {
                        trouble.hear(structure);
                        camera.hear(structure);
                    }
                }
                _ => {}
            }
        }
        let now = camera.numbers.frames.get();
        if now != frames {
            frames = now;
            last_frame = Instant::now();
            if let Some(live) = live.take() {
                live();
            }
        }
        let limit = camera.options.timeout * if live.is_some() { 2 } else { 1 };
        if last_frame.elapsed() > limit {
            return Err(silence(&camera.options, live.is_some(), limit));
        }
        connection.read_stats(camera);
    }
    Ok(())
}

fn silence(options: &CameraOptions, never_live: bool, limit: Duration) -> anyhow::Error {
    let seconds = limit.as_secs();
    if never_live {
        anyhow!(
            "{} sends no video that can be decoded: none in {seconds} s",
            options.address
        )
    } else {
        anyhow!("no frame for {seconds} s: the camera or the network is stuck")
    }
}

impl Connection {
    /// Builds the pipeline: whatever is decoded can only leave through the filter.
    fn open(camera: &Arc<Camera>) -> Result<Self> {
        let options = &camera.options;
        let pipeline = gst::Pipeline::new();
        // The media of the server live by the same clock.
        pipeline.use_clock(Some(&gst::SystemClock::obtain()));
        let source = source(options)?;
        let refusal = trust::set(&source, options)?;
        let decoder = gst::ElementFactory::make("decodebin").build()?;
        let tail = tail(camera)?;
        let filter = tail.by_name("distill").context("the tail has a filter")?;
        pipeline.add_many([&source, &decoder, tail.upcast_ref()])?;

        link_when_added(&source, decoder.static_pad("sink"), "application/x-rtp");
        link_when_added(&decoder, tail.static_pad("sink"), "video/x-raw");
        if let Some(bin) = decoder.downcast_ref::<gst::Bin>() {
            let mode = options.mode;
            bin.connect_deep_element_added(move |_, _, element| {
                elements::make_exact(element);
                if mode == Mode::Consumer {
                    elements::leave_out_broken(element);
                }
            });
        }
        camera.stills.watch(&filter);
        camera.last_change.watch(&filter);
        Ok(Self {
            pipeline,
            filter,
            refusal,
        })
    }

    fn read_stats(&self, camera: &Camera) {
        let stats: gst::Structure = self.filter.property("stats");
        if let Ok(rms_change) = stats.get("rms-change") {
            camera.numbers.rms_change.set(rms_change);
        }
        // Before the first frame there is none.
        if let (Ok(margin), true) = (stats.get("margin"), camera.options.margin) {
            camera.numbers.margin.set(margin);
        }
        camera.check_picture();
    }
}

/// The element that talks to the camera; it takes video alone.
fn source(options: &CameraOptions) -> Result<gst::Element> {
    let microseconds = u64::try_from(options.timeout.as_micros())?;
    let source = gst::ElementFactory::make("rtspsrc")
        .property("location", options.address.location())
        .property("latency", options.latency)
        .property("drop-on-latency", true)
        .property("tcp-timeout", microseconds)
        .property("timeout", microseconds)
        .property_from_str(
            "protocols",
            match options.transport {
                Transport::Tcp => "tcp",
                Transport::Udp => "udp",
            },
        )
        .build()?;
    if let Some(login) = &options.address.login {
        source.set_property("user-id", &login.user);
        source.set_property("user-pw", login.password.reveal());
    }
    source.connect("select-stream", false, |values| {
        let caps = values
            .get(2)
            .and_then(|value| value.get::<gst::Caps>().ok());
        let is_video = caps.is_some_and(|caps| {
            caps.structure(0)
                .is_some_and(|structure| structure.get("media") == Ok("video"))
        });
        Some(is_video.to_value())
    });
    Ok(source)
}

/// Filter, encoder and the end where frames are handed on, as one bin with one input.
fn tail(camera: &Arc<Camera>) -> Result<gst::Bin> {
    let tail = gst::Bin::new();
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    let filter = elements::filter(&camera.options)?;
    let queue = gst::ElementFactory::make("queue")
        .property("max-size-buffers", MAX_WAITING)
        .property("max-size-bytes", 0u32)
        .property("max-size-time", 0u64)
        .property_from_str("leaky", "downstream")
        .build()?;
    let (encoder, _) = elements::encoder(&camera.options.encoder)?;
    let sink = gst_app::AppSink::builder().sync(false).build();
    let elements = [&convert, &filter, &queue, &encoder, sink.upcast_ref()];
    tail.add_many(elements)?;
    gst::Element::link_many(elements)?;
    let input = convert
        .static_pad("sink")
        .context("videoconvert has an input")?;
    tail.add_pad(&gst::GhostPad::with_target(&input)?)?;

    camera.relay.connect(&sink);
    let camera = Arc::downgrade(camera);
    let new_sample = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let Some(camera) = camera.upgrade() else {
            return Ok(gst::FlowSuccess::Ok);
        };
        match presentation_time(sink, &sample) {
            Some(time) => {
                let now = sink.current_clock_time().unwrap_or(time);
                camera.served(&sample, time, now.saturating_sub(time));
            }
            None => camera.relay.skip(),
        }
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(new_sample)
            .build(),
    );
    Ok(tail)
}

/// The time of the system clock at which a frame came.
fn presentation_time(sink: &gst_app::AppSink, sample: &gst::Sample) -> Option<gst::ClockTime> {
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let buffer = sample.buffer()?;
    // Encoders and parsers leave the presentation time out where a camera's clock went back, as it does after a pause.
    let running_time = segment.to_running_time(buffer.pts().or(buffer.dts()))?;
    Some(sink.base_time()? + running_time)
}

/// Links the first new pad of `from` that has a stream of that type to `input`.
fn link_when_added(from: &gst::Element, input: Option<gst::Pad>, media_type: &'static str) {
    let input = input.map(|pad| pad.downgrade());
    from.connect_pad_added(move |_, pad| {
        let Some(input) = input.as_ref().and_then(|input| input.upgrade()) else {
            return;
        };
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let fits = caps
            .structure(0)
            .is_some_and(|structure| structure.name() == media_type);
        if fits && !input.is_linked() {
            // A stream that doesn't fit gives no frame, and that is seen.
            let _ = pad.link(&input);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests;

    /// Every way from `pad` upwards, as far as it goes, passes the filter.
    fn passes_the_filter(pad: &gst::Pad) -> bool {
        let Some(peer) = pad.peer() else {
            return false;
        };
        let Some(element) = peer.parent_element() else {
            return false;
        };
        if element
            .factory()
            .is_some_and(|factory| factory.name() == "featuredistill")
        {
            return true;
        }
        let mut inputs = element.sink_pads().into_iter().peekable();
        inputs.peek().is_some() && inputs.all(|input| passes_the_filter(&input))
    }

    #[test]
    fn nothing_reaches_the_server_but_through_the_filter() {
        tests::init();
        for mode in [Mode::Filter, Mode::Source, Mode::Consumer] {
            let camera = Arc::new(Camera::new(
                tests::camera(mode),
                tests::carrier(),
                tests::numbers(),
            ));
            let connection = Connection::open(&camera).unwrap();
            let sinks: Vec<_> = connection
                .pipeline
                .iterate_sinks()
                .into_iter()
                .flatten()
                .collect();
            assert_eq!(sinks.len(), 1);
            let tail = sinks[0].downcast_ref::<gst::Bin>().unwrap();
            let ends: Vec<_> = tail.iterate_sinks().into_iter().flatten().collect();
            assert_eq!(ends.len(), 1);
            assert!(passes_the_filter(&ends[0].static_pad("sink").unwrap()));
        }
    }
}
