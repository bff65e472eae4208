// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Coefficients, and their moments: every backend equals the definition, and they equal each other.

mod support;

use gstfeaturedistill::codec::block::ZIGZAG;
use gstfeaturedistill::codec::{
    Backend, CoefficientBlock, CoefficientsMut, ColorMode, FrameMut, Moments, RowSample, TableSlot,
};
use proptest::prelude::*;
use support::frames::{Case, cases, component};

/// The coefficients of each component, row of blocks by row of blocks.
fn coefficients(case: &Case, backend: Backend) -> Vec<Vec<CoefficientBlock>> {
    blocks(case, backend, |plan, frame, targets| {
        plan.coefficients(frame, targets)
    })
}

fn blocks(
    case: &Case,
    backend: Backend,
    read: impl FnOnce(&gstfeaturedistill::codec::Distiller, &FrameMut<'_>, &mut [CoefficientsMut<'_>]),
) -> Vec<Vec<CoefficientBlock>> {
    let mut blocks: Vec<Vec<CoefficientBlock>> = case
        .components
        .iter()
        .map(|c| vec![[0; 64]; c.width.div_ceil(8) * c.height.div_ceil(8)])
        .collect();
    let mut targets: Vec<_> = blocks
        .iter_mut()
        .zip(&case.components)
        .map(|(blocks, c)| CoefficientsMut::new(blocks, c.width.div_ceil(8)))
        .collect();
    let (planes, ()) = case.with_plan(backend, 1, |plan, frame| read(plan, &frame, &mut targets));
    let untouched = case
        .planes
        .iter()
        .zip(&planes)
        .all(|((old, _), new)| old == new);
    assert!(untouched, "the frame stays as it is");
    blocks
}

fn moments(case: &Case, backend: Backend, threads: usize, sample: RowSample) -> [Moments; 2] {
    let (_, moments) = case.with_plan(backend, threads, |plan, frame| plan.moments(&frame, sample));
    moments
}

/// The sums of what `coefficients` stores, one by one.
fn expected(case: &Case, sample: RowSample) -> [Moments; 2] {
    let mut expected = [Moments::default(), Moments::default()];
    let table = |index: usize| match case.color {
        ColorMode::Native => case.components[index].table,
        ColorMode::YCbCr if index == 0 => TableSlot::Luma,
        ColorMode::YCbCr => TableSlot::Chroma,
    };
    for (index, blocks) in coefficients(case, Backend::Scalar).iter().enumerate() {
        let columns = case.components[index].width.div_ceil(8);
        let moments = &mut expected[table(index) as usize];
        for (_, row) in blocks
            .chunks(columns)
            .enumerate()
            .filter(|(y, _)| y % sample.every == sample.first % sample.every)
        {
            moments.blocks += row.len() as u64;
            for (place, &coefficient) in row.iter().flat_map(|block| ZIGZAG.iter().zip(block)) {
                moments.sums[usize::from(*place)] += i64::from(coefficient);
                moments.squares[usize::from(*place)] +=
                    u64::from(coefficient.unsigned_abs()).pow(2);
            }
        }
    }
    expected
}

fn all_backends_agree(case: &Case, sample: RowSample) {
    let coefficients_of_definition = coefficients(case, Backend::Scalar);
    let expected = expected(case, sample);
    for backend in Backend::available() {
        assert!(
            coefficients(case, backend) == coefficients_of_definition,
            "coefficients of {backend}"
        );
        assert_eq!(moments(case, backend, 1, sample), expected, "{backend}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_frames_agree(case in cases(1..80, 1..41), every in 1..5usize, first in 0..9usize) {
        all_backends_agree(&case, RowSample { every, first });
    }

    /// Libjpeg's division of the coefficients gives the quantized ones.
    #[test]
    fn quantized_coefficients_are_quotients_rounded_half_away_from_zero(case in cases(1..80, 1..41)) {
        let backend = Backend::detect();
        let quantized = blocks(&case, backend, |plan, frame, targets| plan.quantized_coefficients(frame, targets));
        for (index, (quantized, coefficients)) in
            quantized.iter().zip(coefficients(&case, backend)).enumerate()
        {
            let is_luma = match case.color {
                ColorMode::Native => case.components[index].table == TableSlot::Luma,
                ColorMode::YCbCr => index == 0,
            };
            let steps = if is_luma { case.luma } else { case.chroma };
            for (quantized, coefficients) in quantized.iter().zip(coefficients) {
                for (k, &place) in ZIGZAG.iter().enumerate() {
                    let divisor = 8.0 * f64::from(steps[usize::from(place)]);
                    // Rounds half away from zero.
                    let quotient = (f64::from(coefficients[k]) / divisor).round();
                    prop_assert_eq!(f64::from(quantized[k]), quotient);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_wider_than_a_tile_agree(case in cases(400..1300, 1..20)) {
        all_backends_agree(&case, RowSample::ALL);
    }
}

fn plane(width: usize, height: usize, samples: Vec<u8>) -> Case {
    Case {
        components: vec![component(0, 0, 1, width, height)],
        color: ColorMode::Native,
        planes: vec![(samples, width)],
        luma: [16; 64],
        chroma: [16; 64],
        settle: None,
    }
}

/// The largest coefficients that there are, in as many blocks as are summed in 32 bits.
#[test]
fn the_largest_coefficients_do_not_overflow() {
    let (width, height) = (2048, 16);
    let frames: [fn(usize) -> u8; 4] = [
        |_| 0,
        |_| 255,
        // Coefficient (4, 4), which gathers all of the amplitude as DC does.
        |i| [255, 0, 0, 255][i % 4] ^ [0, 255, 255, 0][i / 2048 % 4],
        |i| [0, 255][(i + i / 2048) % 2],
    ];
    for sample in frames {
        let case = plane(width, height, (0..width * height).map(sample).collect());
        all_backends_agree(&case, RowSample::ALL);
    }
    let black = plane(width, height, vec![0; width * height]);
    let [moments, _] = moments(&black, Backend::detect(), 1, RowSample::ALL);
    assert_eq!(moments.squares[0], 512 * 8192 * 8192);
}

#[test]
fn threads_make_no_difference() {
    let (width, height) = (2049, 2049);
    let case = plane(
        width,
        height,
        (0..width * height).map(|i| (i * i / 77) as u8).collect(),
    );
    let alone = moments(&case, Backend::detect(), 1, RowSample::ALL);
    for threads in [0, 2, 5] {
        assert_eq!(
            moments(&case, Backend::detect(), threads, RowSample::ALL),
            alone
        );
    }
}
