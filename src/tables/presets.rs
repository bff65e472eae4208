// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables that need no file.
//!
//! None of them is scaled: they are those of quality 50.

use std::num::NonZeroU8;

use super::bands;
use super::table::{QuantTable, Tables, nearest_step};
use crate::codec::block::{AREA, ZIGZAG};
use crate::codec::perturbation_reach;

/// Two bands: the first `as_count` coefficients in zig-zag order (the accuracy-sensitive band) get
/// `as_step`, all others (the malicious-defense band) get `md_step`.
///
/// An `as_count` of 0 is [`uniform`] with `md_step`; 64 and more leave nothing for `md_step`.
///
/// Source: Liu et al., "Feature Distillation", CVPR 2019, step 2, whose band is the 15 coefficients
/// of largest standard deviation in each image; the first 15 in zig-zag order hold 13.4 of those on
/// average.
pub fn two_step(as_step: NonZeroU8, md_step: NonZeroU8, as_count: usize) -> QuantTable {
    bands::two_step(as_step, md_step, &ZIGZAG[..as_count.min(AREA)])
}

/// 30 everywhere but 25 in the top-left 4x4.
///
/// Source: the code that the authors of "Feature Distillation" (CVPR 2019) released.
pub fn released() -> QuantTable {
    const LOW: NonZeroU8 = NonZeroU8::new(25).unwrap();
    const HIGH: NonZeroU8 = NonZeroU8::new(30).unwrap();
    let step = |index| {
        if index / 8 < 4 && index % 8 < 4 {
            LOW
        } else {
            HIGH
        }
    };
    QuantTable::from(std::array::from_fn(step))
}

/// The same step for every coefficient.
///
/// Source: Liu et al., "Feature Distillation", CVPR 2019, step 1 (defensive quantization).
pub fn uniform(step: NonZeroU8) -> QuantTable {
    QuantTable::from([step; AREA])
}

/// Steps for a lone pass: with k = u + v, luma gets 7.8 + 1.23 k^1.5, chroma 25 + 1.8 k but 8 at DC,
/// each rounded to the nearest whole number.
///
/// For luma and chroma: RGB has to be taken through YCbCr. Source: a sweep of such families on
/// EfficientNet-Lite0 (`examples/defense`), in which it kept more accuracy under attacks on the
/// undefended network than every table of RGB with the same cost in clean accuracy.
pub fn one_pass() -> Tables {
    let table = |step: fn(f64) -> f64| {
        let k = |index: usize| (index / 8 + index % 8) as f64;
        QuantTable::from(std::array::from_fn(|index| {
            nearest_step(step(k(index)).round() as u32)
        }))
    };
    // Square roots are exact to the last bit on every machine; powers need not be.
    let luma = table(|k| 7.8 + 1.23 * k * k.sqrt());
    let chroma = table(|k| if k == 0.0 { 8.0 } else { 25.0 + 1.8 * k });
    Tables::new(luma, Some(chroma))
}

/// The tables that JPEG encoders commonly scale, for luma and for chroma.
///
/// Source: ITU-T T.81 (1992), Annex K, tables K.1 and K.2.
pub fn annex_k() -> Tables {
    Tables::new(K1, Some(K2))
}

#[rustfmt::skip]
const K1: QuantTable = QuantTable::new([
    16, 11, 10, 16,  24,  40,  51,  61,
    12, 12, 14, 19,  26,  58,  60,  55,
    14, 13, 16, 24,  40,  57,  69,  56,
    14, 17, 22, 29,  51,  87,  80,  62,
    18, 22, 37, 56,  68, 109, 103,  77,
    24, 35, 55, 64,  81, 104, 113,  92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103,  99,
]).unwrap();

#[rustfmt::skip]
const K2: QuantTable = QuantTable::new([
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
]).unwrap();

/// The largest budget that [`certified`] finds steps for, in levels.
pub const MAX_EPSILON: f64 = 15.0;

