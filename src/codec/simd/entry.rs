// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Where code enters an instruction set: the functions that are compiled for it.
//!
//! Everything else is inlined into one of these. The two large parts of the kernel have entry points of
//! their own, so that what calls them (planes or pixels, in place or gathered, settling or not) doesn't
//! hold a copy each: a call for up to 64 blocks costs nothing, and the machine code stays small.

use super::Points;
use super::kernel::Simd;
use crate::codec::quant::Divisors;
use crate::codec::settle::{Lattice, Worst};
use crate::codec::tiles::Tile;

/// The parts of the kernel that are called rather than inlined.
pub(super) trait Entries: Simd {
    /// [`Vector::round_trip_tile`](super::kernel::Vector::round_trip_tile), compiled once with and once
    /// without `KEEP`.
    fn round_trip<const KEEP: bool>(
        self,
        source: &[u8],
        stride: usize,
        result: &mut Tile,
        points: &mut Points,
        blocks: usize,
        divisors: &Divisors,
    ) -> u32;

    /// [`Vector::verify_tile`](super::kernel::Vector::verify_tile), compiled once.
    fn verify(
        self,
        tile: &Tile,
        points: &Points,
        blocks: usize,
        lattice: &Lattice,
        worst: &mut Worst,
    ) -> u64;
}

/// The entry points of `$token`, whose existence proves that the CPU has `$features`.
macro_rules! entry_points {
    ($token:ident, $features:literal) => {
        impl $token {
            /// All of [`worker::distill_band`](crate::codec::worker::distill_band).
            pub(super) fn distill_band(
                self,
                band: &mut $crate::codec::bands::Band<'_>,
                quantizers: &$crate::codec::worker::Quantizers,
                scratch: &mut $crate::codec::worker::Scratch,
            ) -> $crate::codec::stats::FrameStats {
                #[target_feature(enable = $features)]
                fn entry(
                    token: $token,
                    band: &mut $crate::codec::bands::Band<'_>,
                    quantizers: &$crate::codec::worker::Quantizers,
                    scratch: &mut $crate::codec::worker::Scratch,
                ) -> $crate::codec::stats::FrameStats {
                    let kernel = $crate::codec::simd::kernel::Vector(token);
                    $crate::codec::worker::distill_band(kernel, band, quantizers, scratch)
                }
                // SAFETY: the token proves that the CPU has the features.
                unsafe { entry(self, band, quantizers, scratch) }
            }

            /// All of [`rows::read_row`](crate::codec::rows::read_row).
            pub(super) fn read_row<R: $crate::codec::rows::Reader>(
                self,
                frame: &$crate::codec::planes::FrameMut<'_>,
                row: $crate::codec::rows::BlockRow<'_>,
                reader: &mut R,
            ) {
                #[target_feature(enable = $features)]
                fn entry<R: $crate::codec::rows::Reader>(
                    token: $token,
                    frame: &$crate::codec::planes::FrameMut<'_>,
                    row: $crate::codec::rows::BlockRow<'_>,
                    reader: &mut R,
                ) {
                    let kernel = $crate::codec::simd::kernel::Vector(token);
                    $crate::codec::rows::read_row(kernel, frame, row, reader);
                }
                // SAFETY: the token proves that the CPU has the features.
                unsafe { entry(self, frame, row, reader) }
            }
        }

        impl $crate::codec::simd::entry::Entries for $token {
            fn round_trip<const KEEP: bool>(
                self,
                source: &[u8],
                stride: usize,
                result: &mut $crate::codec::tiles::Tile,
                points: &mut $crate::codec::simd::Points,
                blocks: usize,
                divisors: &$crate::codec::quant::Divisors,
            ) -> u32 {
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn entry<const KEEP: bool>(
                    token: $token,
                    source: &[u8],
                    stride: usize,
                    result: &mut $crate::codec::tiles::Tile,
                    points: &mut $crate::codec::simd::Points,
                    blocks: usize,
                    divisors: &$crate::codec::quant::Divisors,
                ) -> u32 {
                    let kernel = $crate::codec::simd::kernel::Vector(token);
                    kernel.round_trip_tile::<KEEP>(source, stride, result, points, blocks, divisors)
                }
                // SAFETY: the token proves that the CPU has the features.
                unsafe { entry::<KEEP>(self, source, stride, result, points, blocks, divisors) }
            }

            fn verify(
                self,
                tile: &$crate::codec::tiles::Tile,
                points: &$crate::codec::simd::Points,
                blocks: usize,
                lattice: &$crate::codec::settle::Lattice,
                worst: &mut $crate::codec::settle::Worst,
            ) -> u64 {
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn entry(
                    token: $token,
                    tile: &$crate::codec::tiles::Tile,
                    points: &$crate::codec::simd::Points,
                    blocks: usize,
                    lattice: &$crate::codec::settle::Lattice,
                    worst: &mut $crate::codec::settle::Worst,
                ) -> u64 {
                    let kernel = $crate::codec::simd::kernel::Vector(token);
                    kernel.verify_tile(tile, points, blocks, lattice, worst)
                }
                // SAFETY: the token proves that the CPU has the features.
                unsafe { entry(self, tile, points, blocks, lattice, worst) }
            }
        }
    };
}

pub(super) use entry_points;
