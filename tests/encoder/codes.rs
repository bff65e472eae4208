// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Other encoders write the same codes of a settled frame.

use gst_video::VideoFormat;
use gstfeaturedistill::tables::{file, presets};

use crate::frame::{Choice, Content, FORMATS, Frame, choices};
use crate::support::libjpeg::{self, ColorPath};
use crate::support::video::Tables;

/// The codes of the coefficients: all that follows the header of the scan.
pub fn scan(file: &[u8]) -> &[u8] {
    let mut rest = &file[2..];
    loop {
        let (marker, length) = (rest[1], usize::from(rest[2]) << 8 | usize::from(rest[3]));
        rest = &rest[2 + length..];
        if marker == 0xda {
            return rest;
        }
    }
}

#[test]
fn cjpeg_writes_the_same_codes_of_a_settled_frame() {
    Frame::each(&[VideoFormat::Gray8, VideoFormat::Rgb], |frame| {
        let path = match frame.format() {
            VideoFormat::Gray8 => ColorPath::Gray,
            _ => ColorPath::YCbCr444,
        };
        for Choice { properties, tables } in &choices()[1..4] {
            let picture = frame.settled(tables).viewed();
            let expected = libjpeg::encode(&picture, &tables.luma, &tables.chroma, path);
            let file = frame.encoded(properties);
            assert!(
                scan(&file) == scan(&expected),
                "{:?}, {properties}",
                frame.info()
            );
        }
    });
}

/// Frames of whole units alone: jpegenc reads stale bytes beyond the visible ones.
#[test]
fn jpegenc_writes_the_same_codes_of_a_settled_frame() {
    let tables = Tables::from(&presets::annex_k().scaled(75));
    for format in &FORMATS[1..5] {
        for content in Content::ALL {
            let frame = Frame::new(*format, (64, 48), content);
            let mut jpegenc = frame.bench("jpegenc idct-method=islow quality=75");
            let expected = frame.settled(&tables).through(&mut jpegenc);
            let file = frame.encoded("preset=annex-k quality=75");
            assert!(scan(&file) == scan(&expected), "{format}, {content:?}");
        }
    }
}

#[test]
fn the_consumer_reads_the_tables_out_of_a_file() {
    for format in FORMATS {
        for Choice { properties, tables } in choices() {
            let file = Frame::new(format, (16, 16), Content::NoisyRamps).encoded(properties);
            let found = Tables::from(&file::parse(&file).expect("tables"));
            assert_eq!(found.luma, tables.luma);
            if format != VideoFormat::Gray8 {
                assert_eq!(found.chroma, tables.chroma);
            }
        }
    }
}

#[test]
fn every_backend_and_number_of_threads_writes_the_same_file() {
    // Large enough for several threads.
    let frame = Frame::new(VideoFormat::I420, (1921, 1083), Content::Noise);
    let expected = frame.encoded("n-threads=1 backend=scalar");
    for properties in ["", "n-threads=2", "n-threads=7", "backend=avx2"] {
        assert!(frame.encoded(properties) == expected, "{properties}");
    }
}
