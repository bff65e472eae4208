// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A WARNING where one property takes back what another one promises.

mod support;

use gst::prelude::*;
use gst_video::VideoFormat;
use support::filter::{Filter, init};
use support::video::{file, info, scene};

/// An element with the properties of a gst-launch line, in front of frames of `format`.
fn element(line: &str, format: VideoFormat) -> Filter {
    init();
    let mut filter = Filter::with_element(gst::parse::launch(line).expect("properties"));
    filter.set_caps(&info(format, 32, 16));
    filter
}

/// Pushes a frame and returns the texts of the WARNINGs since the last one.
fn warnings(filter: &mut Filter, format: VideoFormat) -> Vec<String> {
    let frame = scene(1, info(format, 32, 16).size());
    filter.distill(gst::Buffer::from_mut_slice(frame));
    std::iter::from_fn(|| filter.warning()).collect()
}

/// The elements that have a property of this name.
fn elements_with(property: &str) -> impl Iterator<Item = &'static str> {
    init();
    ["featuredistill", "featuredistillenc"]
        .into_iter()
        .filter(move |name| {
            let element = gst::ElementFactory::make(name).build().expect("an element");
            element.has_property(property)
        })
}

#[test]
fn a_promise_that_is_taken_back_is_warned_of_once() {
    let fine = file(b"8 ".repeat(64).as_slice());
    let fine = fine.path().display();
    let two_tables = file(&[b"8 ".repeat(64), b"9 ".repeat(64)].concat());
    let two_tables = two_tables.path().display();
    let (i420, rgb) = (VideoFormat::I420, VideoFormat::Rgb);
    for (property, properties, format, parts) in [
        (
            "quality",
            "preset=certified epsilon=1 quality=75".to_owned(),
            i420,
            &["epsilon=1", "quality=75"][..],
        ),
        (
            "settle",
            "preset=certified epsilon=1 quality=75 settle=true".to_owned(),
            i420,
            &["epsilon=1", "quality=75"],
        ),
        (
            "table-file",
            format!("preset=certified table-file={fine}"),
            i420,
            &["epsilon=1", "table-file"],
        ),
        (
            "epsilon",
            "preset=certified epsilon=1.5".to_owned(),
            i420,
            &["epsilon=1.5", "whole number"],
        ),
        (
            "epsilon",
            "epsilon=2".to_owned(),
            i420,
            &["epsilon=2 has no effect", "preset=certified"],
        ),
        (
            "as-selection",
            "preset=uniform as-selection=frame".to_owned(),
            i420,
            &["as-selection=frame has no effect", "preset=two-step"],
        ),
        (
            "as-selection",
            format!("as-selection=stream table-file={fine}"),
            i420,
            &["as-selection=stream has no effect", "table-file"],
        ),
        (
            "color-mode",
            "preset=one-pass color-mode=native".to_owned(),
            rgb,
            &["color-mode=native", "chroma table"],
        ),
        (
            "color-mode",
            format!("color-mode=native table-file={two_tables}"),
            rgb,
            &["color-mode=native", "chroma table"],
        ),
        (
            "settle",
            "preset=certified-samples epsilon=4 quality=75 md-step=9 color-mode=ycbcr".to_owned(),
            rgb,
            &["quality, md-step, color-mode", "preset=certified-samples"],
        ),
        (
            "settle",
            format!("preset=certified-samples epsilon=4 table-file={fine}"),
            i420,
            &["epsilon=4 has no effect", "preset=certified"],
        ),
        (
            "tamper-action",
            "tamper-action=drop".to_owned(),
            i420,
            &["tamper-action=drop has no effect", "tamper-threshold"],
        ),
    ] {
        for name in elements_with(property) {
            let line = format!("{name} {properties}");
            let mut filter = element(&line, format);
            let texts = warnings(&mut filter, format);
            assert_eq!(texts.len(), 1, "{line}: {texts:?}");
            for part in parts {
                assert!(texts[0].contains(part), "{line}: {}", texts[0]);
            }
            assert!(warnings(&mut filter, format).is_empty(), "{line}");
        }
    }
}

#[test]
fn a_color_mode_without_effect_is_warned_of() {
    for line in [
        "featuredistill color-mode=ycbcr",
        "featuredistillenc color-mode=native",
    ] {
        let mut filter = element(line, VideoFormat::I420);
        let texts = warnings(&mut filter, VideoFormat::I420);
        assert_eq!(texts.len(), 1, "{line}: {texts:?}");
        assert!(texts[0].contains("has no effect on I420"), "{texts:?}");
    }
}

#[test]
fn an_epsilon_that_calibration_cant_use_is_warned_of() {
    for (properties, expected) in [
        ("mapping=certified epsilon=1.5", Some("whole number")),
        ("mapping=deepn epsilon=2", Some("epsilon=2 has no effect")),
        ("mapping=certified epsilon=2", None),
        ("mapping=two-step epsilon=1.5", None),
        ("mapping=deepn", None),
    ] {
        let line = format!("featurecalibrate {properties}");
        let mut filter = element(&line, VideoFormat::I420);
        let mut texts = warnings(&mut filter, VideoFormat::I420);
        texts.retain(|text| !text.starts_with("No output file"));
        assert_eq!(
            texts.len(),
            usize::from(expected.is_some()),
            "{line}: {texts:?}"
        );
        assert!(
            texts.iter().all(|text| text.contains(expected.unwrap())),
            "{texts:?}"
        );
    }
}

#[test]
fn properties_that_agree_post_no_warnings() {
    let coarse = file(b"40 ".repeat(64).as_slice());
    let coarse = coarse.path().display();
    for (properties, format) in [
        ("".to_owned(), VideoFormat::I420),
        ("".to_owned(), VideoFormat::Rgb),
        ("preset=certified".to_owned(), VideoFormat::I420),
        ("preset=certified epsilon=4".to_owned(), VideoFormat::Gray8),
        ("preset=certified quality=40".to_owned(), VideoFormat::I420),
        (
            format!("preset=certified table-file={coarse}"),
            VideoFormat::I420,
        ),
        ("preset=annex-k quality=90".to_owned(), VideoFormat::I420),
        (
            "preset=one-pass color-mode=ycbcr".to_owned(),
            VideoFormat::Rgb,
        ),
    ] {
        for name in elements_with("preset") {
            let line = format!("{name} {properties}");
            let mut filter = element(&line, format);
            let texts = warnings(&mut filter, format);
            assert!(texts.is_empty(), "{line}: {texts:?}");
        }
    }
}

#[test]
fn a_conflict_is_warned_of_again_after_it_was_resolved() {
    let format = VideoFormat::I420;
    let mut filter = element("featuredistill preset=certified quality=75", format);
    assert_eq!(warnings(&mut filter, format).len(), 1);
    for quality in [76u32, 80, 90] {
        filter.element.set_property("quality", quality);
        assert!(
            warnings(&mut filter, format).is_empty(),
            "still the same conflict"
        );
    }
    filter.element.set_property("quality", 50u32);
    assert!(warnings(&mut filter, format).is_empty());
    filter.element.set_property("quality", 75u32);
    assert_eq!(warnings(&mut filter, format).len(), 1);
}
