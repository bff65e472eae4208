// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Calibration: tables from footage.
//!
//! [`Statistics`] are gathered in exact integers, so that footage can be cut into pieces and the pieces
//! merged in any order. A [`Mapping`] makes tables of them; both are a [`Calibration`], which
//! `plot` draws (feature `plot`). [`json`] is the file format of statistics.
//!
//! It knows [`codec`](crate::codec) and [`tables`](crate::tables) and nothing of GStreamer, and only
//! [`json::read`] does I/O.

mod counter;
pub mod json;
mod mapping;
mod moments;
#[cfg(feature = "plot")]
pub mod plot;
mod result;
mod settling;
mod spectrum;
mod statistics;
mod too_fine;

pub use counter::Overflow;
pub use mapping::Mapping;
pub use result::Calibration;
pub use settling::Settling;
pub use spectrum::Spectrum;
pub use statistics::{MergeError, Statistics};
pub use too_fine::TooFine;
