// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! Frames of a file at the network's size, with and without the filter.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use gst::prelude::*;
use image::RgbImage;

use crate::options::Options;
use crate::shared::pipeline::Pipeline;
use crate::shared::sheet;

/// A frame in the network's size, without and with the filter.
pub struct Pair {
    pub plain: RgbImage,
    pub filtered: RgbImage,
}

pub struct Stream {
    pipeline: Pipeline,
    plain: gst_app::AppSink,
    filtered: gst_app::AppSink,
}

impl Stream {
    /// Starts to play `file`, scaled to `size` (width, height).
    pub fn open(file: &Path, size: (u32, u32), options: &Options) -> Result<Self> {
        let pipeline = Pipeline::launch(&description(size, options))?;
        let filter = pipeline.element::<gst::Element>("filter")?;
        ensure!(
            filter.property_value("tamper-action").serialize()? != "drop",
            "tamper-action=drop leaves no frame to compare with; use tamper-action=message"
        );
        pipeline.read("file", file)?;
        pipeline.start(gst::State::Playing)?;
        let (plain, filtered) = (pipeline.element("plain")?, pipeline.element("filtered")?);
        Ok(Self {
            pipeline,
            plain,
            filtered,
        })
    }

    /// The next frame, or none at the end.
    pub fn next(&self) -> Result<Option<Pair>> {
        let Some(plain) = self.pipeline.pull(&self.plain)? else {
            return Ok(None);
        };
        let Some(filtered) = self.pipeline.pull(&self.filtered)? else {
            bail!("a frame went into the filter and none came out");
        };
        ensure!(pts(&plain) == pts(&filtered), "the filter lost a frame");
        Ok(Some(Pair {
            plain: sheet::rgb_image(&plain)?,
            filtered: sheet::rgb_image(&filtered)?,
        }))
    }
}

fn pts(sample: &gst::Sample) -> Option<gst::ClockTime> {
    sample.buffer().and_then(gst::BufferRef::pts)
}

/// The pipeline. `tee` gives both branches the same frame.
fn description((width, height): (u32, u32), options: &Options) -> String {
    // The middle of the frame, in the shape that the network wants. A frame of its size stays as it is.
    let fit = format!(
        "videoconvert ! video/x-raw,format=RGB ! aspectratiocrop aspect-ratio={width}/{height} \
         ! videoscale method=catrom add-borders=false \
         ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1"
    );
    let (before, after) = match options.at_decoder {
        false => (format!("{fit} !"), String::new()),
        true => (String::new(), format!("{fit} !")),
    };
    // Offline nothing is ever late: qos=false keeps the element from skipping frames, sync=false
    // keeps the sinks from waiting for the clock.
    let filter = format!("featuredistill name=filter {} qos=false", options.filter);
    let sink = "sync=false max-buffers=2";
    format!(
        "filesrc name=file ! decodebin ! {before} tee name=frame \
         frame. ! queue ! {after} appsink name=plain {sink} \
         frame. ! queue ! {filter} ! {after} appsink name=filtered {sink}"
    )
}
