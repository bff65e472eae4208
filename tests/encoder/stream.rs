// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element in a stream: caps, times, changes of properties and formats, errors.

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::tables::file;

use crate::frame::{Content, FORMATS, Frame, caps_out, choices};
use crate::support::filter::{Filter, init, refused};
use crate::support::video::{self, Placement, Tables};

#[test]
fn frames_keep_their_times_and_can_be_decoded_on_their_own() {
    let frame = Frame::new(VideoFormat::I420, (40, 24), Content::NoisyRamps);
    let mut encoder = frame.encoder("");
    for number in 0..3 {
        let buffer = encoder.distill(frame.buffer(number));
        assert_eq!(
            buffer.pts(),
            Some(gst::ClockTime::from_mseconds(40 * number))
        );
        assert_eq!(buffer.duration(), Some(gst::ClockTime::from_mseconds(40)));
        assert!(!buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
    }
    assert_eq!(encoder.harness.query_latency(), Some(gst::ClockTime::ZERO));
}

#[test]
fn the_caps_say_what_jpegparse_would_find() {
    let cases = [
        (VideoFormat::Gray8, "", "GRAY", "GRAYSCALE"),
        (VideoFormat::I420, "", "sYUV", "YCbCr-4:2:0"),
        (VideoFormat::Nv12, "", "sYUV", "YCbCr-4:2:0"),
        (VideoFormat::Y42b, "", "sYUV", "YCbCr-4:2:2"),
        (VideoFormat::Y444, "", "sYUV", "YCbCr-4:4:4"),
        (VideoFormat::Rgb, "", "sYUV", "YCbCr-4:4:4"),
        (VideoFormat::Rgb, "color-mode=native", "sRGB", "RGB"),
    ];
    for (format, properties, colorspace, sampling) in cases {
        let frame = Frame::new(format, (37, 21), Content::NoisyRamps);
        let mut encoder = frame.encoder(properties);
        frame.through(&mut encoder);
        let caps = caps_out(&encoder);
        let expected = gst::Caps::builder("image/jpeg")
            .field("parsed", true)
            .field("sof-marker", 0)
            .field("width", 37)
            .field("height", 21)
            .field("framerate", gst::Fraction::new(25, 1))
            .field("colorspace", colorspace)
            .field("sampling", sampling)
            .build();
        assert!(caps.is_subset(&expected), "{caps}");

        let parse = format!("featuredistillenc {properties} ! jpegparse disable-passthrough=true");
        let mut parser = frame.bench(&parse);
        frame.through(&mut parser);
        let caps = caps_out(&parser);
        assert!(caps.is_subset(&expected), "{caps}");
    }
}

/// RGB's own colorimetry would make no sense of YCbCr.
#[test]
fn converted_rgb_has_the_colorimetry_of_jfif() {
    let frame = Frame::new(VideoFormat::Rgb, (16, 16), Content::NoisyRamps);
    let colorimetry = |properties| {
        let mut encoder = frame.encoder(properties);
        frame.through(&mut encoder);
        let caps = caps_out(&encoder);
        let structure = caps.structure(0).expect("a structure");
        structure.get::<String>("colorimetry").expect("colorimetry")
    };
    assert_eq!(colorimetry(""), "1:4:7:1");
    assert_eq!(colorimetry("color-mode=native"), "sRGB");
}

#[test]
fn the_table_properties_are_those_of_featuredistill() {
    init();
    let make = |name| gst::ElementFactory::make(name).build().expect("an element");
    let (encoder, filter) = (make("featuredistillenc"), make("featuredistill"));
    let names = [
        "preset",
        "as-step",
        "md-step",
        "as-count",
        "as-selection",
        "epsilon",
        "table-file",
        "quality",
        "n-threads",
        "backend",
    ];
    for name in names {
        let describe = |element: &gst::Element| {
            let spec = element.find_property(name).expect(name);
            let blurb = spec.blurb().map(|blurb| blurb.to_string());
            (
                spec.value_type(),
                spec.flags(),
                blurb,
                format!("{:?}", spec.default_value()),
            )
        };
        assert_eq!(describe(&encoder), describe(&filter));
        let value = |element: &gst::Element| format!("{:?}", element.property_value(name));
        assert_eq!(value(&encoder), value(&filter));
    }
}

#[test]
fn tables_change_between_frames() {
    let frame = Frame::new(VideoFormat::I420, (40, 24), Content::NoisyRamps);
    let mut encoder = frame.encoder("preset=uniform md-step=9");
    let step = |encoder: &mut Filter| {
        let tables = file::parse(&frame.through(encoder)).expect("tables");
        tables.luma().steps()[5]
    };
    assert_eq!(step(&mut encoder), 9);
    encoder.element.set_property("md-step", 11u32);
    assert_eq!(step(&mut encoder), 11);
    encoder.element.set_property("quality", 25u32);
    assert_eq!(step(&mut encoder), 22);

    let file =
        Frame::new(VideoFormat::Gray8, (8, 8), Content::Ramps).encoded("preset=uniform md-step=40");
    let file = video::file(&file);
    encoder
        .element
        .set_property("table-file", file.path().to_str());
    encoder.element.set_property("quality", 50u32);
    assert_eq!(step(&mut encoder), 40);
}

#[test]
fn a_bad_table_file_is_an_error_at_start_and_a_warning_later() {
    let frame = Frame::new(VideoFormat::Gray8, (8, 8), Content::Ramps);
    let mut encoder = frame.encoder("");
    encoder
        .element
        .set_property("table-file", "/nonexistent/table.txt");
    let warning = encoder.warning().expect("a warning");
    let expected = "Can't read the table file, keeping the previous tables: /nonexistent/table.txt";
    assert!(warning.starts_with(expected), "{warning}");
    let tables = file::parse(&frame.through(&mut encoder)).expect("tables");
    assert_eq!(Tables::from(&tables).luma, choices()[0].tables.luma);

    let error = refused("featuredistillenc table-file=/nonexistent/table.txt");
    let expected = "Can't read the table file: /nonexistent/table.txt";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn a_malformed_frame_stops_the_stream_and_is_not_passed_on() {
    for format in FORMATS {
        let frame = Frame::new(format, (40, 24), Content::NoisyRamps);
        let mut encoder = frame.encoder("");
        let short = gst::Buffer::from_slice(frame.bytes[..frame.bytes.len() / 2].to_vec());
        assert_eq!(encoder.harness.push(short), Err(gst::FlowError::Error));
        assert_eq!(encoder.harness.buffers_received(), 0);
        let error = encoder.error().expect("an error");
        let expected = "Can't encode a frame: plane ";
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains("exceeds the buffer"), "{error}");
        let next = encoder.harness.push(frame.buffer(1));
        assert!(next.is_ok(), "the next frame is welcome");
    }
}

#[test]
fn unsupported_caps_are_refused() {
    let caps = [
        "video/x-raw,format=YUY2,width=16,height=16,framerate=25/1",
        "video/x-raw,format=I420_10LE,width=16,height=16,framerate=25/1",
        "video/x-raw,format=I420,width=65536,height=16,framerate=25/1",
        "video/x-raw(memory:GLMemory),format=I420,width=16,height=16,framerate=25/1",
    ];
    for caps in caps {
        let mut encoder = Filter::launch("featuredistillenc");
        encoder.harness.set_src_caps_str(caps);
        let frame = Frame::new(VideoFormat::I420, (16, 16), Content::Ramps);
        assert_eq!(
            encoder.harness.push(frame.buffer(0)),
            Err(gst::FlowError::NotNegotiated),
            "{caps}"
        );
    }
}

#[test]
fn the_format_may_change_in_the_stream() {
    let first = Frame::new(VideoFormat::I420, (40, 24), Content::NoisyRamps);
    let mut encoder = first.encoder("");
    for frame in [
        first,
        Frame::new(VideoFormat::Gray8, (9, 70), Content::BlackAndWhite),
        Frame::new(VideoFormat::Rgb, (33, 5), Content::NoisyRamps),
    ] {
        encoder.set_caps(frame.info());
        let file = frame.through(&mut encoder);
        assert!(file == frame.encoded(""));
    }
}

/// Rows and planes apart, as pools of other elements lay them out.
#[test]
fn any_stride_gives_the_same_file() {
    for format in FORMATS {
        let frame = Frame::new(format, (37, 21), Content::Noise);
        let padded = Placement::padded(frame.info());
        let mut bytes = vec![0xaa; padded.size];
        for (component, samples) in (0..).zip(frame.planes()) {
            for (at, sample) in padded.positions(component).into_iter().zip(samples) {
                bytes[at] = sample;
            }
        }
        let file = frame.encoder("").distill(padded.buffer_with_meta(bytes));
        assert!(video::bytes(&file) == frame.encoded(""), "{format}");
    }
}
