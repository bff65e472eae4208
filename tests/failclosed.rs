// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames that can't be distilled: an ERROR with the reason, a flow error, and no output.

mod support;

use std::fs::File;
use std::os::fd::IntoRawFd;

use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoFormat, VideoFrameFlags, VideoMeta};
use support::filter::{Filter, init};
use support::video::info;

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
        init();
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

/// Pushes a frame that must not come out, and returns the text of the ERROR.
fn refusal(buffer: gst::Buffer) -> String {
    let mut filter = Filter::new("");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    assert_eq!(filter.harness.push(buffer), Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 0, "nothing leaves");
    assert_eq!(filter.count("frames"), 0);
    assert_eq!(filter.count("bypassed"), 0);
    let text = filter.error().expect("an ERROR");
    assert_eq!(filter.error(), None, "one ERROR is enough");
    assert!(text.starts_with("Can't distill a frame: "), "{text}");
    text
}

fn assert_says(text: &str, part: &str) {
    assert!(text.contains(part), "{text}\ndoesn't say: {part}");
}

#[test]
fn a_meta_that_fits_the_caps_is_accepted() {
    let mut filter = Filter::new("");
    filter.set_caps(&info(FORMAT, WIDTH, HEIGHT));
    filter.distill(Meta::default().buffer(SIZE));
    filter.distill(gst::Buffer::from_mut_slice(vec![1u8; SIZE]));
    assert_eq!(filter.error(), None);
}

#[test]
fn buffers_that_are_too_small_are_refused() {
    init();
    for size in [1, 10, 511, 513, 767] {
        let text = refusal(gst::Buffer::from_mut_slice(vec![0u8; size]));
        assert_says(&text, &format!("exceeds the buffer of {size} bytes"));
        assert_says(&text, "must send buffers that match its caps");
    }
    assert_says(
        &refusal(gst::Buffer::from_mut_slice(vec![0u8; 767])),
        "plane 2 (offset 640, stride 16, 8 rows of 16 bytes)",
    );
}

#[test]
fn buffers_without_memory_are_refused() {
    init();
    let text = refusal(gst::Buffer::new());
    assert_says(&text, "plane 0");
    assert_says(&text, "exceeds the buffer of 0 bytes");
}

#[test]
fn a_buffer_one_byte_smaller_than_its_meta_is_refused() {
    assert_says(&refusal(Meta::default().buffer(767)), "plane 2");
}

#[test]
fn strides_smaller_than_a_row_are_refused() {
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
            &format!("plane {plane} has a stride of {stride} bytes, but rows of {row_bytes} bytes"),
        );
    }
}

#[test]
fn strides_that_exceed_the_buffer_are_refused() {
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
fn offsets_that_exceed_the_buffer_are_refused() {
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
fn planes_that_overlap_are_refused() {
    let mut meta = Meta::default();
    meta.offsets[1] = 511;
    assert_says(
        &refusal(meta.buffer(SIZE)),
        "plane 1 starts at byte 511, inside plane 0, which ends at byte 512",
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
fn metas_of_another_format_are_refused() {
    let meta = Meta {
        format: VideoFormat::Nv12,
        offsets: vec![0, 512],
        strides: vec![32, 32],
        ..Meta::default()
    };
    let text = refusal(meta.buffer(SIZE));
    assert_says(&text, "the video meta says");
    assert_says(&text, "NV12");
    assert_says(&text, "I420");
}

#[test]
fn metas_with_another_number_of_planes_are_refused() {
    let meta = Meta {
        offsets: vec![0, 512],
        strides: vec![32, 16],
        ..Meta::default()
    };
    assert_says(
        &refusal(meta.buffer(SIZE)),
        "the video meta has 2 planes, the format of the caps has 3",
    );
}

#[test]
fn metas_smaller_than_the_caps_are_refused() {
    for (width, height) in [(WIDTH - 1, HEIGHT), (WIDTH, HEIGHT - 1), (0, 0)] {
        let meta = Meta {
            width,
            height,
            ..Meta::default()
        };
        assert_says(
            &refusal(meta.buffer(SIZE)),
            &format!("says {width}x{height}, smaller than the 32x16"),
        );
    }
}

/// The filter and the reader of a frame could each use another one.
#[test]
fn several_metas_are_refused() {
    let mut buffer = Meta::default().buffer(2 * SIZE);
    let offsets = OFFSETS.map(|offset| offset + SIZE);
    let flags = VideoFrameFlags::empty();
    let writable = buffer.get_mut().expect("a fresh buffer");
    VideoMeta::add_full(writable, flags, FORMAT, WIDTH, HEIGHT, &offsets, &STRIDES)
        .expect("a second meta");
    assert_says(&refusal(buffer), "more than one video meta");
}

/// GStreamer's rows are padded to 4 bytes.
#[test]
fn the_error_for_unpadded_rows_tells_how_rows_are_padded() {
    let mut filter = Filter::new("");
    filter.set_caps(&info(VideoFormat::Rgb, 227, 2));
    let pushed = filter
        .harness
        .push(gst::Buffer::from_mut_slice(vec![0u8; 2 * 3 * 227]));
    assert_eq!(pushed, Err(gst::FlowError::Error));
    let text = filter.error().expect("an ERROR");
    assert_says(&text, "stride 684, 2 rows of 681 bytes");
    assert_says(&text, "Pad rows to a multiple of 4 bytes");
}

/// Another part would be shown than the one that is distilled.
#[test]
fn crops_are_refused() {
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
            assert_says(&refusal(buffer), "not the whole frame");
        }
    }
}

/// Several views in one buffer, of which only the first would be distilled.
#[test]
fn separated_views_are_refused() {
    for element in ["featuredistill", "featuredistillenc", "featurecalibrate"] {
        let mut filter = Filter::launch(element);
        let caps = info(FORMAT, WIDTH, HEIGHT).to_caps().expect("caps");
        let mut caps = caps.copy();
        let structure = caps.make_mut().structure_mut(0).expect("a structure");
        structure.set("multiview-mode", "separated");
        structure.set("views", 2);
        filter.harness.set_src_caps(caps);
        let pushed = filter
            .harness
            .push(gst::Buffer::from_mut_slice(vec![77u8; 2 * SIZE]));
        assert_eq!(pushed, Err(gst::FlowError::NotNegotiated), "{element}");
        assert_eq!(filter.harness.buffers_received(), 0, "nothing leaves");
        let text = filter.error().expect("an ERROR");
        assert_says(&text, "Separated multiview isn't supported");
    }
}

/// Memory behind a file descriptor that can't be mapped, as that of a device may be.
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
fn memory_that_cant_be_mapped_is_refused() {
    init();
    let mut buffer = gst::Buffer::new();
    buffer.get_mut().unwrap().append_memory(unmappable(SIZE));
    let text = refusal(buffer);
    assert_says(&text, "can't be mapped for reading and writing");
    assert_says(&text, "system memory");
}

#[test]
fn memory_that_cant_be_mapped_in_part_is_refused() {
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
fn a_bad_frame_affects_no_frame_before_or_after_it() {
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
