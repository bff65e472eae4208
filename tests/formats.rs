// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Every format, size, stride and color mode gives the frame of the scalar definition, and of libjpeg.

mod support;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::tables::presets;
use support::filter::{Filter, init, run};
use support::libjpeg::{self, ColorPath, Picture};
use support::noise::noise;
use support::video::{Placement, Tables, bytes, expected, formats, info, scene};

const SIZES: [(u32, u32); 9] = [
    (1, 1),
    (2, 3),
    (3, 2),
    (8, 8),
    (9, 17),
    (37, 21),
    (40, 16),
    (72, 9),
    (150, 11),
];

/// An element with tables that differ between luma and chroma.
fn filter(tables: &Tables, properties: &str) -> Filter {
    let file = tables.file();
    let path = file.path().display();
    let mut filter = Filter::new(&format!("table-file={path} {properties}"));
    // Started: the file has been read and may go.
    filter.harness.play();
    filter
}

/// Takes every format and size through one element: so it is a test of renegotiation, too.
fn check_all(properties: &str, ycbcr: bool) {
    let tables = Tables::distinct();
    let mut filter = filter(&tables, properties);
    for (index, format) in formats().into_iter().enumerate() {
        for (width, height) in SIZES {
            let info = info(format, width, height);
            filter.set_caps(&info);
            let (plain, padded) = (Placement::plain(&info), Placement::padded(&info));
            for (placement, meta) in [(&plain, false), (&plain, true), (&padded, true)] {
                let before: Vec<_> = noise(index as u64).take(placement.size).collect();
                let (after, _) = expected(placement, &before, &tables, ycbcr);
                let buffer = if meta {
                    placement.buffer_with_meta(before)
                } else {
                    gst::Buffer::from_mut_slice(before)
                };
                let result = filter.distill(buffer);
                assert!(
                    bytes(&result) == after,
                    "{format} {width}x{height}, {placement:?}"
                );
            }
        }
    }
}

#[test]
fn the_template_has_31_formats_of_8_bits() {
    init();
    assert_eq!(formats().len(), 31);
    let all_8_bit = formats().into_iter().all(|format| {
        let info = gst_video::VideoFormatInfo::from_format(format);
        info.depth().iter().all(|&depth| depth == 8)
    });
    assert!(all_8_bit);
}

#[test]
fn every_format_size_and_stride_equals_the_definition() {
    check_all("color-mode=native", false);
}

#[test]
fn rgb_as_ycbcr_equals_the_definition_in_every_format_size_and_stride() {
    check_all("color-mode=ycbcr", true);
}

#[test]
fn rgb_is_taken_through_ycbcr_where_the_tables_have_one_for_chroma() {
    let placement = Placement::plain(&info(VideoFormat::Rgb, 37, 21));
    let mut filter = Filter::new("");
    filter.set_caps(&placement.info);
    let frame = scene(4, placement.size);
    let two_alike = Tables {
        luma: [30; 64],
        chroma: [30; 64],
    };
    let file = two_alike.file();
    let path = file.path().to_str();
    for (preset, path, tables, ycbcr) in [
        ("one-pass", None, presets::one_pass(), true),
        ("annex-k", None, presets::annex_k(), true),
        ("released", None, presets::released().into(), false),
        ("certified", None, presets::certified(1.0).into(), false),
        ("annex-k", None, presets::annex_k(), true),
    ]
    .map(|(preset, path, tables, ycbcr)| (preset, path, Tables::from(&tables), ycbcr))
    .into_iter()
    .chain([("released", path, two_alike, true)])
    {
        filter.element.set_property_from_str("preset", preset);
        filter.element.set_property("table-file", path);
        for (mode, ycbcr) in [("auto", ycbcr), ("native", false), ("ycbcr", true)] {
            filter.element.set_property_from_str("color-mode", mode);
            let result = filter.distill(gst::Buffer::from_mut_slice(frame.clone()));
            let expected = expected(&placement, &frame, &tables, ycbcr).0;
            assert!(bytes(&result) == expected, "{preset}, {path:?}, {mode}");
        }
    }
}

#[test]
fn the_scalar_backend_equals_the_definition() {
    check_all("color-mode=native backend=scalar n-threads=1", false);
}

