// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The accuracy-sensitive band of the coefficients.
//!
//! Source: Liu et al., "Feature Distillation", CVPR 2019, step 2: the coefficients of largest
//! standard deviation are the ones a network looks at.

use std::cmp::Ordering;
use std::num::NonZeroU8;

use super::table::QuantTable;
use crate::codec::block::{AREA, ZIGZAG};

/// The natural-order indices of all coefficients, the one of largest `spread` first.
///
/// `spread` (in natural order) is anything that grows with the standard deviation. Coefficients that
/// are spread alike, or can't be compared, stay in zig-zag order.
pub fn rank<T: PartialOrd>(spread: &[T; AREA]) -> [u8; AREA] {
    let mut ranking = ZIGZAG;
    ranking.sort_by(|&a, &b| {
        let [a, b] = [a, b].map(|index| &spread[usize::from(index)]);
        b.partial_cmp(a).unwrap_or(Ordering::Equal)
    });
    ranking
}

/// Two bands: the coefficients whose natural-order indices are in `sensitive` (the
/// accuracy-sensitive band) get `as_step`, all others (the malicious-defense band) get `md_step`.
///
/// # Panics
/// If an index is 64 or more.
pub fn two_step(as_step: NonZeroU8, md_step: NonZeroU8, sensitive: &[u8]) -> QuantTable {
    let mut steps = [md_step; AREA];
    for &index in sensitive {
        steps[usize::from(index)] = as_step;
    }
    QuantTable::from(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::nearest_step;

    #[test]
    fn the_largest_spread_comes_first() {
        let spread: [u32; AREA] = std::array::from_fn(|i| (i as u32 * 37) % 64);
        let ranking = rank(&spread);
        let ranked = ranking.map(|index| spread[usize::from(index)]);
        assert!(ranked.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn ties_stay_in_zigzag_order() {
        assert_eq!(rank(&[7.5; AREA]), ZIGZAG);
        assert_eq!(rank(&[f64::NAN; AREA]), ZIGZAG);
        let mut spread = [0; AREA];
        (spread[63], spread[9], spread[8]) = (1, 1, 1);
        // (v, u) = (1, 0), (1, 1) and (7, 7), then DC.
        assert_eq!(rank(&spread)[..4], [8, 9, 63, 0]);
    }

    #[test]
    fn coefficients_get_the_step_of_their_band() {
        let table = two_step(nearest_step(3), nearest_step(40), &[0, 63]);
        for (index, &step) in table.steps().iter().enumerate() {
            assert_eq!(step, if [0, 63].contains(&index) { 3 } else { 40 });
        }
    }
}
