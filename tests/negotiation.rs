// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Caps: which are taken, and what happens when they change.

mod support;

use std::str::FromStr;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use support::filter::{Filter, frames_of, init};
use support::video::{Placement, Tables, bytes, expected, formats, info, noise};

/// Sends a frame of noise and checks what comes out: RGB as YCbCr, as the tables have one for chroma.
fn check(filter: &mut Filter, info: &VideoInfo, tables: &Tables) {
    let placement = Placement::plain(info);
    let before: Vec<_> = noise(1).take(placement.size).collect();
    let result = filter.distill(gst::Buffer::from_mut_slice(before.clone()));
    assert!(
        bytes(&result) == expected(&placement, &before, tables, true).0,
        "{info:?}"
    );
}

/// An element with tables that tell luma from chroma, and the tables.
fn filter() -> (Filter, Tables, tempfile::NamedTempFile) {
    let tables = Tables::distinct();
    let file = tables.file();
    let filter = Filter::new(&format!("table-file={}", file.path().display()));
    (filter, tables, file)
}

fn sequence() -> [VideoInfo; 6] {
    [
        (VideoFormat::I420, 64, 48),
        (VideoFormat::I420, 16, 9),
        (VideoFormat::Rgb, 16, 9),
        (VideoFormat::Gray8, 300, 2),
        (VideoFormat::Nv12, 64, 48),
        (VideoFormat::I420, 64, 48),
    ]
    .map(|(format, width, height)| {
        VideoInfo::builder(format, width, height)
            .fps(gst::Fraction::new(25, 1))
            .build()
            .expect("a size that the format can have")
    })
}

#[test]
fn size_and_format_change_in_mid_stream() {
    let (mut filter, tables, _file) = filter();
    for info in sequence() {
        filter.set_caps(&info);
        check(&mut filter, &info, &tables);
        check(&mut filter, &info, &tables);
    }
    assert_eq!(filter.count("frames"), 12);
}

#[test]
fn caps_leave_as_they_came() {
    let (mut filter, ..) = filter();
    for info in sequence() {
        filter.set_caps(&info);
        let source = filter.element.static_pad("src").unwrap();
        assert_eq!(source.current_caps(), Some(info.to_caps().unwrap()));
    }
}

#[test]
fn stopping_forgets_the_stream_and_starting_begins_anew() {
    init();
    let tables = Tables::distinct();
    let file = tables.file();
    let path = file.path().to_str().unwrap();
    let element = gst::ElementFactory::make("featuredistill")
        .property("table-file", path)
        .build()
        .unwrap();
    for info in sequence() {
        let mut filter = Filter::with_element(element.clone());
        assert_eq!(filter.count("frames"), 0);
        filter.set_caps(&info);
        check(&mut filter, &info, &tables);
        assert_eq!(filter.count("frames"), 1);
        drop(filter);
        element.set_state(gst::State::Null).unwrap();
        let stats: gst::Structure = element.property("stats");
        assert_eq!(stats.get("frames"), Ok(0u64));
        assert_eq!(stats.get("max-change"), Ok(0u32));
    }
}

fn accepts(caps: &str) -> bool {
    accepted_by("featuredistill", caps)
}

fn accepted_by(element: &str, caps: &str) -> bool {
    init();
    let element = gst::ElementFactory::make(element).build().unwrap();
    let pad = element.static_pad("sink").unwrap();
    pad.query_accept_caps(&gst::Caps::from_str(caps).unwrap())
}

#[test]
fn every_format_is_accepted_at_every_size() {
    init();
    for format in formats() {
        let format = format.to_str();
        for size in ["width=1,height=1", "width=32767,height=32767"] {
            let caps = format!("video/x-raw,format={format},{size},framerate=25/1");
            assert!(accepts(&caps), "{caps}");
        }
    }
    assert!(accepts(
        "video/x-raw,format=I420,width=8,height=8,framerate=25/1,interlace-mode=interleaved"
    ));
}

