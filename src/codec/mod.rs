// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The JPEG round trip on raw planes: bytes and numbers, nothing of GStreamer.
//!
//! A [`Distiller`] is an immutable plan: where a frame's samples are ([`Layout`]), what they are
//! divided by ([`Divisors`]), which instruction set does it ([`Backend`]) on how many threads.
//! [`Distiller::process`] takes one frame through it, in place.

mod bands;
pub mod block;
mod color;
mod dct;
mod lanes;
mod layout;
mod moments;
mod planes;
pub mod pool;
mod quant;
mod read;
mod rows;
mod settle;
mod simd;
mod stats;
mod tiles;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use block::CoefficientBlock;
pub use layout::{BlockGrid, ColorMode, Component, Layout, MAX_COMPONENTS, MAX_PLANES, TableSlot};
pub use moments::{FadingMoments, Moments};
pub use planes::{FrameMut, PlaneMut};
pub use quant::Divisors;
pub use read::{CoefficientsMut, RowSample};
pub use simd::Backend;
pub use stats::{Extent, FrameStats};

use bands::Bands;
use settle::Budget;
use worker::{Quantizers, Scratch};

/// Samples that make waking another thread worth while: it takes about as long as a core needs for
/// a quarter of these.
const SAMPLES_PER_THREAD: usize = 1 << 20;

/// Bands that a frame is cut into for each thread, so that one that is late leaves work to others, and none
/// waits long for the last one.
const BANDS_PER_THREAD: usize = 16;

/// A plan for frames of one layout.
pub struct Distiller {
    layout: Arc<Layout>,
    quantizers: Quantizers,
    backend: Backend,
    threads: usize,
}

impl Distiller {
    /// Plans the round trip of frames of `layout` with a table for luma (and RGB) and one for
    /// chroma, on up to `threads` threads (0: one per core; 1: the calling thread alone).
    ///
    /// The plan keeps to fewer threads where a frame is too small to gain from more, or where the
    /// shared pool can't be had: [`Distiller::threads`] tells.
    pub fn new(
        layout: Layout,
        luma: Divisors,
        chroma: Divisors,
        backend: Backend,
        threads: usize,
    ) -> Self {
        let wanted = if threads == 0 { pool::cores() } else { threads };
        let worthwhile = wanted.min(layout.samples() / SAMPLES_PER_THREAD).max(1);
        let threads = if worthwhile > 1 && pool::shared().is_err() {
            1
        } else {
            worthwhile
        };
        Self {
            layout: Arc::new(layout),
            quantizers: Quantizers::new(luma, chroma),
            backend,
            threads,
        }
    }

    /// The same plan with other tables; it doesn't settle.
    pub fn with_tables(&self, luma: Divisors, chroma: Divisors) -> Self {
        Self {
            layout: self.layout.clone(),
            quantizers: Quantizers::new(luma, chroma),
            ..*self
        }
    }

    /// Makes every frame that is processed a fixed point of the same plan: processing it again changes
    /// no byte.
    ///
    /// With `epsilon` above 0 every block also comes back byte for byte from any perturbation of at
    /// most `epsilon` levels in every sample, whatever its shape, provided that the steps allow it
    /// ([`perturbation_reach`] tells). [`FrameStats::unsettled`] counts the blocks
    /// of which the steps don't.
    pub fn settling(mut self, epsilon: f64) -> Self {
        let budget = Budget::new(epsilon);
        self.quantizers.luma.settle(budget);
        self.quantizers.chroma.settle(budget);
        self
    }

    /// The layout of the frames that this plan is for.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Threads that share a frame.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The backend that does the work.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Takes `frame` through the round trip, in place, and tells what changed.
    ///
    /// The result and the counts are the same for every backend and number of threads.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]).
    pub fn process(&self, frame: FrameMut<'_>) -> FrameStats {
        assert!(
            frame.fits(&self.layout),
            "the frame is smaller than its layout"
        );
        let groups = self.layout.groups();
        let bands = Mutex::new(Bands::new(groups, frame, self.band_rows()));
        let total = Mutex::new(FrameStats::default());
        pool::share_out(self.threads, || {
            let mut stats = FrameStats::default();
            Scratch::with(|scratch| {
                while let Some(mut band) = { locked(&bands).next() } {
                    let quantizers = &self.quantizers;
                    stats.merge(&self.backend.distill_band(&mut band, quantizers, scratch));
                }
            });
            locked(&total).merge(&stats);
        });
        total.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Block rows in a band: all of them where nothing is shared.
    fn band_rows(&self) -> usize {
        let rows = |group: &layout::Group| group.height.div_ceil(block::SIDE);
        let most = self.layout.groups().iter().map(rows).max().unwrap_or(1);
        let bands = if self.threads > 1 {
            self.threads * BANDS_PER_THREAD
        } else {
            1
        };
        most.div_ceil(bands)
    }
}

/// A bound, loose by 3 at most, on how far a perturbation of at most `epsilon` levels (0..=255) in
/// every sample moves the coefficient with natural-order `index`, as the forward transform gives it:
/// in eighths of a level, rounding included. (The bound is proved in the module `settle`.)
pub fn perturbation_reach(index: usize, epsilon: f64) -> u32 {
    settle::reach(index, Budget::new(epsilon)).unsigned_abs()
}

/// Locks a queue or a sum. A panic elsewhere poisons the lock, not its content.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
