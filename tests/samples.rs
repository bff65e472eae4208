// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! `preset=certified-samples`: every format against the formula, and all that two passes promise.

mod support;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use support::filter::{Filter, init, refused, run};
use support::noise::noise;
use support::samples::rounded;
use support::video::{Placement, Tables, bytes, file, formats, info, scene};

const SIZES: [(u32, u32); 7] = [
    (1, 1),
    (2, 3),
    (3, 2),
    (9, 17),
    (37, 21),
    (72, 9),
    (150, 11),
];

/// An element with this preset and the properties of a gst-launch line.
fn filter(properties: &str) -> Filter {
    Filter::new(&format!("preset=certified-samples {properties}"))
}

/// An element for gray frames of 256 x 31 samples.
fn gray(properties: &str) -> Filter {
    let mut filter = filter(properties);
    filter.set_caps(&info(VideoFormat::Gray8, 256, 31));
    filter
}

/// Pushes a frame and returns the one that comes out.
fn output(filter: &mut Filter, frame: &[u8]) -> Vec<u8> {
    bytes(&filter.distill(gst::Buffer::from_mut_slice(frame.to_vec())))
}

/// The oldest report of a frame.
fn report(filter: &Filter) -> FeatureDistillMessage {
    let messages = std::iter::from_fn(|| filter.bus.pop_filtered(&[gst::MessageType::Element]));
    let mut reports = messages.filter_map(|message| message.structure()?.try_into().ok());
    reports.next().expect("a report")
}

fn number(filter: &Filter, field: &str) -> f64 {
    filter.stats().get(field).expect("a double")
}

/// All samples, once for each of 31 changes.
fn all_samples() -> Vec<u8> {
    (0..31).flat_map(|_| 0..=255).collect()
}

/// A frame with changes of -15..=15 as far as `radius` allows, a row each.
fn perturbed(frame: &[u8], radius: i32) -> Vec<u8> {
    let change = |i: usize| (i as i32 / 256 - 15).clamp(-radius, radius);
    let sample = |(i, &sample)| (i32::from(sample) + change(i)).clamp(0, 255) as u8;
    frame.iter().enumerate().map(sample).collect()
}

fn check_every_format(properties: &str, radius: u8) {
    let mut filter = filter(&format!("epsilon={radius} {properties}"));
    for (index, format) in formats().into_iter().enumerate() {
        for (width, height) in SIZES {
            let info = info(format, width, height);
            filter.set_caps(&info);
            let (plain, padded) = (Placement::plain(&info), Placement::padded(&info));
            for placement in [plain, padded] {
                let before: Vec<_> = noise(index as u64).take(placement.size).collect();
                let mut expected = before.clone();
                for component in 0..info.n_components().min(3) as u8 {
                    for at in placement.positions(component) {
                        expected[at] = rounded(expected[at], radius);
                    }
                }
                let result = filter.distill(placement.buffer_with_meta(before));
                assert!(
                    bytes(&result) == expected,
                    "{format} {width}x{height}, {placement:?}"
                );
            }
        }
    }
}

#[test]
fn every_format_size_and_stride_equals_the_formula() {
    for (radius, properties) in [
        (1, ""),
        (4, "backend=avx2"),
        (8, "backend=scalar n-threads=1"),
        (15, ""),
    ] {
        check_every_format(properties, radius);
    }
}

#[test]
fn frames_come_back_from_every_perturbation_within_every_epsilon() {
    for radius in 1..=15 {
        let mut camera = gray(&format!("epsilon={radius}"));
        let mut consumer = gray(&format!("epsilon={radius}"));
        let sent = output(&mut camera, &all_samples());
        let restored = output(&mut consumer, &perturbed(&sent, radius));
        assert!(restored == sent, "epsilon={radius}");
    }
}

#[test]
fn a_fraction_of_epsilon_is_left_out() {
    let frame = all_samples();
    let whole = output(&mut gray("epsilon=2"), &frame);
    let mut filter = gray("epsilon=2.9");
    assert!(output(&mut filter, &frame) == whole);
    assert_eq!(number(&filter, "certified-epsilon"), 2.0);
    let warning = filter.warning().expect("a warning");
    assert!(warning.contains("epsilon=2.9"), "{warning}");
}

#[test]
fn settle_adds_nothing() {
    let frame = all_samples();
    let plain = output(&mut gray("epsilon=4"), &frame);
    assert!(output(&mut gray("epsilon=4 settle=true"), &frame) == plain);
}

