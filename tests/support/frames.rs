// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames of every shape, with random samples, strides and tables.

use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    PlaneMut, SampleLattice, TableSlot,
};
use proptest::prelude::*;

/// Value of the padding around the samples, which must stay as it is.
pub const PADDING: u8 = 0xa5;

/// Planes of one frame: (layout of the components, bytes of each plane, stride of each plane).
#[derive(Clone, Debug)]
pub struct Case {
    pub components: Vec<Component>,
    pub color: ColorMode,
    pub planes: Vec<(Vec<u8>, usize)>,
    pub luma: [u8; 64],
    pub chroma: [u8; 64],
    /// The budget that frames are settled for, if they are.
    pub settle: Option<f64>,
}

impl Case {
    pub fn run(&self, backend: Backend, threads: usize) -> (Vec<Vec<u8>>, FrameStats) {
        self.with_plan(backend, threads, |plan, frame| plan.process(frame))
    }

    /// The results of one plan for so many copies of the frame, one after the other.
    pub fn run_often(
        &self,
        backend: Backend,
        threads: usize,
        count: usize,
    ) -> Vec<(Vec<Vec<u8>>, FrameStats)> {
        let plan = self.plan(backend, threads);
        let run = |_| self.on_copy(|frame| plan.process(frame));
        (0..count).map(run).collect()
    }

    /// The same as [`Self::run`], with the margin measured.
    pub fn measured(&self, backend: Backend, threads: usize) -> (Vec<Vec<u8>>, FrameStats) {
        let plan = self.plan(backend, threads).measuring(true);
        self.on_copy(|frame| plan.process(frame))
    }

    /// Rounds the samples of a copy of the frame to the lattice with this radius.
    pub fn round(
        &self,
        radius: u8,
        backend: Backend,
        threads: usize,
    ) -> (Vec<Vec<u8>>, FrameStats) {
        let plan = self.sample_plan(radius, backend, threads);
        self.on_copy(|frame| plan.process(frame))
    }

    /// The same, with the margin measured.
    pub fn round_measured(&self, radius: u8, backend: Backend) -> (Vec<Vec<u8>>, FrameStats) {
        let plan = self.sample_plan(radius, backend, 1).measuring(true);
        self.on_copy(|frame| plan.process(frame))
    }

    fn sample_plan(&self, radius: u8, backend: Backend, threads: usize) -> Distiller {
        let layout = Layout::new(self.components.clone(), self.color);
        let lattice = SampleLattice::new(radius).expect("a radius");
        Distiller::new(layout, lattice, backend, threads)
    }

    /// The plan of the tables.
    fn plan(&self, backend: Backend, threads: usize) -> Distiller {
        let layout = Layout::new(self.components.clone(), self.color);
        let (luma, chroma) = (Divisors::new(&self.luma), Divisors::new(&self.chroma));
        let plan = Distiller::new(layout, DctTables { luma, chroma }, backend, threads);
        match self.settle {
            Some(epsilon) => plan.settling(epsilon),
            None => plan,
        }
    }

