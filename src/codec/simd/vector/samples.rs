// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Rounding of samples to their lattice.
//!
//! A register of bytes is taken as its even and its odd samples in 16 bits. With x = sample - first,
//! which may be negative, k = floor(x * M / 2^15 + 1/2) is one multiplication, M being 2^15 / step rounded
//! to the nearest. It is the k of the nearest value: x / step is at least 1 / (2 * step) away from a tie,
//! as the step is odd, and M is off by at most 1/2, which makes at most 255 / 2^16 of x * M / 2^15 and is
//! less than 1 / (2 * 31). Multiplying back by step, and for odd samples by 256 * step, puts both halves
//! where they belong.

use super::isa::{Simd, Vector};
use crate::codec::block::SIDE;
use crate::codec::kernel::{RowsOfSamples, SampleChange};
use crate::codec::samples::SampleLattice;

/// A 16-bit value twice.
const fn both(value: i32) -> i32 {
    value & 0xffff | value << 16
}

/// Constants of a lattice, in registers.
#[derive(Clone, Copy)]
struct Constants<S: Simd> {
    low_bytes: S::V,
    first: S::V,
    first_bytes: S::V,
    reciprocal: S::V,
    step: S::V,
    step_256: S::V,
}

impl<S: Simd> Constants<S> {
    #[inline(always)]
    fn new(s: S, lattice: &SampleLattice) -> Self {
        let (first, step) = (i32::from(lattice.first()), i32::from(lattice.step()));
        Self {
            low_bytes: s.splat32(both(0xff)),
            first: s.splat32(both(first)),
            first_bytes: s.splat32(both(0x101 * first)),
            reciprocal: s.splat32(both(((1 << 15) + step / 2) / step)),
            step: s.splat32(both(step)),
            step_256: s.splat32(both(step << 8)),
        }
    }
}

/// Changes so far: sums of squares, maxima by byte.
struct Seen<S: Simd> {
    squared: S::V,
    max: S::V,
}

impl<S: Simd> Vector<S> {
    /// [`Kernel::round_samples`](crate::codec::kernel::Kernel::round_samples).
    #[inline(always)]
    pub(super) fn round_rows(self, samples: RowsOfSamples<'_>) -> SampleChange {
        // Eight rows, which nearly all strips have, are a number that the compiler can unroll.
        match (samples.mask, samples.height) {
            (None, SIDE) => self.round_columns::<false>(samples, SIDE),
            (None, height) => self.round_columns::<false>(samples, height),
            (Some(_), SIDE) => self.round_columns::<true>(samples, SIDE),
            (Some(_), height) => self.round_columns::<true>(samples, height),
        }
    }

    /// The same for `height` rows, of the bytes that the mask selects, or without `MASKED` of all.
    #[inline(always)]
    fn round_columns<const MASKED: bool>(
        self,
        samples: RowsOfSamples<'_>,
        height: usize,
    ) -> SampleChange {
        let RowsOfSamples {
            mut rows,
            stride,
            lattice,
            mask,
            changes,
            ..
        } = samples;
        let s = self.0;
        let mask = mask.unwrap_or_default();
        let constants = Constants::new(s, lattice);
        let mut seen = Seen::<S> {
            squared: s.splat32(0),
            max: s.splat32(0),
        };
        let width = rows[0].len();
        for row in rows.iter_mut().take(height) {
            assert!(row.len() == width, "rows of one length");
        }
        let whole = width - width % S::BYTES;
        for x in (0..whole).step_by(S::BYTES) {
            // A cold frame is read as fast as it comes: the strip below is due next.
            for row in rows.iter().take(height) {
                s.prefetch(row, SIDE * stride + x);
            }
            let mask = if MASKED {
                s.load(&mask[x..])
            } else {
                s.splat32(0)
            };
            let change =
                self.round_column::<MASKED>(constants, &mut rows, height, x, mask, &mut seen);
            s.store(&mut changes[x..], change);
        }
        if width < S::BYTES {
            // Filled up with a value of the lattice, which doesn't change.
            let mut column = [[lattice.first(); 64]; SIDE];
            for (target, row) in column.iter_mut().zip(&rows).take(height) {
                target[..width].copy_from_slice(row);
            }
            let mask = if MASKED { s.load(mask) } else { s.splat32(0) };
            let mut filled = column.each_mut().map(|row| &mut row[..]);
            let change =
                self.round_column::<MASKED>(constants, &mut filled, height, 0, mask, &mut seen);
            s.store(changes, change);
            for (row, source) in rows.iter_mut().zip(&column).take(height) {
                row.copy_from_slice(&source[..width]);
            }
        } else if whole < width {
            // The last register reaches back to samples that are rounded, and so don't change again.
            let x = width - S::BYTES;
            let mask = if MASKED {
                s.load(&mask[x..])
            } else {
                s.splat32(0)
            };
            let change =
                self.round_column::<MASKED>(constants, &mut rows, height, x, mask, &mut seen);
            changes[whole..].fill(0);
            let change = s.max8(change, s.load(&changes[x..]));
            s.store(&mut changes[x..], change);
        }
        let mut sums = [0; 64];
        s.store(&mut sums, seen.squared);
        let sums = sums.as_chunks().0.iter();
        SampleChange {
            squared: sums.map(|&sum| u64::from(u32::from_ne_bytes(sum))).sum(),
            max: s.largest8(seen.max),
        }
    }

    /// Rounds a register of bytes in each of `height` rows, from column `x` on. Returns the largest change of
    /// each.
    #[inline(always)]
    fn round_column<const MASKED: bool>(
        self,
        constants: Constants<S>,
        rows: &mut [&mut [u8]; SIDE],
        height: usize,
        x: usize,
        mask: S::V,
        seen: &mut Seen<S>,
    ) -> S::V {
        let s = self.0;
        let others = s.sub16(s.splat32(-1), mask);
        let mut max = s.splat32(0);
        for row in rows.iter_mut().take(height) {
            let old = s.load(&row[x..]);
            let mut new = self.nearest(old, constants);
            if MASKED {
                new = s.add8(s.and(new, mask), s.and(old, others));
            }
            s.store(&mut row[x..], new);
            let change = s.difference8(old, new);
            max = s.max8(max, change);
            seen.squared = s.accumulate_squares(seen.squared, change);
        }
        seen.max = s.max8(seen.max, max);
        max
    }

    /// The nearest values of the lattice.
    #[inline(always)]
    fn nearest(self, samples: S::V, constants: Constants<S>) -> S::V {
        let s = self.0;
        let even = s.sub16(s.and(samples, constants.low_bytes), constants.first);
        let odd = s.sub16(s.upper_bytes(samples), constants.first);
        let even = s.multiply_round(even, constants.reciprocal);
        let odd = s.multiply_round(odd, constants.reciprocal);
        let even = s.multiply_low(even, constants.step);
        let odd = s.multiply_low(odd, constants.step_256);
        s.add16(s.add16(even, odd), constants.first_bytes)
    }
}
