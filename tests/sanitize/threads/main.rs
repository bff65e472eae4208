// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! All that threads share in the codec, for ThreadSanitizer: plans, the pool, and the decisions if a frame is shared.

use std::thread;

use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    Moments, PlaneMut, Rounding, RowSample, SampleLattice, TableSlot,
};

/// So large that a frame is shared out among the threads of the pool.
const SIZE: (usize, usize) = (2048, 1536);

/// Frames that each thread gives a plan.
const FRAMES: usize = 12;

fn main() {
    let tables = DctTables {
        luma: Divisors::new(&[24; 64]),
        chroma: Divisors::new(&[32; 64]),
    };
    let lattice = SampleLattice::new(4).expect("a radius");
    for rounding in [Rounding::from(tables), lattice.into()] {
        for settle in [false, true] {
            share(&rounding, settle);
        }
    }
    println!("no thread saw another one's work");
}

/// Two threads use one plan, each frame of which is shared out again.
fn share(rounding: &Rounding, settle: bool) {
    let plan = |threads| {
        let plan = Distiller::new(layout(), rounding.clone(), Backend::detect(), threads);
        let plan = plan.measuring(settle);
        if settle { plan.settling(1.0) } else { plan }
    };
    let (shared, alone) = (plan(2), plan(1));
    assert_eq!(shared.threads(), 2, "the frame is too small");
    thread::scope(|scope| {
        for seed in 0..2 {
            let (shared, alone) = (&shared, &alone);
            scope.spawn(move || {
                let expected = outcome(alone, seed);
                for _ in 0..FRAMES {
                    assert!(outcome(shared, seed) == expected);
                }
            });
        }
    });
}

/// All that a plan makes of a frame.
fn outcome(plan: &Distiller, seed: usize) -> (Vec<u8>, FrameStats, [Moments; 2]) {
    let mut bytes = samples(seed);
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(&mut bytes, SIZE.0);
    let moments = plan.moments(&frame, RowSample::ALL);
    let stats = plan.process(frame);
    (bytes, stats, moments)
}

fn layout() -> Layout {
    let (width, height) = SIZE;
    let component = Component {
        plane: 0,
        offset: 0,
        pixel_stride: 1,
        width,
        height,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    };
    Layout::new(vec![component], ColorMode::Native)
}

fn samples(seed: usize) -> Vec<u8> {
    let sample = |i: usize| (i.wrapping_mul(seed + 2_654_435_761) >> 13) as u8;
    (0..SIZE.0 * SIZE.1).map(sample).collect()
}
