// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames, the settings to encode them with, and the frames that decoders have to give back.

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstfeaturedistill::tables::{self, presets};

use crate::support::filter::{Filter, init};
use crate::support::libjpeg::Picture;
use crate::support::noise::noise;
use crate::support::video::{Pass, Placement, Tables, bytes};

pub const FORMATS: [VideoFormat; 6] = [
    VideoFormat::Gray8,
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Rgb,
];

/// Sizes around blocks, pairs of blocks and rows of them.
pub const SIZES: [(u32, u32); 10] = [
    (1, 1),
    (2, 3),
    (8, 8),
    (9, 8),
    (16, 17),
    (37, 21),
    (40, 16),
    (64, 48),
    (131, 67),
    (200, 9),
];

/// Properties of an element, and the tables that they stand for.
pub struct Choice {
    pub properties: &'static str,
    pub tables: Tables,
}

pub fn choices() -> Vec<Choice> {
    let step = |step: u8| step.try_into().expect("a step");
    let choice = |properties, tables: tables::Tables| Choice {
        properties,
        tables: Tables::from(&tables),
    };
    vec![
        choice("", presets::one_pass()),
        choice(
            "preset=two-step",
            presets::two_step(step(26), step(18), 15).into(),
        ),
        choice(
            "preset=released quality=80",
            tables::Tables::from(presets::released()).scaled(80),
        ),
        choice("preset=annex-k quality=75", presets::annex_k().scaled(75)),
        choice("preset=annex-k quality=10", presets::annex_k().scaled(10)),
        choice("quality=100", presets::uniform(step(1)).into()),
        choice(
            "preset=uniform md-step=255",
            presets::uniform(step(255)).into(),
        ),
    ]
}

/// Content of a frame.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    Ramps,
    NoisyRamps,
    BlackAndWhite,
    Noise,
}

impl Content {
    pub const ALL: [Self; 4] = [
        Self::Ramps,
        Self::NoisyRamps,
        Self::BlackAndWhite,
        Self::Noise,
    ];
}

/// A frame as GStreamer lays it out by default.
#[derive(Clone)]
pub struct Frame {
    pub placement: Placement,
    pub bytes: Vec<u8>,
}

impl Frame {
    pub fn new(format: VideoFormat, (width, height): (u32, u32), content: Content) -> Self {
        init();
        let info = VideoInfo::builder(format, width, height)
            .fps(gst::Fraction::new(25, 1))
            .build()
            .expect("a format");
        let noise = noise(u64::from(width * 31 + height)).take(info.size());
        let byte = |(i, noise): (usize, u8)| match content {
            Content::Ramps => (i * 3 % 256) as u8,
            Content::NoisyRamps => (96 + i / 7 % 64) as u8 + noise / 16,
            Content::BlackAndWhite => [0, 255][usize::from(noise & 1)],
            Content::Noise => noise,
        };
        Self {
            bytes: noise.enumerate().map(byte).collect(),
            placement: Placement::plain(&info),
        }
    }

    /// Calls `test` with frames of every format, size and content.
    pub fn each(formats: &[VideoFormat], test: impl Fn(Self)) {
        for &format in formats {
            for size in SIZES {
                for content in Content::ALL {
                    test(Self::new(format, size, content));
                }
            }
        }
    }

    /// The frame that a decoder makes of a buffer.
    pub fn of_buffer(buffer: &gst::BufferRef, caps: &gst::CapsRef) -> Self {
        let info = VideoInfo::from_caps(caps).expect("raw video");
        Self {
            placement: Placement::plain(&info),
            bytes: bytes(buffer),
        }
    }

    pub fn info(&self) -> &VideoInfo {
        &self.placement.info
    }

    pub fn format(&self) -> VideoFormat {
        self.info().format()
    }

    /// The visible samples of each component.
    pub fn planes(&self) -> Vec<Vec<u8>> {
        self.placement.samples(&self.bytes)
    }

