// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The plan: how the frames of one layout are rounded, shared out among threads.

use std::sync::Arc;

use super::backend::Backend;
use super::bands::{Band, Bands};
use super::block;
use super::coefficients::CoefficientsMut;
use super::distill::{DistillBand, Scratch};
use super::kernel::Work;
use super::layout::{Group, Layout, MAX_COMPONENTS};
use super::planes::{FrameMut, FrameRef, PlaneRef};
use super::pool::{self, Merge};
use super::quant::DctTables;
use super::quantizers::Quantizers;
use super::round::{Columns, RoundBand, SampleRounding};
use super::samples::SampleLattice;
use super::settle::Budget;
use super::sharing::Sharing;
use super::stats::FrameStats;

/// Samples that sharing with another thread is tried for: waking one takes about as long as a core needs for half
/// of these.
const SAMPLES_PER_THREAD: usize = 1 << 19;

/// Bands that a frame is cut into for each thread, so that one that is late leaves work to others, and none
/// waits long for the last one.
const BANDS_PER_THREAD: usize = 16;

/// Block rows of a band that is copied first: few enough to stay in the cache, and many enough that what is done for
/// each band doesn't count.
const COPIED_ROWS: usize = 16;

/// Message of a panic.
const TOO_SMALL: &str = "the frame is smaller than its layout";

/// Lattice that frames are rounded to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a plan has one, behind a pointer"
)]
pub enum Rounding {
    /// DCT coefficients go to multiples of the steps of tables: the JPEG round trip.
    Dct(DctTables),
    /// Samples go to values of their own, in the colors in which they are stored.
    Samples(SampleLattice),
}

impl From<DctTables> for Rounding {
    fn from(tables: DctTables) -> Self {
        Self::Dct(tables)
    }
}

impl From<SampleLattice> for Rounding {
    fn from(lattice: SampleLattice) -> Self {
        Self::Samples(lattice)
    }
}

/// A [`Rounding`] made ready for frames of one layout.
#[allow(
    clippy::large_enum_variant,
    reason = "a plan has one, behind a pointer"
)]
enum Pass {
    Dct(Quantizers),
    Samples(SampleRounding),
}

/// A plan for frames of one layout.
pub struct Distiller {
    layout: Arc<Layout>,
    pass: Pass,
    measure: bool,
    backend: Backend,
    threads: usize,
    /// Decisions for frames that are rounded, and for frames that are read.
    processing: Arc<Sharing>,
    reading: Arc<Sharing>,
}

impl Distiller {
    /// Plans the rounding of frames of `layout`, with [`DctTables`] or to a [`SampleLattice`], on up to `threads`
    /// threads (0: one per core; 1: the calling thread alone).
    ///
    /// The plan keeps to fewer threads where a frame is too small to gain from more, or where the
    /// shared pool can't be had: [`Distiller::threads`] tells. Larger frames are shared where that was measured to
    /// gain, on recent frames.
    pub fn new(
        layout: Layout,
        rounding: impl Into<Rounding>,
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
        let pass = match rounding.into() {
            Rounding::Dct(tables) => Pass::Dct(Quantizers::new(tables)),
            Rounding::Samples(lattice) => Pass::Samples(SampleRounding::new(lattice, &layout)),
        };
        Self {
            layout: Arc::new(layout),
            pass,
            measure: false,
            backend,
            threads,
            processing: Arc::default(),
            reading: Arc::default(),
        }
    }

    /// A plan with these tables and all else as in this one; it doesn't settle.
    pub fn with_tables(&self, tables: DctTables) -> Self {
        Self {
            layout: self.layout.clone(),
            pass: Pass::Dct(Quantizers::new(tables)),
            processing: self.processing.clone(),
            reading: self.reading.clone(),
            ..*self
        }
    }

    /// Goes on with what `last` has measured, if it is for frames of the same size and as many threads: if sharing
    /// them gains. A plan that is made anew for each frame never knows otherwise.
    pub fn continuing(mut self, last: &Self) -> Self {
        let size = |plan: &Self| (plan.layout.samples(), plan.threads);
        if size(&self) == size(last) {
            self.processing = last.processing.clone();
            self.reading = last.reading.clone();
        }
        self
    }

    /// Makes every frame that is processed a fixed point of the same plan: processing it again changes
    /// no byte.
    ///
    /// With `epsilon` above 0 every block also comes back byte for byte from any perturbation of at
    /// most `epsilon` in every sample value, whatever its shape, provided that the steps allow it
    /// ([`perturbation_reach`](super::perturbation_reach) tells). [`FrameStats::unsettled`] counts the blocks
    /// of which the steps don't.
    ///
    /// A plan of a [`SampleLattice`] stays as it is: its frames are fixed points, with the radius of the lattice.
    pub fn settling(mut self, epsilon: f64) -> Self {
        if let Pass::Dct(quantizers) = &mut self.pass {
            quantizers.settle(Budget::new(epsilon));
        }
        self
    }

