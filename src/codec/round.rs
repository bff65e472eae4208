// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A band with its samples rounded to a lattice: row by row, in place.

use std::cell::RefCell;

use super::bands::Band;
use super::block::SIDE;
use super::kernel::{Kernel, RowsOfSamples, Work};
use super::layout::{Channel, Layout, MAX_PLANES};
use super::pixels::copy_from_strided;
use super::samples::SampleLattice;
use super::stats::{Extent, FrameStats};

/// Bytes that a kernel may process at once: masks and columns are padded to multiples of this.
const PADDING: usize = 64;

/// A lattice, and where in the rows of each plane of a layout the samples are.
pub(crate) struct SampleRounding {
    lattice: SampleLattice,
    rows: [RowBytes; MAX_PLANES],
}

/// The visible bytes of a plane's rows.
#[derive(Default)]
struct RowBytes {
    count: usize,
    /// All bits of each byte that is a sample; `None` where all bytes are.
    mask: Option<Vec<u8>>,
}

impl SampleRounding {
    /// Prepares the rounding of frames of `layout`, in whatever colors they are stored.
    pub(crate) fn new(lattice: SampleLattice, layout: &Layout) -> Self {
        Self {
            lattice,
            rows: std::array::from_fn(|plane| RowBytes::new(layout, plane)),
        }
    }
}

impl RowBytes {
    fn new(layout: &Layout, plane: usize) -> Self {
        let Some((_, count)) = layout.plane_extent(plane) else {
            return Self::default();
        };
        let mut mask = vec![0; count.next_multiple_of(PADDING)];
        for component in layout.components().iter().filter(|c| c.plane == plane) {
            let samples = mask[component.offset..].iter_mut();
            let samples = samples.step_by(component.pixel_stride);
            samples.take(component.width).for_each(|byte| *byte = 0xff);
        }
        let all = mask[..count].iter().all(|&byte| byte != 0);
        Self {
            count,
            mask: (!all).then_some(mask),
        }
    }
}

/// A band to be rounded, in place.
pub(crate) struct RoundBand<'a, 'f> {
    pub band: Band<'f>,
    pub rounding: &'a SampleRounding,
    /// Set if [`FrameStats::margin`] is wanted.
    pub measure: bool,
    pub columns: &'a mut Columns,
}

/// The largest change in each column of eight rows, in memory that a thread keeps.
#[derive(Default)]
pub(crate) struct Columns {
    /// Of each byte of a row.
    bytes: Vec<u8>,
    /// Of each sample of a channel.
    samples: Vec<u8>,
}

impl Columns {
    /// Lends this thread's.
    pub(crate) fn with<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        thread_local! {
            static COLUMNS: RefCell<Columns> = RefCell::default();
        }
        COLUMNS.with_borrow_mut(|columns| work(columns))
    }

    /// Makes room for rows of `count` bytes.
    fn of_bytes(&mut self, count: usize) -> &mut [u8] {
        self.bytes.resize(count.next_multiple_of(PADDING), 0);
        &mut self.bytes
    }

    /// Those of the samples of a channel, and zeros up to whole blocks.
    #[inline(always)]
    fn of(&mut self, channel: &Channel) -> &[[u8; SIDE]] {
        self.samples.resize(channel.width.next_multiple_of(SIDE), 0);
        let (samples, rest) = self.samples.split_at_mut(channel.width);
        copy_from_strided(samples, &self.bytes[channel.offset..], channel.pixel_stride);
        rest.fill(0);
        self.samples.as_chunks().0
    }
}

impl Work for RoundBand<'_, '_> {
    /// Counts of what changed.
    type Output = FrameStats;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> FrameStats {
        let Self {
            mut band,
            rounding,
            measure,
            columns,
        } = self;
        let mut stats = FrameStats {
            certified_epsilon: Some(rounding.lattice.radius().into()),
            ..FrameStats::default()
        };
        for top in (0..band.rows).step_by(SIDE) {
            let height = SIDE.min(band.rows - top);
            for (slot, &plane) in band.group.planes.iter().enumerate() {
                let RowBytes { count, mask } = &rounding.rows[plane];
                let plane = &mut band.planes[slot];
                let stride = plane.stride();
                let change = kernel.round_samples(RowsOfSamples {
                    rows: plane.rows_mut(top, height, *count),
                    height,
                    stride,
                    lattice: &rounding.lattice,
                    mask: mask.as_deref(),
                    changes: columns.of_bytes(*count),
                });
                stats.squared_change += change.squared;
                stats.max_change = stats.max_change.max(change.max.into());
                for channel in band.group.channels.iter().filter(|c| c.slot == slot) {
                    let rows = Rows {
                        top: band.top + top,
                        height,
                    };
                    include(&mut stats, columns.of(channel), channel, rows);
                }
            }
        }
        let half_step = f64::from(rounding.lattice.step()) / 2.0;
        stats.margin = measure.then(|| 1.0 - f64::from(stats.max_change) / half_step);
        stats
    }
}

/// At most eight rows of samples of a frame.
#[derive(Clone, Copy)]
struct Rows {
    top: usize,
    height: usize,
}

/// Counts a row of a channel's blocks, given by how much their columns have changed.
#[inline(always)]
fn include(stats: &mut FrameStats, blocks: &[[u8; SIDE]], channel: &Channel, rows: Rows) {
    let mut changed = 0;
    for block in blocks {
        changed += u64::from(u64::from_ne_bytes(*block) != 0);
    }
    stats.samples += (channel.width * rows.height) as u64;
    stats.blocks += blocks.len() as u64;
    stats.changed_blocks += changed;
    let is_changed = |block: &[u8; SIDE]| *block != [0; SIDE];
    let Some(first) = blocks.iter().position(is_changed) else {
        return;
    };
    let last = blocks.iter().rposition(is_changed).unwrap_or(first);
    let (across, down) = channel.pixels_per_sample;
    let changed = Extent {
        left: first * SIDE * across,
        top: rows.top * down,
        right: channel.width.min((last + 1) * SIDE) * across,
        bottom: (rows.top + rows.height) * down,
    };
    stats.changed_extent = stats.changed_extent.union(changed);
}
