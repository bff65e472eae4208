// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Reads frames into statistics.

use gst_video::VideoFormat;

use crate::calibration::{Overflow, Statistics};
use crate::codec::{
    BlockGrid, CoefficientBlock, CoefficientsMut, ColorMode, DctTables, Distiller, Divisors,
    FrameStats, TableSlot,
};
use crate::element::engine::Engine;
use crate::element::frame::{self, FrameError};
use crate::element::geometry::Geometry;
use crate::tables::presets;

/// Reasons for which a frame can't be gathered.
#[derive(Debug, thiserror::Error)]
pub(super) enum GatherError {
    #[error("A frame can't be read and is not passed on: {0}. {advice}.", advice = .0.advice())]
    Frame(#[from] FrameError),
    #[error("A frame is not passed on: {0} in the statistics. Gather shorter streams.")]
    Full(#[from] Overflow),
}

/// Reads frames of one format; reuses its buffers.
pub(super) struct Gatherer {
    geometry: Geometry,
    distiller: Distiller,
    settles: bool,
    /// A copy of the frame, whose own samples are not ours to change.
    samples: Vec<u8>,
    components: Vec<Component>,
}

/// The coefficients of a component.
struct Component {
    grid: BlockGrid,
    coefficients: Vec<CoefficientBlock>,
}

/// The coefficients of a frame.
pub(super) struct Frame<'a> {
    format: VideoFormat,
    components: &'a [Component],
    /// The changes of settling it.
    settled: Option<FrameStats>,
}

impl Gatherer {
    /// A gatherer for frames of `geometry`. Copies of the frames are settled for the radius `settle_for`.
    pub(super) fn new(
        geometry: Geometry,
        color_mode: ColorMode,
        settle_for: Option<f64>,
        engine: Engine,
    ) -> Self {
        let layout = geometry.layout(color_mode);
        let component = |grid| Component {
            grid,
            coefficients: Vec::new(),
        };
        let components = layout.block_grids().into_iter().map(component).collect();
        // Without settling, the table doesn't matter: coefficients are taken ahead of it.
        let table = presets::certified(settle_for.unwrap_or(0.0));
        let tables = DctTables::shared(Divisors::new(table.steps()));
        let Engine { backend, n_threads } = engine;
        let mut distiller = Distiller::new(layout, tables, backend, n_threads);
        if let Some(radius) = settle_for {
            distiller = distiller.settling(radius);
        }
        Self {
            geometry,
            distiller,
            settles: settle_for.is_some(),
            samples: Vec::new(),
            components,
        }
    }

    /// Reads the frame in `buffer`.
    pub(super) fn look(&mut self, buffer: &gst::BufferRef) -> Result<Frame<'_>, FrameError> {
        let frame = frame::copy(buffer, &self.geometry, &mut self.samples)?;
        let mut targets: Vec<_> = self.components.iter_mut().map(Component::target).collect();
        self.distiller.coefficients(&frame, &mut targets);
        let settled = self.settles.then(|| self.distiller.process(frame));
        Ok(Frame {
            format: self.geometry.info().format(),
            components: &self.components,
            settled,
        })
    }
}

impl Component {
    /// The buffer that the coefficients go to, allocated with the first frame.
    fn target(&mut self) -> CoefficientsMut<'_> {
        let BlockGrid { columns, rows, .. } = self.grid;
        self.coefficients.resize(columns * rows, [0; 64]);
        CoefficientsMut::new(&mut self.coefficients, columns)
    }

    fn blocks(&self) -> (TableSlot, &[CoefficientBlock]) {
        (self.grid.table, &self.coefficients)
    }
}

impl Frame<'_> {
    /// Adds it to `statistics`.
    pub(super) fn add_to(&self, statistics: &mut Statistics) -> Result<(), Overflow> {
        let components = self.components.iter().map(Component::blocks);
        statistics.add_frame(self.format.to_str(), components, self.settled.as_ref())
    }
}
