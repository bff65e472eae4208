// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantization tables, and where their 64 numbers come from.
//!
//! A table comes from a [preset](presets) or from a [file](file::read), and may then be scaled by a
//! quality ([`Tables::scaled`]). Nothing here knows GStreamer, and only [`file::read`] does I/O.

pub mod bands;
pub mod deepn;
pub mod file;
pub mod presets;
mod quality;
mod table;

pub use table::{QuantTable, Tables, nearest_step};