    /// Measures [`FrameStats::margin`] of every frame that is processed, if `measure` is set.
    pub fn measuring(mut self, measure: bool) -> Self {
        self.measure = measure;
        self
    }

    /// The layout of the frames that this plan is for.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Threads that may share a frame.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The backend that does the work.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Rounds `frame`, in place, and tells what changed.
    ///
    /// The result and the counts are the same for every backend and number of threads.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]).
    pub fn process(&self, frame: FrameMut<'_>) -> FrameStats {
        self.check(&frame);
        self.processing.decide(self.threads, |threads| {
            let rows = self.band_rows(threads);
            let bands = Bands::new(self.layout.groups(), frame.planes, rows);
            pool::fold(threads, bands, |stats: &mut FrameStats, band| {
                stats.merge(&self.process_band(band, None));
            })
        })
    }

    /// Stores in `targets` the quantized coefficients of what [`Distiller::process`] would leave of `frame`, which
    /// stays as it is, and tells what would change. Those of the settled frame are what
    /// [`Distiller::quantized_coefficients`] gives, for more than twice the time.
    ///
    /// # Panics
    /// If the plan isn't one for [settling](Distiller::settling) with tables, or as `quantized_coefficients` does.
    pub fn settled_coefficients(
        &self,
        frame: &FrameRef<'_>,
        targets: &mut [CoefficientsMut<'_>],
    ) -> FrameStats {
        assert!(frame.fits(&self.layout), "{TOO_SMALL}");
        let settles = self.quantizers().is_some_and(Quantizers::settles);
        assert!(settles, "a plan for settling, with tables");
        let groups = self.layout.groups();
        let components: usize = groups.iter().map(|g| g.channels.len()).sum();
        assert_eq!(components, targets.len(), "a target for every component");
        let mut targets = targets.iter_mut().map(CoefficientsMut::reborrow);
        let mut of_group: [CoefficientsMut<'_>; MAX_COMPONENTS] = Default::default();
        let mut of_band = move |band: &Band<'_, PlaneRef<'_>>| {
            if band.top == 0 {
                of_group = Default::default();
                let channels = band.group.channels.len();
                for (target, next) in of_group.iter_mut().zip(targets.by_ref().take(channels)) {
                    *target = next;
                }
            }
            let rows = band.rows.div_ceil(block::SIDE);
            of_group
                .each_mut()
                .map(|target| target.split_off_rows(rows))
        };
        self.processing.decide(self.threads, |threads| {
            let rows = self.band_rows(threads).min(COPIED_ROWS);
            let bands = Bands::new(groups, frame.planes, rows);
            let bands = bands.map(|band| (of_band(&band), band));
            pool::fold(threads, bands, |stats: &mut FrameStats, (targets, band)| {
                stats.merge(&band.with_copy(|copy| self.process_band(copy, Some(targets))));
            })
        })
    }

    fn process_band(
        &self,
        band: Band<'_>,
        coefficients: Option<[CoefficientsMut<'_>; MAX_COMPONENTS]>,
    ) -> FrameStats {
        let measure = self.measure;
        match &self.pass {
            Pass::Dct(quantizers) => Scratch::with(|scratch| {
                self.run(DistillBand {
                    band,
                    quantizers,
                    measure,
                    coefficients,
                    scratch,
                })
            }),
            Pass::Samples(rounding) => Columns::with(|columns| {
                self.run(RoundBand {
                    band,
                    rounding,
                    measure,
                    columns,
                })
            }),
        }
    }

    /// Block rows in a band of a frame that so many threads share: all of them where nothing is shared.
    fn band_rows(&self, threads: usize) -> usize {
        let rows = |group: &Group| group.height.div_ceil(block::SIDE);
        let most = self.layout.groups().iter().map(rows).max().unwrap_or(1);
        let bands = if threads > 1 {
            threads * BANDS_PER_THREAD
        } else {
            1
        };
        most.div_ceil(bands)
    }

    /// The quantizers of the plan; none with a sample lattice.
    pub(crate) fn quantizers(&self) -> Option<&Quantizers> {
        match &self.pass {
            Pass::Dct(quantizers) => Some(quantizers),
            Pass::Samples(_) => None,
        }
    }

    /// Panics if `frame` doesn't fit the layout.
    pub(crate) fn check(&self, frame: &FrameMut<'_>) {
        assert!(frame.fits(&self.layout), "{TOO_SMALL}");
    }

    /// Adds each of `items`, which are parts of a frame to be read, to a total, on the threads that share it.
    pub(crate) fn share_out<I: Iterator + Send, T: Merge>(
        &self,
        items: I,
        add: impl Fn(&mut T, I::Item) + Sync,
    ) -> T {
        self.reading
            .decide(self.threads, |threads| pool::fold(threads, items, add))
    }

    /// Does `work` in the instruction set of the plan.
    pub(crate) fn run<W: Work>(&self, work: W) -> W::Output {
        self.backend.run(work)
    }
}

impl Merge for FrameStats {
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }
}