/// Steps with which blocks, once settled, come back from every perturbation of at most `epsilon` levels
/// (clamped to 0..=[`MAX_EPSILON`]) in every sample, fine as they can be for almost all of them to
/// settle where they are nearest.
///
/// A settled block holds if rounding to 8 bits takes no coefficient further from its lattice point
/// than half a step less what the perturbation can move it: 4 Q - 1 eighths of a level, less
/// [`perturbation_reach`]. That leaves the margins for rounding to choose:
///
/// - 1 level inside the spectrum, where the rounding errors of 64 samples are as good as independent
///   (3.5 standard deviations);
/// - 2 levels for u = 0 or v = 0, as a block that varies along one axis only has the same errors in
///   every row or column, and so sqrt(8) times as much of them in these coefficients;
/// - for DC the next multiple of 8, as every flat block is then a whole number of levels and has no
///   rounding error; it could be off by up to 4 levels else.
///
/// Larger margins leave fewer blocks to settle elsewhere than at their nearest lattice point, smaller
/// ones quantize less.
pub fn certified(epsilon: f64) -> QuantTable {
    const INSIDE: u32 = 8;
    const ON_AXIS: u32 = 16;
    const DC_MULTIPLE: u32 = 8;
    let epsilon = epsilon.clamp(0.0, MAX_EPSILON);
    let steps = std::array::from_fn(|index| {
        let on_axis = index / 8 == 0 || index % 8 == 0;
        let margin = if on_axis && index > 0 {
            ON_AXIS
        } else {
            INSIDE
        };
        let finest = (perturbation_reach(index, epsilon) + 1 + margin).div_ceil(4);
        nearest_step(if index == 0 {
            finest.next_multiple_of(DC_MULTIPLE)
        } else {
            finest
        })
    });
    QuantTable::from(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_bands(as_count: usize) -> QuantTable {
        two_step(nearest_step(20), nearest_step(30), as_count)
    }

    #[test]
    fn fifteen_in_zigzag_order_are_the_triangle_in_the_corner() {
        let table = two_bands(15);
        for (index, &step) in table.steps().iter().enumerate() {
            let in_triangle = index / 8 + index % 8 <= 4;
            assert_eq!(step, if in_triangle { 20 } else { 30 }, "index {index}");
        }
    }

    #[test]
    fn the_band_grows_along_the_zigzag() {
        for (as_count, &added) in ZIGZAG.iter().enumerate() {
            let (before, after) = (two_bands(as_count), two_bands(as_count + 1));
            let changed: Vec<_> = (0..AREA)
                .filter(|&index| before.steps()[index] != after.steps()[index])
                .collect();
            assert_eq!(changed, [usize::from(added)]);
        }
    }

    #[test]
    fn certified_steps_leave_room_for_the_perturbation_and_for_rounding() {
        for eighths in 0..=15 * 8 {
            let epsilon = f64::from(eighths) / 8.0;
            let table = certified(epsilon);
            assert_eq!(table.steps()[0] % 8, 0);
            for (index, &step) in table.steps().iter().enumerate() {
                let room = 4 * u32::from(step) - 1;
                assert!(
                    room >= perturbation_reach(index, epsilon) + 8,
                    "{index} at {epsilon}"
                );
            }
        }
    }

    #[test]
    fn one_pass_rises_with_frequency_and_is_coarse_for_chroma() {
        let tables = one_pass();
        assert_eq!(tables.luma().steps()[..8], [8, 9, 11, 14, 18, 22, 26, 31]);
        assert_eq!(tables.luma().steps()[63], 72);
        assert_eq!(
            tables.chroma().steps()[..8],
            [8, 27, 29, 30, 32, 34, 36, 38]
        );
        assert_eq!(tables.chroma().steps()[63], 50);
    }

    #[test]
    fn the_ends_of_the_band_are_uniform() {
        assert_eq!(two_bands(0), uniform(nearest_step(30)));
        assert_eq!(two_bands(64), uniform(nearest_step(20)));
        assert_eq!(two_bands(usize::MAX), two_bands(64));
    }

    #[test]
    fn released_has_25_in_the_top_left_4x4() {
        let rows: Vec<_> = released().steps().chunks(8).map(<[u8]>::to_vec).collect();
        for row in &rows[..4] {
            assert_eq!(row[..], [25, 25, 25, 25, 30, 30, 30, 30]);
        }
        for row in &rows[4..] {
            assert_eq!(row[..], [30; 8]);
        }
    }
}
