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
//! two neighboring blocks in each lane. Passes along rows take two rows of the even and of the odd blocks in
//! one register, passes along columns the even and the odd blocks in turns.
//!
//! # Parts
//! From the bottom: [`factors`] has the constants of the transforms and [`isa`] the operations, [`blocks`] brings
//! blocks into registers and out, [`dct`] and [`quantize`] transform them; [`round_trip`], [`verify`], [`neighbors`],
//! [`read`], [`color`] and [`replace`] are what a kernel does with blocks, [`pixels`] and [`samples`] are what it does
//! with rows of them, [`kernel`] puts them together, and [`entry`] is where code enters an instruction set.

mod blocks;
mod color;
mod dct;
pub(super) mod entry;
pub(super) mod factors;
pub(super) mod isa;
mod kernel;
mod neighbors;
mod pixels;
mod quantize;
mod read;
mod replace;
mod round_trip;
mod samples;
mod verify;