/// Checks frames of one plane against cjpeg and djpeg.
fn check_against_libjpeg(format: VideoFormat, properties: &str, path: ColorPath) {
    let tables = Tables::distinct();
    let mut filter = filter(&tables, properties);
    // Rows of a multiple of four bytes: no padding.
    for (width, height) in [(44, 27), (64, 40), (4, 1)] {
        let info = info(format, width, height);
        filter.set_caps(&info);
        let picture = Picture {
            width: width as usize,
            height: height as usize,
            channels: info.n_components() as usize,
            samples: scene(7, info.size()),
        };
        let expected = libjpeg::round_trip(&picture, &tables.luma, &tables.chroma, path);
        let result = filter.distill(gst::Buffer::from_mut_slice(picture.samples));
        assert!(
            bytes(&result) == expected.samples,
            "{format} {width}x{height}"
        );
    }
}

#[test]
fn gray_equals_cjpeg_and_djpeg() {
    check_against_libjpeg(VideoFormat::Gray8, "", ColorPath::Gray);
}

#[test]
fn native_rgb_equals_cjpeg_rgb_and_djpeg() {
    check_against_libjpeg(VideoFormat::Rgb, "color-mode=native", ColorPath::Rgb);
}

#[test]
fn rgb_as_ycbcr_equals_cjpeg_and_djpeg() {
    check_against_libjpeg(VideoFormat::Rgb, "color-mode=ycbcr", ColorPath::YCbCr444);
}

#[test]
fn each_plane_of_i420_equals_a_gray_picture_through_cjpeg_and_djpeg() {
    let tables = Tables::distinct();
    let mut filter = filter(&tables, "");
    let info = info(VideoFormat::I420, 48, 34);
    filter.set_caps(&info);
    let before = scene(3, info.size());
    let mut after = before.clone();
    for component in 0..3 {
        let start = info.comp_offset(component);
        let (width, height) = (info.comp_width(component), info.comp_height(component));
        assert_eq!(info.comp_stride(component), width as i32, "no padding");
        let len = (width * height) as usize;
        let picture = Picture {
            width: width as usize,
            height: height as usize,
            channels: 1,
            samples: before[start..][..len].to_vec(),
        };
        let table = if component == 0 {
            &tables.luma
        } else {
            &tables.chroma
        };
        let result = libjpeg::round_trip(&picture, table, table, ColorPath::Gray);
        after[start..][..len].copy_from_slice(&result.samples);
    }
    let result = filter.distill(gst::Buffer::from_mut_slice(before));
    assert!(bytes(&result) == after);
}

#[test]
fn a_buffer_of_several_memories_is_one_frame() {
    let tables = Tables::distinct();
    let mut filter = filter(&tables, "");
    let info = info(VideoFormat::I420, 32, 16);
    filter.set_caps(&info);
    let placement = Placement::plain(&info);
    let before: Vec<_> = noise(1).take(placement.size).collect();
    let mut buffer = gst::Buffer::new();
    for plane in before.chunks(200) {
        let memory = gst::Memory::from_mut_slice(plane.to_vec());
        buffer.get_mut().unwrap().append_memory(memory);
    }
    assert!(buffer.n_memory() > 3);
    let result = filter.distill(buffer);
    assert!(bytes(&result) == expected(&placement, &before, &tables, false).0);
}

#[test]
fn a_meta_larger_than_the_caps_leaves_the_rest_untouched() {
    let tables = Tables::distinct();
    let mut filter = filter(&tables, "");
    let (small, large) = (
        info(VideoFormat::I420, 30, 18),
        info(VideoFormat::I420, 64, 32),
    );
    filter.set_caps(&small);
    let stored = Placement::plain(&large);
    let before: Vec<_> = noise(2).take(stored.size).collect();
    let shown = Placement {
        info: small,
        ..stored.clone()
    };
    let result = filter.distill(stored.buffer_with_meta(before.clone()));
    assert!(bytes(&result) == expected(&shown, &before, &tables, false).0);
}

#[test]
fn every_format_runs_in_a_pipeline() {
    init();
    for format in formats() {
        for size in ["width=37,height=21", "width=320,height=240"] {
            let pipeline = run(&format!(
                "videotestsrc num-buffers=2 ! video/x-raw,format={},{size} \
                 ! featuredistill name=distill qos=false ! fakesink",
                format.to_str()
            ));
            let distill = pipeline.by_name("distill").expect("the element");
            let stats: gst::Structure = distill.property("stats");
            assert_eq!(stats.get::<u64>("frames"), Ok(2), "{format}");
            assert!(stats.get::<u64>("zeroed").unwrap() > 0, "{format}");
        }
    }
}

#[test]
fn noise_has_every_byte_value() {
    let histogram = noise(5).take(1 << 16).fold([0; 256], |mut all, n| {
        all[usize::from(n)] += 1;
        all
    });
    assert!(histogram.iter().all(|&count| count > 100));
}
