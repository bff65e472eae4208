// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistillenc`: its files against the codec, libjpeg and GStreamer's own elements.

mod support;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    PlaneMut, TableSlot,
};
use gstfeaturedistill::tables::{Tables, file, presets};
use support::libjpeg::{self, ColorPath, Picture};

const FORMATS: [VideoFormat; 6] = [
    VideoFormat::Gray8,
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Rgb,
];

/// Sizes around blocks, pairs of blocks and rows of them.
const SIZES: [(u32, u32); 10] = [
    (1, 1),
    (2, 3),
    (8, 8),
    (9, 8),
    (16, 17),
    (37, 21),
    (40, 16),
    (64, 48),
    (131, 67),
    (200, 9),
];

fn init() {
    use std::sync::Once;
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
}

/// The properties of an element, and the tables that they come to.
#[derive(Clone)]
struct Choice {
    properties: &'static str,
    tables: Tables,
}

fn choices() -> Vec<Choice> {
    let step = |step: u8| step.try_into().expect("a step");
    let choice = |properties, tables| Choice { properties, tables };
    vec![
        choice("", presets::two_step(step(26), step(18), 15).into()),
        choice(
            "preset=released quality=80",
            Tables::from(presets::released()).scaled(80),
        ),
        choice("preset=annex-k quality=75", presets::annex_k().scaled(75)),
        choice("preset=annex-k quality=10", presets::annex_k().scaled(10)),
        choice("quality=100", presets::uniform(step(1)).into()),
        choice(
            "preset=uniform md-step=255",
            presets::uniform(step(255)).into(),
        ),
    ]
}

/// A frame of one format and size, without padding between its rows beyond GStreamer's own.
#[derive(Clone)]
struct Frame {
    info: VideoInfo,
    bytes: Vec<u8>,
}

/// Bytes that are the same in every run.
fn noise(seed: u64) -> impl FnMut() -> u8 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    }
}

impl Frame {
    /// Ramps with noise of some strength: 0 is smooth, 3 is black, white and everything between.
    fn new(format: VideoFormat, (width, height): (u32, u32), kind: u8) -> Self {
        init();
        let info = VideoInfo::builder(format, width, height)
            .fps(gst::Fraction::new(25, 1))
            .build()
            .expect("a format");
        let mut noise = noise(u64::from(width * 31 + height) + u64::from(kind));
        let bytes = (0..info.size())
            .map(|i| match kind {
                0 => (i * 3 % 256) as u8,
                1 => (96 + i / 7 % 64) as u8 + noise() / 16,
                2 => [0, 255][usize::from(noise() & 1)],
                _ => noise(),
            })
            .collect();
        Self { info, bytes }
    }

    fn components(&self) -> Vec<Component> {
        let format = self.info.format_info();
        let component = |i: usize| Component {
            plane: format.plane()[i] as usize,
            offset: format.poffset()[i] as usize,
            pixel_stride: format.pixel_stride()[i] as usize,
            width: format.scale_width(i as u8, self.info.width()) as usize,
            height: format.scale_height(i as u8, self.info.height()) as usize,
            pixels_per_sample: (1, 1),
            table: if format.is_yuv() && i > 0 {
                TableSlot::Chroma
            } else {
                TableSlot::Luma
            },
        };
        (0..format.n_components() as usize).map(component).collect()
    }

    /// What settling makes of it, with JFIF's YCbCr between where it is RGB.
    fn settled(&self, tables: &Tables) -> Self {
        let color = if self.info.is_rgb() {
            ColorMode::YCbCr
        } else {
            ColorMode::Native
        };
        self.settled_as(color, tables)
    }

    fn settled_as(&self, color: ColorMode, tables: &Tables) -> Self {
        self.processed(self.plan(color, tables).settling(0.0)).0
    }

    fn plan(&self, color: ColorMode, tables: &Tables) -> Distiller {
        let [luma, chroma] =
            [tables.luma(), tables.chroma()].map(|table| Divisors::new(table.steps()));
        let layout = Layout::new(self.components(), color);
        Distiller::new(layout, DctTables { luma, chroma }, Backend::detect(), 1)
    }