    /// Does `work` on a copy of the frame with the plan of the tables; returns the copy and the result.
    pub fn with_plan<T>(
        &self,
        backend: Backend,
        threads: usize,
        work: impl FnOnce(&Distiller, FrameMut<'_>) -> T,
    ) -> (Vec<Vec<u8>>, T) {
        let plan = self.plan(backend, threads);
        self.on_copy(|frame| work(&plan, frame))
    }

    /// Does `work` on a copy of the frame; returns the copy and the result.
    fn on_copy<T>(&self, work: impl FnOnce(FrameMut<'_>) -> T) -> (Vec<Vec<u8>>, T) {
        let mut planes: Vec<_> = self.planes.iter().map(|(bytes, _)| bytes.clone()).collect();
        let mut frame = FrameMut::default();
        let strides = self.planes.iter().map(|&(_, stride)| stride);
        for ((target, bytes), stride) in frame.planes.iter_mut().zip(&mut planes).zip(strides) {
            *target = PlaneMut::new(bytes, stride);
        }
        let result = work(frame);
        (planes, result)
    }

    /// True if the byte at `position` of `plane` is a visible sample.
    pub fn is_visible(&self, plane: usize, position: usize) -> bool {
        let stride = self.planes[plane].1;
        let (row, byte) = (position / stride, position % stride);
        self.components
            .iter()
            .filter(|c| c.plane == plane)
            .any(|c| {
                let sample = byte
                    .checked_sub(c.offset)
                    .filter(|b| b % c.pixel_stride == 0);
                row < c.height && sample.is_some_and(|b| b / c.pixel_stride < c.width)
            })
    }
}

pub fn tables() -> impl Strategy<Value = [u8; 64]> {
    let steps = prop_oneof![
        proptest::collection::vec(1..=255u8, 64),
        proptest::collection::vec(1..=12u8, 64),
        (1..=255u8).prop_map(|step| vec![step; 64]),
    ];
    steps.prop_map(|steps| steps.try_into().expect("64 steps"))
}

/// Bytes of planes with rows of `row_bytes`, each row padded, the last one not.
fn planes(extents: Vec<(usize, usize)>) -> impl Strategy<Value = Vec<(Vec<u8>, usize)>> {
    let plane = |(rows, row_bytes): (usize, usize)| {
        (0..70usize).prop_flat_map(move |padding| {
            let stride = row_bytes + padding;
            let sample = prop_oneof![any::<u8>(), Just(0), Just(255)];
            proptest::collection::vec(sample, stride * (rows - 1) + row_bytes)
                .prop_map(move |bytes| (bytes, stride))
        })
    };
    extents.into_iter().map(plane).collect::<Vec<_>>()
}

pub fn component(
    plane: usize,
    offset: usize,
    pixel_stride: usize,
    width: usize,
    height: usize,
) -> Component {
    let table = if plane == 0 && offset == 0 {
        TableSlot::Luma
    } else {
        TableSlot::Chroma
    };
    Component {
        plane,
        offset,
        pixel_stride,
        width,
        height,
        pixels_per_sample: (1, 1),
        table,
    }
}

/// The shapes of video formats, at `width` x `height`.
pub fn shapes(width: usize, height: usize) -> Vec<(Vec<Component>, ColorMode)> {
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let packed = |step, offsets: [usize; 3]| {
        offsets
            .map(|offset| component(0, offset, step, width, height))
            .to_vec()
    };
    let planar = [0, 1, 2]
        .map(|plane| component(plane, 0, 1, width, height))
        .to_vec();
    vec![
        (vec![component(0, 0, 1, width, height)], ColorMode::Native),
        (
            vec![
                component(0, 0, 1, width, height),
                component(1, 0, 1, half_width, half_height),
                component(2, 0, 1, half_width, half_height),
            ],
            ColorMode::Native,
        ),
        (
            vec![
                component(0, 0, 1, width, height),
                component(1, 0, 2, half_width, half_height),
                component(1, 1, 2, half_width, half_height),
            ],
            ColorMode::Native,
        ),
        (
            vec![
                component(0, 0, 2, width, height),
                component(0, 1, 4, half_width, height),
                component(0, 3, 4, half_width, height),
            ],
            ColorMode::Native,
        ),
        (
            vec![
                component(0, 1, 2, width, height),
                component(0, 2, 4, half_width, height),
                component(0, 0, 4, half_width, height),
            ],
            ColorMode::Native,
        ),
        (
            vec![
                component(0, 0, 1, width, height),
                component(1, 1, 2, width, height),
                component(1, 0, 2, width, height),
            ],
            ColorMode::Native,
        ),
        (packed(3, [0, 1, 2]), ColorMode::Native),
        (packed(4, [2, 1, 0]), ColorMode::Native),
        (packed(4, [1, 2, 3]), ColorMode::Native),
        (packed(3, [0, 1, 2]), ColorMode::YCbCr),
        (packed(4, [1, 2, 3]), ColorMode::YCbCr),
        (planar, ColorMode::YCbCr),
    ]
}

pub fn cases(
    widths: std::ops::Range<usize>,
    heights: std::ops::Range<usize>,
) -> impl Strategy<Value = Case> {
    let shape = (widths, heights, 0..shapes(8, 8).len());
    let shape = shape.prop_map(|(width, height, index)| shapes(width, height).swap_remove(index));
    (shape, tables(), tables()).prop_flat_map(|((components, color), luma, chroma)| {
        let layout = Layout::new(components.clone(), color);
        let extents = (0..4)
            .map_while(|plane| layout.plane_extent(plane))
            .collect();
        planes(extents).prop_map(move |planes| {
            let mut case = Case {
                components: components.clone(),
                color,
                planes,
                luma,
                chroma,
                settle: None,
            };
            for plane in 0..case.planes.len() {
                for position in 0..case.planes[plane].0.len() {
                    if !case.is_visible(plane, position) {
                        case.planes[plane].0[position] = PADDING;
                    }
                }
            }
            case
        })
    })
}
