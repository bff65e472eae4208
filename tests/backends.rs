// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Every backend equals the scalar definition, over tables, sizes, strides, layouts and threads.

mod support;

use gstfeaturedistill::codec::{
    Backend, ColorMode, DctTables, Distiller, Divisors, Extent, FrameStats, Layout,
};
use proptest::prelude::*;
use support::frames::{Case, PADDING, cases, component, shapes};
use support::noise::noise;
use support::samples::rounded;

/// The counts that follow from the frames before and after; those of coefficients are taken over.
fn recount(case: &Case, after: &[Vec<u8>], counted: &FrameStats) -> FrameStats {
    let mut stats = FrameStats {
        coefficients: counted.coefficients,
        zeroed: counted.zeroed,
        ..FrameStats::default()
    };
    for (plane, ((before, _), after)) in case.planes.iter().zip(after).enumerate() {
        for (position, (&old, &new)) in before.iter().zip(after).enumerate() {
            if !case.is_visible(plane, position) {
                assert_eq!(
                    (old, new),
                    (PADDING, PADDING),
                    "padding at {position} of plane {plane}"
                );
            }
        }
    }
    for c in &case.components {
        let (before, stride) = &case.planes[c.plane];
        let mut changed = std::collections::BTreeSet::new();
        for (x, y) in (0..c.width).flat_map(|x| (0..c.height).map(move |y| (x, y))) {
            let position = y * stride + c.offset + x * c.pixel_stride;
            let change = u32::from(before[position].abs_diff(after[c.plane][position]));
            stats.samples += 1;
            stats.squared_change += u64::from(change * change);
            stats.max_change = stats.max_change.max(change);
            if change > 0 {
                changed.insert((x / 8, y / 8));
            }
        }
        stats.blocks += (c.width.div_ceil(8) * c.height.div_ceil(8)) as u64;
        stats.changed_blocks += changed.len() as u64;
        for (x, y) in changed {
            stats.changed_extent = stats.changed_extent.union(Extent {
                left: 8 * x,
                top: 8 * y,
                right: c.width.min(8 * x + 8),
                bottom: c.height.min(8 * y + 8),
            });
        }
    }
    stats
}

fn all_backends_agree(case: &Case) {
    let (expected, stats) = case.run(Backend::Scalar, 1);
    assert_eq!(
        recount(case, &expected, &stats),
        stats,
        "stats of the definition"
    );
    for backend in Backend::available() {
        let (result, counts) = case.run(backend, 1);
        assert!(result == expected, "{backend} differs from the definition");
        assert_eq!(counts, stats, "stats of {backend}");
    }
}

