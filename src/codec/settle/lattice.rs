// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The lattice of a table, and how far from its points a coefficient may be.

use crate::codec::block::{AREA, Block, LEVEL_SHIFT, SIDE};
use crate::codec::dct::butterfly::{ODD, ROTATION};
use crate::codec::lanes::{Registers, per_register};
use crate::codec::quant::Divisors;

/// Fractional bits of a [`Budget`].
const BUDGET_BITS: u32 = 16;

/// Bits that the two passes of the forward transform round off.
const FIRST_BITS: u32 = 11;
const SECOND_BITS: u32 = 15;

/// A perturbation budget: the largest change of a sample value, kept as a multiple of 2^-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Budget(pub(super) u32);

impl Budget {
    /// No perturbation at all: being a fixed point is enough.
    pub(crate) const NONE: Self = Self(0);

    /// The smallest budget that covers a change of `epsilon`, within 0..=255.
    pub(crate) fn new(levels: f64) -> Self {
        let scaled = (levels.clamp(0.0, 255.0) * f64::from(1u32 << BUDGET_BITS)).ceil();
        Self(scaled as u32)
    }

    /// The budget in sample values.
    #[cfg(test)]
    pub(crate) fn levels(self) -> f64 {
        f64::from(self.0) / f64::from(1u32 << BUDGET_BITS)
    }
}

/// The sum of the absolute values of each row of the 1-D forward transform, in units of 2^-13.
pub(super) const ROW_SUMS: [i64; SIDE] = {
    let mut sums = [8 << 13; SIDE];
    let mut k = 0;
    while k < 4 {
        let [a, b, c, d] = ODD[k];
        sums[2 * k + 1] = 2 * (a.abs() + b.abs() + c.abs() + d.abs()) as i64;
        k += 1;
    }
    let mut k = 0;
    while k < 2 {
        let [a, b] = ROTATION[k];
        sums[4 * k + 2] = 4 * (a.abs() + b.abs()) as i64;
        k += 1;
    }
    sums
};

/// The most by which a perturbation within `budget` moves a coefficient of the integer forward
/// transform (scaled by 8): bound (2) of the module's documentation.
pub(super) fn reach(index: usize, budget: Budget) -> i32 {
    let (row, column) = (ROW_SUMS[index % SIDE], ROW_SUMS[index / SIDE]);
    let first = ceil_shift(row * i64::from(budget.0), FIRST_BITS + BUDGET_BITS);
    ceil_shift(column * first, SECOND_BITS) as i32
}

/// Bounds how far a perturbation of at most `epsilon` (0..=255) in every sample value moves the coefficient
/// with natural-order `index`, as the forward transform gives it: in eighths of a sample value, rounding
/// included. The bound is loose by 3 at most; the module `settle` has its proof.
pub fn perturbation_reach(index: usize, epsilon: f64) -> u32 {
    reach(index, Budget::new(epsilon)).unsigned_abs()
}

/// The largest budget, in sample values, whose reach is at most `room`; 0 if there is none.
pub(super) fn radius(index: usize, room: i32) -> f64 {
    let (row, column) = (ROW_SUMS[index % SIDE], ROW_SUMS[index / SIDE]);
    let first = (i64::from(room.max(0)) << SECOND_BITS) / column;
    (first << FIRST_BITS) as f64 / row as f64
}

/// `value` / 2^`bits`, rounded up.
const fn ceil_shift(value: i64, bits: u32) -> i64 {
    (value + (1 << bits) - 1) >> bits
}

/// The largest distance from the lattice that each coefficient has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Worst(pub(crate) Block);

impl Worst {
    pub(crate) const NONE: Self = Self([0; AREA]);

    /// Takes in |c - 8*Q*k| of a block's coefficients.
    pub(crate) fn include(&mut self, residual: &Block) {
        for (worst, &value) in self.0.iter_mut().zip(residual) {
            *worst = (*worst).max(value.abs());
        }
    }

    /// Takes in |c - 8*Q*k| of one coefficient.
    pub(crate) fn include_one(&mut self, index: usize, residual: i32) {
        self.0[index] = self.0[index].max(residual);
    }

    /// The largest |c - 8*Q*k| as a share of half a step, 4*Q.
    pub(crate) fn share(&self, divisors: &Divisors) -> f64 {
        (0..AREA)
            .map(|i| f64::from(self.0[i]) / f64::from(4 * i32::from(divisors.step(i))))
            .fold(0.0, f64::max)
    }

