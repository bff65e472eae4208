// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Pad templates of the elements whose output format is their input format.

use gst_video::{VideoCapsBuilder, VideoFormat};

/// Supported formats, the preferred ones first. None needs code of its own.
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

/// The templates of the sink pad and the source pad, which take the same caps.
pub(crate) fn pad_templates() -> Vec<gst::PadTemplate> {
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
