// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantization of the coefficients of one block in each lane.

use super::blocks::Lane;
use super::isa::{Simd, Vector};
use crate::codec::quant::{Divisors, LaneDivisors};

impl<S: Simd> Vector<S> {
    /// Quantized coefficients of one block in each lane.
    #[inline(always)]
    pub(super) fn to_quantized(self, columns: Lane<S>, divisors: &Divisors) -> Lane<S> {
        let [left, right] = self.to_coefficients(columns);
        let left = self.quantize_columns(left, &divisors.lanes()[0]);
        [left, self.quantize_columns(right, &divisors.lanes()[1])]
    }

    /// Quantized coefficients of four pairs of rows.
    #[inline(always)]
    pub(super) fn quantize_columns(
        self,
        coefficients: [S::V; 4],
        divisors: &[LaneDivisors; 4],
    ) -> [S::V; 4] {
        [
            self.quantize_pair(coefficients[0], &divisors[0]),
            self.quantize_pair(coefficients[1], &divisors[1]),
            self.quantize_pair(coefficients[2], &divisors[2]),
            self.quantize_pair(coefficients[3], &divisors[3]),
        ]
    }

    /// Quantized coefficients of two rows.
    #[inline(always)]
    fn quantize_pair(self, coefficients: S::V, divisors: &LaneDivisors) -> S::V {
        let s = self.0;
        s.multiply_round(
            s.multiply_high(coefficients, s.broadcast(&divisors.reciprocal)),
            s.broadcast(&divisors.rounding),
        )
    }
}
