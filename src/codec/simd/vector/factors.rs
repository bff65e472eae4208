// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Constants that the transforms multiply by.

use crate::codec::dct::butterfly::{ODD, ROTATION};

/// One, in units of 2^-13.
const ONE: i32 = 1 << 13;

/// Places in [`FACTORS`] of the rows of [`ODD`], for the pairs (t7, t6) or (y1, y3).
pub(super) const OUTER: [usize; 4] = [0, 1, 2, 3];
/// The same for the pairs (t4, t5) or (y7, y5).
pub(super) const INNER: [usize; 4] = [4, 5, 6, 7];
/// Places of the rows of [`ROTATION`].
pub(super) const TURN: [usize; 2] = [8, 9];
/// The same with the other sign.
pub(super) const TURN_BACK: [usize; 2] = [10, 11];
/// Place of what adds up a pair.
pub(super) const SUM: usize = 12;
/// Place of what subtracts its second value from its first.
pub(super) const DIFFERENCE: usize = 13;

/// Factors of both values of a pair, doubled, as the transforms want them.
pub(crate) const FACTORS: [i32; 14] = {
    let mut factors = [0; 14];
    let mut k = 0;
    while k < 4 {
        let [a, b, c, d] = ODD[k];
        factors[OUTER[k]] = doubled_pair(a, b);
        factors[INNER[k]] = doubled_pair(d, c);
        k += 1;
    }
    k = 0;
    while k < 2 {
        let [a, b] = ROTATION[k];
        factors[TURN[k]] = doubled_pair(a, b);
        factors[TURN_BACK[k]] = doubled_pair(-a, -b);
        k += 1;
    }
    factors[SUM] = doubled_pair(ONE, ONE);
    factors[DIFFERENCE] = doubled_pair(ONE, -ONE);
    factors
};

/// [`FACTORS`], each everywhere in the 64 bytes of the largest register: operands of instructions that read memory.
#[cfg(target_arch = "x86_64")]
#[repr(C, align(64))]
pub(crate) struct Spread([[i32; 16]; FACTORS.len()]);

#[cfg(target_arch = "x86_64")]
impl Spread {
    /// Bytes from the start of the table to the factor at `k`.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) const fn at(k: usize) -> usize {
        assert!(k < FACTORS.len());
        64 * k
    }
}

/// The one table of them.
#[cfg(target_arch = "x86_64")]
pub(crate) static SPREAD: Spread = {
    let mut factors = [[0; 16]; FACTORS.len()];
    let mut k = 0;
    while k < FACTORS.len() {
        factors[k] = [FACTORS[k]; 16];
        k += 1;
    }
    Spread(factors)
};

/// Two constants, doubled, as a pair of 16-bit values.
const fn doubled_pair(low: i32, high: i32) -> i32 {
    (2 * low) & 0xffff | (2 * high) << 16
}