    fn processed(&self, plan: Distiller) -> (Self, FrameStats) {
        let mut result = self.clone();
        let mut frame = FrameMut::default();
        let (offsets, strides) = (self.info.offset(), self.info.stride());
        let mut rest = result.bytes.as_mut_slice();
        for plane in (0..self.info.n_planes() as usize).rev() {
            let (head, tail) = rest.split_at_mut(offsets[plane]);
            frame.planes[plane] = PlaneMut::new(tail, strides[plane] as usize);
            rest = head;
        }
        let stats = plan.process(frame);
        (result, stats)
    }

    /// The visible samples of each component, without any padding.
    fn planes(&self) -> Vec<Vec<u8>> {
        let (offsets, strides) = (self.info.offset(), self.info.stride());
        let samples = |c: &Component| {
            (0..c.height)
                .flat_map(|y| (0..c.width).map(move |x| (x, y)))
                .map(|(x, y)| {
                    let row = offsets[c.plane] + y * strides[c.plane] as usize;
                    self.bytes[row + c.offset + x * c.pixel_stride]
                })
                .collect()
        };
        self.components().iter().map(samples).collect()
    }

    /// What a viewer shows of the planes: chroma repeated, JFIF's YCbCr to RGB; grey stays grey.
    fn viewed(&self) -> Picture {
        let (width, height) = (self.info.width() as usize, self.info.height() as usize);
        let (components, planes) = (self.components(), self.planes());
        let at = |c: usize, x: usize, y: usize| {
            let Component {
                width: w,
                height: h,
                ..
            } = components[c];
            planes[c][y / height.div_ceil(h) * w + x / width.div_ceil(w)]
        };
        let pixel = |(x, y)| match self.info.format() {
            VideoFormat::Gray8 => vec![at(0, x, y)],
            VideoFormat::Rgb => [0, 1, 2].map(|c| at(c, x, y)).to_vec(),
            _ => ycbcr_to_rgb([0, 1, 2].map(|c| at(c, x, y))).to_vec(),
        };
        Picture {
            width,
            height,
            channels: if components.len() == 1 { 1 } else { 3 },
            samples: (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .flat_map(pixel)
                .collect(),
        }
    }

    fn buffer(&self, number: u64) -> gst::Buffer {
        let mut buffer = gst::Buffer::from_slice(self.bytes.clone());
        let fields = buffer.get_mut().expect("a buffer of our own");
        fields.set_pts(gst::ClockTime::from_mseconds(40 * number));
        fields.set_duration(gst::ClockTime::from_mseconds(40));
        buffer
    }

    /// The file that the element makes of it.
    fn encoded(&self, properties: &str) -> Vec<u8> {
        self.harness(properties).push_for(self)
    }

    fn harness(&self, properties: &str) -> Encoder {
        frame_harness(&format!("featuredistillenc {properties}"), self)
    }
}

/// JFIF's conversion in libjpeg's fixed point.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i64::from(y), i64::from(cb) - 128, i64::from(cr) - 128);
    let fixed = |value: f64| (value * 65536.0 + 0.5) as i64;
    let r = y + ((fixed(1.402) * cr + 32768) >> 16);
    let g = y + ((-fixed(0.34414) * cb - fixed(0.71414) * cr + 32768) >> 16);
    let b = y + ((fixed(1.772) * cb + 32768) >> 16);
    [r, g, b].map(|sample| sample.clamp(0, 255) as u8)
}

/// The text of the next error or warning.
fn complaint(bus: &gst::Bus) -> String {
    use gst::MessageView::{Error, Warning};
    let message = bus
        .pop_filtered(&[gst::MessageType::Error, gst::MessageType::Warning])
        .expect("a message");
    match message.view() {
        Error(error) => format!("error: {}", error.error()),
        Warning(warning) => format!("warning: {}", warning.error()),
        _ => unreachable!("only these were asked for"),
    }
}

