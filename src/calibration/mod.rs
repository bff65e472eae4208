// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Calibration: tables from footage. What the frames' coefficients are like is gathered in exact integers
//! ([`Statistics`]), so that footage can be cut into pieces and the pieces merged in any order; a
//! [`Mapping`] makes tables of it, and `plot` a picture (feature `plot`).
//!
//! It knows [`codec`](crate::codec) and [`tables`](crate::tables) and nothing of GStreamer, and only
//! [`json::read`] and [`save`] do I/O.

pub mod json;
mod mapping;
mod moments;
#[cfg(feature = "plot")]
pub mod plot;
pub mod save;
mod settling;
mod spectrum;
mod statistics;

pub use mapping::{Derived, Mapping, TooFine};
pub use settling::Settling;
pub use spectrum::Spectrum;
pub use statistics::{MergeError, Statistics};

/// More than fits into the counts: 2^64 blocks or samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts are full")]
pub struct Overflow;

/// The sum of two counts.
fn add(a: u64, b: u64) -> Result<u64, Overflow> {
    a.checked_add(b).ok_or(Overflow)
}