    /// The certified radius, in sample values, of all blocks taken in.
    pub(crate) fn radius(&self, divisors: &Divisors) -> f64 {
        (0..AREA)
            .map(|i| radius(i, 4 * i32::from(divisors.step(i)) - 1 - self.0[i]))
            .fold(f64::INFINITY, f64::min)
    }
}

/// A table, and how far from its lattice a coefficient may be.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    divisors: Divisors,
    tolerance: Block,
    /// The tolerance in the order of the vector kernel.
    limits: Registers<[i16; 8]>,
    /// For each level the nearest one whose flat block is settled.
    flat: [u8; 256],
    certifies: bool,
}

impl Lattice {
    /// `None` if a step is too fine for `budget`: then no block has that radius.
    pub(crate) fn new(divisors: &Divisors, budget: Budget) -> Option<Self> {
        let tolerance: Block =
            std::array::from_fn(|i| 4 * i32::from(divisors.step(i)) - 1 - reach(i, budget));
        if tolerance.iter().any(|&limit| limit < 0) {
            return None;
        }
        Some(Self {
            divisors: divisors.clone(),
            tolerance,
            limits: per_register(|indices| indices.map(|i| tolerance[i] as i16)),
            flat: nearest_flat(divisors, tolerance[0]),
            certifies: budget > Budget::NONE,
        })
    }

    /// A lattice whose blocks need only be fixed points, which any table allows.
    pub(crate) fn fixed_points(divisors: &Divisors) -> Self {
        Self::new(divisors, Budget::NONE).expect("the finest step leaves room for no perturbation")
    }

    /// Tells whether its blocks are to survive a perturbation. Those that don't hold then move to a
    /// [neighbor](super::to_neighbor) first, if they are whole and away from the gamut's ends.
    pub(crate) fn certifies(&self) -> bool {
        self.certifies
    }

    pub(super) fn step(&self, index: usize) -> i32 {
        i32::from(self.divisors.step(index))
    }

    /// Largest |c - 8*Q*k| with which a block holds.
    pub(super) fn tolerance(&self, index: usize) -> i32 {
        self.tolerance[index]
    }

    /// The tolerance in the order of the vector kernel.
    pub(crate) fn limits(&self) -> &Registers<[i16; 8]> {
        &self.limits
    }

    /// The level nearest to `level` whose flat block holds.
    pub(super) fn flat(&self, level: i32) -> u8 {
        self.flat[level.clamp(0, 255) as usize]
    }

    /// The lattice point nearest to coefficients that are scaled by 8.
    pub(super) fn nearest(&self, spectrum: &Block) -> Block {
        self.divisors.nearest(spectrum)
    }

    /// |c - 8*Q*k| of coefficients and a lattice point.
    pub(crate) fn residual(spectrum: &Block, point: &Block) -> Block {
        std::array::from_fn(|i| (spectrum[i] - 8 * point[i]).abs())
    }

    /// Tells whether a block with this residual holds.
    pub(crate) fn tolerates(&self, residual: &Block) -> bool {
        // Without a way out early: it is vectorized so.
        (0..AREA).fold(true, |all, i| all & (residual[i] <= self.tolerance[i]))
    }
}

/// The DC coefficient (scaled by 8) of a flat block; all others are 0.
pub(super) fn flat_spectrum(level: usize) -> i32 {
    64 * (level as i32 - LEVEL_SHIFT)
}

/// For each level the nearest one whose flat block decodes to itself, within `tolerance` of its
/// lattice point. Level 128 always is one: its coefficients are all 0.
fn nearest_flat(divisors: &Divisors, tolerance: i32) -> [u8; 256] {
    let settled: [bool; 256] = std::array::from_fn(|level| {
        let spectrum = flat_spectrum(level);
        let dc = divisors.quantize(0, spectrum) * i32::from(divisors.step(0));
        // The inverse transform of a lone DC: both passes are shifts, rounded once.
        let decoded = (((dc + 4) >> 3) + LEVEL_SHIFT).clamp(0, 255);
        decoded == level as i32 && (spectrum - 8 * dc).abs() <= tolerance
    });
    std::array::from_fn(|level| {
        (0..=255u8)
            .filter(|&other| settled[usize::from(other)])
            .min_by_key(|&other| other.abs_diff(level as u8))
            .unwrap_or(128)
    })
}
