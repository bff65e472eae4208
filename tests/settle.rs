// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Settled frames are fixed points, on every backend and layout, and come back from perturbations
//! within their certified radius.

mod support;

use gstfeaturedistill::codec::{Backend, ColorMode, FrameStats};
use gstfeaturedistill::tables::presets;
use proptest::prelude::*;
use support::frames::{Case, cases};

/// The case with the planes that came out of it.
fn next(case: &Case, planes: &[Vec<u8>]) -> Case {
    let strides = case.planes.iter().map(|&(_, stride)| stride);
    Case {
        planes: planes.iter().cloned().zip(strides).collect(),
        ..case.clone()
    }
}

/// Settles a frame on every backend, and returns what all of them give.
fn settle(case: &Case) -> (Case, FrameStats) {
    let (planes, stats) = case.run(Backend::Scalar, 1);
    for backend in Backend::available() {
        let (result, counts) = case.run(backend, 1);
        assert!(
            result == planes,
            "{backend} settles otherwise than the definition"
        );
        assert_eq!(counts, stats, "stats of {backend}");
    }
    (next(case, &planes), stats)
}

/// Passes a settled frame again, plainly and settling: neither may change a byte.
fn assert_fixed(settled: &Case) {
    for settle in [None, settled.settle] {
        let again = Case {
            settle,
            ..settled.clone()
        };
        for backend in Backend::available() {
            let (planes, stats) = again.run(backend, 1);
            assert!(
                next(&again, &planes).planes == settled.planes,
                "{backend} changes a settled frame"
            );
            assert_eq!((stats.rms_change(), stats.changed_blocks), (0.0, 0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settled_frames_are_fixed_points(mut case in cases(1..41, 1..41)) {
        case.settle = Some(0.0);
        let (settled, stats) = settle(&case);
        prop_assert_eq!(stats.unsettled, 0);
        assert_fixed(&settled);
    }
}

/// Adds to every visible sample what `change` says, as far as 0..=255 allows.
fn perturb(case: &Case, mut change: impl FnMut(usize) -> i32) -> Case {
    let mut perturbed = case.clone();
    for plane in 0..case.planes.len() {
        for position in 0..case.planes[plane].0.len() {
            if case.is_visible(plane, position) {
                let sample = &mut perturbed.planes[plane].0[position];
                *sample = (i32::from(*sample) + change(position)).clamp(0, 255) as u8;
            }
        }
    }
    perturbed
}

/// Blocks that weren't moved are what a plain pass makes of them, and the second time none is moved.
fn assert_moved(case: &Case, settled: &Case, stats: &FrameStats) {
    let plain = Case {
        settle: None,
        ..case.clone()
    };
    let (planes, _) = plain.run(Backend::Scalar, 1);
    let differs = next(&plain, &planes).planes != settled.planes;
    assert!(!differs || stats.moved_blocks > 0);
    assert!(stats.moved_blocks <= stats.settled_blocks);
    // With YCbCr the three components of a block are settled together.
    let components = stats.coefficients / 64 / stats.settled_blocks;
    assert_eq!(
        components,
        if case.color == ColorMode::YCbCr { 3 } else { 1 }
    );
    let (_, again) = settled.run(Backend::Scalar, 1);
    assert_eq!(
        (again.moved_blocks, again.settled_blocks),
        (0, stats.settled_blocks)
    );
}

fn assert_restored(perturbed: &Case, settled: &Case) {
    let plain = Case {
        settle: None,
        ..perturbed.clone()
    };
    for backend in Backend::available() {
        let (planes, _) = plain.run(backend, 1);
        assert!(
            next(&plain, &planes).planes == settled.planes,
            "{backend} doesn't restore"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The worst patterns, that of each frequency in turn, are in the unit tests of `codec::settle`.
    #[test]
    fn certified_frames_come_back_from_perturbations_within_epsilon(
        mut case in cases(1..41, 1..41),
        epsilon in 1..=4i32,
        seed in any::<u64>(),
    ) {
        let table = *presets::certified(f64::from(epsilon)).steps();
        case = Case { settle: Some(f64::from(epsilon)), luma: table, chroma: table, ..case };
        let (settled, stats) = settle(&case);
        prop_assert_eq!(stats.unsettled, 0);
        prop_assert!(stats.certified_epsilon.is_some_and(|radius| radius >= f64::from(epsilon)));
        assert_fixed(&settled);
        assert_moved(&case, &settled, &stats);

        let mut state = seed;
        let signs = perturb(&settled, |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if state >> 63 == 0 { epsilon } else { -epsilon }
        });
        assert_restored(&signs, &settled);
        for change in [-epsilon, epsilon] {
            assert_restored(&perturb(&settled, |_| change), &settled);
        }
    }

    /// Steps too fine for the budget: the frame is a fixed point all the same, and says so.
    #[test]
    fn blocks_that_cannot_have_the_radius_are_counted(mut case in cases(1..41, 1..41)) {
        case = Case { settle: Some(2.0), luma: [8; 64], chroma: [8; 64], ..case };
        let (settled, stats) = settle(&case);
        prop_assert!(stats.unsettled > 0);
        prop_assert!(stats.certified_epsilon.is_some_and(|radius| radius < 2.0));
        assert_fixed(&settled);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wide enough for tiles that are processed where they are, and for several in a row.
    #[test]
    fn wide_frames_are_certified_too(mut case in cases(400..1300, 1..20)) {
        let table = *presets::certified(1.0).steps();
        case = Case { settle: Some(1.0), luma: table, chroma: table, ..case };
        let (settled, stats) = settle(&case);
        prop_assert_eq!(stats.unsettled, 0);
        assert_fixed(&settled);
        assert_restored(&perturb(&settled, |position| if position % 3 == 0 { 1 } else { -1 }), &settled);
    }

    /// For each frequency the pattern that moves its coefficients most, in every block and component.
    #[test]
    fn certified_frames_come_back_from_the_worst_patterns(
        mut case in cases(1..25, 1..25),
        epsilon in 1..=3i32,
    ) {
        let table = *presets::certified(f64::from(epsilon)).steps();
        case = Case { settle: Some(f64::from(epsilon)), luma: table, chroma: table, ..case };
        let (settled, _) = settle(&case);
        for (u, v) in (0..8).flat_map(|u| (0..8).map(move |v| (u, v))) {
            for amplitude in [-epsilon, epsilon] {
                let pattern = |x, y| amplitude * sign(u, x) * sign(v, y);
                assert_restored(&perturb_components(&settled, pattern), &settled);
            }
        }
    }
}

/// The sign of the DCT's basis function of this frequency.
fn sign(frequency: usize, at: usize) -> i32 {
    let angle = (2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
    if angle.cos() < 0.0 { -1 } else { 1 }
}

/// Adds to every sample what `change` says of its column and row in its component.
fn perturb_components(case: &Case, change: impl Fn(usize, usize) -> i32) -> Case {
    let mut perturbed = case.clone();
    for c in &case.components {
        let (bytes, stride) = &mut perturbed.planes[c.plane];
        for (x, y) in (0..c.width).flat_map(|x| (0..c.height).map(move |y| (x, y))) {
            let sample = &mut bytes[y * *stride + c.offset + x * c.pixel_stride];
            *sample = (i32::from(*sample) + change(x, y)).clamp(0, 255) as u8;
        }
    }
    perturbed
}

/// A step from black to white leaves the nearest lattice point far behind: its decoding overshoots
/// the gamut. A flat frame stays.
#[test]
fn blocks_whose_nearest_lattice_point_does_not_hold_are_counted() {
    let table = *presets::certified(1.0).steps();
    let case = |sample: fn(usize) -> u8| Case {
        components: vec![support::frames::component(0, 0, 1, 16, 8)],
        color: ColorMode::Native,
        planes: vec![((0..128).map(|i| sample(i % 16)).collect(), 16)],
        luma: table,
        chroma: table,
        settle: Some(1.0),
    };
    let moved = |sample| settle(&case(sample)).1.moved_blocks;
    assert_eq!(moved(|_| 77), 0);
    assert_eq!(moved(|x| if x % 8 < 3 { 0 } else { 255 }), 2);
    assert_eq!(moved(|x| if x < 3 { 0 } else { 255 }), 1);
}
