// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! `as-selection`: the accuracy-sensitive band is taken from each frame, or from the stream.

mod support;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::codec::block::ZIGZAG;
use gstfeaturedistill::tables::bands;
use support::filter::{Filter, refused};
use support::noise::noise;
use support::video::{Placement, Tables, bytes, expected, file, info};

const SIDE: usize = 64;
const AS_COUNT: usize = 10;

fn filter(properties: &str) -> Filter {
    let mut filter = Filter::new(&format!(
        "preset=two-step as-count={AS_COUNT} as-step=20 md-step=30 {properties}"
    ));
    filter.set_caps(&info(VideoFormat::I420, SIDE as u32, SIDE as u32));
    filter
}

/// Waves in every plane on some noise; `seed` chooses their few frequencies.
fn frame(seed: u64) -> Vec<u8> {
    let mut numbers = noise(seed);
    let mut number = |below: u8| f64::from(numbers.next().expect("endless") % below);
    let mut frequencies: Vec<_> = (0..64)
        .map(|i| (f64::from(i % 8), f64::from(i / 8)))
        .collect();
    frequencies.sort_by_cached_key(|_| number(255) as u8);
    let waves: Vec<_> = (frequencies.into_iter().take(AS_COUNT).enumerate())
        .map(|(rank, (u, v))| (u, v, 14.0 - rank as f64))
        .collect();
    let angle = |place: usize, k: f64| (2.0 * place as f64 + 1.0) * k * std::f64::consts::PI / 16.0;
    let plane = |width: usize| {
        (0..width * width)
            .map(move |i| (i % width, i / width))
            .collect::<Vec<_>>()
    };
    let mut samples = Vec::new();
    for (x, y) in [SIDE, SIDE / 2, SIDE / 2].into_iter().flat_map(plane) {
        // Every block has another amplitude, so that each wave is spread.
        let amplitude = ((x / 8 + 3 * (y / 8)) % 5) as f64 - 2.0;
        let wave = |&(u, v, strength): &(f64, f64, f64)| {
            amplitude * strength * (angle(x % 8, u).cos() * angle(y % 8, v).cos())
        };
        let sum: f64 = waves.iter().map(wave).sum();
        samples.push((128.0 + sum / 2.0 + number(5)).clamp(0.0, 255.0) as u8);
    }
    samples
}

