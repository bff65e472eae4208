// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames through pipelines: in with `appsrc`, out with `appsink`.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, ensure};
use gst::prelude::*;
use gst_video::prelude::*;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;

use crate::shared::pipeline::Pipeline;
use crate::shared::sheet::video_info;

/// Time after which a frame that was sent over the network counts as lost.
const TIMEOUT: gst::ClockTime = gst::ClockTime::from_seconds(2);

/// Frames and messages that came out of a pipeline.
pub struct Passed {
    pub frames: Vec<gst::Sample>,
    /// The messages of a `featuredistill` in it.
    pub reports: Vec<FeatureDistillMessage>,
}

impl Passed {
    /// The frames with their messages.
    pub fn each(&self) -> impl Iterator<Item = (&gst::Sample, &FeatureDistillMessage)> {
        self.frames.iter().zip(&self.reports)
    }
}

/// The first frames of `clip`, decoded and taken through `elements`.
pub fn decode(clip: &str, elements: &str, count: usize) -> Result<Vec<gst::Sample>> {
    let mut frames = Vec::new();
    decode_each(clip, elements, count, |frame| {
        frames.push(frame);
        Ok(())
    })?;
    ensure!(!frames.is_empty(), "{clip} has no frame");
    Ok(frames)
}

/// Calls `visit` with the first frames of `clip`, decoded and taken through `elements`.
pub fn decode_each(
    clip: &str,
    elements: &str,
    count: usize,
    visit: impl FnMut(gst::Sample) -> Result<()>,
) -> Result<Vec<FeatureDistillMessage>> {
    let pipeline = Pipeline::launch(&format!(
        "filesrc name=clip ! decodebin ! videoconvert ! {elements} \
         ! appsink name=out sync=false max-buffers=4"
    ))?;
    pipeline.read("clip", clip)?;
    run(&pipeline, count, visit)
}

/// Plays a pipeline that ends in an appsink called `out`, and returns the messages of a `featuredistill` in
/// it.
pub fn run(
    pipeline: &Pipeline,
    count: usize,
    mut visit: impl FnMut(gst::Sample) -> Result<()>,
) -> Result<Vec<FeatureDistillMessage>> {
    let reports = collect_reports(pipeline)?;
    let out = pipeline.element("out")?;
    pipeline.start(gst::State::Playing)?;
    for _ in 0..count {
        let Some(frame) = pipeline.pull(&out)? else {
            break;
        };
        visit(frame)?;
    }
    let mut reports = reports
        .lock()
        .map_err(|_| anyhow!("a thread has panicked"))?;
    Ok(std::mem::take(&mut *reports))
}

/// Takes `frames` through `elements`.
pub fn through(frames: &[gst::Sample], elements: &str) -> Result<Passed> {
    let pipeline = Pipeline::launch(&format!(
        "appsrc name=in format=time max-bytes=0 ! {elements} ! appsink name=out sync=false"
    ))?;
    let source = pipeline.element::<gst_app::AppSrc>("in")?;
    for frame in frames {
        source.push_sample(frame)?;
    }
    source.end_of_stream()?;
    let mut passed = Vec::new();
    let reports = run(&pipeline, usize::MAX, |frame| {
        passed.push(frame);
        Ok(())
    })?;
    Ok(Passed {
        frames: passed,
        reports,
    })
}

/// Takes the messages of a `featuredistill` off the bus, as they come.
fn collect_reports(pipeline: &Pipeline) -> Result<Arc<Mutex<Vec<FeatureDistillMessage>>>> {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let collected = reports.clone();
    let bus = pipeline.bus()?;
    bus.set_sync_handler(move |_, message| {
        let report = message.structure().map(FeatureDistillMessage::try_from);
        match (report, collected.lock()) {
            (Some(Ok(report)), Ok(mut collected)) => {
                collected.push(report);
                gst::BusSyncReply::Drop
            }
            _ => gst::BusSyncReply::Pass,
        }
    });
    Ok(reports)
}

