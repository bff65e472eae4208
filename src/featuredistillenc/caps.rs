// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Raw formats, and caps of the JPEG frames made from them.

use gst_video::{VideoCapsBuilder, VideoColorimetry, VideoFormat, VideoInfo};

use super::jpeg::Sampling;
use crate::element::color_mode::ColorMode;

/// Supported formats, the preferred ones first.
const FORMATS: [VideoFormat; 6] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Gray8,
    VideoFormat::Rgb,
];

/// The largest side that libjpeg accepts (`JPEG_MAX_DIMENSION`), below the 65535 of JPEG.
const MAX_SIDE: i32 = 65500;

/// Baseline: the marker of the frame header is SOF0.
const SOF_MARKER: i32 = 0;

/// The colors of JFIF: full range and BT.601 weights, with sRGB's primaries and transfer.
const JFIF_OF_RGB: &str = "1:4:7:1";

/// The sink and the source pad.
pub(super) fn pad_templates() -> Vec<gst::PadTemplate> {
    let sink = VideoCapsBuilder::new()
        .format_list(FORMATS)
        .width_range(1..=MAX_SIDE)
        .height_range(1..=MAX_SIDE)
        .build();
    let src = gst::Caps::builder("image/jpeg")
        .field("width", gst::IntRange::new(1, MAX_SIDE))
        .field("height", gst::IntRange::new(1, MAX_SIDE))
        .field(
            "framerate",
            gst::FractionRange::new(gst::Fraction::new(0, 1), gst::Fraction::new(i32::MAX, 1)),
        )
        .field("parsed", true)
        .field("sof-marker", SOF_MARKER)
        .build();
    [
        ("sink", gst::PadDirection::Sink, sink),
        ("src", gst::PadDirection::Src, src),
    ]
    .into_iter()
    .map(|(name, direction, caps)| {
        gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps)
            .expect("the template of a pad is valid")
    })
    .collect()
}

/// Components and sampling of the JPEG file for frames of `format`; None if they can't be encoded.
pub(super) fn sampling(format: VideoFormat, color_mode: ColorMode) -> Option<Sampling> {
    match format {
        VideoFormat::Gray8 => Some(Sampling::Gray),
        VideoFormat::I420 | VideoFormat::Nv12 => Some(Sampling::YCbCr420),
        VideoFormat::Y42b => Some(Sampling::YCbCr422),
        VideoFormat::Y444 => Some(Sampling::YCbCr444),
        VideoFormat::Rgb => Some(match color_mode {
            ColorMode::Native => Sampling::Rgb,
            ColorMode::YCbCr => Sampling::YCbCr444,
        }),
        _ => None,
    }
}

/// The caps that jpegparse would give; the base class adds size and framerate.
pub(super) fn output_caps(sampling: Sampling) -> gst::Caps {
    let (colorspace, sampling) = match sampling {
        Sampling::Gray => ("GRAY", "GRAYSCALE"),
        Sampling::YCbCr420 => ("sYUV", "YCbCr-4:2:0"),
        Sampling::YCbCr422 => ("sYUV", "YCbCr-4:2:2"),
        Sampling::YCbCr444 => ("sYUV", "YCbCr-4:4:4"),
        Sampling::Rgb => ("sRGB", "RGB"),
    };
    gst::Caps::builder("image/jpeg")
        .field("parsed", true)
        .field("sof-marker", SOF_MARKER)
        .field("colorspace", colorspace)
        .field("sampling", sampling)
        .build()
}

/// The colorimetry of the frames where it differs from that of the input, as RGB has become YCbCr.
pub(super) fn converted_colorimetry(
    input: &VideoInfo,
    sampling: Sampling,
) -> Option<VideoColorimetry> {
    (input.is_rgb() && sampling != Sampling::Rgb).then(|| {
        JFIF_OF_RGB
            .parse()
            .expect("a colorimetry that GStreamer knows")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_of_the_template_can_be_encoded() {
        for mode in [ColorMode::Native, ColorMode::YCbCr] {
            assert!(
                FORMATS
                    .iter()
                    .all(|&format| sampling(format, mode).is_some())
            );
            assert_eq!(sampling(VideoFormat::Yuy2, mode), None);
        }
    }
}
