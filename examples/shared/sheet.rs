// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Pictures of frames, with text on them.

use std::path::Path;

use anyhow::{Context, Result};
use gst_video::prelude::*;
use image::{Rgb, RgbImage};

use super::pipeline::Pipeline;

/// Factor by which differences are amplified.
pub const AMPLIFY: u8 = 16;

/// Writes `image` as PNG with the elements of `svg` drawn over it. (GStreamer can do both.)
pub fn write_labeled(image: &RgbImage, svg: &str, path: &Path) -> Result<()> {
    let (width, height) = image.dimensions();
    let pipeline = Pipeline::launch(
        "appsrc name=src ! videoconvert ! rsvgoverlay name=labels ! videoconvert \
         ! video/x-raw,format=RGB ! pngenc ! filesink name=file",
    )?;
    let style = r#"font-family="sans-serif" font-size="22" fill="white""#;
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><g {style}>{svg}</g></svg>"#
    );
    pipeline.set("labels", "data", svg)?;
    pipeline.set("file", "location", path)?;

    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, width, height).build()?;
    let mut buffer = gst::Buffer::with_size(info.size())?;
    {
        let buffer = buffer.get_mut().context("a new buffer is writable")?;
        let mut frame = gst_video::VideoFrameRef::from_buffer_ref_writable(buffer, &info)?;
        let stride = frame.plane_stride()[0] as usize;
        let row_bytes = 3 * width as usize;
        for (to, from) in frame
            .plane_data_mut(0)?
            .chunks_mut(stride)
            .zip(image.chunks(row_bytes))
        {
            to[..row_bytes].copy_from_slice(from);
        }
    }
    let src = pipeline.element::<gst_app::AppSrc>("src")?;
    src.set_caps(Some(&info.to_caps()?));
    pipeline.start(gst::State::Playing)?;
    src.push_buffer(buffer)?;
    src.end_of_stream()?;
    pipeline.wait()
}

/// Converts a frame of any format to packed RGB.
pub fn to_rgb(sample: &gst::Sample) -> Result<RgbImage> {
    let caps = gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Rgb)
        .build();
    let timeout = Some(gst::ClockTime::from_seconds(10));
    rgb_image(&gst_video::convert_sample(sample, &caps, timeout)?)
}

/// The pixels of a frame in packed RGB.
pub fn rgb_image(sample: &gst::Sample) -> Result<RgbImage> {
    let info = video_info(sample)?;
    let buffer = sample.buffer().context("a sample has a buffer")?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)?;
    let row_bytes = 3 * info.width() as usize;
    let rows = frame
        .plane_data(0)?
        .chunks(frame.plane_stride()[0] as usize);
    let pixels = rows.flat_map(|row| &row[..row_bytes]).copied().collect();
    RgbImage::from_raw(info.width(), info.height(), pixels).context("a frame has all its rows")
}

/// The format and size in the caps of a frame.
pub fn video_info(sample: &gst::Sample) -> Result<gst_video::VideoInfo> {
    Ok(gst_video::VideoInfo::from_caps(
        sample.caps().context("a sample has caps")?,
    )?)
}

/// The amplified difference of two pictures of one size.
pub fn difference(a: &RgbImage, b: &RgbImage) -> RgbImage {
    RgbImage::from_fn(a.width(), a.height(), |x, y| {
        let (a, b) = (a.get_pixel(x, y), b.get_pixel(x, y));
        Rgb(std::array::from_fn(|c| {
            a[c].abs_diff(b[c]).saturating_mul(AMPLIFY)
        }))
    })
}
