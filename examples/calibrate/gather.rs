// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Gathering statistics clip by clip, and merging them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use gst::prelude::*;
use gstfeaturedistill::codec::block::{AREA, ZIGZAG};
use gstfeaturedistill::tables::bands;

use crate::shared::pipeline::Pipeline;
use crate::shared::progress;

/// Perturbation that the certified table is made for, in levels.
pub const EPSILON: f64 = 1.0;

/// Coefficients of the accuracy-sensitive band.
const BAND: usize = 15;

/// Counts the coefficients that each frame's band of the 15 largest standard deviations shares with the
/// first 15 in zig-zag order.
#[derive(Clone, Debug, Default)]
pub struct Band {
    frames: u64,
    shared: u64,
    least: Option<usize>,
}

impl Band {
    /// Counts a frame with this table, in which the band has step 1.
    fn count(&mut self, table: &gst::Array) {
        let shared = overlap(|index| table[usize::from(index)].get::<u32>() == Ok(1));
        self.frames += 1;
        self.shared += shared as u64;
        self.least = Some(self.least.map_or(shared, |least| least.min(shared)));
    }

    /// Prints the agreement of frames, and of the whole footage, with zig-zag order.
    pub fn print(&self, result: &gst::Structure) -> Result<()> {
        let deviations = result.get::<gst::Array>("luma-std")?;
        let deviations = deviations.iter().map(|value| value.get::<f64>());
        let deviations = deviations.collect::<Result<Vec<_>, _>>()?;
        let deviations = deviations.try_into().ok().context("64 deviations")?;
        println!(
            "of the {BAND} coefficients of largest deviation, this many are among the first {BAND} in zig-zag order:"
        );
        println!(
            "  within a frame (luma and chroma together)  {:.2} on average, {} at least ({} frames)",
            self.shared as f64 / self.frames.max(1) as f64,
            self.least.unwrap_or(0),
            self.frames
        );
        println!(
            "  over all footage (luma)                    {}",
            shared_by(&deviations)
        );
        Ok(())
    }
}

/// Number of the 15 coefficients of largest deviation that are among the first 15 in zig-zag order.
fn shared_by(deviations: &[f64; AREA]) -> usize {
    let ranking = bands::rank(deviations);
    overlap(|index| ranking[..BAND].contains(&index))
}

/// Number of the first 15 coefficients in zig-zag order that are in the band.
fn overlap(is_in_band: impl Fn(u8) -> bool) -> usize {
    let band = ZIGZAG[..BAND].iter();
    band.filter(|&&index| is_in_band(index)).count()
}

/// Gathers the statistics of a clip into `shard`, and returns the number of frames.
pub fn gather(clip: &str, shard: &Path, band: &mut Band) -> Result<u64> {
    // mapping=certified settles a copy of every frame, too. The filter behind it has chosen a band for each
    // frame: the coefficients with step 1.
    let pipeline = Pipeline::launch(&format!(
        "filesrc name=clip ! decodebin ! videoconvert ! video/x-raw,format=I420 \
         ! featurecalibrate name=calibrate mapping=certified epsilon={EPSILON} \
         ! featuredistill name=rank preset=two-step as-selection=frame as-count={BAND} as-step=1 md-step=2 qos=false \
         ! fakesink sync=false"
    ))?;
    pipeline.read("clip", clip)?;
    pipeline.set("calibrate", "stats-location", shard)?;
    let counted = Arc::new(Mutex::new(band.clone()));
    let rank = pipeline.element::<gst::Element>("rank")?;
    let count = counted.clone();
    let pad = rank
        .static_pad("src")
        .context("a filter has a source pad")?;
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, _| {
        let stats = pad
            .parent_element()
            .map(|rank| rank.property::<gst::Structure>("stats"));
        if let Some(table) = stats.and_then(|stats| stats.get::<gst::Array>("table").ok())
            && let Ok(mut band) = count.lock()
        {
            band.count(&table);
            progress(&format!("{} frames", band.frames));
        }
        gst::PadProbeReturn::Ok
    })
    .context("a probe")?;
    pipeline.start(gst::State::Playing)?;
    pipeline.wait()?;
    progress("");
    let stats = pipeline.stats("calibrate")?;
    let mut counted = counted.lock().ok().context("a probe has failed")?;
    *band = std::mem::take(&mut *counted);
    Ok(stats.get("frames")?)
}

/// Merges `shards` without reading a frame; returns the message with the result.
pub fn merge(shards: &[PathBuf], outputs: &str) -> Result<gst::Structure> {
    let line = format!(
        "videotestsrc num-buffers=0 ! featurecalibrate name=calibrate {outputs} ! fakesink"
    );
    let pipeline = Pipeline::launch(&line)?;
    let shards = gst::Array::new(shards.iter().map(PathBuf::as_path));
    pipeline.set("calibrate", "merge-from", shards)?;
    let bus = pipeline.bus()?;
    pipeline.start(gst::State::Playing)?;
    let ends = [gst::MessageType::Element, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(gst::ClockTime::NONE, &ends);
    let message = message.context("a message")?;
    match message.view() {
        gst::MessageView::Error(error) => anyhow::bail!("{}", error.error()),
        _ => Ok(message.structure().context("a result")?.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_ranked_by_deviation() {
        let mut deviations = [0.0; AREA];
        for (k, index) in ZIGZAG.into_iter().enumerate() {
            deviations[usize::from(index)] = (AREA - k) as f64;
        }
        assert_eq!(shared_by(&deviations), BAND);
        // The last two in zig-zag order push two out of the band.
        for index in &ZIGZAG[AREA - 2..] {
            deviations[usize::from(*index)] = 100.0;
        }
        assert_eq!(shared_by(&deviations), BAND - 2);
        assert_eq!(shared_by(&deviations.map(|deviation| -deviation)), 0);
    }
}
