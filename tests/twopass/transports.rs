// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Transports between the two passes: those that keep every sample, and those that don't.

use gst::prelude::*;

use crate::support::filter::run;

/// The consumer's stats after `transport` from the camera side, with a consumer of these properties.
fn stats_over(transport: &str, consumer: &str) -> gst::Structure {
    let pipeline = run(&format!(
        "videotestsrc num-buffers=3 ! videoconvert ! video/x-raw,format=I420,width=94,height=62 \
         ! {transport} ! featuredistill name=consumer {consumer} ! fakesink"
    ));
    let consumer = pipeline.by_name("consumer").expect("the consumer");
    let stats: gst::Structure = consumer.property("stats");
    assert_eq!(stats.get::<u64>("frames"), Ok(3), "{transport}");
    stats
}

fn rms_over(transport: &str) -> f64 {
    let stats = stats_over(transport, "preset=certified");
    stats.get("rms-change").expect("a number")
}

#[test]
fn lossless_codecs_keep_frames_settled_and_lossy_ones_do_not() {
    const SETTLED: &str = "featuredistill preset=certified settle=true";
    for lossless in [
        "avenc_ffv1 ! avdec_ffv1",
        "avenc_ffvhuff ! avdec_ffvhuff",
        "avenc_ffv1 ! matroskamux ! matroskademux ! avdec_ffv1",
    ] {
        let rms = rms_over(&format!("{SETTLED} ! {lossless}"));
        assert_eq!(rms, 0.0, "{lossless}");
    }
    let lossy = rms_over(&format!("{SETTLED} ! jpegenc quality=85 ! jpegdec"));
    assert!(lossy > 0.1, "{lossy}");
}

#[test]
fn jpeg_with_the_table_brings_settled_frames_if_decoded_accurately() {
    const JPEG: &str = "featuredistillenc preset=certified";
    for container in [
        "",
        "! matroskamux ! matroskademux",
        "! multipartmux ! multipartdemux",
    ] {
        let transport = format!("{JPEG} {container} ! jpegparse ! jpegdec idct-method=islow");
        assert_eq!(rms_over(&transport), 0.0, "{transport}");
    }
    let rough = rms_over(&format!("{JPEG} ! jpegdec idct-method=ifast"));
    assert!(rough > 0.0, "{rough}");
}

#[test]
fn any_jpeg_of_the_stream_has_the_table_for_the_consumer() {
    let jpeg = tempfile::NamedTempFile::new().expect("a temporary file");
    let path = jpeg.path().display();
    let encoder = "featuredistillenc preset=certified epsilon=0.5";
    run(&format!(
        "videotestsrc num-buffers=1 ! {encoder} ! filesink location={path}"
    ));
    let transport = format!("{encoder} ! jpegdec idct-method=islow");
    let stats = stats_over(&transport, &format!("table-file={path}"));
    assert_eq!(stats.get::<f64>("rms-change"), Ok(0.0));
    let other = stats_over(&transport, "preset=certified");
    assert!(other.get::<f64>("rms-change").expect("a number") > 0.5);
}
