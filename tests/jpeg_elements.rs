// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! `preset=annex-k` equals GStreamer's own `jpegenc ! jpegdec`, byte for byte, at every quality.

mod support;

use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;
use support::filter::{Filter, init};
use support::video::{bytes, info, scene};

/// A width at which the rows of every plane are whole blocks: at others jpegenc fills the last blocks
/// with whatever memory follows the row.
const WIDTH: u32 = 48;
const HEIGHT: u32 = 40;

fn check(format: VideoFormat) {
    init();
    let info = info(format, WIDTH, HEIGHT);
    let mut distill = Filter::new("preset=annex-k");
    distill.set_caps(&info);
    for quality in 1..=100 {
        let before = scene(quality, info.size());
        let expected = through_jpeg(&info, quality, before.clone());
        distill.element.set_property("quality", quality as u32);
        let result = distill.distill(gst::Buffer::from_mut_slice(before));
        assert!(bytes(&result) == expected, "quality {quality}");
    }
}

fn through_jpeg(info: &gst_video::VideoInfo, quality: u64, frame: Vec<u8>) -> Vec<u8> {
    let mut harness = Harness::new_parse(&format!(
        "jpegenc quality={quality} idct-method=islow ! jpegdec idct-method=islow"
    ));
    let format = info.format().to_str();
    harness.set_sink_caps_str(&format!("video/x-raw,format={format}"));
    let mut caps = info.to_caps().expect("caps");
    let framerate = gst::Fraction::new(25, 1);
    caps.make_mut().set("framerate", framerate);
    harness.set_src_caps(caps);
    let mut buffer = gst::Buffer::from_mut_slice(frame);
    buffer.get_mut().unwrap().set_pts(gst::ClockTime::ZERO);
    harness.push(buffer).expect("jpegenc takes it");
    // jpegdec decodes when it knows that the picture is complete.
    harness.push_event(gst::event::Eos::new());
    bytes(&harness.pull().expect("jpegdec gives it back"))
}

#[test]
fn gray_equals_jpegenc_and_jpegdec() {
    check(VideoFormat::Gray8);
}

#[test]
fn i420_equals_jpegenc_and_jpegdec() {
    check(VideoFormat::I420);
}
