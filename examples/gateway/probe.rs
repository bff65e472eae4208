// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A trial of a camera's filter and encoder before it is connected.

use anyhow::{Context, Result, anyhow, bail, ensure};
use gst::prelude::*;

use crate::elements::{self, Carrier};
use crate::options::{CameraOptions, Mode};
use crate::picture;

/// Test frames: flat areas and edges, fine detail that moves, film grain on a picture.
const SCENES: [&str; 3] = [
    "videotestsrc pattern=smpte75 num-buffers=4",
    "videotestsrc pattern=zone-plate kx2=12 ky2=12 kt=20 num-buffers=4",
    "videotestsrc pattern=ball num-buffers=4",
];

const CAPS: &str = "capsfilter caps=video/x-raw,format=I420,width=640,height=480,framerate=25/1";

/// Time for the whole trial of a scene.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// Runs test frames through filter and encoder. For a source it must be possible to restore them:
/// the consumer's pass over what a decoder gives has to return every byte.
pub fn check(options: &CameraOptions) -> Result<Carrier> {
    let (_, carrier) = elements::encoder(&options.encoder)?;
    if options.mode != Mode::Source {
        run_once(options)?;
        return Ok(carrier);
    }
    for scene in SCENES {
        let (sent, restored) = Trial::new(options, scene)?.run()?;
        compare(options, &sent, &restored)?;
    }
    Ok(carrier)
}

/// Takes a scene through filter and encoder, to see whether both start.
fn run_once(options: &CameraOptions) -> Result<()> {
    let pipeline = gst::Pipeline::new();
    let scene = scene(SCENES[0])?;
    let filter = elements::filter(options)?;
    filter.set_property("tamper-threshold", 0.0);
    let (encoder, _) = elements::encoder(&options.encoder)?;
    let sink = gst::ElementFactory::make("fakesink").build()?;
    let all = [scene.upcast_ref(), &filter, &encoder, &sink];
    pipeline.add_many(all)?;
    gst::Element::link_many(all)?;
    let result = finish(&pipeline);
    // Going to NULL can't fail in a way that anybody could mend.
    let _ = pipeline.set_state(gst::State::Null);
    result
}

fn scene(source: &str) -> Result<gst::Bin> {
    Ok(gst::parse::bin_from_description(
        &format!("{source} ! {CAPS}"),
        true,
    )?)
}

/// Plays a pipeline to its end.
fn finish(pipeline: &gst::Pipeline) -> Result<()> {
    let bus = pipeline.bus().context("a pipeline has a bus")?;
    // What is wrong comes as a message.
    let _ = pipeline.set_state(gst::State::Playing);
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus.timed_pop_filtered(PATIENCE, &ends).ok_or_else(|| {
        anyhow!(
            "the filter or the encoder didn't finish test frames in {} s",
            PATIENCE.seconds()
        )
    })?;
    let gst::MessageView::Error(error) = end.view() else {
        return Ok(());
    };
    if error.error().matches(gst::CoreError::MissingPlugin)
        || error.error().matches(gst::StreamError::CodecNotFound)
    {
        bail!(
            "no decoder for the encoder's stream, which the trial needs: install gstreamer1.0-libav"
        );
    }
    let text = error.error().message().replace('\n', " ");
    bail!("{}", text.trim_end_matches('.'))
}

/// Settled frames, encoded, decoded and distilled again.
struct Trial {
    pipeline: gst::Pipeline,
    sent: gst_app::AppSink,
    restored: gst_app::AppSink,
}

