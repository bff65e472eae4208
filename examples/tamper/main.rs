// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! An attacker between two passes: it takes the frames that a trusted camera side has settled, perturbs
//! them, and hands them to the consumer's side, whose messages are printed.
//!
//! ```text
//! cargo run --release --example tamper -- CLIP PERTURBATION [SEED]
//! cargo run --release --example tamper -- clip.mp4 signs:1
//! ```
//!
//! Perturbations: none, signs:LEVELS, pattern:LEVELS, gaussian:DEVIATION, patch:SIDE, sparse:ONE_IN.

#[path = "../shared/mod.rs"]
mod shared;

use anyhow::{Context, Result, bail};
use gstfeaturedistill::featuredistill::{FeatureDistillMessage, FeatureDistillTamperMessage};

use shared::arguments;
use shared::perturbation::Perturbation;
use shared::pipeline::Pipeline;

/// The table, the same at both ends.
const TABLE: &str = "preset=certified epsilon=1";

const USAGE: &str = "usage: tamper CLIP PERTURBATION [SEED]

perturbations: none, signs:LEVELS, pattern:LEVELS, gaussian:DEVIATION, patch:SIDE, sparse:ONE_IN";

fn main() -> Result<()> {
    let args = arguments(USAGE);
    let (clip, perturbation, seed) = match &args[..] {
        [clip, perturbation] => (clip, perturbation, "1"),
        [clip, perturbation, seed] => (clip, perturbation, seed.as_str()),
        _ => bail!("{USAGE}"),
    };
    let perturbation: Perturbation = perturbation.parse()?;
    let seed = seed
        .parse()
        .with_context(|| format!("the seed must be a whole number, not {seed}"))?;
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;

    // Offline, no frame is too late: qos=false.
    let camera = Pipeline::launch(&format!(
        "filesrc name=clip ! decodebin ! videoconvert ! video/x-raw,format=I420 \
         ! featuredistill {TABLE} settle=true qos=false ! appsink name=tap sync=false max-buffers=4"
    ))?;
    camera.read("clip", clip)?;
    let consumer = Pipeline::launch(&format!(
        "appsrc name=inject format=time block=true max-buffers=4 \
         ! featuredistill {TABLE} tamper-threshold=0.0001 post-messages=true qos=false ! fakesink"
    ))?;
    stand_in_the_middle(
        &camera.element("tap")?,
        consumer.element("inject")?,
        perturbation,
        seed,
    );

    consumer.start(gst::State::Playing)?;
    camera.start(gst::State::Playing)?;
    watch(&camera, &consumer)
}

/// Perturbs every frame that comes to `tap` and passes it on through `inject`.
fn stand_in_the_middle(
    tap: &gst_app::AppSink,
    inject: gst_app::AppSrc,
    perturbation: Perturbation,
    seed: u64,
) {
    let end = inject.clone();
    let mut frame = 0;
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |tap| {
            let sample = tap.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            frame += 1;
            let tampered = perturbation
                .add_to(&sample, seed + frame)
                .map_err(|error| {
                    gst::element_error!(tap, gst::StreamError::Failed, ("{error:#}"));
                    gst::FlowError::Error
                })?;
            inject.push_sample(&tampered)
        })
        .eos(move |_| {
            // The consumer may have stopped already; then there is no stream left to end.
            let _ = end.end_of_stream();
        })
        .build();
    tap.set_callbacks(callbacks);
}

/// Prints the consumer's messages about frames and incidents, until the end of the stream.
fn watch(camera: &Pipeline, consumer: &Pipeline) -> Result<()> {
    let bus = consumer.bus()?;
    loop {
        // The camera may fail before anything comes to the consumer.
        camera.check()?;
        let Some(message) = bus.timed_pop(gst::ClockTime::from_mseconds(200)) else {
            continue;
        };
        match message.view() {
            gst::MessageView::Eos(_) => return Ok(()),
            gst::MessageView::Error(error) => bail!("consumer: {}", error.error()),
            gst::MessageView::Element(element) => {
                let structure = element.structure();
                if let Some(Ok(report)) = structure.map(FeatureDistillMessage::try_from) {
                    print(&report);
                }
                if let Some(Ok(incident)) = structure.map(FeatureDistillTamperMessage::try_from) {
                    print_incident(&incident);
                }
            }
            _ => {}
        }
    }
}

fn print_incident(incident: &FeatureDistillTamperMessage) {
    println!(
        "tampering {}: {} frames in {}, RMS change up to {:.4}",
        incident.state.as_str(),
        incident.frames,
        incident.duration,
        incident.rms_change
    );
}

fn print(report: &FeatureDistillMessage) {
    let area = report.changed_area;
    println!(
        "{}  RMS change {:.4}  largest {:3}  blocks changed {:5.1} % within {}x{} at {},{}{}",
        report.pts.unwrap_or_default(),
        report.rms_change,
        report.max_change,
        100.0 * report.changed_blocks,
        area.width,
        area.height,
        area.x,
        area.y,
        if report.tampered { "  TAMPERED" } else { "" }
    );
}