/// An element under test.
struct Encoder(gst_check::Harness);

impl Encoder {
    fn push_for(&mut self, frame: &Frame) -> Vec<u8> {
        let file = self.0.push_and_pull(frame.buffer(0)).expect("a file");
        file.map_readable().expect("memory").to_vec()
    }

    fn element(&mut self) -> gst::Element {
        self.0
            .find_element("featuredistillenc")
            .expect("the element")
    }

    /// The messages on the bus that the element gets from now on.
    fn bus(&mut self) -> gst::Bus {
        let bus = gst::Bus::new();
        self.element().set_bus(Some(&bus));
        bus
    }

    fn caps(&self) -> gst::Caps {
        self.0
            .sinkpad()
            .and_then(|pad| pad.current_caps())
            .expect("caps")
    }
}

/// All that follows the header of the scan: the levels' codes.
fn scan(file: &[u8]) -> &[u8] {
    let mut rest = &file[2..];
    loop {
        let (marker, length) = (rest[1], usize::from(rest[2]) << 8 | usize::from(rest[3]));
        rest = &rest[2 + length..];
        if marker == 0xda {
            return rest;
        }
    }
}

/// The frame that `jpegdec` makes of a file.
fn decoded(file: Vec<u8>) -> Frame {
    let mut harness = gst_check::Harness::new_parse("jpegdec idct-method=islow");
    harness.set_src_caps_str("image/jpeg");
    let buffer = harness
        .push_and_pull(gst::Buffer::from_slice(file))
        .expect("a decoded frame");
    let caps = harness
        .sinkpad()
        .expect("a pad")
        .current_caps()
        .expect("caps");
    Frame {
        info: VideoInfo::from_caps(&caps).expect("raw video"),
        bytes: buffer.map_readable().expect("memory").to_vec(),
    }
}

fn each_frame(test: impl Fn(Frame)) {
    for format in FORMATS {
        for size in SIZES {
            for kind in 0..4 {
                test(Frame::new(format, size, kind));
            }
        }
    }
}

#[test]
fn jpegdec_gives_the_settled_frame() {
    each_frame(|frame| {
        for choice in choices() {
            let context = format!("{:?}, {}", frame.info, choice.properties);
            let decoded = decoded(frame.encoded(choice.properties));
            let expected = frame.settled(&choice.tables);
            match frame.info.format() {
                // jpegdec gives I420 for these: luma is all that it keeps.
                VideoFormat::Y42b | VideoFormat::Y444 => {
                    assert!(decoded.planes()[0] == expected.planes()[0], "{context}");
                }
                VideoFormat::Rgb => {}
                _ => assert!(decoded.planes() == expected.planes(), "{context}"),
            }
        }
    });
}

#[test]
fn djpeg_gives_the_settled_frame() {
    each_frame(|frame| {
        for choice in &choices()[..3] {
            let decoded = libjpeg::decode(&frame.encoded(choice.properties));
            let expected = frame.settled(&choice.tables).viewed();
            assert!(
                decoded == expected,
                "{:?}, {}",
                frame.info,
                choice.properties
            );
        }
    });
}

#[test]
fn a_second_pass_changes_no_byte() {
    for format in &FORMATS[..3] {
        for size in SIZES {
            for kind in 0..4 {
                let frame = Frame::new(*format, size, kind);
                for choice in choices() {
                    let decoded = decoded(frame.encoded(choice.properties));
                    let second = decoded.plan(ColorMode::Native, &choice.tables);
                    let (_, changes) = decoded.processed(second);
                    assert_eq!(
                        changes.squared_change, 0,
                        "{format}, {size:?}, {}",
                        choice.properties
                    );
                }
            }
        }
    }
}

