// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! DeepN-JPEG's mapping from standard deviations to steps.
//!
//! Source: Liu et al., "DeepN-JPEG: A Deep Neural Network Favorable JPEG-based Image Compression
//! Framework", DAC 2018, with its parameters. It was made to compress for a network, not against an
//! attack: its finest step is [`FINEST`], and that is where a perturbation comes through.
//!
//! The step falls with the standard deviation, in three pieces: 255 to 60 up to [`T1`], 60 to 20 up to
//! [`T2`], and 60 to 5 beyond. So it jumps back up from 20 to 60 at T2; an offset of 200 instead of
//! [`C`] = 240 would make it continuous. It is left as it was published.

use std::num::NonZeroU8;

use super::table::{QuantTable, nearest_step};
use crate::codec::block::AREA;

/// Standard deviation, in levels, above which a coefficient isn't in the high-frequency band.
pub const T1: f64 = 20.0;

/// Standard deviation, in levels, above which a coefficient is in the low-frequency band.
pub const T2: f64 = 60.0;

/// Offsets of the three pieces, the least deviating one first.
pub const A: f64 = 255.0;
/// See [`A`].
pub const B: f64 = 80.0;
/// See [`A`].
pub const C: f64 = 240.0;

/// Slopes of the three pieces, the least deviating one first.
pub const K1: f64 = 9.75;
/// See [`K1`].
pub const K2: f64 = 1.0;
/// See [`K1`].
pub const K3: f64 = 3.0;

/// The least step (the paper's Q_min).
pub const FINEST: f64 = 5.0;

/// The three bands, by falling standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Above [`T2`].
    Low,
    /// Above [`T1`], up to [`T2`].
    Mid,
    /// Up to [`T1`].
    High,
}

/// The band of a coefficient with a standard deviation of `deviation` levels.
pub fn band(deviation: f64) -> Band {
    if deviation <= T1 {
        Band::High
    } else if deviation <= T2 {
        Band::Mid
    } else {
        Band::Low
    }
}

/// The table for coefficients with these standard deviations, in levels, in natural order. Steps are
/// rounded to the nearest whole one.
pub fn table(deviations: &[f64; AREA]) -> QuantTable {
    QuantTable::from(deviations.map(step))
}

fn step(deviation: f64) -> NonZeroU8 {
    let step = match band(deviation) {
        Band::High => A - K1 * deviation,
        Band::Mid => B - K2 * deviation,
        Band::Low => C - K3 * deviation,
    };
    nearest_step(step.max(FINEST).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_paper() {
        let of = |deviation| u32::from(step(deviation).get());
        let steps = [
            (0.0, 255),
            (10.0, 158), // 157.5
            (20.0, 60),
            (20.001, 60),
            (40.0, 40),
            (60.0, 20),
            (60.001, 60),
            (70.0, 30),
            (78.4, 5),
            (1000.0, 5),
        ];
        for (deviation, expected) in steps {
            assert_eq!(of(deviation), expected, "{deviation}");
        }
    }

    #[test]
    fn within_a_band_more_deviation_never_makes_a_coarser_step() {
        for tenths in 0..2000 {
            let (less, more) = (f64::from(tenths) / 10.0, f64::from(tenths + 1) / 10.0);
            assert!(
                band(less) != band(more) || step(more) <= step(less),
                "{less}"
            );
        }
    }

    #[test]
    fn tables_are_in_the_order_of_the_deviations() {
        let mut deviations = [0.0; AREA];
        (deviations[0], deviations[63]) = (300.0, 60.0);
        let table = table(&deviations);
        assert_eq!(
            (table.steps()[0], table.steps()[1], table.steps()[63]),
            (5, 255, 20)
        );
    }
}