#[test]
fn what_the_element_cant_distill_is_refused() {
    const SIZE: &str = "width=16,height=16,framerate=25/1";
    for format in [
        "I420_10LE",
        "P010_10LE",
        "GRAY16_LE",
        "NV12_64Z32",
        "v210",
        "RGB16",
        "RGB8P",
        "ENCODED",
    ] {
        let caps = format!("video/x-raw,format={format},{SIZE}");
        assert!(!accepts(&caps), "{caps}");
    }
    for feature in ["memory:DMABuf", "memory:GLMemory", "format:Interlaced"] {
        let caps = format!("video/x-raw({feature}),format=I420,{SIZE}");
        assert!(!accepts(&caps), "{caps}");
    }
    assert!(!accepts("image/jpeg,width=16,height=16,framerate=25/1"));
    assert!(!accepts(
        "video/x-raw,format=I420,width=0,height=16,framerate=25/1"
    ));
}

/// JPEG has sides of up to 65535, libjpeg and all that is built on it of up to 65500.
#[test]
fn the_encoder_refuses_sides_that_libjpeg_doesnt_read() {
    for (size, accepted) in [
        ("width=65500,height=65500", true),
        ("width=65501,height=16", false),
        ("width=16,height=65501", false),
        ("width=65535,height=65535", false),
    ] {
        let caps = format!("video/x-raw,format=GRAY8,{size},framerate=25/1");
        assert_eq!(accepted_by("featuredistillenc", &caps), accepted, "{caps}");
    }
    for (size, bytes) in [
        ("width=65500,height=1", 65500),
        ("width=1,height=65500", 4 * 65500),
    ] {
        let frames = frames_of(
            &format!(
                "videotestsrc num-buffers=1 ! video/x-raw,format=GRAY8,{size} \
                 ! featuredistillenc ! jpegdec ! appsink name=sink"
            ),
            &["sink"],
        );
        assert_eq!(frames[0].len(), 1, "{size}");
        assert_eq!(frames[0][0].len(), bytes, "{size}");
    }
}

#[test]
fn refused_caps_let_no_frame_through() {
    let (mut filter, tables, _file) = filter();
    let good = info(VideoFormat::I420, 64, 48);
    filter.set_caps(&good);
    check(&mut filter, &good, &tables);
    filter.set_caps(&info(VideoFormat::I42010le, 64, 48));
    let frame = gst::Buffer::from_mut_slice(vec![0u8; 64 * 48 * 3]);
    assert!(filter.harness.push(frame).is_err());
    assert!(filter.harness.try_pull().is_none());
    filter.set_caps(&good);
    check(&mut filter, &good, &tables);
}

#[test]
fn renegotiation_in_a_pipeline() {
    init();
    let pipeline = gst::parse::launch(
        "videotestsrc num-buffers=40 name=source ! videoconvertscale ! capsfilter name=filter \
         ! featuredistill name=distill qos=false ! appsink name=sink sync=false",
    )
    .expect("a pipeline")
    .downcast::<gst::Pipeline>()
    .unwrap();
    let filter = pipeline.by_name("filter").unwrap();
    let source = pipeline.by_name("source").unwrap();
    let source = source.static_pad("src").unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    // One frame at a time, so that each change is followed by frames of the new caps.
    sink.set_max_buffers(1);
    let sequence = sequence();
    filter.set_property("caps", sequence[0].to_caps().unwrap());
    pipeline.set_state(gst::State::Playing).expect("starting");
    let mut seen = Vec::new();
    let mut changes = sequence[1..].iter();
    while let Ok(sample) = sink.pull_sample() {
        let info = VideoInfo::from_caps(sample.caps().expect("caps")).expect("video");
        let size = sample.buffer().expect("a buffer").size();
        assert_eq!(size, info.size());
        let shape = (info.format(), info.width(), info.height());
        if seen.last() != Some(&shape) {
            seen.push(shape);
            if let Some(next) = changes.next() {
                // Between two frames: the converter refuses caps that change while it negotiates.
                let (filter, caps) = (filter.clone(), next.to_caps().unwrap());
                source.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                    filter.set_property("caps", &caps);
                    gst::PadProbeReturn::Remove
                });
            }
        }
    }
    let distill = pipeline.by_name("distill").unwrap();
    let stats: gst::Structure = distill.property("stats");
    assert_eq!(stats.get("frames"), Ok(40u64));
    pipeline.set_state(gst::State::Null).unwrap();
    let all = sequence.map(|info| (info.format(), info.width(), info.height()));
    assert_eq!(seen, all);
}
