// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The color scale of the heat maps.

use embedded_graphics::pixelcolor::{Rgb888, RgbColor};

/// Colors for standard deviations, on a logarithmic scale.
pub(super) struct Shades {
    low: f64,
    high: f64,
}

impl Shades {
    /// Smaller standard deviations are drawn as this one, in levels: a logarithm needs an end.
    const LEAST: f64 = 0.01;

    pub(super) fn new(deviations: impl Iterator<Item = f64>) -> Self {
        let (low, high) = deviations.fold((f64::MAX, Self::LEAST), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let low = low.max(Self::LEAST);
        // A little room, for a scale that has two ends.
        Self {
            low: low / 1.1,
            high: high.max(low) * 1.1,
        }
    }

    /// The position on the scale, 0..=1.
    pub(super) fn position(&self, deviation: f64) -> f64 {
        let position = (deviation.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        position.clamp(0.0, 1.0)
    }

    pub(super) fn at(position: f64) -> Rgb888 {
        let colorous::Color { r, g, b } = colorous::VIRIDIS.eval_continuous(position);
        Rgb888::new(r, g, b)
    }

    /// Round values on the scale: 1, 2 and 5 times the powers of ten.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let decades = (-2..4).map(|exponent| 10f64.powi(exponent));
        decades
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|factor| factor * decade))
            .filter(|tick| (self.low..=self.high).contains(tick))
    }
}

/// Black or white, whichever is easier to read on `background` (ITU-R BT.601 luma).
pub(super) fn ink_on(background: Rgb888) -> Rgb888 {
    let [r, g, b] = [background.r(), background.g(), background.b()].map(u32::from);
    if 299 * r + 587 * g + 114 * b > 140_000 {
        Rgb888::BLACK
    } else {
        Rgb888::WHITE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_values_within_the_scale() {
        let shades = Shades {
            low: 0.4,
            high: 30.0,
        };
        assert!(shades.ticks().eq([0.5, 1.0, 2.0, 5.0, 10.0, 20.0]));
        assert_eq!((shades.position(0.4), shades.position(30.0)), (0.0, 1.0));
    }
}
