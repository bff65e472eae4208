// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Coefficients that come with settling are those of the settled frame.

mod support;

use gstfeaturedistill::codec::{
    Backend, CoefficientBlock, CoefficientsMut, Distiller, FrameMut, FrameRef, FrameStats, PlaneRef,
};
use gstfeaturedistill::tables::presets;
use proptest::prelude::*;
use support::frames::{Case, cases};

/// The counts of settling, and the coefficients of each component.
type Settled = (FrameStats, Vec<Vec<CoefficientBlock>>);

/// Settles a copy of the frame by `work`, which is given a target for each component.
fn settle(
    case: &Case,
    backend: Backend,
    threads: usize,
    work: impl FnOnce(&Distiller, FrameMut<'_>, &mut [CoefficientsMut<'_>]) -> FrameStats,
) -> Settled {
    let columns = case.components.iter().map(|c| c.width.div_ceil(8));
    // Rows may be longer than what is stored.
    let strides: Vec<_> = columns.map(|columns| columns + 1).collect();
    let mut blocks: Vec<Vec<CoefficientBlock>> = (case.components.iter().zip(&strides))
        .map(|(c, stride)| vec![[i16::MAX; 64]; stride * c.height.div_ceil(8)])
        .collect();
    let mut targets: Vec<_> = (blocks.iter_mut().zip(&strides))
        .map(|(blocks, &stride)| CoefficientsMut::new(blocks, stride))
        .collect();
    let (_, stats) = case.with_plan(backend, threads, |plan, frame| {
        work(plan, frame, &mut targets)
    });
    (stats, blocks)
}

fn assert_those_of_the_settled_frame(case: &Case, threads: usize) {
    for backend in Backend::available() {
        let expected = settle(case, backend, threads, |plan, mut frame, targets| {
            let stats = plan.process(frame.reborrow());
            plan.quantized_coefficients(&frame, targets);
            stats
        });
        let mut frame = FrameRef::default();
        for (plane, (bytes, stride)) in frame.planes.iter_mut().zip(&case.planes) {
            *plane = PlaneRef::new(bytes, *stride);
        }
        let found = settle(case, backend, threads, |plan, _, targets| {
            plan.settled_coefficients(&frame, targets)
        });
        assert_eq!(found.0, expected.0, "{backend}: counts");
        assert!(found.1 == expected.1, "{backend}: coefficients");
    }
}

/// The case with the tables and the budget of `preset=certified`, if that is above 0.
fn with_budget(case: Case, epsilon: i32) -> Case {
    let table = *presets::certified(f64::from(epsilon)).steps();
    let settle = Some(f64::from(epsilon));
    if epsilon == 0 {
        Case { settle, ..case }
    } else {
        Case {
            luma: table,
            chroma: table,
            settle,
            ..case
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn coefficients_of_small_frames_are_those_of_the_settled_frame(
        case in cases(1..41, 1..41),
        epsilon in 0..=2,
    ) {
        assert_those_of_the_settled_frame(&with_budget(case, epsilon), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn coefficients_of_wide_frames_are_those_of_the_settled_frame(
        case in cases(400..1300, 1..20),
        epsilon in 0..=2,
    ) {
        assert_those_of_the_settled_frame(&with_budget(case, epsilon), 1);
    }
}

/// Smooth, so that most blocks hold and a few are moved, and large enough for several threads.
#[test]
fn coefficients_of_a_frame_on_two_threads_are_those_of_the_settled_frame() {
    let (width, height) = (1912, 1100);
    let sample = |i: usize| {
        let (x, y) = (i % width, i / width);
        (128 + (x / 3 + y / 5) % 90 + x * y % 7) as u8 - 40
    };
    let case = Case {
        components: vec![support::frames::component(0, 0, 1, width, height)],
        color: gstfeaturedistill::codec::ColorMode::Native,
        planes: vec![((0..width * height).map(sample).collect(), width)],
        luma: [1; 64],
        chroma: [1; 64],
        settle: None,
    };
    let case = with_budget(case, 1);
    let (_, stats) = case.run(Backend::detect(), 2);
    assert!(stats.moved_blocks > 100 && stats.moved_blocks < stats.settled_blocks / 4);
    for threads in [1, 2] {
        assert_those_of_the_settled_frame(&case, threads);
    }
}