    /// The settled frame, RGB by way of JFIF's YCbCr.
    pub fn settled(&self, tables: &Tables) -> Self {
        self.after(Pass {
            tables,
            ycbcr: true,
            settle: Some(0.0),
        })
    }

    /// The frame after a pass of the codec.
    pub fn after(&self, pass: Pass) -> Self {
        Self {
            bytes: pass.run(&self.placement, &self.bytes).0,
            placement: self.placement.clone(),
        }
    }

    /// The picture that djpeg makes of these planes: chroma repeated, JFIF's YCbCr to RGB; gray stays gray.
    pub fn viewed(&self) -> Picture {
        let info = self.info();
        let planes = self.planes();
        let format = info.format_info();
        let (h_sub, v_sub) = (format.w_sub(), format.h_sub());
        let at = |c: usize, x: usize, y: usize| {
            let width = info.comp_width(c as u8) as usize;
            planes[c][(y >> v_sub[c]) * width + (x >> h_sub[c])]
        };
        let pixel = |(x, y)| match self.format() {
            VideoFormat::Gray8 => vec![at(0, x, y)],
            VideoFormat::Rgb => [0, 1, 2].map(|c| at(c, x, y)).to_vec(),
            _ => ycbcr_to_rgb([0, 1, 2].map(|c| at(c, x, y))).to_vec(),
        };
        let (width, height) = (info.width() as usize, info.height() as usize);
        Picture {
            width,
            height,
            channels: planes.len(),
            samples: (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .flat_map(pixel)
                .collect(),
        }
    }

    pub fn buffer(&self, number: u64) -> gst::Buffer {
        let mut buffer = gst::Buffer::from_slice(self.bytes.clone());
        let fields = buffer.get_mut().expect("a buffer of our own");
        fields.set_pts(gst::ClockTime::from_mseconds(40 * number));
        fields.set_duration(gst::ClockTime::from_mseconds(40));
        buffer
    }

    /// The file that the element makes of it.
    pub fn encoded(&self, properties: &str) -> Vec<u8> {
        self.through(&mut self.encoder(properties))
    }

    /// The bytes that the elements under test make of it.
    pub fn through(&self, elements: &mut Filter) -> Vec<u8> {
        bytes(&elements.distill(self.buffer(0)))
    }

    /// A `featuredistillenc` that knows the format.
    pub fn encoder(&self, properties: &str) -> Filter {
        self.bench(&format!("featuredistillenc {properties}"))
    }

    /// The elements of a gst-launch line, which know the format.
    pub fn bench(&self, line: &str) -> Filter {
        let mut bench = Filter::launch(line);
        bench.set_caps(self.info());
        bench
    }
}

/// JFIF's conversion in libjpeg's fixed point.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i64::from(y), i64::from(cb) - 128, i64::from(cr) - 128);
    let fixed = |value: f64| (value * 65536.0 + 0.5) as i64;
    let r = y + ((fixed(1.402) * cr + 32768) >> 16);
    let g = y + ((-fixed(0.34414) * cb - fixed(0.71414) * cr + 32768) >> 16);
    let b = y + ((fixed(1.772) * cb + 32768) >> 16);
    [r, g, b].map(|sample| sample.clamp(0, 255) as u8)
}

/// The caps that have come out of the elements under test.
pub fn caps_out(bench: &Filter) -> gst::Caps {
    let pad = bench.harness.sinkpad().expect("a pad");
    pad.current_caps().expect("caps")
}

/// The frame that `jpegdec` makes of a file.
pub fn decoded(file: Vec<u8>) -> Frame {
    let mut decoder = Filter::launch("jpegdec idct-method=islow");
    decoder.harness.set_src_caps_str("image/jpeg");
    let buffer = decoder.distill(gst::Buffer::from_slice(file));
    Frame::of_buffer(&buffer, &caps_out(&decoder))
}
