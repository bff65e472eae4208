// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! First and second moments of DCT coefficients: what the accuracy-sensitive band is ranked by.

use super::block::AREA;

/// Count, sums and sums of squares of the coefficients of some blocks.
///
/// Index is natural order (8 * v + u); coefficients count in eighths of a sample value. The sums are exact,
/// and so the same whatever the order in which blocks are added: a sum of squares has room for
/// 2^37 blocks of the largest coefficients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moments {
    /// Number of blocks.
    pub blocks: u64,
    /// The sum of each coefficient.
    pub sums: [i64; AREA],
    /// The sum of the squares of each coefficient.
    pub squares: [u64; AREA],
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            blocks: 0,
            sums: [0; AREA],
            squares: [0; AREA],
        }
    }
}

impl Moments {
    /// Adds those of other blocks.
    pub fn merge(&mut self, other: &Self) {
        self.blocks += other.blocks;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            *sum += other;
        }
        for (square, other) in self.squares.iter_mut().zip(&other.squares) {
            *square += other;
        }
    }

    /// The variances of the coefficients, times the square of the number of blocks: exact, and so fit
    /// for ranking.
    pub fn spreads(&self) -> [u128; AREA] {
        std::array::from_fn(|i| {
            let sum = u128::from(self.sums[i].unsigned_abs());
            u128::from(self.blocks) * u128::from(self.squares[i]) - sum * sum
        })
    }
}

/// Moments of a stream, in which every frame counts less than the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct FadingMoments {
    blocks: f64,
    sums: [f64; AREA],
    squares: [f64; AREA],
}

impl Default for FadingMoments {
    fn default() -> Self {
        Self {
            blocks: 0.0,
            sums: [0.0; AREA],
            squares: [0.0; AREA],
        }
    }
}

impl FadingMoments {
    /// Adds a frame. Those before it keep 1 - 1/`window` of their weight; with a window of 1 (or
    /// less) they are forgotten.
    ///
    /// One without blocks changes nothing.
    pub fn add(&mut self, frame: &Moments, window: f64) {
        if frame.blocks == 0 {
            return;
        }
        let kept = 1.0 - 1.0 / window.max(1.0);
        self.blocks = self.blocks * kept + frame.blocks as f64;
        for (sum, &new) in self.sums.iter_mut().zip(&frame.sums) {
            *sum = *sum * kept + new as f64;
        }
        for (square, &new) in self.squares.iter_mut().zip(&frame.squares) {
            *square = *square * kept + new as f64;
        }
    }

    /// The variances of the coefficients, in squared eighths of a sample value; 0 where nothing was added.
    pub fn variances(&self) -> [f64; AREA] {
        if self.blocks == 0.0 {
            return [0.0; AREA];
        }
        std::array::from_fn(|i| {
            let mean = self.sums[i] / self.blocks;
            (self.squares[i] / self.blocks - mean * mean).max(0.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_block(value: i64) -> Moments {
        Moments {
            blocks: 1,
            sums: [value; AREA],
            squares: [(value * value) as u64; AREA],
        }
    }

    #[test]
    fn spreads_are_variances_times_the_count_squared() {
        let mut moments = Moments::default();
        let values = [-3, 0, 1, 10];
        for value in values {
            moments.merge(&one_block(value));
        }
        // Mean 2, squared deviations 25 + 4 + 1 + 64 = 94.
        assert_eq!(moments.spreads(), [4 * 94; AREA]);
    }

    #[test]
    fn a_long_window_weighs_alike_and_a_short_one_forgets() {
        let frames = [one_block(-5), one_block(5)];
        let variance = |window| {
            let mut fading = FadingMoments::default();
            frames.iter().for_each(|frame| fading.add(frame, window));
            fading.variances()[0]
        };
        assert!((variance(1e9) - 25.0).abs() < 1e-6);
        assert_eq!(variance(1.0), 0.0);
        // Weights 1/2 and 1: mean 5/3.
        assert!((variance(2.0) - (25.0 - 25.0 / 9.0)).abs() < 1e-9);
        assert_eq!(FadingMoments::default().variances(), [0.0; AREA]);
    }
}