#[test]
fn stats_tell_of_samples_and_of_no_table() {
    let mut filter = gray("epsilon=4");
    assert!(!filter.stats().has_field("table"), "before the first frame");
    let frame = all_samples();
    let result = output(&mut filter, &frame);
    let changes: Vec<_> = frame
        .iter()
        .zip(&result)
        .map(|(a, b)| a.abs_diff(*b))
        .collect();
    let squares: f64 = changes
        .iter()
        .map(|&change| f64::from(change).powi(2))
        .sum();
    let rms = (squares / changes.len() as f64).sqrt();
    assert!((number(&filter, "rms-change") - rms).abs() < 1e-12);
    let max = changes.iter().max().copied().map(u32::from);
    assert_eq!(filter.stats().get("max-change").ok(), max);
    assert_eq!(number(&filter, "certified-epsilon"), 4.0);
    for field in ["coefficients", "zeroed", "unsettled"] {
        assert_eq!(filter.count(field), 0, "{field}");
    }
    assert!(!filter.stats().has_field("table"));
    assert!(filter.warning().is_none());
}

#[test]
fn a_second_pass_changes_nothing() {
    let mut camera = filter("epsilon=4");
    let mut consumer = filter("epsilon=4 post-messages=true");
    for format in formats() {
        let info = info(format, 37, 21);
        camera.set_caps(&info);
        consumer.set_caps(&info);
        let sent = output(&mut camera, &scene(2, info.size()));
        assert!(output(&mut consumer, &sent) == sent, "{format}");
        let report = report(&consumer);
        assert_eq!((report.rms_change, report.changed_blocks), (0.0, 0.0));
        assert_eq!(report.certified_epsilon, 4.0);
    }
}

#[test]
fn reports_show_where_a_frame_was_changed() {
    let mut consumer =
        gray("epsilon=4 tamper-threshold=0.001 tamper-action=drop post-messages=true");
    let sent = output(&mut gray("epsilon=4"), &all_samples());
    let mut changed = sent.clone();
    changed[5 * 256 + 20] ^= 1;
    changed[9 * 256 + 33] ^= 1;
    let pushed = consumer.harness.push(gst::Buffer::from_mut_slice(changed));
    assert!(pushed.is_ok());
    assert!(consumer.harness.try_pull().is_none(), "dropped");
    let report = report(&consumer);
    assert!(report.tampered);
    assert_eq!(report.max_change, 1);
    assert_eq!(report.rms_change, (2.0f64 / (256.0 * 31.0)).sqrt());
    assert_eq!(report.changed_blocks, 2.0 / (32.0 * 4.0));
    let area = report.changed_area;
    assert_eq!((area.x, area.y, area.width, area.height), (16, 0, 24, 16));
    assert!(output(&mut consumer, &sent) == sent);
}

/// The consumer's stats after `transport`, which keeps all samples.
fn rms_over(format: &str, transport: &str) -> f64 {
    const PASS: &str = "featuredistill preset=certified-samples epsilon=4";
    let pipeline = run(&format!(
        "videotestsrc num-buffers=3 ! videoconvert ! video/x-raw,format={format},width=94,height=62 \
         ! {PASS} ! {transport} ! {PASS} name=consumer ! fakesink"
    ));
    let consumer = pipeline.by_name("consumer").expect("the consumer");
    let stats: gst::Structure = consumer.property("stats");
    assert_eq!(stats.get::<u64>("frames"), Ok(3), "{transport}");
    stats.get("rms-change").expect("a number")
}

#[test]
fn cropping_flipping_and_repacking_keep_samples_on_the_lattice() {
    for (format, transport) in [
        ("I420", "videocrop left=6 top=2 right=8"),
        ("RGB", "videocrop left=3 top=5 bottom=1"),
        ("I420", "videoflip method=horizontal-flip"),
        ("I420", "videoflip method=clockwise"),
        ("I420", "videoconvert ! video/x-raw,format=NV12"),
        ("NV12", "videoconvert ! video/x-raw,format=I420"),
        ("I420", "videoconvert ! video/x-raw,format=YV12"),
        ("RGB", "videoconvert ! video/x-raw,format=BGRx"),
        ("RGBA", "videoconvert ! video/x-raw,format=GBR"),
        ("I420", "avenc_ffv1 ! avdec_ffv1"),
    ] {
        assert_eq!(rms_over(format, transport), 0.0, "{format} ! {transport}");
    }
    let scaled = rms_over("I420", "videoscale ! video/x-raw,width=64");
    assert!(scaled > 0.1, "{scaled}");
}

#[test]
fn epsilon_below_1_is_refused_at_start() {
    for epsilon in ["0", "0.99"] {
        let error = refused(&format!(
            "featuredistill preset=certified-samples epsilon={epsilon}"
        ));
        assert!(error.contains(&format!("not {epsilon}")), "{error}");
        assert!(error.contains("at least 1"), "{error}");
    }
}