/// Where the nearest lattice point holds, it is kept: nearly everywhere in ordinary pictures.
#[test]
fn nearly_all_blocks_are_those_of_a_plain_pass() {
    let frame = Frame::new(VideoFormat::Gray8, (320, 200), 1);
    let Choice { properties, tables } = &choices()[0];
    let decoded = decoded(frame.encoded(properties)).planes().swap_remove(0);
    let (plain, _) = frame.processed(frame.plan(ColorMode::Native, tables));
    let plain = plain.planes().swap_remove(0);
    let blocks = (0..200 / 8).flat_map(|y| (0..320 / 8).map(move |x| (x, y)));
    let kept = blocks.filter(|(x, y)| {
        (0..8).all(|row| {
            let first = (8 * y + row) * 320 + 8 * x;
            decoded[first..first + 8] == plain[first..first + 8]
        })
    });
    let kept = kept.count();
    assert!(kept >= 990, "{kept} of 1000");
}

#[test]
fn the_certified_radius_is_that_of_the_decoded_frame() {
    for format in &FORMATS[..3] {
        for size in SIZES {
            let frame = Frame::new(*format, size, 2);
            let mut encoder = frame.harness("preset=certified epsilon=1.5");
            let decoded = decoded(encoder.push_for(&frame));
            let stats: gst::Structure = encoder.element().property("stats");
            let certified: f64 = stats.get("certified-epsilon").expect("a radius");
            assert!(certified >= 1.5, "{certified}");
            assert_eq!(stats.get::<u64>("unsettled"), Ok(0));
            assert_eq!(stats.get::<u64>("frames"), Ok(1));

            let tables = Tables::from(presets::certified(1.5));
            let settling = decoded.plan(ColorMode::Native, &tables).settling(1.5);
            let (_, changes) = decoded.processed(settling);
            assert_eq!(changes.squared_change, 0);
            assert_eq!(changes.certified_epsilon, Some(certified));
            // A perturbation within the radius.
            let mut perturbed = decoded.clone();
            let mut noise = noise(5);
            for sample in &mut perturbed.bytes {
                *sample = sample
                    .saturating_add(noise() & 1)
                    .saturating_sub(noise() & 1);
            }
            let (restored, _) = perturbed.processed(perturbed.plan(ColorMode::Native, &tables));
            assert!(restored.planes() == decoded.planes());
        }
    }
}

#[test]
fn rgb_that_stays_rgb_comes_back_from_jpegdec() {
    for size in SIZES {
        for kind in 0..4 {
            let frame = Frame::new(VideoFormat::Rgb, size, kind);
            for choice in choices() {
                let file = frame.encoded(&format!("color-mode=native {}", choice.properties));
                let (luma, chroma) = (choice.tables.luma().steps(), choice.tables.chroma().steps());
                let expected = frame.settled_as(ColorMode::Native, &choice.tables);
                let reference = libjpeg::encode(&expected.viewed(), luma, chroma, ColorPath::Rgb);
                assert!(
                    scan(&file) == scan(&reference),
                    "{size:?}, {}",
                    choice.properties
                );
                let decoded = decoded(file);
                assert_eq!(decoded.info.format(), VideoFormat::Rgb);
                assert!(
                    decoded.planes() == expected.planes(),
                    "{size:?}, {}",
                    choice.properties
                );
            }
        }
    }
}

#[test]
fn cjpeg_writes_the_same_codes_of_a_settled_frame() {
    each_frame(|frame| {
        let path = match frame.info.format() {
            VideoFormat::Gray8 => ColorPath::Gray,
            VideoFormat::Rgb => ColorPath::YCbCr444,
            _ => return,
        };
        for choice in &choices()[1..4] {
            let (luma, chroma) = (choice.tables.luma().steps(), choice.tables.chroma().steps());
            let settled = frame.settled(&choice.tables);
            let expected = libjpeg::encode(&settled.viewed(), luma, chroma, path);
            let file = frame.encoded(choice.properties);
            assert!(
                scan(&file) == scan(&expected),
                "{:?}, {}",
                frame.info,
                choice.properties
            );
        }
    });
}

