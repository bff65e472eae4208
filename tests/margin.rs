// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The margin of a frame is that of its coefficients, or samples, on every backend.

mod support;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::codec::{
    Backend, CoefficientBlock, CoefficientsMut, Layout, SampleLattice, TableSlot, block::ZIGZAG,
};
use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use proptest::prelude::*;
use support::filter::{Filter, init};
use support::frames::{Case, cases, component};
use support::samples::rounded;
use support::video::{Placement, bytes, info, scene};

/// The margin of the coefficients of `case`, read by the definition: 1 less the largest distance from a
/// multiple of the step, as a share of half a step.
fn margin_of_coefficients(case: &Case) -> f64 {
    let grids = Layout::new(case.components.clone(), case.color).block_grids();
    let mut blocks: Vec<Vec<CoefficientBlock>> = grids
        .iter()
        .map(|grid| vec![[0; 64]; grid.rows * grid.columns])
        .collect();
    case.with_plan(Backend::Scalar, 1, |plan, frame| {
        let targets = blocks.iter_mut().zip(&grids);
        let mut targets: Vec<_> = targets
            .map(|(blocks, grid)| CoefficientsMut::new(blocks, grid.columns))
            .collect();
        plan.coefficients(&frame, &mut targets);
    });
    let mut margin = 1.0;
    for (blocks, grid) in blocks.iter().zip(&grids) {
        let table = match grid.table {
            TableSlot::Luma => &case.luma,
            TableSlot::Chroma => &case.chroma,
        };
        for (&coefficient, index) in blocks.iter().flat_map(|block| block.iter().zip(ZIGZAG)) {
            // In eighths of a level.
            let step = 8 * i32::from(table[usize::from(index)]);
            let beyond = i32::from(coefficient).rem_euclid(step);
            let distance = beyond.min(step - beyond);
            margin = f64::min(margin, 1.0 - f64::from(distance) / f64::from(step / 2));
        }
    }
    margin
}

fn margin(case: &Case, backend: Backend) -> Option<f64> {
    case.measured(backend, 1).1.margin
}

