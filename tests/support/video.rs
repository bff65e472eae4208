// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames of any format, and the frames that the element has to make of them: worked out component by
//! component, through GStreamer's own description of the format, on one plane at a time.

use gst_video::{VideoFormat, VideoFrameFlags, VideoInfo, VideoMeta};
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    PlaneMut, TableSlot,
};

pub use super::noise::noise;

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

/// A gradient with some noise on it.
pub fn scene(seed: u64, len: usize) -> Vec<u8> {
    let noise = noise(seed).take(len);
    let sample = |(i, noise): (usize, u8)| ((i / 3) % 200) as u8 + noise % 32;
    noise.enumerate().map(sample).collect()
}

/// Offsets and strides of the planes of a frame.
#[derive(Clone, Debug)]
pub struct Placement {
    pub info: VideoInfo,
    pub offsets: Vec<usize>,
    pub strides: Vec<i32>,
    pub size: usize,
}

impl Placement {
    /// The placement that the caps stand for.
    pub fn plain(info: &VideoInfo) -> Self {
        Self {
            info: info.clone(),
            offsets: info.offset().to_vec(),
            strides: info.stride().to_vec(),
            size: info.size(),
        }
    }

    /// A placement with odd gaps in front of every plane and behind every row, and no byte behind the
    /// last sample.
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

    /// The visible samples of each component, alpha apart, row by row.
    pub fn samples(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let components = 0..self.info.n_components().min(3) as u8;
        components
            .map(|component| self.positions(component))
            .map(|positions| positions.iter().map(|&at| bytes[at]).collect())
            .collect()
    }

    /// The position of each sample of `component` among the bytes of the frame, row by row.
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

/// The quantization tables of luma and chroma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tables {
    pub luma: [u8; 64],
    pub chroma: [u8; 64],
}

impl Tables {
    /// Tables that differ in every step, so that no mix-up goes unseen.
    pub fn distinct() -> Self {
        Self {
            luma: std::array::from_fn(|i| 9 + i as u8),
            chroma: std::array::from_fn(|i| 14 + 2 * i as u8),
        }
    }

    /// Writes them to a file for the element's `table-file`.
    pub fn file(&self) -> tempfile::NamedTempFile {
        let steps = self.luma.iter().chain(&self.chroma);
        let text: String = steps.map(|step| format!("{step}\n")).collect();
        file(text.as_bytes())
    }
}

impl From<&gstfeaturedistill::tables::Tables> for Tables {
    fn from(tables: &gstfeaturedistill::tables::Tables) -> Self {
        Self {
            luma: *tables.luma().steps(),
            chroma: *tables.chroma().steps(),
        }
    }
}

/// A temporary file with `content`.
pub fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), content).expect("write a temporary file");
    file
}

/// A round trip through the scalar codec, the definition of what elements do.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    pub tables: &'a Tables,
    /// RGB goes through JFIF's YCbCr.
    pub ycbcr: bool,
    /// The budget that blocks are settled for, if they are.
    pub settle: Option<f64>,
}

/// The frame and the statistics that the element has to make of `bytes`.
pub fn expected(
    placement: &Placement,
    bytes: &[u8],
    tables: &Tables,
    ycbcr: bool,
) -> (Vec<u8>, FrameStats) {
    let pass = Pass {
        tables,
        ycbcr,
        settle: None,
    };
    pass.run(placement, bytes)
}

impl Pass<'_> {
    /// Works on each component alone, or on the pixels where they go through YCbCr.
    pub fn run(&self, placement: &Placement, bytes: &[u8]) -> (Vec<u8>, FrameStats) {
        let mut result = bytes.to_vec();
        let info = &placement.info;
        let Tables { luma, chroma } = self.tables;
        let mut stats = FrameStats::default();
        let mut replace = |components: &[u8], tables, color| {
            let positions: Vec<_> = components
                .iter()
                .map(|&component| placement.positions(component))
                .collect();
            let mut samples: Vec<_> = (0..positions[0].len())
                .flat_map(|i| positions.iter().map(move |component| bytes[component[i]]))
                .collect();
            let width = info.comp_width(components[0]) as usize;
            stats.merge(&self.round_trip(&mut samples, components.len(), width, tables, color));
            for (i, pixel) in samples.chunks(components.len()).enumerate() {
                for (component, &sample) in positions.iter().zip(pixel) {
                    result[component[i]] = sample;
                }
            }
        };
        if self.ycbcr && info.is_rgb() {
            replace(&[0, 1, 2], [luma, chroma], ColorMode::YCbCr);
        } else {
            for component in 0..info.n_components().min(3) as u8 {
                let is_chroma = info.is_yuv() && component > 0;
                let table = if is_chroma { chroma } else { luma };
                replace(&[component], [table; 2], ColorMode::Native);
            }
        }
        (result, stats)
    }

    /// Takes one plane of `channels` interleaved channels through the codec.
    fn round_trip(
        &self,
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
        let mut plan = Distiller::new(layout, DctTables { luma, chroma }, Backend::Scalar, 1);
        if let Some(epsilon) = self.settle {
            plan = plan.settling(epsilon);
        }
        let mut frame = FrameMut::default();
        frame.planes[0] = PlaneMut::new(samples, width * channels);
        plan.process(frame)
    }
}

/// The bytes of a buffer.
pub fn bytes(buffer: &gst::BufferRef) -> Vec<u8> {
    buffer.map_readable().expect("readable").to_vec()
}