impl Drop for Trial {
    fn drop(&mut self) {
        // Going to NULL can't fail in a way that anybody could mend.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Trial {
    fn new(options: &CameraOptions, scene: &str) -> Result<Self> {
        let pipeline = gst::Pipeline::new();
        let scene = self::scene(scene)?;
        let filter = elements::filter(options)?;
        // A query for memory would wait in the queue of a sink that waits for the other sink's first frame.
        let no_query = gst::ElementFactory::make("identity")
            .property("drop-allocation", true)
            .build()?;
        let tee = gst::ElementFactory::make("tee").build()?;
        let kept = gst::ElementFactory::make("queue").build()?;
        let sent_on = gst::ElementFactory::make("queue").build()?;
        let (encoder, _) = elements::encoder(&options.encoder)?;
        let decoder = gst::ElementFactory::make("decodebin").build()?;
        let second = elements::filter(&CameraOptions {
            mode: Mode::Consumer,
            ..options.clone()
        })?;
        second.set_property("name", "second");
        // Test frames aren't settled: they would count as tampered with.
        filter.set_property("tamper-threshold", 0.0);
        second.set_property("tamper-threshold", 0.0);
        let [sent, restored] = [0, 1].map(|_| {
            // All frames stay in the sink until the end.
            gst_app::AppSink::builder()
                .sync(false)
                .wait_on_eos(false)
                .build()
        });
        let kept_way = [
            scene.upcast_ref(),
            &filter,
            &no_query,
            &tee,
            &kept,
            sent.upcast_ref(),
        ];
        let sent_way = [&sent_on, &encoder, &decoder];
        let restored_way = [&second, restored.upcast_ref()];
        pipeline.add_many(kept_way)?;
        pipeline.add_many(sent_way)?;
        pipeline.add_many(restored_way)?;
        gst::Element::link_many(kept_way)?;
        tee.link(&sent_on)?;
        gst::Element::link_many(sent_way)?;
        gst::Element::link_many(restored_way)?;
        if let Some(bin) = decoder.downcast_ref::<gst::Bin>() {
            bin.connect_deep_element_added(|_, _, element| elements::make_exact(element));
        }
        let second = second.downgrade();
        decoder.connect_pad_added(move |_, pad| {
            let input = second
                .upgrade()
                .and_then(|second| second.static_pad("sink"));
            if let Some(input) = input.filter(|input| !input.is_linked()) {
                // A stream that doesn't fit is an error on the bus.
                let _ = pad.link(&input);
            }
        });
        Ok(Self {
            pipeline,
            sent,
            restored,
        })
    }

    /// The frames that were sent and those that were restored.
    fn run(&self) -> Result<(Vec<gst::Sample>, Vec<gst::Sample>)> {
        finish(&self.pipeline)?;
        let frames = |sink: &gst_app::AppSink| {
            std::iter::from_fn(|| sink.try_pull_sample(gst::ClockTime::ZERO)).collect::<Vec<_>>()
        };
        Ok((frames(&self.sent), frames(&self.restored)))
    }
}

/// Fails unless every visible sample of every frame came back.
fn compare(options: &CameraOptions, sent: &[gst::Sample], restored: &[gst::Sample]) -> Result<()> {
    ensure!(
        !sent.is_empty() && sent.len() == restored.len(),
        "the encoder \"{}\" gave {} of {} test frames: use one that drops none",
        options.encoder,
        restored.len(),
        sent.len()
    );
    let mut different = 0;
    for (sent, restored) in sent.iter().zip(restored) {
        different += usize::from(!are_equal(sent, restored)?);
    }
    ensure!(
        different == 0,
        "the encoder \"{}\" is too coarse for \"{}\": {different} of {} test frames can't be restored. Use a lower \
         quantizer or a larger epsilon",
        options.encoder,
        options.filter,
        sent.len()
    );
    Ok(())
}

fn are_equal(a: &gst::Sample, b: &gst::Sample) -> Result<bool> {
    let [a_info, b_info] = [a, b].map(|sample| {
        let caps = sample.caps().context("a sample has caps")?;
        Ok::<_, anyhow::Error>(gst_video::VideoInfo::from_caps(caps)?)
    });
    let (a_info, b_info) = (a_info?, b_info?);
    if a_info.format() != b_info.format() {
        bail!(
            "the encoder changes the format from {} to {}",
            a_info.format(),
            b_info.format()
        );
    }
    let [a, b] = [(a, &a_info), (b, &b_info)].map(|(sample, info)| {
        let buffer = sample.buffer().context("a sample has a buffer")?;
        gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info)
            .map_err(|_| anyhow!("a frame can't be read"))
    });
    Ok(picture::rows(&a?).eq(picture::rows(&b?)))
}
