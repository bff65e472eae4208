// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantisation: dividing coefficients by their steps, and what a backend needs to do it fast.

use super::block::AREA;

/// Scale of the forward DCT's output against the orthonormal transform.
const DCT_SCALE: i32 = 8;

/// A quantisation table made ready for the kernels.
///
/// A coefficient that the forward DCT delivers scaled by 8 is divided by 8 * step and rounded half
/// away from zero, as libjpeg does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divisors {
    steps: [u8; AREA],
}

impl Divisors {
    /// Prepares `steps`, 64 quantisation steps of 1..=255 in natural order (8 * v + u), in units of
    /// the orthonormal DCT of samples 0..=255.
    ///
    /// # Panics
    /// If a step is 0.
    pub fn new(steps: &[u8; AREA]) -> Self {
        assert!(!steps.contains(&0), "a quantisation step of 0");
        Self { steps: *steps }
    }

    /// The step of the coefficient with natural-order `index`.
    pub(crate) fn step(&self, index: usize) -> u8 {
        self.steps[index]
    }

    /// The quantised level of `coefficient` (scaled by 8): nearest multiple, ties away from zero.
    pub(crate) fn quantize(&self, index: usize, coefficient: i32) -> i32 {
        let divisor = DCT_SCALE * i32::from(self.steps[index]);
        let level = (coefficient.abs() + divisor / 2) / divisor;
        level * coefficient.signum()
    }
}
