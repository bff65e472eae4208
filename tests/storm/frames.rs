// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Buffers of every kind: fair ones, and such as no element may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gst::meta::CustomMeta;
use gst_video::{VideoCropMeta, VideoFormat, VideoFrameFlags, VideoInfo, VideoMeta};
use gstfeaturedistill::featuredistill::FeatureDistillMessage;

use super::support::hostile;
use super::support::video::{Placement, noise, scene};

/// Bytes of which it is known whether they still exist.
struct Counted {
    bytes: Vec<u8>,
    alive: Arc<AtomicUsize>,
}

impl Counted {
    fn new(bytes: Vec<u8>, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self {
            bytes,
            alive: alive.clone(),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Counted {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

fn memory(bytes: Counted, is_read_only: bool) -> gst::Memory {
    if is_read_only {
        gst::Memory::from_slice(bytes)
    } else {
        gst::Memory::from_mut_slice(bytes)
    }
}

/// A size that is often small and odd.
pub fn size(random: &mut fastrand::Rng) -> (u32, u32) {
    (random.u32(1..=72), random.u32(1..=40))
}

pub fn info(random: &mut fastrand::Rng, formats: &[VideoFormat], size: (u32, u32)) -> VideoInfo {
    let format = *random.choice(formats).expect("formats");
    super::support::video::info(format, size.0, size.1)
}

/// A buffer that every element has to take, of one memory or several, writable or not, with `spare` bytes
/// behind the last sample.
pub fn fair(
    random: &mut fastrand::Rng,
    info: &VideoInfo,
    alive: &Arc<AtomicUsize>,
    spare: usize,
) -> gst::Buffer {
    let has_meta = random.bool();
    let mut placement = if has_meta && random.bool() {
        Placement::padded(info)
    } else {
        Placement::plain(info)
    };
    placement.size += spare;
    let bytes = match random.u32(..3) {
        0 => noise(random.u64(..)).take(placement.size).collect(),
        1 => scene(random.u64(..), placement.size),
        _ => vec![random.u8(..); placement.size],
    };
    let mut buffer = gst::Buffer::new();
    let target = buffer.get_mut().expect("a new buffer");
    // GStreamer's own elements map one memory for a plane.
    let parts = if spare > 0 { 1 } else { random.usize(1..=3) };
    let is_read_only = random.u32(..4) == 0;
    for part in bytes.chunks(bytes.len().div_ceil(parts)) {
        let part = Counted::new(part.to_vec(), alive);
        target.append_memory(memory(part, is_read_only));
    }
    if has_meta {
        add_meta(target, &placement, info.width(), info.height());
    }
    if random.u32(..4) == 0 {
        VideoCropMeta::add(target, (0, 0, info.width(), info.height()));
    }
    if random.u32(..4) == 0 {
        let region = (0, 0, info.width(), 1);
        gst_video::VideoRegionOfInterestMeta::add(target, "person", region);
    }
    for _ in 0..random.u32(..8).saturating_sub(5) {
        let mut verdict = CustomMeta::add(target, FeatureDistillMessage::NAME).expect("a meta");
        verdict.mut_structure().set("digest", "of another element");
    }
    target.set_flags(gst::BufferFlags::from_bits_truncate(
        random.u32(..) & FLAGS.bits(),
    ));
    buffer
}

/// Flags that say nothing about the samples.
pub const FLAGS: gst::BufferFlags = gst::BufferFlags::DISCONT
    .union(gst::BufferFlags::RESYNC)
    .union(gst::BufferFlags::CORRUPTED)
    .union(gst::BufferFlags::MARKER)
    .union(gst::BufferFlags::DROPPABLE)
    .union(gst::BufferFlags::DELTA_UNIT);

fn add_meta(buffer: &mut gst::BufferRef, placement: &Placement, width: u32, height: u32) {
    VideoMeta::add_full(
        buffer,
        VideoFrameFlags::empty(),
        placement.info.format(),
        width,
        height,
        &placement.offsets,
        &placement.strides,
    )
    .expect("a meta");
}

impl hostile::Choices for fastrand::Rng {
    fn below(&mut self, count: u8) -> u8 {
        self.u8(..count)
    }
}

/// A buffer that elements may refuse, or take if it holds a frame all the same.
pub fn wild(random: &mut fastrand::Rng, info: &VideoInfo, alive: &Arc<AtomicUsize>) -> gst::Buffer {
    let samples = scene(random.u64(..), random.usize(1..4096));
    hostile::buffer(random, &samples, info, |bytes, is_read_only| {
        memory(Counted::new(bytes, alive), is_read_only)
    })
}

/// A buffer that no element may take: it doesn't hold what its caps say.
pub fn refused(
    random: &mut fastrand::Rng,
    info: &VideoInfo,
    alive: &Arc<AtomicUsize>,
) -> gst::Buffer {
    let mut placement = Placement::padded(info);
    let mut size = placement.size;
    let (mut width, mut height) = (info.width(), info.height());
    let mut crop = None;
    let mut metas = 1;
    let mut is_overlaid = false;
    match random.u32(..8) {
        0 => size -= 1,
        1 => size = random.usize(..size),
        2 => placement.strides[0] = random.i32(-200..=0),
        3 => placement.offsets[0] = size,
        4 => crop = Some((1, 0, width, height)),
        5 if width > 1 || height > 1 => {
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
        6 => is_overlaid = true,
        _ => metas = 2,
    }
    let bytes = Counted::new(vec![7; size], alive);
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    let target = buffer.get_mut().expect("a new buffer");
    for _ in 0..metas {
        add_meta(target, &placement, width, height);
    }
    if let Some(crop) = crop {
        VideoCropMeta::add(target, crop);
    }
    if is_overlaid {
        hostile::overlay(target);
    }
    buffer
}
