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

mod backend;
mod bands;
pub mod block;
mod color;
mod dct;
mod distill;
mod distiller;
mod kernel;
mod lanes;
mod layout;
mod moments;
mod planes;
pub mod pool;
mod quant;
mod quantizers;
mod read;
mod rows;
mod settle;
mod simd;
mod stats;
mod tiles;

pub use backend::Backend;
pub use block::CoefficientBlock;
pub use distiller::Distiller;
pub use layout::{BlockGrid, ColorMode, Component, Layout, MAX_COMPONENTS, MAX_PLANES, TableSlot};
pub use moments::{FadingMoments, Moments};
pub use planes::{FrameMut, PlaneMut};
pub use quant::{DctTables, Divisors};
pub use read::{CoefficientsMut, RowSample};
pub use settle::perturbation_reach;
pub use stats::{Extent, FrameStats};