/// At sizes of whole units alone: jpegenc reads stale bytes beyond the visible ones.
#[test]
fn jpegenc_writes_the_same_codes_of_a_settled_frame() {
    for format in &FORMATS[1..5] {
        for kind in 0..4 {
            let frame = Frame::new(*format, (64, 48), kind);
            let mut harness = frame_harness("jpegenc idct-method=islow quality=75", &frame);
            let expected = harness.push_for(&frame.settled(&presets::annex_k().scaled(75)));
            let file = frame.encoded("preset=annex-k quality=75");
            assert!(scan(&file) == scan(&expected), "{format}, {kind}");
        }
    }
}

fn frame_harness(description: &str, frame: &Frame) -> Encoder {
    let mut harness = gst_check::Harness::new_parse(description);
    harness.set_src_caps(frame.info.to_caps().expect("caps"));
    Encoder(harness)
}

#[test]
fn the_consumer_reads_the_tables_out_of_a_file() {
    for format in FORMATS {
        for choice in choices() {
            let file = Frame::new(format, (16, 16), 1).encoded(choice.properties);
            let tables = file::parse(&file).expect("tables");
            assert_eq!(tables.luma(), choice.tables.luma());
            if format != VideoFormat::Gray8 {
                assert_eq!(tables.chroma(), choice.tables.chroma());
            }
        }
    }
}

#[test]
fn every_backend_and_number_of_threads_writes_the_same_file() {
    // Large enough for several threads.
    let frame = Frame::new(VideoFormat::I420, (1921, 1083), 3);
    let expected = frame.encoded("n-threads=1 backend=scalar");
    for properties in ["", "n-threads=2", "n-threads=7", "backend=avx2"] {
        assert!(frame.encoded(properties) == expected, "{properties}");
    }
}

#[test]
fn frames_keep_their_times_and_can_be_decoded_on_their_own() {
    let frame = Frame::new(VideoFormat::I420, (40, 24), 1);
    let mut encoder = frame.harness("");
    for number in 0..3 {
        let buffer = encoder
            .0
            .push_and_pull(frame.buffer(number))
            .expect("a file");
        assert_eq!(
            buffer.pts(),
            Some(gst::ClockTime::from_mseconds(40 * number))
        );
        assert_eq!(buffer.duration(), Some(gst::ClockTime::from_mseconds(40)));
        assert!(!buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
    }
    assert_eq!(encoder.0.query_latency(), Some(gst::ClockTime::ZERO));
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
        let frame = Frame::new(format, (37, 21), 1);
        let mut encoder = frame.harness(properties);
        encoder.push_for(&frame);
        let caps = encoder.caps();
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
        let mut parser = frame_harness(&parse, &frame);
        parser.push_for(&frame);
        assert!(parser.caps().is_subset(&expected), "{}", parser.caps());
    }
}

/// RGB's own colorimetry would make no sense of YCbCr.
#[test]
fn converted_rgb_has_the_colorimetry_of_jfif() {
    let frame = Frame::new(VideoFormat::Rgb, (16, 16), 1);
    let colorimetry = |properties| {
        let mut encoder = frame.harness(properties);
        encoder.push_for(&frame);
        let caps = encoder.caps();
        let structure = caps.structure(0).expect("a structure");
        structure.get::<String>("colorimetry").expect("colorimetry")
    };
    assert_eq!(colorimetry(""), "1:4:7:1");
    assert_eq!(colorimetry("color-mode=native"), "sRGB");
}

/// A pipeline on its way.
struct Running(gst::Pipeline);

impl Running {
    fn new(description: &str) -> Self {
        init();
        let pipeline = gst::parse::launch(description).expect("a pipeline");
        Self(pipeline.downcast().expect("a pipeline"))
    }

    fn find<T: IsA<gst::Element>>(&self, name: &str) -> T {
        let element = self.0.by_name(name).expect("an element");
        element.downcast().expect("its type")
    }

    fn start(&self) {
        self.0.set_state(gst::State::Playing).expect("a start");
    }

    /// Sends some frames and the end of the stream to the appsrc called `src`.
    fn feed(&self, frame: &Frame, frames: u64) {
        let src: gst_app::AppSrc = self.find("src");
        src.set_caps(Some(&frame.info.to_caps().expect("caps")));
        for number in 0..frames {
            src.push_buffer(frame.buffer(number)).expect("a push");
        }
        src.end_of_stream().expect("an end");
    }

