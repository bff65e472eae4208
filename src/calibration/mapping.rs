// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Mappings from standard deviations to tables.

use std::fmt;
use std::num::NonZeroU8;

use super::spectrum::Spectrum;
use crate::codec::block::AREA;
use crate::tables::{QuantTable, bands, deepn, presets};

/// A mapping from standard deviations to steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mapping {
    /// The `as_count` coefficients of largest standard deviation get `as_step`, the others `md_step`
    /// ([`bands::two_step`]).
    TwoStep {
        /// Step of the accuracy-sensitive band.
        as_step: NonZeroU8,
        /// Step of the malicious-defense band.
        md_step: NonZeroU8,
        /// Size of the accuracy-sensitive band, at most 64.
        as_count: usize,
    },
    /// The step falls with the standard deviation ([`deepn`]).
    DeepN,
    /// The table that certifies a radius ([`presets::certified`]), whatever the footage.
    Certified {
        /// The radius, in levels.
        epsilon: f64,
    },
}

impl Mapping {
    /// The table for one kind of components, and the band of each coefficient.
    pub(super) fn table(&self, spectrum: &Spectrum) -> (QuantTable, [u8; AREA]) {
        let deviations = spectrum.deviations();
        match *self {
            Self::TwoStep {
                as_step,
                md_step,
                as_count,
            } => {
                let ranking = bands::rank(&deviations);
                let sensitive = &ranking[..as_count.min(AREA)];
                let band = |index| u8::from(!sensitive.contains(&(index as u8)));
                (
                    bands::two_step(as_step, md_step, sensitive),
                    std::array::from_fn(band),
                )
            }
            Self::DeepN => {
                let bands = deviations.map(|deviation| deepn::band(deviation) as u8);
                (deepn::table(&deviations), bands)
            }
            Self::Certified { epsilon } => (presets::certified(epsilon), [0; AREA]),
        }
    }

    /// A description of the bands, for people; empty where there are none.
    pub(super) fn bands(&self) -> String {
        match self {
            Self::TwoStep { as_count, .. } => {
                format!("the accuracy-sensitive band, the {as_count} of largest standard deviation")
            }
            Self::DeepN => format!(
                "standard deviations above {}, above {} and up to {} levels",
                deepn::T2,
                deepn::T1,
                deepn::T1
            ),
            Self::Certified { .. } => String::new(),
        }
    }
}

impl fmt::Display for Mapping {
    /// Writes it as properties.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoStep {
                as_step,
                md_step,
                as_count,
            } => write!(
                f,
                "mapping=two-step as-count={as_count} as-step={as_step} md-step={md_step}"
            ),
            Self::DeepN => f.write_str("mapping=deepn"),
            Self::Certified { epsilon } => write!(f, "mapping=certified epsilon={epsilon}"),
        }
    }
}