fn every_backend_measures_the_margin_of_the_coefficients(case: &Case) {
    let expected = margin_of_coefficients(case);
    let (plain, _) = case.run(Backend::Scalar, 1);
    for backend in Backend::available() {
        let (measured, stats) = case.measured(backend, 1);
        assert_eq!(stats.margin, Some(expected), "{backend}");
        assert!(measured == plain, "{backend}: measuring changes a byte");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_frames_have_the_margin_of_their_coefficients(
        case in cases(1..41, 1..41),
        settle in proptest::option::of(Just(0.0)),
    ) {
        every_backend_measures_the_margin_of_the_coefficients(&Case { settle, ..case });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wide_frames_have_the_margin_of_their_coefficients(case in cases(400..1300, 1..20)) {
        every_backend_measures_the_margin_of_the_coefficients(&case);
    }
}

/// A frame that the table leaves on its lattice but for one block, at each place of it.
#[test]
fn one_block_is_found_wherever_it_is() {
    for width in [8, 72, 120, 136] {
        for at in (0..width / 8).map(|block| 8 * block + 3) {
            // Flat blocks are lattice points of steps that divide their DC.
            let mut bytes = vec![128; width * 16];
            bytes[4 * width + at] += 2;
            let case = Case {
                components: vec![component(0, 0, 1, width, 16)],
                color: gstfeaturedistill::codec::ColorMode::Native,
                planes: vec![(bytes, width)],
                luma: [16; 64],
                chroma: [1; 64],
                settle: None,
            };
            let expected = margin_of_coefficients(&case);
            assert!(expected < 1.0);
            for backend in Backend::available() {
                assert_eq!(
                    margin(&case, backend),
                    Some(expected),
                    "{backend}, {width}: {at}"
                );
            }
        }
    }
}

#[test]
fn threads_measure_the_same_margin() {
    let bytes = scene(4, 2056 * 1032);
    let case = Case {
        components: vec![component(0, 0, 1, 2056, 1032)],
        color: gstfeaturedistill::codec::ColorMode::Native,
        planes: vec![(bytes, 2056)],
        luma: std::array::from_fn(|i| 20 + i as u8),
        chroma: [1; 64],
        settle: None,
    };
    let alone = case.measured(Backend::detect(), 1);
    assert!(alone.1.margin.is_some());
    assert!(case.measured(Backend::detect(), 3) == alone);
}

#[test]
fn samples_have_the_margin_of_their_largest_change() {
    for radius in 1..=SampleLattice::MAX_RADIUS {
        for distance in 0..=radius {
            let value = rounded(128, radius);
            let mut bytes = vec![value; 19 * 11];
            bytes[100] += distance;
            let case = Case {
                components: vec![component(0, 0, 1, 19, 11)],
                color: gstfeaturedistill::codec::ColorMode::Native,
                planes: vec![(bytes, 19)],
                luma: [1; 64],
                chroma: [1; 64],
                settle: None,
            };
            let expected = 1.0 - f64::from(distance) / (f64::from(radius) + 0.5);
            for backend in Backend::available() {
                let (_, stats) = case.round_measured(radius, backend);
                assert_eq!(stats.margin, Some(expected), "{backend}");
            }
        }
    }
}

/// The margins that the reports and the stats of an element tell of a frame.
fn reported(filter: &mut Filter, frame: Vec<u8>) -> (Option<f64>, Option<f64>) {
    filter.distill(gst::Buffer::from_mut_slice(frame));
    let report = filter.bus.pop_filtered(&[gst::MessageType::Element]);
    let margin = report.and_then(|message| {
        let structure = message.structure().expect("a structure");
        let report = FeatureDistillMessage::try_from(structure).expect("a report");
        report.margin
    });
    (margin, filter.stats().get("margin").ok())
}

#[test]
fn elements_report_the_margin_of_the_frame_that_arrives() {
    init();
    let info = info(VideoFormat::I420, 64, 48);
    for preset in [
        "preset=certified epsilon=2",
        "preset=certified-samples epsilon=4",
    ] {
        let mut camera = Filter::new(&format!("{preset} settle=true"));
        let mut consumer = Filter::new(&format!("{preset} post-messages=true"));
        camera.set_caps(&info);
        consumer.set_caps(&info);
        let frame = scene(3, info.size());
        let sent = bytes(&camera.distill(gst::Buffer::from_mut_slice(frame)));
        assert!(!camera.stats().has_field("margin"), "nobody asked");
        let (untouched, in_stats) = reported(&mut consumer, sent.clone());
        assert_eq!(untouched, in_stats);
        let untouched = untouched.expect("a margin");
        let mut perturbed = sent;
        let placement = Placement::plain(&info);
        for at in placement.positions(0) {
            perturbed[at] = perturbed[at].saturating_add(1);
        }
        let (perturbed, in_stats) = reported(&mut consumer, perturbed);
        assert_eq!(perturbed, in_stats);
        let perturbed = perturbed.expect("a margin");
        assert!(
            perturbed > 0.0 && perturbed < untouched,
            "{preset}: {untouched}, {perturbed}"
        );
        if preset.starts_with("preset=certified-samples") {
            assert_eq!((untouched, perturbed), (1.0, 1.0 - 1.0 / 4.5));
        }
    }
}

#[test]
fn margins_are_measured_for_messages_and_metas_only() {
    init();
    let info = info(VideoFormat::Gray8, 32, 16);
    let mut filter = Filter::new("");
    filter.set_caps(&info);
    let frame = scene(3, info.size());
    assert_eq!(reported(&mut filter, frame.clone()), (None, None));
    filter.element.set_property("post-messages", true);
    let (in_message, in_stats) = reported(&mut filter, frame.clone());
    assert!(in_message.is_some());
    assert_eq!(in_message, in_stats);
    filter.element.set_property("post-messages", false);
    assert_eq!(reported(&mut filter, frame.clone()), (None, None));
    filter.element.set_property("attach-meta", true);
    let (_, in_stats) = reported(&mut filter, frame);
    assert_eq!(in_stats, in_message);
}
