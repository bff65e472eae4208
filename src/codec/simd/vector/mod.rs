// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The vector kernel, written once for every instruction set.
//!
//! # Layout
//! A register is a row of 128-bit lanes, and **a lane holds one block**: everything below stays
//! within lanes, so that the same text serves any register width. A register of image bytes holds
//! two neighboring blocks in each lane; they are split into the even and the odd blocks, taken
//! through the transform in turns, and merged again.
//!
//! # Parts
//! From the bottom: [`isa`] has the operations, [`blocks`] brings blocks into registers and out, [`dct`] and
//! [`quantize`] transform them; [`round_trip`], [`verify`], [`neighbors`], [`read`], [`color`] and [`replace`] are what a
//! kernel does with blocks, [`samples`] is what it does with single samples, [`kernel`] puts them together, and [`entry`] is where code enters an instruction set.

mod blocks;
mod color;
mod dct;
pub(super) mod entry;
pub(super) mod isa;
mod kernel;
mod neighbors;
mod quantize;
mod read;
mod replace;
mod round_trip;
mod samples;
mod verify;
