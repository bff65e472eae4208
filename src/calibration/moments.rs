// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Mean and standard deviation from exact sums.

/// Eighths of a level in a level: the scale of the forward transform's output.
pub(super) const SCALE: f64 = 8.0;

/// The sum and the sum of squares of whole numbers (eighths of a level).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moments {
    pub sum: i128,
    pub squares: u128,
}

impl Moments {
    /// The mean of `count` numbers, in levels; 0 of none.
    pub(super) fn mean(&self, count: u64) -> f64 {
        let Some((whole, rest)) = self.divided(count) else {
            return 0.0;
        };
        (whole as f64 + rest as f64 / count as f64) / SCALE
    }

    /// The standard deviation of `count` numbers (of all of them, not an estimate from a sample), in
    /// levels; 0 of none.
    ///
    /// Nothing is lost to cancellation: the squares are taken about the whole number nearest to the mean,
    /// in integers.
    pub(super) fn deviation(&self, count: u64) -> f64 {
        let Some((whole, rest)) = self.divided(count) else {
            return 0.0;
        };
        // With sum = whole * count + rest: squares - sum^2 / count =
        // squares - whole * (whole * count + 2 * rest) - rest^2 / count.
        let about_whole = self.squares as i128 - whole * (whole * i128::from(count) + 2 * rest);
        let rest = rest as f64;
        let squared = about_whole as f64 - rest * (rest / count as f64);
        (squared.max(0.0) / count as f64).sqrt() / SCALE
    }

    /// The whole number nearest to the mean, and what is left of the sum.
    fn divided(&self, count: u64) -> Option<(i128, i128)> {
        let count = i128::from(count);
        if count == 0 {
            return None;
        }
        let whole = (self.sum + count / 2).div_euclid(count);
        Some((whole, self.sum - whole * count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moments(values: &[i64]) -> Moments {
        Moments {
            sum: values.iter().map(|&value| i128::from(value)).sum(),
            squares: values.iter().map(|&value| (value * value) as u128).sum(),
        }
    }

    #[test]
    fn mean_and_deviation_of_no_numbers_are_0() {
        let none = Moments::default();
        assert_eq!((none.mean(0), none.deviation(0)), (0.0, 0.0));
    }

    #[test]
    fn equal_numbers_have_no_deviation() {
        let count = u64::MAX;
        for value in [-8400i128, -1, 0, 3, 8400] {
            let moments = Moments {
                sum: value * i128::from(count),
                squares: (value * value) as u128 * u128::from(count),
            };
            assert_eq!(moments.mean(count), value as f64 / SCALE);
            assert_eq!(moments.deviation(count), 0.0);
        }
    }

    #[test]
    fn a_single_outlier_among_many_is_not_lost() {
        // 2^40 numbers of 8000, one of 8001.
        let count = 1u64 << 40;
        let moments = Moments {
            sum: 8000 * i128::from(count) + 1,
            squares: 8000 * 8000 * u128::from(count) + 2 * 8000 + 1,
        };
        let expected = (1.0 / count as f64).sqrt() / SCALE;
        assert!((moments.deviation(count) / expected - 1.0).abs() < 1e-9);
    }

    proptest! {
        /// The naive computation, in two passes over the numbers.
        #[test]
        fn mean_and_deviation_equal_those_of_the_definition(values in proptest::collection::vec(-8400..=8400i64, 1..200)) {
            let count = values.len() as f64;
            let mean = values.iter().map(|&value| value as f64).sum::<f64>() / count;
            let squared = values.iter().map(|&value| (value as f64 - mean).powi(2)).sum::<f64>();
            let moments = moments(&values);
            let length = values.len() as u64;
            prop_assert!((moments.mean(length) * SCALE - mean).abs() < 1e-9);
            prop_assert!((moments.deviation(length) * SCALE - (squared / count).sqrt()).abs() < 1e-6);
        }
    }
}
