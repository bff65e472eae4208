// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Digests of frames: `digest` and `key-file`.

mod support;

use std::os::unix::fs::PermissionsExt;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstfeaturedistill::codec::{ColorFamily, Digest};
use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use support::digests::{digest, family};
use support::filter::{Filter, init, refused};
use support::video::{self, Placement, bytes, file, noise, scene};

/// Made by tests/data/digests/make.py with another implementation.
const VECTORS: &str = include_str!("data/digests/vectors.txt");

/// The key of the vectors.
fn key() -> [u8; 32] {
    std::array::from_fn(|i| i as u8)
}

fn formats() -> Vec<VideoFormat> {
    init();
    video::formats()
}

fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    init();
    video::info(format, width, height)
}

/// Pixels across and down that a sample of the last component stands for.
fn subsampling(info: &VideoInfo) -> (usize, usize) {
    let last = info.n_components().min(3) as usize - 1;
    let format = info.format_info();
    (1 << format.w_sub()[last], 1 << format.h_sub()[last])
}

/// The bytes that are hashed, gathered sample by sample.
fn hashed(placement: &Placement, bytes: &[u8]) -> Vec<u8> {
    let info = &placement.info;
    let (across, down) = subsampling(info);
    let mut result = vec![1, family(info) as u8, across as u8, down as u8];
    result.extend(info.width().to_le_bytes());
    result.extend(info.height().to_le_bytes());
    result.extend(placement.samples(bytes).concat());
    result
}

/// A frame with these samples, and noise wherever there are none.
fn stored(placement: &Placement, sample: impl Fn(u8, usize, usize) -> u8) -> Vec<u8> {
    let mut bytes: Vec<u8> = noise(7).take(placement.size).collect();
    for c in 0..placement.info.n_components().min(3) as u8 {
        let width = placement.info.comp_width(c) as usize;
        for (i, at) in placement.positions(c).into_iter().enumerate() {
            bytes[at] = sample(c, i % width, i / width);
        }
    }
    bytes
}

