// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantized coefficients of a frame: the same from every backend and number of threads, and only where
//! they belong. (That they decode to what the round trip gives is tested with whole files, in
//! `encoder.rs`.)

use gstfeaturedistill::codec::{
    Backend, CoefficientBlock, CoefficientsMut, ColorMode, Component, DctTables, Distiller,
    Divisors, FrameMut, Layout, PlaneMut, TableSlot,
};
use proptest::prelude::*;

/// A block that no samples have.
const UNTOUCHED: CoefficientBlock = [i16::MIN; 64];

/// A frame of interleaved channels, one beside the other.
#[derive(Clone, Debug)]
struct Case {
    width: usize,
    height: usize,
    channels: usize,
    color: ColorMode,
    samples: Vec<u8>,
    luma: [u8; 64],
    chroma: [u8; 64],
}

impl Case {
    fn layout(&self) -> Layout {
        let component = |channel| Component {
            plane: 0,
            offset: channel,
            pixel_stride: self.channels,
            width: self.width,
            height: self.height,
            pixels_per_sample: (1, 1),
            table: [TableSlot::Luma, TableSlot::Chroma][channel.min(1)],
        };
        Layout::new((0..self.channels).map(component).collect(), self.color)
    }

    fn columns(&self) -> usize {
        self.width.div_ceil(8)
    }

    fn rows(&self) -> usize {
        self.height.div_ceil(8)
    }

    /// Quantized coefficients of each channel, with a spare block to the right of each row and a spare row.
    fn quantized(&self, backend: Backend, threads: usize) -> Vec<Vec<CoefficientBlock>> {
        let tables = [&self.luma, &self.chroma].map(Divisors::new);
        let [luma, chroma] = tables;
        let plan = Distiller::new(self.layout(), DctTables { luma, chroma }, backend, threads);
        let mut samples = self.samples.clone();
        let mut frame = FrameMut::default();
        frame.planes[0] = PlaneMut::new(&mut samples, self.width * self.channels);
        let stride = self.columns() + 1;
        let mut blocks = vec![vec![UNTOUCHED; stride * (self.rows() + 1)]; self.channels];
        let mut targets: Vec<_> = blocks
            .iter_mut()
            .map(|blocks| CoefficientsMut::new(blocks, stride))
            .collect();
        plan.quantized_coefficients(&frame.reborrow(), &mut targets);
        assert!(samples == self.samples, "the frame stays as it is");
        blocks
    }

    /// Tells whether exactly the blocks that the frame has were written.
    fn is_filled(&self, blocks: &[CoefficientBlock]) -> bool {
        let stride = self.columns() + 1;
        blocks.iter().enumerate().all(|(index, block)| {
            let within = index % stride < self.columns() && index / stride < self.rows();
            within == (*block != UNTOUCHED)
        })
    }
}

fn tables() -> impl Strategy<Value = [u8; 64]> {
    proptest::collection::vec(1..=255u8, 64).prop_map(|steps| steps.try_into().expect("64 steps"))
}

fn cases() -> impl Strategy<Value = Case> {
    let shapes = [
        (1, ColorMode::Native),
        (2, ColorMode::Native),
        (3, ColorMode::Native),
        (3, ColorMode::YCbCr),
    ];
    let sizes = (
        1..=150usize,
        1..=20usize,
        proptest::sample::select(shapes.to_vec()),
    );
    sizes.prop_flat_map(|(width, height, (channels, color))| {
        let samples = proptest::collection::vec(any::<u8>(), width * height * channels);
        (samples, tables(), tables()).prop_map(move |(samples, luma, chroma)| Case {
            width,
            height,
            channels,
            color,
            samples,
            luma,
            chroma,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_backend_gives_the_coefficients_of_the_scalar_one(case in cases()) {
        let expected = case.quantized(Backend::Scalar, 1);
        for blocks in &expected {
            prop_assert!(case.is_filled(blocks));
        }
        for backend in Backend::available() {
            prop_assert!(case.quantized(backend, 1) == expected, "{backend}");
        }
    }
}

/// A frame that is worth several threads.
#[test]
fn threads_make_no_difference() {
    let (width, height) = (2049, 1025);
    let case = Case {
        width,
        height,
        channels: 3,
        color: ColorMode::YCbCr,
        samples: (0..width * height * 3)
            .map(|i| (i * i / 77) as u8)
            .collect(),
        luma: [16; 64],
        chroma: [17; 64],
    };
    let expected = case.quantized(Backend::detect(), 1);
    for threads in [0, 2, 5] {
        assert!(case.quantized(Backend::detect(), threads) == expected);
    }
}

#[test]
#[should_panic(expected = "room for every block")]
fn too_little_room_is_refused() {
    let mut samples = [0; 9];
    let component = Component {
        plane: 0,
        offset: 0,
        pixel_stride: 1,
        width: 9,
        height: 1,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    };
    let layout = Layout::new(vec![component], ColorMode::Native);
    let tables = DctTables::shared(Divisors::new(&[1; 64]));
    let plan = Distiller::new(layout, tables, Backend::Scalar, 1);
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(&mut samples, 9);
    plan.quantized_coefficients(&frame, &mut [CoefficientsMut::new(&mut [UNTOUCHED], 1)]);
}
