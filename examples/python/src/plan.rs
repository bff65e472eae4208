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
    Backend, ColorFamily, ColorMode, Component, Digest, Digester, Distiller, FrameMut, FrameStats,
    Layout, PlaneMut, Rounding, TableSlot, digest, pool,
};
use gstfeaturedistill::tables::Tables;
use numpy::{PyArray3, PyReadwriteArray4, PyUntypedArrayMethods, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::report::Report;
use crate::settings::{self, Key, Preset, Table};

/// Height, width and channels of a frame.
type Size = (usize, usize, usize);

/// Settings, and the plan for the last shape of frames that came.
#[pyclass(frozen, module = "featuredistill._native")]
pub struct Plan {
    /// None if samples are rounded.
    tables: Option<Tables>,
    rounding: Rounding,
    color: ColorMode,
    radius: Option<f64>,
    backend: Backend,
    threads: usize,
    /// True if frames get a digest.
    digest: bool,
    key: Option<[u8; digest::KEY_LEN]>,
    /// With the size and the number of threads that it is for.
    last: Mutex<Option<((Size, usize), Arc<Ready>)>>,
}

/// Distiller and memory for frames of one size.
struct Ready {
    distiller: Distiller,
    digester: Option<Digester>,
}

/// Findings in frames.
#[derive(Default)]
struct Found {
    stats: FrameStats,
    /// Digests, each with the index of its frame.
    digests: Vec<(usize, Digest)>,
}

#[pymethods]
impl Plan {
    #[new]
    #[pyo3(signature = (*, preset, epsilon, table, quality, color_mode, settle, threads, as_step, md_step, as_count, backend, digest, key))]
    #[allow(
        clippy::too_many_arguments,
        reason = "they have names where they are given"
    )]
    fn new(
        py: Python<'_>,
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
        digest: &str,
        key: Option<Key>,
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
        let digest = settings::digest(digest)?;
        if key.is_some() && !digest {
            return Err(PyValueError::new_err(
                "key: found one with digest=\"none\", expected digest=\"blake3\"",
            ));
        }
        Ok(Self {
            rounding: settings::rounding(&preset, tables.as_ref())?,
            color: settings::color_mode(color_mode, tables.as_ref())?,
            radius: settle.then(|| preset.radius()),
            backend: settings::backend(backend)?,
            threads,
            tables,
            digest,
            key: key.map(|key| key.bytes(py)).transpose()?,
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
        let found = py.detach(|| self.distill_all(samples, (height, width, channels)));
        let digests = found.digests.iter().map(|(_, digest)| digest.to_string());
        Ok(Report::new(count, &found.stats, digests.collect()))
    }

    /// The tables in force: luma's and chroma's, steps in natural order; None if samples are rounded.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray3<u8>>> {
        let tables = self.tables.as_ref()?;
        let steps = [tables.luma(), tables.chroma()].map(|table| *table.steps());
        let both = numpy::ndarray::arr2(&steps);
        let both = both.into_shape_with_order((2, 8, 8));
        Some(both.expect("two tables of 64").to_pyarray(py))
    }

    /// True if RGB is taken through YCbCr.
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
    fn distill_all(&self, samples: &mut [u8], (height, width, channels): Size) -> Found {
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
        let queue = Mutex::new(samples.chunks_exact_mut(frame_bytes).enumerate());
        let total = Mutex::new(Found::default());
        let work = || {
            let mut found = Found::default();
            while let Some((index, samples)) = { locked(&queue).next() } {
                found
                    .stats
                    .merge(&plan.distiller.process(frame(samples, row_bytes)));
                if let Some(digester) = &plan.digester {
                    let digest = digester.digest(&frame(samples, row_bytes));
                    found.digests.push((index, digest));
                }
            }
            let mut total = locked(&total);
            total.stats.merge(&found.stats);
            total.digests.append(&mut found.digests);
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
        let mut total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        total.digests.sort_by_key(|(index, _)| *index);
        total
    }

    /// The plan for frames of `size`: the last one, if that serves.
    fn plan(&self, size: Size, threads: usize) -> Arc<Ready> {
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

    fn plan_for(&self, (height, width, channels): Size, threads: usize) -> Ready {
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
        let mut distiller = Distiller::new(layout, self.rounding.clone(), self.backend, threads);
        if let Some(radius) = self.radius {
            distiller = distiller.settling(radius);
        }
        let family = if channels == 3 {
            ColorFamily::Rgb
        } else {
            ColorFamily::Gray
        };
        let digester = self
            .digest
            .then(|| Digester::new(distiller.layout(), family, self.key.as_ref()));
        Ready {
            distiller,
            digester,
        }
    }
}

/// A view of the frame that `samples` hold.
fn frame(samples: &mut [u8], row_bytes: usize) -> FrameMut<'_> {
    let mut frame = FrameMut::default();
    frame.planes[0] = PlaneMut::new(samples, row_bytes);
    frame
}

/// Locks a queue, a sum or a plan. A panic elsewhere poisons the lock, not its content.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