/// Checks the lattice of samples: every backend against the formula.
fn samples_agree(case: &Case, radius: u8) {
    let mut expected: Vec<_> = case.planes.iter().map(|(bytes, _)| bytes.clone()).collect();
    for (plane, bytes) in expected.iter_mut().enumerate() {
        for (position, byte) in bytes.iter_mut().enumerate() {
            if case.is_visible(plane, position) {
                *byte = rounded(*byte, radius);
            }
        }
    }
    let stats = FrameStats {
        certified_epsilon: Some(radius.into()),
        ..recount(case, &expected, &FrameStats::default())
    };
    for backend in Backend::available() {
        let (result, counts) = case.round(radius, backend, 1);
        assert!(result == expected, "{backend} differs from the formula");
        assert_eq!(counts, stats, "stats of {backend}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_frames_agree(case in cases(1..41, 1..41), radius in 1..=15u8) {
        all_backends_agree(&case);
        samples_agree(&case, radius);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_wider_than_a_tile_agree(case in cases(400..1300, 1..20), radius in 1..=15u8) {
        all_backends_agree(&case);
        samples_agree(&case, radius);
    }
}

/// Every small size once, and every number of whole blocks up to two registers and a part, on a plane of
/// noise: no width, height or tail is left to chance, nor rows that follow without padding.
#[test]
fn every_size_agrees() {
    let mut noise = noise(1);
    let small = (1..=40).flat_map(|width| (1..=40).map(move |height| (width, height)));
    let whole = (48..=144)
        .step_by(8)
        .flat_map(|width| [8, 10, 16, 20].map(|height| (width, height)));
    for (width, height) in small.chain(whole) {
        let stride = width + height % 5;
        let mut bytes: Vec<u8> = noise.by_ref().take(stride * height).collect();
        for row in bytes.chunks_mut(stride) {
            row[width..].fill(PADDING);
        }
        let case = Case {
            components: vec![component(0, 0, 1, width, height)],
            color: ColorMode::Native,
            planes: vec![(bytes, stride)],
            luma: std::array::from_fn(|_| noise.next().map_or(1, |step| step.max(1))),
            chroma: [1; 64],
            settle: None,
        };
        all_backends_agree(&case);
        samples_agree(&case, 1 + (width % 15) as u8);
    }
}

/// Content and tables at which intermediate values are as large as they get.
#[test]
fn extreme_blocks_agree() {
    let sign = |u: usize, x: usize| {
        let angle = (2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0;
        angle.cos() >= 0.0
    };
    for (u, v) in (0..8).flat_map(|u| (0..8).map(move |v| (u, v))) {
        let pattern = |x: usize, y: usize| {
            if sign(u, x % 8) == sign(v, y % 8) {
                255
            } else {
                0
            }
        };
        let bytes: Vec<u8> = (0..64 * 8).map(|i| pattern(i % 64, i / 64)).collect();
        for step in [1, 2, 3, 127, 128, 200, 254, 255] {
            all_backends_agree(&Case {
                components: vec![component(0, 0, 1, 64, 8)],
                color: ColorMode::Native,
                planes: vec![(bytes.clone(), 64)],
                luma: [step; 64],
                chroma: [1; 64],
                settle: None,
            });
        }
    }
}

/// Every sample with every radius, on every backend: even and odd samples, and those at the end of a row.
#[test]
fn every_sample_and_radius_agrees() {
    for radius in 1..=15 {
        for width in [1, 2, 3, 31, 33, 256] {
            let bytes: Vec<u8> = (0..=255u8).cycle().take(width * 256).collect();
            samples_agree(
                &Case {
                    components: vec![component(0, 0, 1, width, 256)],
                    color: ColorMode::Native,
                    planes: vec![(bytes, width)],
                    luma: [1; 64],
                    chroma: [1; 64],
                    settle: None,
                },
                radius,
            );
        }
    }
}

/// Components anywhere in a row: apart, with gaps, and strides that no format has.
#[test]
fn samples_of_unusual_layouts_agree() {
    for offsets in [[0, 40, 80], [7, 90, 41], [30, 1, 90]] {
        for pixel_stride in [1, 3, 5, 6] {
            let at = |offset| component(0, offset, pixel_stride, 6, 11);
            let layout = Layout::new(offsets.map(at).to_vec(), ColorMode::Native);
            let (rows, row_bytes) = layout.plane_extent(0).expect("a plane");
            let mut case = Case {
                components: offsets.map(at).to_vec(),
                color: ColorMode::Native,
                planes: vec![(noise(3).take(rows * row_bytes).collect(), row_bytes)],
                luma: [1; 64],
                chroma: [1; 64],
                settle: None,
            };
            for position in 0..rows * row_bytes {
                if !case.is_visible(0, position) {
                    case.planes[0].0[position] = PADDING;
                }
            }
            samples_agree(&case, 5);
        }
    }
}

/// Frames large enough to be shared between threads come out as on one. (The first frame of a plan is shared.)
#[test]
fn threads_agree() {
    // 2056 is no multiple of what kernels read at once, and at the end of a band there is nothing behind
    // rows without padding.
    let sizes = [(2048, 5), (2056, 0)];
    let cases = sizes.map(|(width, padding)| {
        shapes(width, 1032)
            .into_iter()
            .map(move |shape| (shape, padding))
    });
    for (index, ((components, color), padding)) in cases.into_iter().flatten().enumerate() {
        let layout = Layout::new(components.clone(), color);
        let noise = |len: usize| {
            (0..len)
                .map(|i| (i * i / 7 + i / 3) as u8)
                .collect::<Vec<u8>>()
        };
        let planes = (0..4)
            .map_while(|plane| layout.plane_extent(plane))
            .map(|(rows, row_bytes)| (rows, row_bytes + padding))
            .map(|(rows, stride)| (noise(rows * stride), stride))
            .collect();
        let case = Case {
            components,
            color,
            planes,
            luma: [20; 64],
            chroma: [31; 64],
            settle: None,
        };
        let expected = case.run(Backend::detect(), 1);
        let plan = Distiller::new(
            layout,
            DctTables::shared(Divisors::new(&[1; 64])),
            Backend::Scalar,
            3,
        );
        assert!(plan.threads() > 1, "shape {index} runs on one thread");
        for threads in [0, 2, 3, 7] {
            assert!(
                case.run(Backend::detect(), threads) == expected,
                "{threads} threads, shape {index}"
            );
        }
        // Some of these are shared, others are not.
        for outcome in case.run_often(Backend::detect(), 2, 12) {
            assert!(outcome == expected, "one of many, shape {index}");
        }
        assert!(
            case.round(3, Backend::detect(), 7) == case.round(3, Backend::Scalar, 1),
            "samples on 7 threads, shape {index}"
        );
        let settling = Case {
            settle: Some(1.0),
            ..case
        };
        let expected = settling.run(Backend::detect(), 1);
        assert!(
            settling.run(Backend::detect(), 3) == expected,
            "settling on 3 threads, shape {index}"
        );
    }
}

/// The tests above walk `Backend::available()`: it must not miss what the CPU has.
#[test]
fn every_backend_of_this_cpu_was_exercised() {
    let available: Vec<_> = Backend::available().collect();
    println!("backends exercised: {available:?}");
    let mut expected = vec![Backend::Scalar];
    if cfg!(target_arch = "aarch64") {
        // No such CPU that runs Linux is without.
        expected.push(Backend::Neon);
    }
    if cfg!(target_arch = "x86_64") {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").expect("read /proc/cpuinfo");
        let flags = cpuinfo.lines().find(|line| line.starts_with("flags"));
        let flags: Vec<_> = flags.unwrap_or_default().split_whitespace().collect();
        let has_all = |wanted: &[&str]| wanted.iter().all(|flag| flags.contains(flag));
        if has_all(&["avx2"]) {
            expected.push(Backend::Avx2);
        }
        if has_all(&["avx2", "avx_vnni"]) {
            expected.push(Backend::AvxVnni);
        }
        if has_all(&["avx512f", "avx512bw", "avx512_vnni"]) {
            expected.push(Backend::Avx512);
        }
    }
    assert_eq!(available, expected);
}
