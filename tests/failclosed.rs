// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Whatever is wrong with a frame or a table: an ERROR that says what, a flow error, and nothing
//! leaves.

mod support;

use std::fs::File;
use std::os::fd::IntoRawFd;

use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoFormat, VideoFrameFlags, VideoMeta};
use support::filter::{Filter, init};
use support::video::{file, info};

/// The caps of all tests: 32x16, so that the planes of I420 start at 0, 512 and 640, and 768 bytes
/// are needed.
const FORMAT: VideoFormat = VideoFormat::I420;
const WIDTH: u32 = 32;
const HEIGHT: u32 = 16;
const OFFSETS: [usize; 3] = [0, 512, 640];
const STRIDES: [i32; 3] = [32, 16, 16];
const SIZE: usize = 768;

/// A video meta, good unless changed.
struct Meta {
    format: VideoFormat,
    width: u32,
    height: u32,
    offsets: Vec<usize>,
    strides: Vec<i32>,
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            format: FORMAT,
            width: WIDTH,
            height: HEIGHT,
            offsets: OFFSETS.to_vec(),
            strides: STRIDES.to_vec(),
        }
    }
}

impl Meta {
    fn buffer(&self, size: usize) -> gst::Buffer {
        let mut buffer = gst::Buffer::from_mut_slice(vec![77u8; size]);
        VideoMeta::add_full(
            buffer.get_mut().expect("a fresh buffer"),
            VideoFrameFlags::empty(),
            self.format,
            self.width,
            self.height,
            &self.offsets,
            &self.strides,
        )
        .expect("a meta");
        buffer
    }
}

/// Pushes a frame that must not come out, and returns what the bus says.
fn refusal(buffer: gst::Buffer) -> String {
    let mut filter = Filter::new("");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    assert_eq!(filter.harness.push(buffer), Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 0, "nothing leaves");
    assert_eq!(filter.count("frames"), 0);
    assert_eq!(filter.count("bypassed"), 0);
    let text = filter.error().expect("an ERROR");
    assert_eq!(filter.error(), None, "one ERROR is enough");
    assert!(
        text.starts_with("A frame can't be distilled and is not passed on: "),
        "{text}"
    );
    text
}

fn assert_says(text: &str, part: &str) {
    assert!(text.contains(part), "{text}\ndoesn't say: {part}");
}

#[test]
fn the_meta_of_these_tests_is_good_unless_changed() {
    let mut filter = Filter::new("");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    filter.distill(Meta::default().buffer(SIZE));
    filter.distill(gst::Buffer::from_mut_slice(vec![1u8; SIZE]));
    assert_eq!(filter.error(), None);
}

#[test]
fn buffers_that_are_too_small() {
    for size in [1, 10, 511, 513, 767] {
        let text = refusal(gst::Buffer::from_mut_slice(vec![0u8; size]));
        assert_says(&text, &format!("reaches beyond its {size} bytes"));
        assert_says(&text, "has to send buffers that fit its caps");
    }
    assert_says(
        &refusal(gst::Buffer::from_mut_slice(vec![0u8; 767])),
        "plane 2 (offset 640, stride 16, 8 rows of 16 bytes)",
    );
}

#[test]
fn buffers_without_memory() {
    let text = refusal(gst::Buffer::new());
    assert_says(&text, "plane 0");
    assert_says(&text, "reaches beyond its 0 bytes");
}

#[test]
fn one_byte_too_few_for_the_meta() {
    assert_says(&refusal(Meta::default().buffer(767)), "plane 2");
}

#[test]
fn impossible_strides() {
    for (plane, stride, row_bytes) in [
        (0, 31, 32),
        (0, 0, 32),
        (1, 15, 16),
        (2, 0, 16),
        (2, -16, 16),
        (0, i32::MIN, 32),
    ] {
        let mut meta = Meta::default();
        meta.strides[plane] = stride;
        assert_says(
            &refusal(meta.buffer(SIZE)),
            &format!("plane {plane} has a stride of {stride} bytes, but {row_bytes} visible bytes"),
        );
    }
}

#[test]
fn strides_that_lead_beyond_the_buffer() {
    for stride in [33, 1000, i32::MAX] {
        let meta = Meta {
            offsets: vec![256, 0, 128],
            strides: vec![stride, 16, 16],
            ..Meta::default()
        };
        assert_says(&refusal(meta.buffer(SIZE)), &format!("stride {stride}"));
    }
}

#[test]
fn offsets_beyond_the_buffer() {
    for offset in [641, SIZE, SIZE + 1, usize::MAX - 100, usize::MAX] {
        let mut meta = Meta::default();
        meta.offsets[2] = offset;
        assert_says(
            &refusal(meta.buffer(SIZE)),
            &format!("plane 2 (offset {offset}, "),
        );
    }
}