#[test]
fn digests_of_every_format_and_stride_are_those_of_another_implementation() {
    let mut checked = 0;
    for line in VECTORS.lines() {
        let [name, across, down, width, height, plain, keyed] = line
            .split(' ')
            .collect::<Vec<_>>()
            .try_into()
            .expect("seven fields");
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let of_the_line = |info: &VideoInfo| {
            let its = match family(info) {
                ColorFamily::Gray => "gray",
                ColorFamily::Yuv => "yuv",
                ColorFamily::Rgb => "rgb",
            };
            its == name && subsampling(info) == (number(across), number(down))
        };
        for format in formats() {
            let info = info(format, number(width) as u32, number(height) as u32);
            if !of_the_line(&info) {
                continue;
            }
            for placement in [Placement::plain(&info), Placement::padded(&info)] {
                let mut frame = stored(&placement, |c, x, y| {
                    (31 * x + 17 * y + 101 * usize::from(c) + x * y) as u8
                });
                for (key, expected) in [(None, plain), (Some(&key()), keyed)] {
                    let digest = digest(&placement, &mut frame, key);
                    assert_eq!(digest.to_string(), expected, "{format}: {line}");
                }
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 2 * 4 * formats().len());
}

/// An element with the properties that are common to all tests.
fn filter(properties: &str, info: &VideoInfo) -> Filter {
    let mut filter = Filter::new(&format!("digest=blake3 post-messages=true {properties}"));
    filter.set_caps(info);
    filter
}

/// The digest in the oldest message.
fn reported(filter: &Filter) -> Option<Digest> {
    let message = filter.bus.pop_filtered(&[gst::MessageType::Element])?;
    let structure = message.structure().expect("a structure");
    FeatureDistillMessage::try_from(structure)
        .expect("a report")
        .digest
}

#[test]
fn the_digest_is_that_of_the_frame_that_leaves() {
    let file = file(&key());
    std::fs::set_permissions(file.path(), PermissionsExt::from_mode(0o600)).expect("its owner's");
    let key_file = format!("key-file={}", file.path().display());
    for format in formats() {
        for size in [(37, 21), (320, 48)] {
            let placement = Placement::padded(&info(format, size.0, size.1));
            for key_file in ["", &key_file] {
                let mut filter = filter(key_file, &placement.info);
                let buffer = placement.buffer_with_meta(scene(2, placement.size));
                let hashed = hashed(&placement, &bytes(&filter.distill(buffer)));
                let expected = match key_file {
                    "" => blake3::hash(&hashed),
                    _ => blake3::keyed_hash(&key(), &hashed),
                };
                let digest = reported(&filter).expect("a digest").to_string();
                assert_eq!(digest, expected.to_string(), "{format} {key_file}");
                assert_eq!(filter.stats().get("digest"), Ok(digest), "{format}");
                assert_eq!(filter.warning(), None);
            }
        }
    }
}

#[test]
fn frames_of_the_same_samples_have_the_same_digest() {
    for (group, color_mode) in [
        (
            &[
                VideoFormat::I420,
                VideoFormat::Yv12,
                VideoFormat::Nv12,
                VideoFormat::Nv21,
            ][..],
            "auto",
        ),
        (
            &[
                VideoFormat::Y42b,
                VideoFormat::Nv16,
                VideoFormat::Yuy2,
                VideoFormat::Uyvy,
            ],
            "auto",
        ),
        (
            &[VideoFormat::Y444, VideoFormat::Nv24, VideoFormat::Ayuv],
            "auto",
        ),
        (
            &[
                VideoFormat::Rgb,
                VideoFormat::Bgr,
                VideoFormat::Bgrx,
                VideoFormat::Argb,
                VideoFormat::Gbr,
            ],
            "native",
        ),
        (
            &[VideoFormat::Rgb, VideoFormat::Bgra, VideoFormat::Bgrp],
            "ycbcr",
        ),
    ] {
        let mut digests = Vec::new();
        for &format in group {
            for backend in ["scalar", "avx2", "auto"] {
                let placement = Placement::padded(&info(format, 77, 43));
                let properties = format!("backend={backend} color-mode={color_mode}");
                let mut filter = filter(&properties, &placement.info);
                let frame = stored(&placement, |c, x, y| {
                    (x * y + 3 * x + 50 * usize::from(c)) as u8
                });
                filter.distill(placement.buffer_with_meta(frame));
                digests.push(reported(&filter).expect("a digest"));
            }
        }
        assert!(
            digests.iter().all(|digest| *digest == digests[0]),
            "{group:?}"
        );
    }
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let info = info(VideoFormat::I420, 1920, 1080);
    let [one, two] = [1, 2].map(|threads| {
        let mut filter = filter(&format!("n-threads={threads}"), &info);
        filter.distill(gst::Buffer::from_mut_slice(scene(3, info.size())));
        assert_eq!(filter.stats().get("n-threads"), Ok(threads as u32));
        reported(&filter)
    });
    assert!(one.is_some() && one == two);
}

#[test]
fn a_restored_frame_has_the_digest_that_it_had_at_the_source() {
    let info = info(VideoFormat::I420, 64, 48);
    let mut camera = filter("preset=certified settle=true", &info);
    let mut consumer = filter("preset=certified", &info);
    let sent = bytes(&camera.distill(gst::Buffer::from_mut_slice(scene(1, info.size()))));
    let at_source = reported(&camera);
    let mut consume = |frame: Vec<u8>| {
        consumer.distill(gst::Buffer::from_mut_slice(frame));
        reported(&consumer)
    };
    let signs = noise(5).zip(&sent);
    let tampered = signs
        .map(|(sign, sample)| sample.saturating_add(sign % 2))
        .collect();
    assert_eq!(consume(tampered), at_source);
    let mut patched = sent.clone();
    patched[..8].fill(255);
    patched[64..72].fill(0);
    assert_ne!(consume(patched), at_source);
}

#[test]
fn there_is_a_digest_only_while_one_is_asked_for() {
    let info = info(VideoFormat::Gray8, 16, 16);
    let mut filter = filter("", &info);
    for kind in ["blake3", "none", "blake3"] {
        filter.element.set_property_from_str("digest", kind);
        filter.distill(gst::Buffer::from_mut_slice(vec![9; 256]));
        let is_wanted = kind == "blake3";
        assert_eq!(reported(&filter).is_some(), is_wanted);
        assert_eq!(filter.stats().has_field("digest"), is_wanted);
    }
}

#[test]
fn a_key_file_that_cant_be_used_is_an_error_at_the_start() {
    let short = file(b"secret");
    let long = file(&b"secret".repeat(99));
    let digits = file("e".repeat(63).as_bytes());
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none");
    for (path, reason) in [
        (short.path(), "64 hexadecimal digits"),
        (digits.path(), "64 hexadecimal digits"),
        (long.path(), "larger than 66 bytes"),
        (missing.as_path(), "No such file"),
        (folder.path(), "not a regular file"),
    ] {
        let text = refused(&format!(
            "featuredistill digest=blake3 key-file={}",
            path.display()
        ));
        assert!(text.starts_with("Can't read the key file"), "{text}");
        assert!(text.contains(reason) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn a_key_file_that_others_can_read_is_warned_of() {
    let file = file(&key());
    for (mode, warns) in [(0o600, false), (0o640, true), (0o604, true)] {
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).expect("rights");
        let line = format!("key-file={}", file.path().display());
        let filter = filter(&line, &info(VideoFormat::Gray8, 16, 16));
        let text = filter.warning();
        assert_eq!(text.is_some(), warns, "{mode:o}");
        assert!(text.is_none_or(|text| text.contains("Others can read the key file")));
    }
}

#[test]
fn a_key_without_a_digest_is_warned_of() {
    let file = file(&key());
    let mut filter = Filter::new(&format!("key-file={}", file.path().display()));
    filter.set_caps(&info(VideoFormat::Gray8, 16, 16));
    filter.distill(gst::Buffer::from_mut_slice(vec![9; 256]));
    let texts: Vec<_> = std::iter::from_fn(|| filter.warning()).collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("key-file has no effect")),
        "{texts:?}"
    );
}

#[test]
fn a_key_file_is_read_at_the_next_start() {
    let [first, second] = [[1; 32], [2; 32]].map(|key| file(&key));
    let info = info(VideoFormat::Gray8, 16, 16);
    let mut filter = filter(&format!("key-file={}", first.path().display()), &info);
    let digest = |filter: &mut Filter| {
        filter.distill(gst::Buffer::from_mut_slice(vec![9; 256]));
        reported(filter).expect("a digest")
    };
    let before = digest(&mut filter);
    while filter.warning().is_some() {}
    let path = second.path().to_str();
    filter.element.set_property("key-file", path);
    let text = filter.warning().expect("a warning");
    assert!(text.contains("read at start"), "{text}");
    assert_eq!(digest(&mut filter), before);
    assert_eq!(
        filter
            .element
            .property::<Option<String>>("key-file")
            .as_deref(),
        path
    );
}
