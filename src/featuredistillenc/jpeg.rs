// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Baseline JPEG files of quantized coefficients. `libjpeg-turbo-rs` does the entropy coding and the markers.
//!
//! An encoder that starts from samples doesn't serve: its arithmetic would have to agree with the codec's
//! for every sample and step.
//!
//! Of a 1080p frame of film (`annex-k quality=75`, one thread, a Xeon with AVX-512) settling takes 1.9 ms, coefficients
//! included, and entropy coding 1.7. The library takes whole pictures, so the coefficients, 6 MB a frame, go to memory
//! and back. Strips of 4096 blocks, each coded as a picture, would find them in the cache, and need a restart marker
//! between two; on one thread that gained 1%.

use libjpeg_turbo_rs::{ComponentCoefficients, JpegCoefficients, JpegError, write_coefficients};

use crate::codec::block::{AREA, SIDE};
use crate::codec::{CoefficientBlock, CoefficientsMut};
use crate::tables::{QuantTable, Tables};

/// Components of a file and their sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampling {
    Gray,
    YCbCr420,
    YCbCr422,
    YCbCr444,
    Rgb,
}

impl Sampling {
    fn components(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::YCbCr420 | Self::YCbCr422 | Self::YCbCr444 | Self::Rgb => 3,
        }
    }

    /// True if there are components that use the chroma table.
    fn has_chroma(self) -> bool {
        !matches!(self, Self::Gray | Self::Rgb)
    }

    /// The identifiers of the components, as JFIF and as Adobe number them.
    fn identifiers(self) -> [u8; 3] {
        match self {
            Self::Rgb => *b"RGB",
            _ => [1, 2, 3],
        }
    }

    /// Luma samples in (a row, a column) for each chroma sample.
    fn luma_factors(self) -> (u8, u8) {
        match self {
            Self::Gray | Self::YCbCr444 | Self::Rgb => (1, 1),
            Self::YCbCr422 => (2, 1),
            Self::YCbCr420 => (2, 2),
        }
    }

    /// Sampling factors of a component.
    fn factors(self, component: usize) -> (u8, u8) {
        if component == 0 {
            self.luma_factors()
        } else {
            (1, 1)
        }
    }
}

/// A picture to be written; its coefficients are replaced from frame to frame.
pub(super) struct Picture(JpegCoefficients);

impl Picture {
    /// A picture of `width` x `height` pixels, quantized with `tables`.
    pub(super) fn new(sampling: Sampling, width: u16, height: u16, tables: &Tables) -> Self {
        let mut quant_tables = vec![words(tables.luma())];
        // The same table isn't written twice.
        if sampling.has_chroma() && tables.chroma() != tables.luma() {
            quant_tables.push(words(tables.chroma()));
        }
        let chroma_slot = quant_tables.len() as u8 - 1;
        let units =
            |samples: u16, factor: u8| usize::from(samples).div_ceil(SIDE * usize::from(factor));
        let (h, v) = sampling.luma_factors();
        let (columns, rows) = (units(width, h), units(height, v));
        let components = (0..sampling.components()).map(|index| {
            let (h, v) = sampling.factors(index);
            let (blocks_x, blocks_y) = (columns * usize::from(h), rows * usize::from(v));
            ComponentCoefficients {
                blocks: vec![[0; AREA]; blocks_x * blocks_y],
                blocks_x,
                blocks_y,
                h_sampling: h,
                v_sampling: v,
                quant_table_index: if index == 0 { 0 } else { chroma_slot },
                component_id: sampling.identifiers()[index],
            }
        });
        Self(JpegCoefficients {
            width,
            height,
            data_precision: 8,
            components: components.collect(),
            quant_tables,
            restart_interval: 0,
            density_unit: 0,
            x_density: 1,
            y_density: 1,
            // JFIF has no RGB; Adobe's marker says that there is no color transform.
            saw_jfif_marker: sampling != Sampling::Rgb,
            adobe_transform: (sampling == Sampling::Rgb).then_some(0),
        })
    }

    /// The coefficients of each component, to be filled in.
    pub(super) fn coefficients(&mut self) -> Vec<CoefficientsMut<'_>> {
        self.0
            .components
            .iter_mut()
            .map(|component| {
                let blocks: &mut [CoefficientBlock] = &mut component.blocks;
                CoefficientsMut::new(blocks, component.blocks_x)
            })
            .collect()
    }

    /// The file.
    pub(super) fn write(&self) -> Result<Vec<u8>, JpegError> {
        write_coefficients(&self.0)
    }
}

fn words(table: &QuantTable) -> [u16; AREA] {
    table.steps().map(u16::from)
}
