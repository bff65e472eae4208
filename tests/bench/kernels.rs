// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The round trip by backend, size, content and layout: `cargo bench`.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, Distiller, Divisors, FrameMut, Layout, PlaneMut, TableSlot,
};

/// A frame of one plane with `channels` interleaved channels.
fn layout(width: usize, height: usize, channels: usize, color: ColorMode) -> Layout {
    let component = |offset| Component {
        plane: 0,
        offset,
        pixel_stride: channels,
        width,
        height,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    };
    Layout::new((0..channels).map(component).collect(), color)
}

/// Noise of full range (the worst content for an entropy coder, like any other for a transform).
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(&mut next).take(len).collect()
}

fn run(plan: &Distiller, samples: &mut [u8], stride: usize) {
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(samples, stride);
    std::hint::black_box(plan.process(frame));
}

fn backends(c: &mut Criterion) {
    let cases: [(&str, usize, usize, usize, ColorMode); 5] = [
        ("gray", 512, 512, 1, ColorMode::Native),
        ("gray", 224, 224, 1, ColorMode::Native),
        ("gray", 1920, 1080, 1, ColorMode::Native),
        ("rgb", 512, 512, 3, ColorMode::Native),
        ("rgb-ycbcr", 512, 512, 3, ColorMode::YCbCr),
    ];
    for (name, width, height, channels, color) in cases {
        let mut group = c.benchmark_group(format!("{name}-{width}x{height}"));
        let blocks = width.div_ceil(8) * height.div_ceil(8) * channels;
        group.throughput(Throughput::Elements(blocks as u64));
        for backend in Backend::available() {
            let divisors = Divisors::new(&[30; 64]);
            let layout = layout(width, height, channels, color);
            let plan = Distiller::new(layout, divisors.clone(), divisors, backend, 1);
            let mut samples = noise(width * height * channels);
            group.bench_function(backend.to_string(), |b| {
                b.iter(|| run(&plan, &mut samples, width * channels));
            });
        }
    }
}

criterion_group!(benches, backends);
criterion_main!(benches);
