// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Pipelines that are timed: frames from memory, the elements in question, and nothing behind them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::frames::Frames;

/// Frames that go through a pipeline before it counts: caps, pools and caches are settled then.
const WARMUP: usize = 10;

/// Buffers that go round.
const BUFFERS: u32 = 4;

/// When frames come.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// As soon as the one before is done, each filled anew.
    Filled,
    /// As soon as the one before is done, as that left them: nothing is between two frames.
    BackToBack,
    /// Every so often, each filled anew.
    Every(Duration),
}

/// Cost of a pipeline a frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Milliseconds of the CPU, all threads of the process.
    pub cpu: f64,
    /// Milliseconds of time.
    pub wall: f64,
    /// Milliseconds from the entrance of the elements in question to their exit, in the middle.
    pub latency: f64,
}

/// CPU time of this process so far.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A reading of both clocks.
#[derive(Clone, Copy)]
pub struct Reading(Duration, Instant);

impl Reading {
    pub fn now() -> Self {
        Self(cpu_time(), Instant::now())
    }

    /// Cost since then, for each of `frames` frames.
    pub fn cost(self, frames: usize) -> Cost {
        Cost {
            cpu: milliseconds(cpu_time() - self.0) / frames as f64,
            wall: milliseconds(self.1.elapsed()) / frames as f64,
            latency: 0.0,
        }
    }
}

/// A pipeline with the elements in question between a source and a sink that cost next to nothing.
pub struct Pipeline {
    pipeline: gst::Pipeline,
    cost: Arc<Mutex<Option<Cost>>>,
    /// Times that frames spent in the elements in question.
    latencies: Arc<Mutex<Vec<Duration>>>,
}

impl Pipeline {
    /// A pipeline for `count` frames. `elements` are as on a gst-launch line; none is the bare
    /// pipeline.
    pub fn new(elements: &str, frames: &Arc<Frames>, pace: Pace, count: usize) -> Self {
        let link = if elements.is_empty() { "" } else { "!" };
        let line = format!(
            "appsrc name=source format=time max-buffers=1 {link} {elements} \
             ! fakesink name=sink enable-last-sample=false"
        );
        let pipeline = gst::parse::launch(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
        let cost = Arc::default();
        let latencies = Arc::new(Mutex::new(Vec::with_capacity(count)));
        let source = pipeline.by_name("source").expect("the source");
        let sink = pipeline.by_name("sink").expect("the sink");
        watch(&source, &sink, Arc::clone(&latencies));
        let source = source.downcast::<gst_app::AppSrc>().expect("an appsrc");
        feed(&source, frames, pace, count, Arc::clone(&cost));
        Self {
            pipeline,
            cost,
            latencies,
        }
    }

    pub fn start(&self) {
        self.pipeline
            .set_state(gst::State::Playing)
            .expect("playing");
    }

    /// Waits for the end of the stream.
    pub fn finish(&self) -> Cost {
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = self.pipeline.bus().expect("a bus");
        let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(120), &ends);
        match end.as_ref().map(|end| end.view()) {
            Some(gst::MessageView::Eos(_)) => {}
            other => panic!("no end of the stream: {other:?}"),
        }
        self.pipeline.set_state(gst::State::Null).expect("stopped");
        let cost = self.cost.lock().expect("no panic").take();
        Cost {
            latency: median(self.latencies().iter().copied().map(milliseconds)),
            ..cost.expect("the last frame was timed")
        }
    }

    pub fn run(&self) -> Cost {
        self.start();
        self.finish()
    }

    /// Times that frames spent in the elements in question, once warm.
    pub fn latencies(&self) -> Vec<Duration> {
        let latencies = self.latencies.lock().expect("no panic");
        latencies.iter().copied().skip(WARMUP).collect()
    }
}

/// Has `source` give frames, and the CPU and the clock read at the first that counts and after the
/// last.
fn feed(
    source: &gst_app::AppSrc,
    frames: &Arc<Frames>,
    pace: Pace,
    count: usize,
    cost: Arc<Mutex<Option<Cost>>>,
) {
    let frames = Arc::clone(frames);
    let caps = frames.info.to_caps().expect("caps");
    source.set_caps(Some(&caps));
    let pool = gst::BufferPool::new();
    let mut config = pool.config();
    config.set_params(Some(&caps), frames.info.size() as u32, BUFFERS, 0);
    pool.set_config(config).expect("a pool");
    pool.set_active(true).expect("a pool");
    let begin = Instant::now();
    let mut reading = None;
    let mut number = 0;
    let need_data = move |source: &gst_app::AppSrc, _| {
        if number == WARMUP {
            reading = Some(Reading::now());
        }
        if number == WARMUP + count {
            let reading: Reading = reading.expect("a reading at the first frame");
            *cost.lock().expect("no panic") = Some(reading.cost(count));
            let _ = source.end_of_stream();
            return;
        }
        let mut buffer = pool.acquire_buffer(None).expect("a buffer");
        let fill = match pace {
            Pace::Filled => true,
            Pace::BackToBack => number < BUFFERS as usize,
            Pace::Every(period) => {
                let due = begin + period * number as u32;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                true
            }
        };
        let writable = buffer.get_mut().expect("nobody else has it");
        writable.set_pts(gst::ClockTime::from_mseconds(33) * number as u64);
        if fill {
            let raw = &frames.raw[number % frames.raw.len()];
            writable.copy_from_slice(0, raw).expect("room for a frame");
        }
        number += 1;
        // Refused only while the pipeline stops.
        let _ = source.push_buffer(buffer);
    };
    let callbacks = gst_app::AppSrcCallbacks::builder().need_data(need_data);
    source.set_callbacks(callbacks.build());
}

/// Notes how long each frame takes from `source` to `sink`.
fn watch(source: &gst::Element, sink: &gst::Element, latencies: Arc<Mutex<Vec<Duration>>>) {
    let pad = |element: &gst::Element, name| element.static_pad(name).expect("a pad");
    let entered = Arc::new(Mutex::new(Instant::now()));
    let entering = Arc::clone(&entered);
    pad(source, "src").add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        *entering.lock().expect("no panic") = Instant::now();
        gst::PadProbeReturn::Ok
    });
    pad(sink, "sink").add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        let time = entered.lock().expect("no panic").elapsed();
        latencies.lock().expect("no panic").push(time);
        gst::PadProbeReturn::Ok
    });
}

/// The value in the middle; 0 of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value that `share` of the values are not above; 0 of nothing.
pub fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1) as f64;
    values
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(0.0)
}