#[test]
fn planes_that_overlap() {
    let mut meta = Meta::default();
    meta.offsets[1] = 511;
    assert_says(
        &refusal(meta.buffer(SIZE)),
        "plane 1 starts at byte 511, within plane 0, which ends at byte 512",
    );
    let meta = Meta {
        offsets: vec![0, 640, 640],
        ..Meta::default()
    };
    assert_says(&refusal(meta.buffer(SIZE)), "starts at byte 640");
    let meta = Meta {
        offsets: vec![256, 0, 100],
        ..Meta::default()
    };
    assert_says(&refusal(meta.buffer(SIZE)), "plane 2 starts at byte 100");
}

#[test]
fn metas_of_another_format() {
    let meta = Meta {
        format: VideoFormat::Nv12,
        offsets: vec![0, 512],
        strides: vec![32, 32],
        ..Meta::default()
    };
    let text = refusal(meta.buffer(SIZE));
    assert_says(&text, "its video meta says");
    assert_says(&text, "NV12");
    assert_says(&text, "I420");
}

#[test]
fn metas_with_another_number_of_planes() {
    let meta = Meta {
        offsets: vec![0, 512],
        strides: vec![32, 16],
        ..Meta::default()
    };
    assert_says(
        &refusal(meta.buffer(SIZE)),
        "its video meta has 2 planes, the format of the caps has 3",
    );
}

#[test]
fn metas_smaller_than_the_caps() {
    for (width, height) in [(WIDTH - 1, HEIGHT), (WIDTH, HEIGHT - 1), (0, 0)] {
        let meta = Meta {
            width,
            height,
            ..Meta::default()
        };
        assert_says(
            &refusal(meta.buffer(SIZE)),
            &format!("says {width}x{height}, which is smaller than the 32x16"),
        );
    }
}

/// Memory behind a file descriptor that can't be mapped, as that of a device may be.
/// The reader of a frame and the filter could each take another one for granted.
#[test]
fn several_metas() {
    let mut buffer = Meta::default().buffer(2 * SIZE);
    let offsets = OFFSETS.map(|offset| offset + SIZE);
    let flags = VideoFrameFlags::empty();
    let writable = buffer.get_mut().expect("a fresh buffer");
    VideoMeta::add_full(writable, flags, FORMAT, WIDTH, HEIGHT, &offsets, &STRIDES)
        .expect("a second meta");
    assert_says(&refusal(buffer), "more than one video meta");
}

/// What is shown is not the part that would be distilled.
#[test]
fn crops() {
    let meta = Meta {
        height: 2 * HEIGHT,
        offsets: vec![0, 1024, 1280],
        ..Meta::default()
    };
    for (rectangle, is_whole) in [
        ((0, 0, WIDTH, HEIGHT), true),
        ((0, HEIGHT, WIDTH, HEIGHT), false),
        ((0, 0, WIDTH / 2, HEIGHT), false),
    ] {
        let mut buffer = meta.buffer(2 * SIZE);
        VideoCropMeta::add(buffer.get_mut().expect("a fresh buffer"), rectangle);
        if is_whole {
            let mut filter = Filter::new("");
            filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
            filter.distill(buffer);
        } else {
            assert_says(&refusal(buffer), "its crop meta shows another part");
        }
    }
}

/// Several views in one buffer, of which only the first would be distilled.
#[test]
fn views_of_their_own() {
    let mut filter = Filter::new("");
    let caps = info(FORMAT, WIDTH, HEIGHT).to_caps().expect("caps");
    let mut caps = caps.copy();
    let structure = caps.make_mut().structure_mut(0).expect("a structure");
    structure.set("multiview-mode", "separated");
    structure.set("views", 2);
    filter.harness.set_src_caps(caps);
    let pushed = filter
        .harness
        .push(gst::Buffer::from_mut_slice(vec![77u8; 2 * SIZE]));
    assert_eq!(pushed, Err(gst::FlowError::NotNegotiated));
    assert_eq!(filter.harness.buffers_received(), 0, "nothing leaves");
}

fn unmappable(size: usize) -> gst::Memory {
    let device = File::open("/dev/null").expect("/dev/null").into_raw_fd();
    let allocator = gst_allocators::FdAllocator::new();
    #[allow(unsafe_code, reason = "nothing safe makes memory that can't be mapped")]
    // SAFETY: the descriptor is open, and the memory is its only owner from now on.
    unsafe {
        use gst_allocators::prelude::*;
        allocator.alloc_fd(device, size, gst_allocators::FdMemoryFlags::NONE)
    }
    .expect("memory")
}

#[test]
fn memory_that_cant_be_mapped() {
    init();
    let mut buffer = gst::Buffer::new();
    buffer.get_mut().unwrap().append_memory(unmappable(SIZE));
    let text = refusal(buffer);
    assert_says(&text, "can't be mapped for reading and writing");
    assert_says(&text, "system memory");
}

