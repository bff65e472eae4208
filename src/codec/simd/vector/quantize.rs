// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantization of the coefficients of one block in each lane.

use super::blocks::{Lane, Mirrored};
use super::isa::{Simd, Vector};
use crate::codec::lanes::COLUMNS;
use crate::codec::quant::{Divisors, LaneDivisors};

impl<S: Simd> Vector<S> {
    /// Quantized coefficients of one block in each lane.
    #[inline(always)]
    pub(super) fn to_quantized(self, rows: Mirrored<S>, divisors: &Divisors) -> Lane<S> {
        let [first, second] = self.forward_all_rows(rows);
        let sums = self.forward_columns(self.select(COLUMNS[0], first, second));
        let left = self.quantize_columns(sums, &divisors.lanes()[0]);
        let sums = self.forward_columns(self.select(COLUMNS[1], first, second));
        [left, self.quantize_columns(sums, &divisors.lanes()[1])]
    }

    #[inline(always)]
    pub(super) fn quantize_columns(
        self,
        sums: [S::V; 8],
        divisors: &[LaneDivisors; 4],
    ) -> [S::V; 4] {
        [
            self.quantize_pair(sums[0], sums[4], &divisors[0]),
            self.quantize_pair(sums[2], sums[6], &divisors[1]),
            self.quantize_pair(sums[1], sums[3], &divisors[2]),
            self.quantize_pair(sums[7], sums[5], &divisors[3]),
        ]
    }

    /// Quantized coefficients of two rows, given as sums before their shift.
    #[inline(always)]
    fn quantize_pair(self, low: S::V, high: S::V, divisors: &LaneDivisors) -> S::V {
        let s = self.0;
        let coefficients = s.upper_halves(low, high);
        s.multiply_round(
            s.multiply_high(coefficients, s.broadcast(&divisors.reciprocal)),
            s.broadcast(&divisors.rounding),
        )
    }
}
