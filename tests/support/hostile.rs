// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Buffers that no element can rely on: whatever the caps say, any size, memory and metas.

use std::iter;

use gst_video::{
    VideoCropMeta, VideoFormat, VideoFrameFlags, VideoInfo, VideoMeta, VideoOverlayComposition,
    VideoOverlayCompositionMeta, VideoOverlayFormatFlags, VideoOverlayRectangle,
};

/// Of each way to lay out planes and components one, all of which the encoder takes or the filter.
const FORMATS: [VideoFormat; 10] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Gray8,
    VideoFormat::Rgb,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Yuy2,
    VideoFormat::Argb,
    VideoFormat::Gbra,
    VideoFormat::Y41b,
];

/// Source of choices.
pub trait Choices {
    /// A number below `count`, which is above 0.
    fn below(&mut self, count: u8) -> u8;

    /// A number near `right` or anywhere.
    fn near(&mut self, right: usize) -> usize {
        let by = usize::from(self.below(u8::MAX));
        match self.below(8) {
            0 => right.wrapping_add(by),
            1 => right.wrapping_sub(by),
            2 => by,
            3 => usize::MAX - by,
            4 => by << 24,
            _ => right,
        }
    }

    /// One of the formats.
    fn format(&mut self) -> VideoFormat {
        FORMATS[usize::from(self.below(FORMATS.len() as u8))]
    }
}

/// A buffer for caps of `info`, of bytes that repeat `samples`: of any size, in several memories, with metas that
/// may contradict the caps and each other. `memory` makes one of bytes that may be read-only.
pub fn buffer(
    choices: &mut impl Choices,
    samples: &[u8],
    info: &VideoInfo,
    memory: impl Fn(Vec<u8>, bool) -> gst::Memory,
) -> gst::Buffer {
    let size = info.size() + 64 * usize::from(choices.below(4));
    let size = choices.near(size).min(1 << 20);
    let content: Vec<u8> = samples
        .iter()
        .copied()
        .cycle()
        .chain(iter::repeat(0))
        .take(size)
        .collect();
    let mut buffer = gst::Buffer::new();
    let target = buffer.get_mut().expect("new");
    let parts = usize::from(choices.below(3)) + 1;
    for part in content.chunks(size.div_ceil(parts).max(1)) {
        target.append_memory(memory(part.to_vec(), choices.below(4) == 0));
    }
    for _ in 0..choices.below(3) {
        let format = match choices.below(8) {
            0 => choices.format(),
            _ => info.format(),
        };
        let planes = gst_video::VideoFormatInfo::from_format(format).n_planes() as usize;
        let of = |all: Vec<usize>, plane: usize| all.get(plane).copied().unwrap_or(0);
        let mut offsets = Vec::new();
        let mut strides = Vec::new();
        for plane in 0..planes {
            offsets.push(choices.near(of(info.offset().to_vec(), plane)));
            let all = info.stride().iter().map(|&stride| stride as usize);
            strides.push(choices.near(of(all.collect(), plane)) as i32);
        }
        let width = choices.near(info.width() as usize) as u32;
        let height = choices.near(info.height() as usize) as u32;
        let flags = VideoFrameFlags::empty();
        // Refused by GStreamer itself now and then.
        let _ = VideoMeta::add_full(target, flags, format, width, height, &offsets, &strides);
    }
    if choices.below(8) == 0 {
        let sides = [0, 0, info.width() as usize, info.height() as usize];
        let [x, y, width, height] = sides.map(|side| choices.near(side) as u32);
        VideoCropMeta::add(target, (x, y, width, height));
    }
    if choices.below(16) == 0 {
        overlay(target);
    }
    buffer
}

/// Has a white square drawn over the frame later.
pub fn overlay(buffer: &mut gst::BufferRef) {
    let mut square = gst::Buffer::from_mut_slice(vec![255u8; 4 * 4 * 4]);
    let (target, flags) = (square.get_mut().expect("new"), VideoFrameFlags::empty());
    VideoMeta::add(target, flags, VideoFormat::Bgra, 4, 4).expect("a meta");
    let flags = VideoOverlayFormatFlags::empty();
    let square = VideoOverlayRectangle::new_raw(&square, 0, 0, 4, 4, flags);
    let composition = VideoOverlayComposition::new([&square]).expect("a composition");
    VideoOverlayCompositionMeta::add(buffer, &composition);
}
