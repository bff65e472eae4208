// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! A coded link between two passes: what the second pass gives back of the frames that the first one left.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use gst::prelude::*;

use crate::shared::pipeline::Pipeline;
use crate::shared::sheet::video_info;
use crate::stream::{self, Comparison, Passed};

/// Longest time without a frame.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// Properties by which a pass reports on every frame. Offline, no frame is too late.
const REPORTING: &str = "digest=blake3 post-messages=true qos=false";

/// Preset and epsilon of both passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lattice {
    pub preset: &'static str,
    pub epsilon: f64,
}

impl Lattice {
    /// The lattice of DCT coefficients.
    pub const fn dct(epsilon: f64) -> Self {
        let preset = "certified";
        Self { preset, epsilon }
    }

    /// The lattice of samples.
    pub const fn samples(epsilon: f64) -> Self {
        let preset = "certified-samples";
        Self { preset, epsilon }
    }

    /// The first pass.
    pub fn source(self) -> String {
        format!("{} settle=true", self.consumer())
    }

    /// The second pass.
    pub fn consumer(self) -> String {
        format!(
            "featuredistill preset={} epsilon={}",
            self.preset, self.epsilon
        )
    }

    /// Frames and reports that the first pass gives.
    pub fn settle(self, frames: &[gst::Sample]) -> Result<Passed> {
        stream::through(frames, &format!("{} {REPORTING}", self.source()))
    }

    /// Frames and reports that the second pass gives.
    pub fn restore(self, frames: &[gst::Sample]) -> Result<Passed> {
        stream::through(frames, &format!("{} {REPORTING}", self.consumer()))
    }
}

impl fmt::Display for Lattice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.preset {
            "certified" => "DCT",
            _ => "samples",
        };
        write!(f, "{name} ε {}", self.epsilon)
    }
}

/// Frames behind a decoder.
#[derive(Clone)]
pub struct Carried {
    pub frames: Vec<gst::Sample>,
    /// Bytes that the encoder gave.
    pub bytes: u64,
}

/// Takes `frames` through `encoder` and `decoder`.
///
/// # Errors
/// If an element is missing or fails, or if number, size or planes of the frames don't stay as they are.
pub fn carry(frames: &[gst::Sample], encoder: &str, decoder: &str) -> Result<Carried> {
    let pipeline = Pipeline::launch(&format!(
        "appsrc name=in format=time max-bytes=0 ! {encoder} ! identity name=wire silent=true ! {decoder} \
         ! appsink name=out sync=false"
    ))?;
    let bytes = count_bytes(&pipeline)?;
    let source = pipeline.element::<gst_app::AppSrc>("in")?;
    for frame in frames {
        source.push_sample(frame)?;
    }
    source.end_of_stream()?;
    let out = pipeline.element("out")?;
    pipeline.start(gst::State::Playing)?;
    let mut carried = Vec::new();
    while let Some(frame) = pipeline.pull_within(&out, PATIENCE)? {
        ensure!(
            carried.len() < frames.len(),
            "more than the {} frames that went in came out",
            frames.len()
        );
        check_layout(&frames[carried.len()], &frame)?;
        carried.push(frame);
    }
    if carried.len() < frames.len() {
        bail!("only {} of {} frames came out", carried.len(), frames.len());
    }
    let bytes = bytes.load(Ordering::Relaxed);
    Ok(Carried {
        frames: carried,
        bytes,
    })
}

/// Counts the bytes that pass the element `wire`.
fn count_bytes(pipeline: &Pipeline) -> Result<Arc<AtomicU64>> {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = bytes.clone();
    let wire = pipeline.element::<gst::Element>("wire")?;
    let pad = wire
        .static_pad("src")
        .context("identity has a source pad")?;
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let size = info.buffer().map_or(0, |buffer| buffer.size());
        counted.fetch_add(size as u64, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
    Ok(bytes)
}

/// Fails unless both frames have the same samples in each component; their order in memory may differ.
fn check_layout(sent: &gst::Sample, arrived: &gst::Sample) -> Result<()> {
    let caps = arrived.caps().context("a frame has caps")?;
    ensure!(
        caps.structure(0)
            .is_some_and(|caps| caps.name() == "video/x-raw"),
        "what came out isn't raw video but {caps}: end with a decoder"
    );
    let (sent, arrived) = (video_info(sent)?, video_info(arrived)?);
    let layout = |info: &gst_video::VideoInfo| {
        let format = info.format_info();
        let subsampling = (format.w_sub().to_vec(), format.h_sub().to_vec());
        (
            info.width(),
            info.height(),
            format.is_rgb(),
            format.depth().to_vec(),
            subsampling,
        )
    };
    let name = |info: &gst_video::VideoInfo| {
        format!("{} {}x{}", info.format(), info.width(), info.height())
    };
    ensure!(
        layout(&sent) == layout(&arrived),
        "{} went in and {} came out: size and planes must stay as they are",
        name(&sent),
        name(&arrived)
    );
    Ok(())
}

/// Sums over frames that a consumer has got.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub frames: usize,
    /// Frames in which every sample came back.
    pub exact: usize,
    /// Frames with the digest that they had at the source.
    pub digests: usize,
    /// The least margin of a frame.
    pub margin: Option<f64>,
    /// Samples that the second pass gave, beside those that the first one left.
    pub samples: Comparison,
}

