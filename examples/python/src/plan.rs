// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Arrays through the codec.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, FrameStats, Layout,
    PlaneMut, TableSlot, pool,
};
use gstfeaturedistill::tables::Tables;
use numpy::{PyArray3, PyReadwriteArray4, PyUntypedArrayMethods, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::report::Report;
use crate::settings::{self, Preset, Table};

/// Height, width and channels of a frame.
type Size = (usize, usize, usize);

/// Settings, and the plan for the last shape of frames that came.
#[pyclass(frozen, module = "featuredistill._native")]
pub struct Plan {
    tables: Tables,
    color: ColorMode,
    radius: Option<f64>,
    backend: Backend,
    threads: usize,
    /// With the size and the number of threads that it is for.
    last: Mutex<Option<((Size, usize), Arc<Distiller>)>>,
}

#[pymethods]
impl Plan {
    #[new]
    #[pyo3(signature = (*, preset, epsilon, table, quality, color_mode, settle, threads, as_step, md_step, as_count, backend))]
    #[allow(
        clippy::too_many_arguments,
        reason = "they have names where they are given"
    )]
    fn new(
        preset: &str,
        epsilon: f64,
        table: Option<Table>,
        quality: u8,
        color_mode: &str,
        settle: bool,
        threads: usize,
        as_step: u32,
        md_step: u32,
        as_count: usize,
        backend: &str,
    ) -> PyResult<Self> {
        let preset = Preset {
            name: preset,
            epsilon,
            as_step,
            md_step,
            as_count,
        };
        preset.check()?;
        let tables = settings::tables(&preset, table, quality)?;
        Ok(Self {
            color: settings::color_mode(color_mode, &tables)?,
            radius: settle.then(|| preset.radius()),
            backend: settings::backend(backend)?,
            threads,
            tables,
            last: Mutex::default(),
        })
    }

    /// Takes frames of shape (N, H, W, 1 or 3) through the round trip, in place.
    fn distill(&self, py: Python<'_>, mut frames: PyReadwriteArray4<'_, u8>) -> PyResult<Report> {
        let &[count, height, width, channels] = frames.shape() else {
            return Err(PyValueError::new_err("frames: expected four dimensions"));
        };
        if count == 0 || height == 0 || width == 0 || !matches!(channels, 1 | 3) {
            return Err(PyValueError::new_err(
                "frames: expected a shape of (N, H, W, 1 or 3)",
            ));
        }
        let samples = frames
            .as_slice_mut()
            .map_err(|_| PyValueError::new_err("frames: expected an array in C order"))?;
        let stats = py.detach(|| self.distill_all(samples, (height, width, channels)));
        Ok(Report::new(count, &stats))
    }

    /// The tables in force: luma's and chroma's, steps in natural order.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<u8>> {
        let steps = [self.tables.luma(), self.tables.chroma()].map(|table| *table.steps());
        let both = numpy::ndarray::arr2(&steps);
        both.into_shape_with_order((2, 8, 8))
            .expect("two tables of 64")
            .to_pyarray(py)
    }

    /// Whether RGB is taken through YCbCr.
    #[getter]
    fn ycbcr(&self) -> bool {
        self.color == ColorMode::YCbCr
    }

    /// The instruction set that does the work.
    #[getter]
    fn backend(&self) -> String {
        self.backend.to_string()
    }
}

impl Plan {
    /// Takes frames that follow each other in `samples` through the round trip. Several frames are shared out
    /// among the threads, a lone one is itself shared by them.
    fn distill_all(&self, samples: &mut [u8], (height, width, channels): Size) -> FrameStats {
        let frame_bytes = height * width * channels;
        let count = samples.len() / frame_bytes;
        let threads = if self.threads == 0 {
            pool::cores()
        } else {
            self.threads
        };
        let plan = self.plan(
            (height, width, channels),
            if count > 1 { 1 } else { threads },
        );
        let row_bytes = width * channels;
        let queue = Mutex::new(samples.chunks_exact_mut(frame_bytes));
        let total = Mutex::new(FrameStats::default());
        let work = || {
            let mut stats = FrameStats::default();
            while let Some(samples) = { locked(&queue).next() } {
                let mut frame = FrameMut::default();
                frame.planes[0] = PlaneMut::new(samples, row_bytes);
                stats.merge(&plan.process(frame));
            }
            locked(&total).merge(&stats);
        };
        match pool::shared() {
            // One of the pool's threads for each, this one among them.
            Ok(pool) if threads.min(count) > 1 => pool.in_place_scope(|scope| {
                for _ in 1..threads.min(count) {
                    scope.spawn(|_| work());
                }
                work();
            }),
            _ => work(),
        }
        *locked(&total)
    }

    /// The plan for frames of `size`: the last one, if that serves.
    fn plan(&self, size: Size, threads: usize) -> Arc<Distiller> {
        let mut last = locked(&self.last);
        match &*last {
            Some((key, plan)) if *key == (size, threads) => plan.clone(),
            _ => {
                let plan = Arc::new(self.plan_for(size, threads));
                *last = Some(((size, threads), plan.clone()));
                plan
            }
        }
    }

    fn plan_for(&self, (height, width, channels): Size, threads: usize) -> Distiller {
        let component = |offset| Component {
            plane: 0,
            offset,
            pixel_stride: channels,
            width,
            height,
            pixels_per_sample: (1, 1),
            table: TableSlot::Luma,
        };
        let color = if channels == 3 {
            self.color
        } else {
            ColorMode::Native
        };
        let layout = Layout::new((0..channels).map(component).collect(), color);
        let tables = DctTables {
            luma: Divisors::new(self.tables.luma().steps()),
            chroma: Divisors::new(self.tables.chroma().steps()),
        };
        let plan = Distiller::new(layout, tables, self.backend, threads);
        match self.radius {
            Some(radius) => plan.settling(radius),
            None => plan,
        }
    }
}

/// Locks a queue, a sum or a plan. A panic elsewhere poisons the lock, not its content.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
