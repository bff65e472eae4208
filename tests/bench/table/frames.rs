// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The frames that go through the pipelines.

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};

use crate::noise::noise;

/// Frames of a kind, and bytes that they take together, unless these would be fewer than two frames: few enough to
/// stay in memory, too many for a cache to know them.
const FRAMES: usize = 16;
const BYTES: usize = 256 << 20;

/// Content of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Spread over a clip (bigbuckbunny), scaled up: smoother than an original of that size, which
    /// favours the JPEG codec.
    Film,
    /// Random bytes.
    Noise,
    Black,
}

/// Raw frames of one size and format.
#[derive(Debug)]
pub struct Frames {
    pub info: VideoInfo,
    pub raw: Vec<Vec<u8>>,
}

impl Frames {
    pub fn new(content: Content, format: VideoFormat, (width, height): (u32, u32)) -> Self {
        let info = VideoInfo::builder(format, width, height)
            .fps(gst::Fraction::new(30, 1))
            .build()
            .expect("a size that the format can have");
        let count = (BYTES / info.size()).clamp(2, FRAMES);
        let raw = match content {
            Content::Film => decode(
                "filesrc location=.footage/bigbuckbunny.mp4 ! decodebin",
                &info,
                count,
            ),
            Content::Black => decode("videotestsrc pattern=black", &info, count),
            Content::Noise => {
                let mut noise = noise(1);
                let frame = |_| noise.by_ref().take(info.size()).collect();
                (0..count).map(frame).collect()
            }
        };
        Self { info, raw }
    }

    /// Samples in a frame, alpha and padding excluded.
    pub fn samples(&self) -> f64 {
        let info = &self.info;
        let of = |c: u8| info.comp_width(c) * info.comp_height(c);
        let components = info.n_components().min(3) as u8;
        (0..components).map(of).sum::<u32>().into()
    }
}

/// So many frames of what `source` gives, three a second, in the format and size of `info`.
fn decode(source: &str, info: &VideoInfo, count: usize) -> Vec<Vec<u8>> {
    let (format, width, height) = (info.format(), info.width(), info.height());
    let line = format!(
        "{source} ! videorate ! video/x-raw,framerate=3/1 ! videoconvertscale method=lanczos \
         ! video/x-raw,format={format},width={width},height={height},framerate=3/1 \
         ! appsink name=sink sync=false max-buffers=2"
    );
    let pipeline = gst::parse::launch(&line).expect("GStreamer's own elements");
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
    let sink = pipeline.by_name("sink").expect("the sink");
    let sink = sink.downcast::<gst_app::AppSink>().expect("an appsink");
    pipeline.set_state(gst::State::Playing).expect("playing");
    let bytes = |sample: gst::Sample| {
        let map = sample.buffer().expect("a frame").map_readable();
        map.expect("readable memory").to_vec()
    };
    let frames: Vec<_> = std::iter::from_fn(|| sink.pull_sample().ok())
        .map(bytes)
        .take(count)
        .collect();
    pipeline.set_state(gst::State::Null).expect("stopped");
    assert_eq!(frames.len(), count, "frames of {source}");
    frames
}
