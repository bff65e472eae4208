// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantization: dividing coefficients by their steps, and preparations to do it fast.

use super::block::AREA;
use super::lanes::{Registers, per_register};

/// Scale of the forward DCT's output against the orthonormal transform.
const DCT_SCALE: i32 = 8;

/// A quantization table made ready for the kernels.
///
/// A coefficient that the forward DCT delivers scaled by 8 is divided by 8 * step and rounded half
/// away from zero, as libjpeg does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divisors {
    steps: [u8; AREA],
    /// (R, 2^(15 - s)) of [`LaneDivisors`] in natural order.
    reciprocals: [(i32, i32); AREA],
    lanes: Registers<LaneDivisors>,
}

/// Tables of a plan that quantizes DCT coefficients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DctTables {
    /// For gray, luma, and the channels of RGB.
    pub luma: Divisors,
    /// For chroma.
    pub chroma: Divisors,
}

impl DctTables {
    /// One table that luma and chroma share.
    pub fn shared(divisors: Divisors) -> Self {
        Self {
            luma: divisors.clone(),
            chroma: divisors,
        }
    }
}

/// Factors of one register of coefficients, in the order of
/// [`lanes`](super::lanes).
///
/// Dividing x by D = 8 * step takes three multiplications. With R = floor(2^(16 + s) / D) + 1, for
/// the largest s that leaves R below 2^15,
///
/// ```text
/// t = floor(x * R / 2^16)                 multiply high by `reciprocal`
/// k = floor((t + 2^(s - 1)) / 2^s)        multiply and round by `rounding` = 2^(15 - s)
/// c = 16 * step * k                       multiply by `step16`: dequantized, times 16
/// ```
///
/// R is a little too large, which takes ties away from zero on either side. That k is the
/// definition's for every step and every coefficient that can occur is tested exhaustively.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneDivisors {
    pub reciprocal: [i16; 8],
    pub rounding: [i16; 8],
    pub step16: [i16; 8],
}

impl LaneDivisors {
    /// Prepares eight steps.
    fn new(steps: [u8; 8]) -> Self {
        let reciprocals = steps.map(reciprocal);
        Self {
            reciprocal: reciprocals.map(|(reciprocal, _)| reciprocal),
            rounding: reciprocals.map(|(_, shift)| 1 << (15 - shift)),
            step16: steps.map(|step| 16 * i16::from(step)),
        }
    }
}

/// (R, s) of [`LaneDivisors`] for one step; s is 1 at least (step 1) and 9 at most.
fn reciprocal(step: u8) -> (i16, u32) {
    let divisor = DCT_SCALE as u32 * u32::from(step);
    let mut shift = 0;
    while (1 << (16 + shift + 1)) / divisor + 1 < 1 << 15 {
        shift += 1;
    }
    (((1 << (16 + shift)) / divisor + 1) as i16, shift)
}

impl Divisors {
    /// Prepares `steps`, 64 quantization steps of 1..=255 in natural order (8 * v + u), in units of
    /// the orthonormal DCT of samples 0..=255.
    ///
    /// # Panics
    /// If a step is 0.
    pub fn new(steps: &[u8; AREA]) -> Self {
        assert!(!steps.contains(&0), "a quantization step of 0");
        Self {
            steps: *steps,
            reciprocals: steps.map(|step| {
                let (reciprocal, shift) = reciprocal(step);
                (i32::from(reciprocal), 1 << (15 - shift))
            }),
            lanes: per_register(|indices| LaneDivisors::new(indices.map(|i| steps[i]))),
        }
    }

    /// The divisors of the two column sets, four registers each.
    pub(crate) fn lanes(&self) -> &Registers<LaneDivisors> {
        &self.lanes
    }

    /// The lattice point (multiples of the steps) nearest to coefficients scaled by 8 and within +-8400,
    /// which all are that samples of 0..=255 can have: [`Divisors::quantize`] without divisions.
    pub(crate) fn nearest(&self, spectrum: &[i32; AREA]) -> [i32; AREA] {
        std::array::from_fn(|i| {
            let (reciprocal, rounding) = self.reciprocals[i];
            let level = (((spectrum[i] * reciprocal) >> 16) * rounding + (1 << 14)) >> 15;
            level * i32::from(self.steps[i])
        })
    }

    /// The step of the coefficient with natural-order `index`.
    pub(crate) fn step(&self, index: usize) -> u8 {
        self.steps[index]
    }

    /// Quantizes `coefficient` (scaled by 8): nearest multiple, ties away from zero.
    pub(crate) fn quantize(&self, index: usize, coefficient: i32) -> i32 {
        let divisor = DCT_SCALE * i32::from(self.steps[index]);
        let level = (coefficient.abs() + divisor / 2) / divisor;
        level * coefficient.signum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No coefficient of samples 0..=255 is larger (8 times 1024, and rounding).
    const LARGEST: i32 = 8400;

    #[test]
    fn three_multiplications_equal_the_division_for_every_step_and_coefficient() {
        for step in 1..=255 {
            let divisors = Divisors::new(&[step; AREA]);
            let lane = divisors.lanes()[0][0];
            for coefficient in -LARGEST..=LARGEST {
                let high = (coefficient * i32::from(lane.reciprocal[0])) >> 16;
                let level = (high * i32::from(lane.rounding[0]) + (1 << 14)) >> 15;
                assert_eq!(
                    level,
                    divisors.quantize(0, coefficient),
                    "{coefficient} / {step}"
                );
                let nearest = divisors.nearest(&[coefficient; AREA])[0];
                assert_eq!(nearest, level * i32::from(step));
                // On the lattice, where what is quantized reaches further out.
                let point = 8 * i32::from(step) * level;
                assert_eq!(divisors.nearest(&[point; AREA])[0], level * i32::from(step));
                let scaled = level * i32::from(lane.step16[0]);
                assert!(i16::try_from(scaled).is_ok(), "{coefficient} / {step}");
            }
        }
    }
}
