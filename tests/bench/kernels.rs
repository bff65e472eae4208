// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The round trip by backend, size and layout, and libjpeg-turbo's beside it: `cargo bench --bench
//! kernels`.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

#[path = "../../examples/shared/noise.rs"]
mod noise;

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gstfeaturedistill::codec::{
    Backend, ColorFamily, ColorMode, Component, DctTables, Digester, Distiller, Divisors, FrameMut,
    Layout, PlaneMut, TableSlot,
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

/// Random samples, the worst content for an entropy coder and like any other for a transform.
fn samples(count: usize) -> Vec<u8> {
    noise::noise(1).take(count).collect()
}

fn run(plan: &Distiller, samples: &mut [u8], stride: usize) {
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(samples, stride);
    std::hint::black_box(plan.process(frame));
}

const STEPS: [u8; 64] = [30; 64];

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
            let tables = DctTables::shared(Divisors::new(&STEPS));
            let layout = layout(width, height, channels, color);
            let plan = Distiller::new(layout, tables, backend, 1);
            let mut samples = samples(width * height * channels);
            group.bench_function(backend.to_string(), |b| {
                b.iter(|| run(&plan, &mut samples, width * channels));
            });
        }
        let is_yardstick = (name, width, height) == ("gray", LibJpeg::SIDE, LibJpeg::SIDE);
        if is_yardstick && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            let mut libjpeg = None;
            group.bench_function("libjpeg-turbo", |b| {
                let libjpeg = libjpeg.get_or_insert_with(LibJpeg::start);
                b.iter_custom(|count| libjpeg.time(count));
            });
        }
    }
}

/// libjpeg-turbo's own functions in AVX2 or NEON, in a process that measures itself.
struct LibJpeg {
    child: Child,
}

impl LibJpeg {
    const SIDE: usize = 512;

    /// Builds and starts the program, and sees that it does what the backends do.
    fn start() -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        let program = target.join("libjpeg-bench");
        let compiled = Command::new("cc")
            .args(["-O2", "-Wall", "-o"])
            .arg(&program)
            .args(["tests/bench/libjpeg.c", "-l:libjpeg.a"])
            .status();
        assert!(
            compiled.is_ok_and(|status| status.success()),
            "tests/bench/libjpeg.c needs a C compiler and libjpeg62-turbo-dev: make bench installs them"
        );
        let child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that was just built");
        let mut this = Self { child };
        let mut samples = samples(Self::SIDE * Self::SIDE);
        this.send(&STEPS);
        this.send(&samples);
        this.send(&0u64.to_ne_bytes());
        let mut theirs = vec![0; samples.len()];
        this.receive(&mut theirs);
        let tables = DctTables::shared(Divisors::new(&STEPS));
        let layout = layout(Self::SIDE, Self::SIDE, 1, ColorMode::Native);
        let plan = Distiller::new(layout, tables, Backend::detect(), 1);
        run(&plan, &mut samples, Self::SIDE);
        assert!(theirs == samples, "libjpeg-turbo gives other samples");
        this
    }

    fn send(&mut self, bytes: &[u8]) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        input
            .write_all(bytes)
            .and_then(|()| input.flush())
            .expect("it listens");
    }

    fn receive(&mut self, bytes: &mut [u8]) {
        let output = self.child.stdout.as_mut().expect("a pipe");
        output.read_exact(bytes).expect("it answers");
    }

    /// Time of `count` round trips.
    fn time(&mut self, count: u64) -> Duration {
        self.send(&count.to_ne_bytes());
        let mut nanoseconds = [0; 8];
        self.receive(&mut nanoseconds);
        Duration::from_nanos(u64::from_ne_bytes(nanoseconds))
    }
}

impl Drop for LibJpeg {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The digest of a 1080p frame: planes of I420, and interleaved RGB.
fn digests(c: &mut Criterion) {
    let (width, height) = (1920, 1080);
    let plane = |plane, side: usize| Component {
        plane,
        offset: 0,
        pixel_stride: 1,
        width: width / side,
        height: height / side,
        pixels_per_sample: (side, side),
        table: TableSlot::Luma,
    };
    let i420 = Layout::new(
        vec![plane(0, 1), plane(1, 2), plane(2, 2)],
        ColorMode::Native,
    );
    let rgb = layout(width, height, 3, ColorMode::Native);
    let mut group = c.benchmark_group("digest");
    for (name, layout, family) in [
        ("i420-1920x1080", i420, ColorFamily::Yuv),
        ("rgb-1920x1080", rgb, ColorFamily::Rgb),
    ] {
        let digester = Digester::new(&layout, family, None);
        let mut planes: Vec<_> = (0..3)
            .filter_map(|plane| layout.plane_extent(plane))
            .map(|(rows, row_bytes)| (samples(rows * row_bytes), row_bytes))
            .collect();
        let mut frame = FrameMut::default();
        for (plane, (bytes, stride)) in frame.planes.iter_mut().zip(&mut planes) {
            *plane = PlaneMut::new(bytes, *stride);
        }
        group.throughput(Throughput::Elements(layout.samples() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| std::hint::black_box(digester.digest(&frame)));
        });
    }
    group.finish();
}

criterion_group!(benches, backends, digests);
criterion_main!(benches);