/// Sends `frames` in RTP packets over UDP on the loopback interface: `send` ends in a payloader, `receive`
/// starts with its counterpart. `None` stands for a lost frame.
pub fn over_udp(
    frames: &[gst::Sample],
    send: &str,
    receive: &str,
) -> Result<Vec<Option<gst::Sample>>> {
    // The caps of the packets don't travel with them (an SDP file would carry them).
    let packets = through(&frames[..1], send)?.frames;
    let caps = packets.first().and_then(|packet| packet.caps_owned());

    let receiver = Pipeline::launch(&format!(
        "udpsrc name=net address=127.0.0.1 port=0 buffer-size=8000000 ! {receive} \
         ! appsink name=out sync=false"
    ))?;
    let net = receiver.element::<gst::Element>("net")?;
    net.set_property("caps", caps);
    receiver.start(gst::State::Playing)?;
    let sender = Pipeline::launch(&format!(
        "appsrc name=in format=time ! {send} ! udpsink name=net host=127.0.0.1 sync=false async=false"
    ))?;
    let port = net.property::<i32>("port");
    sender.set("net", "port", port)?;
    sender.start(gst::State::Playing)?;

    // One at a time, as a camera sends them: the socket's buffer doesn't hold many.
    let (source, out) = (
        sender.element::<gst_app::AppSrc>("in")?,
        receiver.element::<gst_app::AppSink>("out")?,
    );
    let mut received = Vec::new();
    for frame in frames {
        source.push_sample(frame)?;
        received.push(out.try_pull_sample(TIMEOUT));
        sender.check()?;
        receiver.check()?;
    }
    Ok(received)
}

/// The visible samples of each component, alpha apart, row by row.
pub fn components(frame: &gst::Sample) -> Result<Vec<Component>> {
    let info = video_info(frame)?;
    let buffer = frame.buffer().context("a frame has a buffer")?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)?;
    (0..frame.n_components().min(3))
        .map(|component| {
            let width = frame.comp_width(component) as usize;
            let height = frame.comp_height(component) as usize;
            let plane = frame.plane_data(frame.comp_plane(component))?;
            let stride = frame.comp_stride(component) as usize;
            let offset = frame.comp_poffset(component) as usize;
            let step = frame.comp_pstride(component) as usize;
            let rows = plane.chunks(stride).take(height);
            let samples = rows
                .flat_map(|row| row[offset..].iter().step_by(step).take(width))
                .copied()
                .collect();
            Ok(Component { width, samples })
        })
        .collect()
}

/// One component of a frame: Y, U, V, or R, G, B.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Component {
    pub width: usize,
    pub samples: Vec<u8>,
}

/// Sums over the differences of frames of one size and format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparison {
    pub samples: u64,
    pub equal: u64,
    pub squared: u64,
}

impl Comparison {
    /// Adds the differences of two frames.
    pub fn add(&mut self, a: &gst::Sample, b: &gst::Sample) -> Result<()> {
        let (a, b) = (components(a)?, components(b)?);
        for (a, b) in a.iter().zip(&b) {
            ensure!(
                a.width == b.width && a.samples.len() == b.samples.len(),
                "frames of different sizes can't be compared"
            );
            for (&a, &b) in a.samples.iter().zip(&b.samples) {
                self.samples += 1;
                self.equal += u64::from(a == b);
                self.squared += u64::from(a.abs_diff(b)).pow(2);
            }
        }
        Ok(())
    }

    pub fn rms(&self) -> f64 {
        (self.squared as f64 / self.samples.max(1) as f64).sqrt()
    }

    pub fn psnr(&self) -> f64 {
        20.0 * (255.0 / self.rms()).log10()
    }

    /// The share of equal samples. 100 % stands for all of them, never for a rounded number.
    pub fn share(&self) -> String {
        if self.equal == self.samples {
            return "100 %".to_string();
        }
        let share = 100.0 * self.equal as f64 / self.samples as f64;
        format!("{:.3} %", share.min(99.999))
    }
}

impl std::ops::AddAssign for Comparison {
    fn add_assign(&mut self, other: Self) {
        self.samples += other.samples;
        self.equal += other.equal;
        self.squared += other.squared;
    }
}