impl Tally {
    /// Compares what the first pass left with what the second one gave.
    ///
    /// # Errors
    /// If frames are missing, or if a digest says something else than the samples.
    pub fn new(settled: &Passed, restored: &Passed) -> Result<Self> {
        let mut tally = Self::default();
        let sent = settled.frames.len();
        let counts = [&settled.reports, &restored.reports].map(Vec::len);
        ensure!(
            restored.frames.len() == sent && counts == [sent; 2],
            "only {} of {sent} frames came out of the second pass",
            restored.frames.len(),
        );
        for (settled, restored) in settled.each().zip(restored.each()) {
            let mut frame = Comparison::default();
            frame.add(settled.0, restored.0)?;
            let exact = frame.equal == frame.samples;
            let digest = settled.1.digest.context("the first pass gives digests")?;
            let agree = restored.1.digest == Some(digest);
            ensure!(
                agree == exact,
                "digest {digest} doesn't tell equal frames from others"
            );
            tally.frames += 1;
            tally.exact += usize::from(exact);
            tally.digests += usize::from(agree);
            tally.margin = least(tally.margin, restored.1.margin);
            tally.samples += frame;
        }
        Ok(tally)
    }

    /// The least margin, as text.
    pub fn margin(&self) -> String {
        let margin = self.margin.map(|margin| format!("{margin:.2}"));
        margin.unwrap_or_else(|| "–".into())
    }

    /// True if every frame came back.
    pub fn is_exact(&self) -> bool {
        self.exact == self.frames
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.frames += other.frames;
        self.exact += other.exact;
        self.digests += other.digests;
        self.margin = least(self.margin, other.margin);
        self.samples += other.samples;
    }
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three frames of a test picture.
    fn frames() -> Vec<gst::Sample> {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
        let pipeline = Pipeline::launch(
            "videotestsrc num-buffers=3 pattern=ball ! video/x-raw,format=I420,width=64,height=48 \
             ! appsink name=out sync=false",
        );
        let mut frames = Vec::new();
        stream::run(&pipeline.expect("a pipeline"), usize::MAX, |frame| {
            frames.push(frame);
            Ok(())
        })
        .expect("frames");
        frames
    }

    #[test]
    fn settled_frames_come_back_from_a_perturbation_within_the_radius() {
        let lattice = Lattice::dct(1.0);
        let settled = lattice.settle(&frames()).expect("settled frames");
        let carried = carry(&settled.frames, "identity", "identity").expect("frames");
        assert_eq!(carried.bytes, 3 * 64 * 48 * 3 / 2);
        let tally = Tally::new(&settled, &lattice.restore(&carried.frames).expect("frames"));
        assert!(tally.expect("a tally").is_exact());
    }

    #[test]
    fn other_orders_of_the_same_samples_are_accepted() {
        let carried = carry(
            &frames(),
            "videoconvert ! video/x-raw,format=NV12",
            "identity",
        );
        assert_eq!(carried.expect("frames").frames.len(), 3);
    }

    #[test]
    fn links_that_change_more_than_samples_are_refused_with_a_reason() {
        for (link, reason) in [
            (
                "videoscale ! video/x-raw,width=32,height=48",
                "I420 64x48 went in and I420 32x48 came out",
            ),
            (
                "videoconvert ! video/x-raw,format=Y444",
                "Y444 64x48 came out",
            ),
            (
                "videoconvert ! video/x-raw,format=RGB",
                "RGB 64x48 came out",
            ),
            ("jpegenc", "isn't raw video but image/jpeg"),
            ("identity eos-after=2", "of 3 frames came out"),
            (
                "identity error-after=2",
                "Failed after iterations as requested",
            ),
            ("nosuchelement", "nosuchelement"),
        ] {
            let Err(error) = carry(&frames(), link, "identity") else {
                panic!("{link} is accepted");
            };
            assert!(error.to_string().contains(reason), "{link}: {error}");
        }
    }
}