    fn wait(&self) {
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = self.0.bus().expect("a bus");
        let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(20), &ends);
        assert_eq!(end.expect("an end").type_(), gst::MessageType::Eos);
    }

    /// What the appsink called `sink` gets.
    fn frames(&self) -> Vec<Frame> {
        let sink: gst_app::AppSink = self.find("sink");
        std::iter::from_fn(|| sink.pull_sample().ok())
            .map(|sample| Frame {
                info: VideoInfo::from_caps(sample.caps().expect("caps")).expect("raw video"),
                bytes: sample
                    .buffer()
                    .and_then(|buffer| buffer.map_readable().ok())
                    .expect("memory")
                    .to_vec(),
            })
            .collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set_state(gst::State::Null).expect("a stop");
    }
}

/// What comes out of a pipeline for each frame.
fn through(description: &str, frame: &Frame, frames: u64) -> Vec<Frame> {
    let pipeline = Running::new(&format!(
        "appsrc name=src format=time ! {description} ! appsink name=sink sync=false"
    ));
    pipeline.start();
    pipeline.feed(frame, frames);
    pipeline.frames()
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
            for choice in choices() {
                let frame = Frame::new(format, size, 1);
                let decoded = through(
                    &format!(
                        "featuredistillenc {} ! {transport} ! jpegdec idct-method=islow",
                        choice.properties
                    ),
                    &frame,
                    3,
                );
                let expected = frame.settled(&choice.tables).planes();
                assert_eq!(decoded.len(), 3, "{transport}");
                assert!(
                    decoded.iter().all(|frame| frame.planes() == expected),
                    "{transport}, {}",
                    choice.properties
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
    let frame = Frame::new(VideoFormat::I420, (64, 48), 1);
    let writer = Running::new(&format!(
        "appsrc name=src format=time ! featuredistillenc ! avimux ! filesink location={path}"
    ));
    writer.start();
    writer.feed(&frame, 5);
    writer.wait();
    let reader = Running::new(&format!(
        "filesrc location={path} ! avidemux ! jpegdec idct-method=islow ! appsink name=sink sync=false"
    ));
    reader.start();
    let frames = reader.frames();
    assert_eq!(frames.len(), 5);
    let expected = frame.settled(&choices()[0].tables).planes();
    assert!(frames.iter().all(|frame| frame.planes() == expected));
}

#[test]
fn rtp_carries_422_too() {
    let frame = Frame::new(VideoFormat::Y42b, (64, 48), 1);
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
    let frame = Frame::new(VideoFormat::I420, (40, 24), 1);
    let mut encoder = frame.harness("preset=uniform md-step=9");
    let step = |encoder: &mut Encoder| {
        let tables = file::parse(&encoder.push_for(&frame)).expect("tables");
        tables.luma().steps()[5]
    };
    assert_eq!(step(&mut encoder), 9);
    encoder.element().set_property("md-step", 11u32);
    assert_eq!(step(&mut encoder), 11);
    encoder.element().set_property("quality", 25u32);
    assert_eq!(step(&mut encoder), 22);

    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("frame.jpg");
    std::fs::write(
        &path,
        Frame::new(VideoFormat::Gray8, (8, 8), 0).encoded("md-step=40"),
    )
    .expect("a table file");
    encoder.element().set_property("table-file", path.to_str());
    encoder.element().set_property("quality", 50u32);
    assert_eq!(step(&mut encoder), 40);
}

#[test]
fn a_bad_table_file_is_an_error_at_start_and_a_warning_later() {
    let frame = Frame::new(VideoFormat::Gray8, (8, 8), 0);
    let mut encoder = frame.harness("");
    let bus = encoder.bus();
    encoder
        .element()
        .set_property("table-file", "/nonexistent/table.txt");
    let expected =
        "warning: Can't read the table file, keeping the previous tables: /nonexistent/table.txt";
    assert!(complaint(&bus).starts_with(expected));
    let tables = file::parse(&encoder.push_for(&frame)).expect("tables");
    assert_eq!(tables.luma(), choices()[0].tables.luma());

    let element = gst::ElementFactory::make("featuredistillenc")
        .property("table-file", "/nonexistent/table.txt")
        .build()
        .expect("the element");
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err());
    let expected = "error: Can't read the table file: /nonexistent/table.txt";
    assert!(complaint(&bus).starts_with(expected));
    element.set_state(gst::State::Null).expect("a stop");
}

#[test]
fn a_malformed_frame_stops_the_stream_and_is_not_passed_on() {
    for format in FORMATS {
        let frame = Frame::new(format, (40, 24), 1);
        let mut encoder = frame.harness("");
        let bus = encoder.bus();
        let short = gst::Buffer::from_slice(frame.bytes[..frame.bytes.len() / 2].to_vec());
        assert_eq!(encoder.0.push(short), Err(gst::FlowError::Error));
        assert_eq!(encoder.0.buffers_received(), 0);
        let complaint = complaint(&bus);
        let expected = "error: Can't encode a frame: plane ";
        assert!(complaint.starts_with(expected), "{complaint}");
        assert!(complaint.contains("exceeds the buffer"), "{complaint}");
        assert!(
            encoder.0.push(frame.buffer(1)).is_ok(),
            "the next frame is welcome"
        );
    }
}

#[test]
fn unsupported_caps_are_refused() {
    init();
    let caps = [
        "video/x-raw,format=YUY2,width=16,height=16,framerate=25/1",
        "video/x-raw,format=I420_10LE,width=16,height=16,framerate=25/1",
        "video/x-raw,format=I420,width=65536,height=16,framerate=25/1",
        "video/x-raw(memory:GLMemory),format=I420,width=16,height=16,framerate=25/1",
    ];
    for caps in caps {
        let mut harness = gst_check::Harness::new("featuredistillenc");
        harness.set_src_caps_str(caps);
        let frame = Frame::new(VideoFormat::I420, (16, 16), 0);
        assert_eq!(
            harness.push(frame.buffer(0)),
            Err(gst::FlowError::NotNegotiated),
            "{caps}"
        );
    }
}

#[test]
fn the_format_may_change_in_the_stream() {
    let first = Frame::new(VideoFormat::I420, (40, 24), 1);
    let mut encoder = first.harness("");
    for frame in [
        first,
        Frame::new(VideoFormat::Gray8, (9, 70), 2),
        Frame::new(VideoFormat::Rgb, (33, 5), 1),
    ] {
        encoder.0.set_src_caps(frame.info.to_caps().expect("caps"));
        let file = encoder.push_for(&frame);
        assert!(file == frame.encoded(""));
    }
}

/// Rows and planes apart, as pools of other elements lay them out.
#[test]
fn any_stride_gives_the_same_file() {
    let frame = Frame::new(VideoFormat::I420, (37, 21), 3);
    let (strides, rows) = ([64, 48, 40], [21, 11, 11]);
    let mut bytes = vec![0xaa; 100];
    let mut offsets = [0; 3];
    for (plane, samples) in frame.planes().into_iter().enumerate() {
        offsets[plane] = bytes.len();
        for row in samples.chunks(samples.len() / rows[plane]) {
            bytes.extend_from_slice(row);
            bytes.resize(bytes.len() + strides[plane] as usize - row.len(), 0x55);
        }
    }
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    gst_video::VideoMeta::add_full(
        buffer.get_mut().expect("a buffer of our own"),
        gst_video::VideoFrameFlags::empty(),
        VideoFormat::I420,
        37,
        21,
        &offsets,
        &strides,
    )
    .expect("a video meta");
    let mut encoder = frame.harness("");
    let file = encoder.0.push_and_pull(buffer).expect("a file");
    assert!(file.map_readable().expect("memory")[..] == frame.encoded("")[..]);
}
