// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Nothing but the samples changes: metas, timestamps, flags, memory.

mod support;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoMeta, VideoRegionOfInterestMeta};
use support::filter::{Filter, frames_of};
use support::video::{Placement, bytes, info, noise};

const WIDTH: u32 = 33;
const HEIGHT: u32 = 17;

fn filter() -> Filter {
    let mut filter = Filter::new("preset=uniform md-step=255");
    filter.set_caps(&info(VideoFormat::I420, WIDTH, HEIGHT));
    filter
}

fn frame() -> Vec<u8> {
    noise(1)
        .take(info(VideoFormat::I420, WIDTH, HEIGHT).size())
        .collect()
}

#[test]
fn regions_of_interest_survive() {
    let mut filter = filter();
    let mut buffer = gst::Buffer::from_mut_slice(frame());
    {
        let buffer = buffer.get_mut().unwrap();
        let mut meta = VideoRegionOfInterestMeta::add(buffer, "face", (3, 4, 10, 11));
        meta.add_param(gst::Structure::builder("detection").field("p", 0.5).build());
        gst::ReferenceTimestampMeta::add(
            buffer,
            &gst::Caps::new_empty_simple("timestamp/x-unix"),
            gst::ClockTime::from_seconds(5),
            gst::ClockTime::NONE,
        );
    }
    let result = filter.distill(buffer);
    let meta = result.meta::<VideoRegionOfInterestMeta>().expect("the ROI");
    assert_eq!(meta.rect(), (3, 4, 10, 11));
    assert_eq!(meta.roi_type(), "face");
    assert_eq!(meta.param("detection").unwrap().get("p"), Ok(0.5));
    let meta = result.meta::<gst::ReferenceTimestampMeta>();
    assert_eq!(meta.unwrap().timestamp(), gst::ClockTime::from_seconds(5));
}

#[test]
fn metas_survive_on_a_shared_buffer_too() {
    let mut filter = filter();
    let mut buffer = gst::Buffer::from_mut_slice(frame());
    VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "face", (3, 4, 10, 11));
    let other_owner = buffer.clone();
    let result = filter.distill(buffer);
    assert!(result.meta::<VideoRegionOfInterestMeta>().is_some());
    assert!(bytes(&other_owner) == frame());
}

#[test]
fn timestamps_flags_and_offsets_survive() {
    let mut filter = filter();
    let flags = gst::BufferFlags::DISCONT | gst::BufferFlags::MARKER | gst::BufferFlags::DELTA_UNIT;
    let mut buffer = gst::Buffer::from_mut_slice(frame());
    {
        let buffer = buffer.get_mut().unwrap();
        buffer.set_pts(gst::ClockTime::from_mseconds(40));
        buffer.set_dts(gst::ClockTime::from_mseconds(30));
        buffer.set_duration(gst::ClockTime::from_mseconds(20));
        buffer.set_offset(7);
        buffer.set_offset_end(8);
        buffer.set_flags(flags);
    }
    let result = filter.distill(buffer);
    assert_eq!(result.pts(), Some(gst::ClockTime::from_mseconds(40)));
    assert_eq!(result.dts(), Some(gst::ClockTime::from_mseconds(30)));
    assert_eq!(result.duration(), Some(gst::ClockTime::from_mseconds(20)));
    assert_eq!((result.offset(), result.offset_end()), (7, 8));
    assert!(result.flags().contains(flags));
}

#[test]
fn the_video_meta_and_the_padding_stay() {
    let mut filter = filter();
    let info = info(VideoFormat::I420, WIDTH, HEIGHT);
    let placement = Placement::padded(&info);
    let before: Vec<_> = noise(2).take(placement.size).collect();
    let result = filter.distill(placement.buffer_with_meta(before.clone()));
    let meta = result.meta::<VideoMeta>().expect("the video meta");
    assert_eq!(meta.offset(), placement.offsets);
    assert_eq!(meta.stride(), placement.strides);
    let after = bytes(&result);
    assert!(after != before);
    // The gap before the first plane, and the one behind its first row.
    let row_end = placement.offsets[0] + WIDTH as usize;
    let next_row = placement.offsets[0] + placement.strides[0] as usize;
    for gap in [0..placement.offsets[0], row_end..next_row] {
        assert!(after[gap.clone()] == before[gap]);
    }
}

fn address(buffer: &gst::BufferRef) -> *const u8 {
    buffer.map_readable().unwrap().as_ptr()
}

#[test]
fn a_writable_buffer_is_worked_on_where_it_is() {
    let mut filter = filter();
    let buffer = gst::Buffer::from_mut_slice(frame());
    let before = address(&buffer);
    let result = filter.distill(buffer);
    assert_eq!(address(&result), before);
    assert!(bytes(&result) != frame());
}

#[test]
fn a_shared_buffer_is_copied_and_its_other_owner_sees_no_change() {
    let mut filter = filter();
    let buffer = gst::Buffer::from_mut_slice(frame());
    let other_owner = buffer.clone();
    let result = filter.distill(buffer);
    assert_ne!(address(&result), address(&other_owner));
    assert!(bytes(&other_owner) == frame());
    assert!(bytes(&result) != frame());
}

#[test]
fn shared_memory_is_copied_and_its_other_owner_sees_no_change() {
    let mut filter = filter();
    let buffer = gst::Buffer::from_mut_slice(frame());
    // Another buffer over the same memory.
    let other_owner = buffer.copy();
    assert_eq!(address(&buffer), address(&other_owner));
    let result = filter.distill(buffer);
    assert!(bytes(&other_owner) == frame());
    assert!(bytes(&result) != frame());
}

#[test]
fn the_other_branch_of_a_tee_keeps_its_frames() {
    // A size without padding, which videotestsrc leaves as it finds it.
    const SOURCE: &str =
        "videotestsrc num-buffers=3 pattern=snow ! video/x-raw,format=I420,width=40,height=16";
    const SINK: &str = "appsink sync=false name";
    let branches = frames_of(
        &format!(
            "{SOURCE} ! tee name=t \
             t. ! queue ! featuredistill preset=uniform md-step=255 qos=false ! {SINK}=distilled \
             t. ! queue ! {SINK}=untouched"
        ),
        &["distilled", "untouched"],
    );
    let reference = frames_of(&format!("{SOURCE} ! {SINK}=reference"), &["reference"]);
    assert_eq!(reference[0].len(), 3);
    assert!(branches[1] == reference[0]);
    for (after, before) in branches[0].iter().zip(&reference[0]) {
        assert!(after != before);
    }
}

#[test]
fn no_latency_is_added() {
    let filter = filter();
    let mut query = gst::query::Latency::new();
    let source = filter.element.static_pad("src").unwrap();
    assert!(source.query(&mut query));
    let (_live, min, max) = query.result();
    assert_eq!((min, max), (gst::ClockTime::ZERO, None));
}