#[test]
fn part_of_the_memory_cant_be_mapped() {
    init();
    let mut buffer = gst::Buffer::from_mut_slice(vec![0u8; 512]);
    buffer.get_mut().unwrap().append_memory(unmappable(256));
    assert_says(&refusal(buffer), "can't be mapped");
}

#[test]
fn read_only_memory_is_distilled_in_a_copy() {
    static FRAME: [u8; SIZE] = [99; SIZE];
    let mut filter = Filter::new("preset=uniform md-step=255");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    let result = filter.distill(gst::Buffer::from_slice(FRAME));
    assert!(support::video::bytes(&result).iter().all(|&b| b != 99));
    assert!(FRAME.iter().all(|&b| b == 99));
}

#[test]
fn a_bad_frame_after_good_ones_and_good_ones_after_it() {
    let mut filter = Filter::new("");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    filter.distill(Meta::default().buffer(SIZE));
    let bad = gst::Buffer::from_mut_slice(vec![0u8; 9]);
    assert_eq!(filter.harness.push(bad), Err(gst::FlowError::Error));
    assert!(filter.harness.try_pull().is_none());
    assert!(filter.error().is_some());
    filter.distill(Meta::default().buffer(SIZE));
    assert_eq!(filter.count("frames"), 2);
}

#[test]
fn a_frame_without_caps_stops_the_pipeline() {
    init();
    // A source without caps, as one that has none to offer.
    let pipeline = gst::parse::launch("appsrc name=source ! featuredistill ! appsink name=sink")
        .expect("a pipeline")
        .downcast::<gst::Pipeline>()
        .unwrap();
    let source = pipeline.by_name("source").unwrap();
    let source = source.downcast::<gst_app::AppSrc>().unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    let sink = sink.downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).expect("starting");
    source
        .push_buffer(gst::Buffer::from_mut_slice(vec![0u8; SIZE]))
        .expect("queued");
    let message = pipeline
        .bus()
        .unwrap()
        .timed_pop_filtered(gst::ClockTime::from_seconds(20), &[gst::MessageType::Error]);
    assert!(message.is_some(), "an ERROR");
    assert!(sink.try_pull_sample(gst::ClockTime::ZERO).is_none());
    pipeline.set_state(gst::State::Null).expect("stopped");

    let mut filter = Filter::new("");
    filter.harness.play();
    filter
        .harness
        .push_event(gst::event::StreamStart::new("test"));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    filter
        .harness
        .push_event(gst::event::Segment::new(&segment));
    let result = filter.harness.push(Meta::default().buffer(SIZE));
    assert_eq!(result, Err(gst::FlowError::NotNegotiated));
    assert_eq!(filter.harness.buffers_received(), 0);
}

/// Starts an element with a table file that it can't use, and returns what the bus says.
fn start_refusal(path: &std::path::Path) -> String {
    init();
    let element = gst::ElementFactory::make("featuredistill")
        .property("table-file", path.to_str().unwrap())
        .build()
        .expect("an element");
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err());
    let message = bus
        .pop_filtered(&[gst::MessageType::Error])
        .expect("an ERROR");
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!("filtered");
    };
    let text = error.error().message().to_string();
    assert_says(&text, path.to_str().unwrap());
    element.set_state(gst::State::Null).expect("stopped");
    text
}

#[test]
fn a_table_file_that_isnt_there() {
    let text = start_refusal(std::path::Path::new("/nonexistent/table.txt"));
    assert_says(&text, "No such file");
}

#[test]
fn a_table_file_that_is_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    assert_says(&start_refusal(directory.path()), "not a regular file");
}

#[test]
fn a_table_file_that_is_a_device() {
    let text = start_refusal(std::path::Path::new("/dev/zero"));
    assert_says(&text, "not a regular file");
}

#[test]
fn a_table_file_that_is_too_large() {
    let file = file(&vec![b' '; (1 << 20) + 1]);
    assert_says(&start_refusal(file.path()), "larger than 1048576 bytes");
}

#[test]
fn malformed_table_files() {
    for (content, part) in [
        (&b"1 2 3\n4 x 6\n"[..], "line 2"),
        (b"# a comment\n0 1 2", "line 2"),
        (b"# a comment\n\n256 1 2", "line 3"),
        (b"1 2 3\n", "64"),
        (b"", "no steps"),
    ] {
        let file = file(content);
        let text = start_refusal(file.path());
        assert_says(&text, part);
    }
    let jpeg = file(b"\xff\xd8\xff\xdb\x00\x43\x00\x01");
    start_refusal(jpeg.path());
}

#[test]
fn an_element_that_couldnt_start_starts_with_a_good_table() {
    init();
    let element = gst::ElementFactory::make("featuredistill")
        .property("table-file", "/nonexistent")
        .build()
        .unwrap();
    assert!(element.set_state(gst::State::Paused).is_err());
    element.set_state(gst::State::Null).unwrap();
    element.set_property("table-file", None::<String>);
    let mut filter = Filter::with_element(element);
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    filter.distill(Meta::default().buffer(SIZE));
}
