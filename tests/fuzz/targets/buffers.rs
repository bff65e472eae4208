// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Any buffer and metas, whatever the caps say: an element refuses it and says so, or what leaves is what it
//! makes of a plain frame with the same samples, and all other bytes are as they came.

#![no_main]

#[path = "../../support/hostile.rs"]
mod hostile;

use std::sync::Once;

use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoInfo, VideoMeta, VideoOverlayCompositionMeta};
use hostile::Choices;
use libfuzzer_sys::fuzz_target;

/// Bytes for everything but the samples, at most.
const CHOICES: usize = 128;

const ELEMENTS: [&str; 5] = [
    "featuredistill",
    "featuredistill preset=certified settle=true",
    "featuredistill preset=certified-samples epsilon=4 attach-meta=true digest=blake3",
    "featurecalibrate",
    "featuredistillenc",
];

/// An element and the element that is asked for the same of a plain frame.
struct Pair {
    tested: Harness,
    element: gst::Element,
    plain: Harness,
}

fn launch(line: &str, backend: &str) -> (Harness, gst::Element) {
    let element = gst::parse::launch(line).expect("an element");
    element.set_property_from_str("backend", backend);
    element.set_property("n-threads", 1u32);
    (
        Harness::with_element(&element, Some("sink"), Some("src")),
        element,
    )
}

impl Pair {
    /// Elements that take frames of `info`; None if they can't.
    fn new(line: &str, info: &VideoInfo) -> Option<Self> {
        let caps = info.to_caps().ok()?;
        let (mut tested, element) = launch(line, "auto");
        let (mut plain, _) = launch(line, "scalar");
        let template = element.static_pad("sink")?.pad_template_caps();
        if !template.can_intersect(&caps) {
            return None;
        }
        tested.set_src_caps(caps.clone());
        plain.set_src_caps(caps);
        Some(Self {
            tested,
            element,
            plain,
        })
    }
}

/// Bytes of the input that choose; 0 when there are no more.
struct Input<'a>(std::slice::Iter<'a, u8>);

impl Choices for Input<'_> {
    fn below(&mut self, count: u8) -> u8 {
        self.0.next().map_or(0, |choice| choice % count)
    }
}

/// The planes as the caps or the buffer's meta say, where they fit into `size` bytes: (offset, stride).
fn places(info: &VideoInfo, buffer: &gst::BufferRef) -> Vec<(usize, usize)> {
    let (offsets, strides) = match buffer.meta::<VideoMeta>() {
        Some(meta) => (meta.offset().to_vec(), meta.stride().to_vec()),
        None => (info.offset().to_vec(), info.stride().to_vec()),
    };
    let stride = |stride: i32| usize::try_from(stride).expect("what passed has fair strides");
    offsets
        .into_iter()
        .zip(strides.into_iter().map(stride))
        .collect()
}

/// Positions of all visible samples, alpha's too, among the bytes of a frame.
fn positions(info: &VideoInfo, places: &[(usize, usize)]) -> Vec<usize> {
    let mut positions = Vec::new();
    for component in 0..info.n_components() as u8 {
        let (offset, stride) = places[info.comp_plane(component) as usize];
        let start = offset + info.comp_poffset(component) as usize;
        for y in 0..info.comp_height(component) as usize {
            for x in 0..info.comp_width(component) as usize {
                positions.push(start + y * stride + x * info.comp_pstride(component) as usize);
            }
        }
    }
    positions
}

fn bytes(buffer: &gst::BufferRef) -> Vec<u8> {
    buffer.map_readable().expect("readable").to_vec()
}

/// The verdict that is attached to a frame.
fn verdict(buffer: &gst::BufferRef) -> Option<gst::Structure> {
    let meta = gst::meta::CustomMeta::from_buffer(buffer, "featuredistill").ok()?;
    Some(meta.structure().to_owned())
}

fn run(input: &[u8]) {
    let (choices, samples) = input.split_at(input.len().min(CHOICES));
    let mut choices = Input(choices.iter());
    let line = ELEMENTS[usize::from(choices.below(ELEMENTS.len() as u8))];
    let format = choices.format();
    let (width, height) = (choices.below(40) + 1, choices.below(40) + 1);
    let Ok(info) = VideoInfo::builder(format, width.into(), height.into()).build() else {
        return;
    };
    let Some(mut pair) = Pair::new(line, &info) else {
        return;
    };
    let buffer = hostile::buffer(&mut choices, samples, &info, |bytes, is_read_only| {
        if is_read_only {
            gst::Memory::from_slice(bytes)
        } else {
            gst::Memory::from_mut_slice(bytes)
        }
    });
    let before = bytes(&buffer);
    let pushed = pair.tested.push(buffer.clone());
    let Some(left) = pair.tested.try_pull() else {
        assert!(pushed.is_err(), "a frame was dropped without a word");
        return;
    };
    assert!(pushed.is_ok(), "a refused frame left");
    assert!(buffer.meta::<VideoOverlayCompositionMeta>().is_none());
    assert!(bytes(&buffer) == before, "somebody else's copy was changed");

    let from = positions(&info, &places(&info, &buffer));
    let plain_places: Vec<_> = info
        .offset()
        .iter()
        .copied()
        .zip(info.stride().iter().map(|&stride| stride as usize))
        .collect();
    let to = positions(&info, &plain_places);
    let mut plain = vec![0; info.size()];
    for (&from, &to) in from.iter().zip(&to) {
        plain[to] = before[from];
    }
    pair.plain
        .push(gst::Buffer::from_mut_slice(plain))
        .expect("a plain frame");
    let expected = pair.plain.pull().expect("a frame");
    assert!(verdict(&left) == verdict(&expected), "another verdict");
    let expected = bytes(&expected);
    let found = bytes(&left);
    if line.starts_with("featuredistillenc") {
        assert!(found == expected, "another file");
        return;
    }
    let mut frame = before;
    for (&from, &to) in from.iter().zip(&to) {
        frame[from] = expected[to];
    }
    assert!(found == frame, "{line} {info:?}");
    drop(pair.element);
}

fuzz_target!(|input: &[u8]| {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
    run(input);
});