/// The orthonormal DCT-II of a block, by its definition.
fn dct(block: impl Fn(usize, usize) -> f64) -> [f64; 64] {
    let scale = |k: usize| if k == 0 { (0.125f64).sqrt() } else { 0.5 };
    let cosine = |place: usize, k: usize| {
        ((2 * place + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
    };
    std::array::from_fn(|i| {
        let (v, u) = (i / 8, i % 8);
        let places = (0..64).map(|j| (j / 8, j % 8));
        let sum: f64 = places
            .map(|(y, x)| block(x, y) * cosine(x, u) * cosine(y, v))
            .sum();
        scale(u) * scale(v) * sum
    })
}

/// The standard deviations of all coefficients over those rows of blocks of a frame's planes that
/// `includes` takes.
fn deviations(frame: &[u8], includes: impl Fn(usize) -> bool) -> [f64; 64] {
    let luma = SIDE * SIDE;
    let planes = [
        (&frame[..luma], SIDE),
        (&frame[luma..luma + luma / 4], SIDE / 2),
        (&frame[luma + luma / 4..], SIDE / 2),
    ];
    let mut spectra = Vec::new();
    for (plane, width) in planes {
        let blocks = (0..width / 8).flat_map(|by| (0..width / 8).map(move |bx| (bx, by)));
        for (bx, by) in blocks.filter(|&(_, by)| includes(by)) {
            spectra.push(dct(|x, y| {
                f64::from(plane[(8 * by + y) * width + 8 * bx + x])
            }));
        }
    }
    let count = spectra.len() as f64;
    std::array::from_fn(|i| {
        let mean = spectra.iter().map(|s| s[i]).sum::<f64>() / count;
        (spectra.iter().map(|s| (s[i] - mean).powi(2)).sum::<f64>() / count).sqrt()
    })
}

/// The table whose band has the largest of `deviations`; panics unless they are clear about it.
fn table(deviations: &[f64; 64]) -> [u8; 64] {
    let mut order: Vec<usize> = (0..64).collect();
    order.sort_by(|&a, &b| deviations[b].total_cmp(&deviations[a]));
    let (last, next) = (deviations[order[AS_COUNT - 1]], deviations[order[AS_COUNT]]);
    assert!(last > next + 0.1, "no clear band: {last} and {next}");
    let mut table = [30; 64];
    order[..AS_COUNT]
        .iter()
        .for_each(|&index| table[index] = 20);
    table
}

fn in_force(filter: &Filter) -> Vec<u32> {
    let table: gst::Array = filter.stats().get("table").expect("a table");
    table
        .iter()
        .map(|step| step.get().expect("a step"))
        .collect()
}

/// Sends `frame` through and checks that it comes out as with `table`.
fn check(filter: &mut Filter, frame: &[u8], table: [u8; 64]) {
    let output = bytes(&filter.distill(gst::Buffer::from_mut_slice(frame.to_vec())));
    assert!(
        in_force(filter).into_iter().eq(table.map(u32::from)),
        "the table in force"
    );
    let placement = Placement::plain(&info(VideoFormat::I420, SIDE as u32, SIDE as u32));
    let tables = Tables {
        luma: table,
        chroma: table,
    };
    assert!(
        output == expected(&placement, frame, &tables, false).0,
        "the frame"
    );
}

#[test]
fn every_frame_gets_the_band_that_varies_most_in_it() {
    let mut filter = filter("as-selection=frame");
    let mut seen = Vec::new();
    for seed in 1..9 {
        let frame = frame(seed);
        let table = table(&deviations(&frame, |_| true));
        check(&mut filter, &frame, table);
        seen.push(table);
    }
    seen.dedup();
    assert!(seen.len() > 4, "frames of different bands");
}

#[test]
fn a_stream_counts_every_fourth_row_of_blocks_of_a_frame() {
    let mut filter = filter("as-selection=stream as-window=1");
    for (number, seed) in (1..9).enumerate() {
        let frame = frame(seed);
        let table = table(&deviations(&frame, |row| row % 4 == number % 4));
        check(&mut filter, &frame, table);
    }
}

#[test]
fn a_long_window_covers_the_whole_picture() {
    let mut filter = filter("as-selection=stream as-window=1000000");
    let frame = frame(3);
    for _ in 0..3 {
        filter.distill(gst::Buffer::from_mut_slice(frame.clone()));
    }
    check(&mut filter, &frame, table(&deviations(&frame, |_| true)));
}

/// A stream counts every fourth row of blocks: of frames with one row, every fourth.
#[test]
fn frames_without_a_row_in_turn_leave_the_band_as_it_is() {
    let mut filter = Filter::new("preset=two-step as-count=10 as-selection=stream as-window=1");
    filter.set_caps(&info(VideoFormat::Gray8, SIDE as u32, 8));
    let mut next = |seed| {
        filter.distill(gst::Buffer::from_mut_slice(
            frame(seed)[..SIDE * 8].to_vec(),
        ));
        in_force(&filter)
    };
    let first = next(1);
    for seed in 2..5 {
        assert_eq!(next(seed), first);
    }
    assert_ne!(next(5), first);
}

#[test]
fn statistics_restart_when_selection_is_switched_back_to_stream() {
    let (first, other) = (frame(1), frame(5));
    let mut filter = filter("as-selection=stream as-window=1000000");
    for _ in 0..8 {
        filter.distill(gst::Buffer::from_mut_slice(first.clone()));
    }
    filter
        .element
        .set_property_from_str("as-selection", "zigzag");
    filter.distill(gst::Buffer::from_mut_slice(first));
    filter
        .element
        .set_property_from_str("as-selection", "stream");
    let table = table(&deviations(&other, |row| row % 4 == 0));
    check(&mut filter, &other, table);
}

#[test]
fn statistics_restart_with_new_caps() {
    let (first, other) = (frame(1), frame(5));
    let mut filter = filter("as-selection=stream as-window=1000000");
    for _ in 0..8 {
        filter.distill(gst::Buffer::from_mut_slice(first.clone()));
    }
    filter.set_caps(&info(VideoFormat::I420, 16, 16));
    filter.set_caps(&info(VideoFormat::I420, SIDE as u32, SIDE as u32));
    let table = table(&deviations(&other, |row| row % 4 == 0));
    check(&mut filter, &other, table);
}

#[test]
fn flat_frames_and_other_presets_have_the_zigzag_band() {
    let flat = vec![77; SIDE * SIDE * 3 / 2];
    let mut zigzag = [30; 64];
    ZIGZAG[..AS_COUNT]
        .iter()
        .for_each(|&index| zigzag[usize::from(index)] = 20);
    for selection in ["frame", "stream"] {
        let mut flat_filter = filter(&format!("as-selection={selection}"));
        check(&mut flat_filter, &flat, zigzag);
        let mut uniform = filter(&format!("as-selection={selection} preset=uniform"));
        check(&mut uniform, &frame(1), [30; 64]);
    }
    assert_eq!(bands::rank(&[1.0; 64]), ZIGZAG);
}

#[test]
fn quality_scales_the_chosen_table() {
    let frame = frame(2);
    let mut filter = filter("as-selection=frame quality=75");
    let table = table(&deviations(&frame, |_| true)).map(|step| step / 2);
    check(&mut filter, &frame, table);
}

#[test]
fn every_backend_and_thread_count_gives_the_same_frames() {
    // Large enough for two threads.
    let size = info(VideoFormat::Gray8, 2048, 1200);
    let outputs = |properties: &str| {
        let mut filter = Filter::new(properties);
        filter.set_caps(&size);
        let outputs: Vec<_> = (1..6)
            .map(|seed| {
                let frame: Vec<u8> = frame(seed).into_iter().cycle().take(size.size()).collect();
                bytes(&filter.distill(gst::Buffer::from_mut_slice(frame)))
            })
            .collect();
        let threads = if properties.ends_with('2') { "2" } else { "1" };
        let in_use = filter
            .stats()
            .value("n-threads")
            .expect("a field")
            .serialize();
        assert_eq!(in_use.expect("a number"), threads);
        (outputs, in_force(&filter))
    };
    for selection in ["frame", "stream"] {
        let of = |rest: &str| outputs(&format!("preset=two-step as-selection={selection} {rest}"));
        let expected = of("backend=scalar n-threads=1");
        assert!(of("backend=auto n-threads=1") == expected);
        assert!(of("backend=avx2 n-threads=2") == expected);
    }
}

#[test]
fn two_passes_with_a_table_of_each_frame_are_refused_at_the_start() {
    for (description, reason) in [
        (
            "featuredistill preset=two-step as-selection=frame settle=true",
            "settle",
        ),
        (
            "featuredistill preset=two-step as-selection=stream tamper-threshold=0.1",
            "tamper-threshold",
        ),
        (
            "featuredistillenc preset=two-step as-selection=frame",
            "as-selection",
        ),
    ] {
        let text = refused(description);
        assert!(
            text.contains(reason) && text.contains("table-file"),
            "{text}"
        );
    }
}

#[test]
fn two_passes_with_a_table_of_each_frame_are_refused_while_playing() {
    let mut filter = filter("as-selection=frame");
    filter.distill(gst::Buffer::from_mut_slice(frame(1)));
    filter.element.set_property("tamper-threshold", 0.5);
    let flow = filter.harness.push(gst::Buffer::from_mut_slice(frame(2)));
    assert_eq!(flow, Err(gst::FlowError::Error));
    assert!(filter.harness.try_pull().is_none(), "nothing goes out");
    let text = filter.error().expect("an error");
    assert!(text.contains("as-selection=frame"), "{text}");
    filter
        .element
        .set_property_from_str("as-selection", "zigzag");
    filter.distill(gst::Buffer::from_mut_slice(frame(2)));
}

#[test]
fn two_passes_with_a_table_file_are_allowed() {
    let file = file(
        bands::two_step(
            20.try_into().expect("a step"),
            30.try_into().expect("a step"),
            &[1, 2, 3],
        )
        .to_string()
        .as_bytes(),
    );
    let path = file.path().display();
    let mut filter = filter(&format!("as-selection=frame settle=true table-file={path}"));
    filter.distill(gst::Buffer::from_mut_slice(frame(1)));
    assert_eq!(in_force(&filter)[..5], [30, 20, 20, 20, 30]);
}

#[test]
fn the_encoder_refuses_a_table_of_each_frame_while_playing() {
    let mut filter = Filter::launch("featuredistillenc preset=two-step");
    filter.set_caps(&info(VideoFormat::I420, SIDE as u32, SIDE as u32));
    filter
        .element
        .set_property_from_str("as-selection", "stream");
    let flow = filter.harness.push(gst::Buffer::from_mut_slice(frame(2)));
    assert_eq!(flow, Err(gst::FlowError::Error));
    let text = filter.error().expect("an error");
    assert!(
        text.contains("as-selection") && text.contains("table-file"),
        "{text}"
    );
}