#[test]
fn epsilon_below_1_while_playing_keeps_the_lattice_and_warns_once() {
    let frame = all_samples();
    let expected = output(&mut gray("epsilon=4"), &frame);
    let mut filter = gray("epsilon=4");
    output(&mut filter, &frame);
    filter.element.set_property("epsilon", 0.5);
    assert!(output(&mut filter, &frame) == expected);
    let warning = filter.warning().expect("a warning");
    assert!(warning.contains("at least 1, not 0.5"), "{warning}");
    filter.element.set_property("epsilon", 0.25);
    assert!(output(&mut filter, &frame) == expected);
    assert_eq!(filter.warning(), None, "warned already");
    filter.element.set_property("epsilon", 2.0);
    assert!(output(&mut filter, &frame) == output(&mut gray("epsilon=2"), &frame));
    assert_eq!(filter.warning(), None);
}

#[test]
fn epsilon_below_1_keeps_the_lattice_over_new_caps() {
    let other = info(VideoFormat::Gray8, 16, 16);
    let frame = scene(1, other.size());
    let mut untouched = filter("epsilon=4");
    untouched.set_caps(&other);
    let expected = output(&mut untouched, &frame);
    let mut filter = gray("epsilon=4");
    output(&mut filter, &all_samples());
    filter.element.set_property("epsilon", 0.5);
    for _ in 0..2 {
        filter.set_caps(&other);
        assert!(output(&mut filter, &frame) == expected);
        filter.set_caps(&info(VideoFormat::Gray8, 256, 31));
        output(&mut filter, &all_samples());
    }
    let warning = filter.warning().expect("a warning");
    assert!(warning.contains("at least 1, not 0.5"), "{warning}");
    assert_eq!(filter.warning(), None, "warned already");
    assert_eq!(filter.error(), None);
}

#[test]
fn presets_change_while_playing() {
    let frame = all_samples();
    let samples = output(&mut gray("epsilon=4"), &frame);
    let mut filter = gray("epsilon=4");
    for _ in 0..2 {
        filter.element.set_property_from_str("preset", "released");
        assert!(output(&mut filter, &frame) != samples);
        assert!(filter.stats().has_field("table"));
        filter
            .element
            .set_property_from_str("preset", "certified-samples");
        assert!(output(&mut filter, &frame) == samples);
        assert!(!filter.stats().has_field("table"));
    }
}

#[test]
fn table_files_win() {
    let tables = Tables::distinct().file();
    let path = tables.path().display();
    let frame = all_samples();
    let mut plain = Filter::new(&format!("table-file={path}"));
    plain.set_caps(&info(VideoFormat::Gray8, 256, 31));
    // No epsilon is too small for a table.
    let mut filter = gray(&format!("epsilon=0.5 table-file={path}"));
    assert!(output(&mut filter, &frame) == output(&mut plain, &frame));
    assert!(filter.stats().has_field("table"));
}

#[test]
fn the_encoder_refuses_it() {
    let error = refused("featuredistillenc preset=certified-samples");
    assert!(error.contains("preset=certified-samples"), "{error}");
    let table = file(b"8 ".repeat(64).as_slice());
    let path = table.path().display();
    init();
    let encoder = gst::parse::launch(&format!(
        "featuredistillenc preset=certified-samples table-file={path}"
    ));
    let encoder = encoder.expect("properties");
    assert!(encoder.set_state(gst::State::Paused).is_ok(), "a file wins");
    encoder.set_state(gst::State::Null).expect("stopped");
}

#[test]
fn the_encoder_stops_where_it_is_set_while_playing() {
    let mut encoder = Filter::launch("featuredistillenc");
    let info = info(VideoFormat::I420, 32, 16);
    encoder.set_caps(&info);
    encoder.distill(gst::Buffer::from_mut_slice(scene(1, info.size())));
    encoder
        .element
        .set_property_from_str("preset", "certified-samples");
    let frame = gst::Buffer::from_mut_slice(scene(1, info.size()));
    assert_eq!(encoder.harness.push(frame), Err(gst::FlowError::Error));
    let error = encoder.error().expect("an error");
    assert!(error.contains("preset=certified-samples"), "{error}");
    assert_eq!(encoder.error(), None, "one is enough");
    assert_eq!(encoder.harness.buffers_received(), 1);
    // The next frame is welcome where the preset is one again.
    encoder.element.set_property_from_str("preset", "certified");
    encoder.distill(gst::Buffer::from_mut_slice(scene(1, info.size())));
}
