// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! One frame before and after the filter, when somebody asks for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use gst::prelude::*;

use crate::lock;

/// Columns of a still; larger frames are shrunk.
const WIDTH: i32 = 640;

/// The latest pair of frames.
#[derive(Default)]
pub struct Stills {
    wanted: AtomicBool,
    pair: Mutex<Pair>,
}

#[derive(Default)]
struct Pair {
    /// Seen in front of the filter, not yet behind it.
    pending: Option<gst::Sample>,
    before: Option<gst::Sample>,
    after: Option<gst::Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

impl Stills {
    /// Watches both sides of a filter.
    pub fn watch(self: &Arc<Self>, filter: &gst::Element) {
        for (name, side) in [("sink", Side::Before), ("src", Side::After)] {
            let Some(pad) = filter.static_pad(name) else {
                continue;
            };
            let stills = self.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
                if let (Some(buffer), true) = (info.buffer(), stills.wanted.load(Ordering::Relaxed))
                {
                    stills.see(side, pad, buffer);
                }
                gst::PadProbeReturn::Ok
            });
        }
    }

    /// Forgets the frames of a connection that has ended.
    pub fn forget(&self) {
        *lock(&self.pair) = Pair::default();
    }

    fn see(&self, side: Side, pad: &gst::Pad, buffer: &gst::Buffer) {
        let (Some(caps), Ok(copy)) = (pad.current_caps(), buffer.copy_deep()) else {
            return;
        };
        let sample = gst::Sample::builder().buffer(&copy).caps(&caps).build();
        let mut pair = lock(&self.pair);
        match side {
            Side::Before => pair.pending = Some(sample),
            Side::After => {
                let is_same =
                    |before: &gst::Sample| before.buffer().and_then(|b| b.pts()) == copy.pts();
                if let Some(before) = pair.pending.take().filter(is_same) {
                    pair.before = Some(before);
                    pair.after = Some(sample);
                    self.wanted.store(false, Ordering::Relaxed);
                }
            }
        }
    }

    /// The latest pair's side as JPEG; none before the first pair. Who asks for both sides in this order
    /// gets them of one frame: the next pair is taken after that.
    pub fn picture(&self, side: Side) -> Result<Option<Vec<u8>>> {
        let sample = {
            let pair = lock(&self.pair);
            match side {
                Side::Before => pair.before.clone(),
                Side::After => pair.after.clone(),
            }
        };
        if side == Side::After || sample.is_none() {
            self.wanted.store(true, Ordering::Relaxed);
        }
        sample.as_ref().map(jpeg).transpose()
    }
}

fn jpeg(sample: &gst::Sample) -> Result<Vec<u8>> {
    let info = gst_video::VideoInfo::from_caps(sample.caps().context("a sample has caps")?)?;
    let (width, height) = (info.width() as i32, info.height() as i32);
    let shown = width.min(WIDTH);
    let rows = (i64::from(height) * i64::from(shown) / i64::from(width)).max(1) as i32;
    let caps = gst::Caps::builder("image/jpeg")
        .field("width", shown)
        .field("height", rows)
        .build();
    let converted =
        gst_video::convert_sample(sample, &caps, Some(gst::ClockTime::from_seconds(5)))?;
    let buffer = converted.buffer().context("a sample has a buffer")?;
    Ok(buffer.map_readable()?.to_vec())
}
