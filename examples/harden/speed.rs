// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames per second of the element and of a JPEG encoder and decoder.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::shared::pipeline::Pipeline;
use crate::shared::progress;

/// Prints frames per second of `element` and of a JPEG encoder and decoder on the same frames.
pub fn compare(element: &str, threads: u32, frames: &[gst::Sample]) -> Result<()> {
    let mut contenders = vec![format!("{element} n-threads=1")];
    if threads > 1 {
        contenders.push(format!("{element} n-threads={threads}"));
    }
    // islow is the accurate DCT, which the element has, too; the default of both is a coarser one.
    let jpeg = "jpegenc idct-method=islow quality=75 ! jpegdec idct-method=islow";
    contenders.push(jpeg.to_string());
    println!();
    println!(
        "frames per second    (the same {} raw frames from memory, median of 3)",
        frames.len()
    );
    for contender in contenders {
        progress(&contender);
        let mut runs = (0..3)
            .map(|_| frames_per_second(&contender, frames))
            .collect::<Result<Vec<_>>>()?;
        runs.sort_by(f64::total_cmp);
        progress("");
        println!("{:>8.0}             {contender}", runs[1]);
    }
    Ok(())
}

/// Frames per second of wall-clock time through `appsrc ! elements ! fakesink`.
fn frames_per_second(elements: &str, frames: &[gst::Sample]) -> Result<f64> {
    let pipeline = Pipeline::launch(&format!(
        "appsrc name=src format=time max-bytes=0 ! {elements} ! fakesink sync=false"
    ))?;
    let src = pipeline.element::<gst_app::AppSrc>("src")?;
    src.set_caps(frames[0].caps_owned().as_ref());

    // The first frame goes through while the pipeline prerolls, untimed. The others wait in the queue,
    // each in memory of its own, as they come from a decoder.
    pipeline.start(gst::State::Paused)?;
    for sample in frames {
        src.push_buffer(sample.buffer().context("no buffer")?.copy_deep()?)?;
    }
    src.end_of_stream()?;
    pipeline.prerolled()?;
    let begin = Instant::now();
    pipeline.start(gst::State::Playing)?;
    pipeline.wait()?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok((frames.len() - 1) as f64 / seconds)
}
