// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames rounded to a lattice, in place: bytes and numbers, nothing of GStreamer.
//!
//! A [`Distiller`] is an immutable plan: where the samples of a frame are ([`Layout`]), which lattice they go
//! to ([`Rounding`]), which instruction set does it ([`Backend`]) on how many threads. [`Distiller::process`]
//! takes one frame through it. There are two lattices: that of DCT coefficients, quantized with tables
//! ([`DctTables`]) as in a JPEG round trip, and that of samples ([`SampleLattice`]).
//!
//! # Floors
//! Files import lower floors only, or other files of their own folder; nothing imports in a circle
//! (`tests/architecture.rs` reads this list). What is done with a frame, on floor 6, and the instruction sets
//! that do it, beside it, know the contract on floor 5 and not each other.
//!
//! ```text
//! 10  mod         the face: documentation and names
//!  9  read        coefficients and moments of a frame, which stays as it is
//!  8  distiller   the plan; a frame shared out among threads
//!  7  backend     choice of an instruction set; enters it with a piece of work
//!  6  distill     work: a band through the round trip, in place
//!  6  round       work: a band with its samples rounded, in place
//!  6  rows        work: a row of blocks, read
//!  6  simd        instruction sets
//!  5  kernel      contract between work and instruction sets
//!  5  quantizers  quantization and settling of the components of a plan
//!  4  bands       a frame cut into bands
//!  4  digest      a hash of what the samples of a frame say
//!  4  tiles       a row of blocks cut into tiles
//!  4  settle      choice of lattice points that the next pass finds again
//!  3  pixels      rows of pixels to rows of samples and back
//!  3  planes      views of a frame's rows
//!  3  quant       quantization tables made ready
//!  2  coefficients  destinations of coefficients
//!  2  dct         the transform
//!  2  lanes       order of coefficients in vector registers
//!  2  layout      components of a frame
//!  2  moments     sums over coefficients
//!  2  stats       counts of what changed
//!  1  block       sides, orders and types of the 8x8 block
//!  1  color       RGB and YCbCr
//!  1  pool        threads
//!  1  samples     the lattice of samples
//!  1  sharing     decision if a frame is shared among threads
//! ```

mod backend;
mod bands;
pub mod block;
mod coefficients;
mod color;
mod dct;
pub mod digest;
mod distill;
mod distiller;
mod kernel;
mod lanes;
mod layout;
mod moments;
mod pixels;
mod planes;
pub mod pool;
mod quant;
mod quantizers;
mod read;
mod round;
mod rows;
mod samples;
mod settle;
mod sharing;
mod simd;
mod stats;
mod tiles;

pub use backend::Backend;
pub use block::CoefficientBlock;
pub use coefficients::CoefficientsMut;
pub use digest::{ColorFamily, Digest, Digester};
pub use distiller::{Distiller, Rounding};
pub use layout::{BlockGrid, ColorMode, Component, Layout, MAX_COMPONENTS, MAX_PLANES, TableSlot};
pub use moments::{FadingMoments, Moments};
pub use planes::{FrameMut, FrameRef, PlaneMut, PlaneRef};
pub use quant::{DctTables, Divisors};
pub use read::RowSample;
pub use samples::SampleLattice;
pub use settle::perturbation_reach;
pub use stats::{Extent, FrameStats};
