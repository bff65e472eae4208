// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element allocates nothing once it runs. (The allocator counts for the whole process, so there is
//! one test here. Allocations of GStreamer itself are C's and not counted.)

mod support;

use support::filter::{Filter, init};
use support::video::{Placement, bytes, formats, info, scene};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Frames that go through each element. Fewer allocations than frames are none per frame: the test's
/// other thread allocates now and then, too.
const FRAMES: u64 = 20;

/// Allocations while `FRAMES` frames go through an element that has seen one already.
fn allocations(properties: &str, placement: &Placement) -> u64 {
    let mut filter = Filter::new(properties);
    filter.set_caps(&placement.info);
    let mut frame = placement.buffer_with_meta(scene(1, placement.size));
    for _ in 0..2 {
        frame = filter.distill(frame);
    }
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..FRAMES {
        frame = filter.distill(frame);
    }
    let after = dhat::HeapStats::get().total_blocks;
    assert_eq!(filter.count("frames"), FRAMES + 2);
    assert_eq!(bytes(&frame).len(), placement.size);
    after - before
}

#[test]
fn frames_need_no_allocation() {
    init();
    let _profiler = dhat::Profiler::builder().testing().build();
    for format in formats() {
        let placement = Placement::padded(&info(format, 150, 37));
        for properties in [
            "",
            "color-mode=ycbcr",
            "settle=true",
            "tamper-threshold=300",
            "digest=blake3",
        ] {
            let count = allocations(properties, &placement);
            assert!(count < FRAMES, "{count}: {format:?}, {properties}");
        }
    }
    let large = Placement::plain(&info(gst_video::VideoFormat::I420, 1920, 1080));
    assert!(allocations("n-threads=1", &large) < FRAMES);
    // A job for the other thread is one allocation, and the queue of jobs grows by blocks of many.
    let shared = allocations("n-threads=2", &large);
    assert!(shared <= 2 * FRAMES, "{shared} with two threads");
    // The text of a digest for each frame has to be seen, or the allocator counts nothing.
    let texts = allocations("post-messages=true digest=blake3 n-threads=1", &large);
    assert!(texts >= FRAMES, "{texts} for digests in messages");
}
