// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames of any format, and what the element has to make of them: worked out component by
//! component, through GStreamer's own description of the format, on one plane at a time.

use gst_video::{VideoFormat, VideoFrameFlags, VideoInfo, VideoMeta};
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    PlaneMut, TableSlot,
};

/// Every format of the element's template, in its order.
pub fn formats() -> Vec<VideoFormat> {
    let factory = gst::ElementFactory::find("featuredistill").expect("the element");
    let template = factory
        .static_pad_templates()
        .into_iter()
        .next()
        .expect("a pad")
        .caps();
    let names = template.structure(0).expect("a structure");
    let names = names.get::<gst::List>("format").expect("formats");
    let format = |name: &gst::glib::SendValue| {
        let name: &str = name.get().expect("a name");
        VideoFormat::from_string(name)
    };
    names.iter().map(format).collect()
}

pub fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    VideoInfo::builder(format, width, height)
        .build()
        .expect("a size that the format can have")
}

/// Numbers that look like noise, always the same for the same seed (xorshift).
pub fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
}

/// A gradient with some noise on it, as a camera might see it.
pub fn scene(seed: u64, len: usize) -> Vec<u8> {
    let noise = noise(seed).take(len);
    let sample = |(i, noise): (usize, u8)| ((i / 3) % 200) as u8 + noise % 32;
    noise.enumerate().map(sample).collect()
}

/// Where the planes of a frame are.
#[derive(Clone, Debug)]
pub struct Placement {
    pub info: VideoInfo,
    pub offsets: Vec<usize>,
    pub strides: Vec<i32>,
    pub size: usize,
}

impl Placement {
    /// As the caps say.
    pub fn plain(info: &VideoInfo) -> Self {
        Self {
            info: info.clone(),
            offsets: info.offset().to_vec(),
            strides: info.stride().to_vec(),
            size: info.size(),
        }
    }

    /// Odd gaps in front of every plane and behind every row; only as many bytes as are needed, so
    /// that the last row of the last plane is not padded.
    pub fn padded(info: &VideoInfo) -> Self {
        let planes = info.n_planes() as usize;
        let (mut offsets, mut strides) = (Vec::new(), Vec::new());
        let mut end = 0;
        for plane in 0..planes {
            let (rows, row_bytes) = visible(info, plane);
            let stride = row_bytes + 13 + plane;
            let offset = end + 5 + 2 * plane;
            end = offset + stride * (rows - 1) + row_bytes;
            offsets.push(offset);
            strides.push(stride as i32);
        }
        Self {
            info: info.clone(),
            offsets,
            strides,
            size: end,
        }
    }

    /// A buffer of `bytes` with a meta that tells the placement.
    pub fn buffer_with_meta(&self, bytes: Vec<u8>) -> gst::Buffer {
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        VideoMeta::add_full(
            buffer.get_mut().expect("a fresh buffer"),
            VideoFrameFlags::empty(),
            self.info.format(),
            self.info.width(),
            self.info.height(),
            &self.offsets,
            &self.strides,
        )
        .expect("a meta");
        buffer
    }

    /// The byte of each sample of `component`, row by row.
    pub fn positions(&self, component: u8) -> Vec<usize> {
        let info = &self.info;
        let plane = info.comp_plane(component) as usize;
        let start = self.offsets[plane] + info.comp_poffset(component) as usize;
        let (row, pixel) = (self.strides[plane] as usize, info.comp_pstride(component));
        let (width, height) = (info.comp_width(component), info.comp_height(component));
        (0..height as usize)
            .flat_map(|y| (0..width as usize).map(move |x| start + y * row + x * pixel as usize))
            .collect()
    }
}

/// Visible (rows, bytes in a row) of a plane.
fn visible(info: &VideoInfo, plane: usize) -> (usize, usize) {
    let stored = (0..info.n_components() as u8).filter(|&c| info.comp_plane(c) as usize == plane);
    stored.fold((0, 0), |(rows, bytes), c| {
        let last = (info.comp_width(c) - 1) as usize * info.comp_pstride(c) as usize;
        (
            rows.max(info.comp_height(c) as usize),
            bytes.max(info.comp_poffset(c) as usize + last + 1),
        )
    })
}

/// The two tables of a test.
#[derive(Clone, Copy)]
pub struct Tables {
    pub luma: [u8; 64],
    pub chroma: [u8; 64],
}

impl Tables {
    /// Two that differ in every step, so that no mix-up goes unseen.
    pub fn distinct() -> Self {
        Self {
            luma: std::array::from_fn(|i| 9 + i as u8),
            chroma: std::array::from_fn(|i| 14 + 2 * i as u8),
        }
    }

    /// As a file for the element's `table-file`.
    pub fn file(&self) -> tempfile::NamedTempFile {
        let steps = self.luma.iter().chain(&self.chroma);
        let text: String = steps.map(|step| format!("{step}\n")).collect();
        file(text.as_bytes())
    }
}

/// A temporary file with `content`.
pub fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), content).expect("write a temporary file");
    file
}

/// One plane of samples, or interleaved RGB, through the scalar codec.
fn round_trip(
    samples: &mut [u8],
    channels: usize,
    width: usize,
    tables: [&[u8; 64]; 2],
    color: ColorMode,
) -> FrameStats {
    let components = (0..channels).map(|offset| Component {
        plane: 0,
        offset,
        pixel_stride: channels,
        width,
        height: samples.len() / channels / width,
        table: TableSlot::Luma,
        pixels_per_sample: (1, 1),
    });
    let [luma, chroma] = tables.map(Divisors::new);
    let layout = Layout::new(components.collect(), color);
    let plan = Distiller::new(layout, DctTables { luma, chroma }, Backend::Scalar, 1);
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(samples, width * channels);
    plan.process(frame)
}

/// What the element has to make of `bytes`, and what it has to say about it.
pub fn expected(
    placement: &Placement,
    bytes: &[u8],
    tables: &Tables,
    ycbcr: bool,
) -> (Vec<u8>, FrameStats) {
    let mut result = bytes.to_vec();
    let info = &placement.info;
    let mut stats = FrameStats::default();
    if ycbcr && info.is_rgb() {
        let positions = [0, 1, 2].map(|component| placement.positions(component));
        let mut pixels = Vec::new();
        for i in 0..positions[0].len() {
            pixels.extend([0, 1, 2].map(|component: usize| bytes[positions[component][i]]));
        }
        let width = info.width() as usize;
        let both = [&tables.luma, &tables.chroma];
        stats.merge(&round_trip(&mut pixels, 3, width, both, ColorMode::YCbCr));
        for (i, pixel) in pixels.chunks(3).enumerate() {
            for component in 0..3 {
                result[positions[component][i]] = pixel[component];
            }
        }
        return (result, stats);
    }
    for component in 0..info.n_components().min(3) as u8 {
        let positions = placement.positions(component);
        let mut samples: Vec<_> = positions.iter().map(|&at| bytes[at]).collect();
        let is_chroma = info.is_yuv() && component > 0;
        let table = if is_chroma {
            &tables.chroma
        } else {
            &tables.luma
        };
        let width = info.comp_width(component) as usize;
        let changes = round_trip(&mut samples, 1, width, [table; 2], ColorMode::Native);
        stats.merge(&changes);
        for (&at, sample) in positions.iter().zip(samples) {
            result[at] = sample;
        }
    }
    (result, stats)
}

/// The bytes of a buffer.
pub fn bytes(buffer: &gst::BufferRef) -> Vec<u8> {
    buffer.map_readable().expect("readable").to_vec()
}
