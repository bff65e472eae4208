// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Transports and containers of JPEG leave the samples as they are.

use gst_video::VideoFormat;

use crate::frame::{Choice, Content, Frame, choices};
use crate::support::filter::Running;

/// Sends some frames and the end of the stream to the appsrc called `src`.
fn feed(pipeline: &Running, frame: &Frame, frames: u64) {
    let src = pipeline.element::<gst_app::AppSrc>("src");
    src.set_caps(Some(&frame.info().to_caps().expect("caps")));
    for number in 0..frames {
        src.push_buffer(frame.buffer(number)).expect("a push");
    }
    src.end_of_stream().expect("an end");
}

/// The frames that reach the appsink called `sink`.
fn frames(pipeline: &Running) -> Vec<Frame> {
    let samples = pipeline.samples("sink");
    samples
        .map(|sample| {
            let caps = sample.caps().expect("caps");
            Frame::of_buffer(sample.buffer().expect("a buffer"), caps)
        })
        .collect()
}

/// The frames that come out of a pipeline for some copies of one.
fn through(description: &str, frame: &Frame, count: u64) -> Vec<Frame> {
    let pipeline = Running::start(&format!(
        "appsrc name=src format=time ! {description} ! appsink name=sink sync=false"
    ));
    feed(&pipeline, frame, count);
    frames(&pipeline)
}

#[test]
fn transports_leave_the_samples_alone() {
    let transports = [
        "jpegparse disable-passthrough=true",
        "multipartmux ! multipartdemux",
        "rtpjpegpay mtu=600 ! rtpjpegdepay",
    ];
    for transport in transports {
        for (format, size) in [
            (VideoFormat::I420, (64, 48)),
            (VideoFormat::Nv12, (328, 200)),
        ] {
            for Choice { properties, tables } in choices() {
                let frame = Frame::new(format, size, Content::NoisyRamps);
                let encoder = format!("featuredistillenc {properties}");
                let decoder = "jpegdec idct-method=islow";
                let decoded = through(&format!("{encoder} ! {transport} ! {decoder}"), &frame, 3);
                let expected = frame.settled(&tables).planes();
                assert_eq!(decoded.len(), 3, "{transport}");
                assert!(
                    decoded.iter().all(|frame| frame.planes() == expected),
                    "{transport}, {properties}"
                );
            }
        }
    }
}

#[test]
fn avi_files_hold_the_frames() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("film.avi");
    let path = path.to_str().expect("a name");
    let frame = Frame::new(VideoFormat::I420, (64, 48), Content::NoisyRamps);
    let writer = Running::start(&format!(
        "appsrc name=src format=time ! featuredistillenc ! avimux ! filesink location={path}"
    ));
    feed(&writer, &frame, 5);
    writer.wait();
    let reader = Running::start(&format!(
        "filesrc location={path} ! avidemux ! jpegdec idct-method=islow ! appsink name=sink sync=false"
    ));
    let frames = frames(&reader);
    assert_eq!(frames.len(), 5);
    let expected = frame.settled(&choices()[0].tables).planes();
    assert!(frames.iter().all(|frame| frame.planes() == expected));
}

#[test]
fn rtp_carries_422_too() {
    let frame = Frame::new(VideoFormat::Y42b, (64, 48), Content::NoisyRamps);
    let choice = &choices()[0];
    let decoded = through(
        "featuredistillenc ! rtpjpegpay ! rtpjpegdepay ! jpegdec idct-method=islow",
        &frame,
        2,
    );
    assert_eq!(decoded.len(), 2);
    let expected = frame.settled(&choice.tables).planes();
    assert!(decoded[0].planes()[0] == expected[0]);
}
