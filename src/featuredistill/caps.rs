// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The formats, and where each keeps its samples.

use gst_video::{VideoCapsBuilder, VideoFormat, VideoFormatInfo, VideoInfo};

use super::ColorMode;
use crate::codec::{self, Component, Layout, TableSlot};

/// All formats that the element takes, the preferred ones first. None needs code of its own.
#[rustfmt::skip]
const FORMATS: [VideoFormat; 31] = [
    VideoFormat::I420, VideoFormat::Yv12, VideoFormat::Y42b, VideoFormat::Y444, VideoFormat::Y41b,
    VideoFormat::Nv12, VideoFormat::Nv21, VideoFormat::Nv16, VideoFormat::Nv61, VideoFormat::Nv24,
    VideoFormat::Yuy2, VideoFormat::Yvyu, VideoFormat::Uyvy, VideoFormat::Vyuy,
    VideoFormat::Ayuv, VideoFormat::Vuya,
    VideoFormat::Rgb, VideoFormat::Bgr,
    VideoFormat::Rgbx, VideoFormat::Bgrx, VideoFormat::Xrgb, VideoFormat::Xbgr,
    VideoFormat::Rgba, VideoFormat::Bgra, VideoFormat::Argb, VideoFormat::Abgr,
    VideoFormat::Gbr, VideoFormat::Gbra, VideoFormat::Rgbp, VideoFormat::Bgrp,
    VideoFormat::Gray8,
];

/// Components that are distilled; a fourth one is alpha.
const MAX_COMPONENTS: u32 = 3;

/// The sink and the source pad, which take the same caps.
pub(super) fn pad_templates() -> Vec<gst::PadTemplate> {
    let caps = VideoCapsBuilder::new().format_list(FORMATS).build();
    [
        ("sink", gst::PadDirection::Sink),
        ("src", gst::PadDirection::Src),
    ]
    .into_iter()
    .map(|(name, direction)| {
        gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps)
            .expect("the template of a pad is valid")
    })
    .collect()
}

/// The visible part of a plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub rows: usize,
    /// Bytes from the start of a row to the end of its last visible sample.
    pub row_bytes: usize,
}

/// What the caps say about frames.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    info: VideoInfo,
    extents: Vec<Extent>,
}

impl Geometry {
    pub(super) fn new(info: &VideoInfo) -> Self {
        let format = info.format_info();
        let mut extents = vec![Extent::default(); format.n_planes() as usize];
        for index in 0..format.n_components() {
            let component = component(&format, index, info);
            let extent = &mut extents[component.plane];
            extent.rows = extent.rows.max(component.height);
            extent.row_bytes = extent.row_bytes.max(row_bytes(&component));
        }
        Self {
            info: info.clone(),
            extents,
        }
    }

    pub(super) fn info(&self) -> &VideoInfo {
        &self.info
    }

    /// The visible part of each plane, alpha's included.
    pub(super) fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// What is distilled, and how.
    pub(super) fn layout(&self, color_mode: ColorMode) -> Layout {
        let format = self.info.format_info();
        let components = (0..format.n_components().min(MAX_COMPONENTS))
            .map(|index| component(&format, index, &self.info))
            .collect();
        let color = match color_mode {
            ColorMode::YCbCr if format.is_rgb() => codec::ColorMode::YCbCr,
            ColorMode::YCbCr | ColorMode::Native => codec::ColorMode::Native,
        };
        Layout::new(components, color)
    }
}

fn component(format: &VideoFormatInfo, index: u32, info: &VideoInfo) -> Component {
    let i = index as usize;
    Component {
        plane: format.plane()[i] as usize,
        offset: format.poffset()[i] as usize,
        pixel_stride: format.pixel_stride()[i] as usize,
        width: format.scale_width(index as u8, info.width()) as usize,
        height: format.scale_height(index as u8, info.height()) as usize,
        pixels_per_sample: (1 << format.w_sub()[i], 1 << format.h_sub()[i]),
        table: if format.is_yuv() && index > 0 {
            TableSlot::Chroma
        } else {
            TableSlot::Luma
        },
    }
}

/// Bytes from the start of a row to the end of its last visible sample.
fn row_bytes(component: &Component) -> usize {
    component.offset + (component.width - 1) * component.pixel_stride + 1
}
