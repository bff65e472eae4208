// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The 1-D DCT of eight values in 32-bit integers, forward and inverse.
//!
//! This is the algorithm of C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT
//! Algorithms with 11 Multiplications" (ICASSP 1989), in the fixed-point form that JPEG software
//! calls the accurate integer DCT ("islow"): constants with 13 fractional bits, and 2 further bits
//! of accuracy kept between the two passes of the 2-D transform. All products and sums are exact;
//! each output is rounded once. That makes every output one integer dot product, which is what the
//! vector backends compute; [`ROTATION`], [`ODD`] and the tests tie the two forms together.

/// Fractional bits of the constants.
const CONST_BITS: u32 = 13;

/// Fractional bits that the first pass leaves for the second one to remove.
const PASS1_BITS: u32 = 2;

/// Which of the two passes of the 2-D transform: they differ in their scaling only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    First,
    Second,
}

/// The even half's rotation by 3*pi/8 (times sqrt 2): outputs 2 and 6 of the forward transform
/// from (t0 - t3, t1 - t2), in units of 2^-13.
pub(crate) const ROTATION: [[i32; 2]; 2] = [[10703, 4433], [4433, -10704]];

/// The odd half: outputs 1, 3, 5, 7 of the forward transform from (t7, t6, t5, t4), in units of
/// 2^-13. Symmetric, so the inverse uses the same numbers.
pub(crate) const ODD: [[i32; 4]; 4] = [
    [11363, 9633, 6437, 2260],
    [9633, -2259, -11362, -6436],
    [6437, -11362, 2261, 9633],
    [2260, -6436, 9633, -11363],
];

/// Divides by 2^`bits`, rounding half up.
fn descale(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

fn dot<const N: usize>(row: &[i32; N], values: [i32; N]) -> i32 {
    row.iter().zip(values).map(|(a, b)| a * b).sum()
}

/// Forward 1-D DCT. After both passes a coefficient is 8 times the orthonormal one.
pub(crate) fn forward(x: [i32; 8], pass: Pass) -> [i32; 8] {
    let (t0, t7) = (x[0] + x[7], x[0] - x[7]);
    let (t1, t6) = (x[1] + x[6], x[1] - x[6]);
    let (t2, t5) = (x[2] + x[5], x[2] - x[5]);
    let (t3, t4) = (x[3] + x[4], x[3] - x[4]);

    let (sum, difference) = (t0 + t3 + t1 + t2, t0 + t3 - t1 - t2);
    let [y2, y6] = [0, 1].map(|k| dot(&ROTATION[k], [t0 - t3, t1 - t2]));
    let [y1, y3, y5, y7] = [0, 1, 2, 3].map(|k| dot(&ODD[k], [t7, t6, t5, t4]));

    let (integer, fixed): (fn(i32) -> i32, _) = match pass {
        Pass::First => (|y| y << PASS1_BITS, CONST_BITS - PASS1_BITS),
        Pass::Second => (|y| descale(y, PASS1_BITS), CONST_BITS + PASS1_BITS),
    };
    [
        integer(sum),
        descale(y1, fixed),
        descale(y2, fixed),
        descale(y3, fixed),
        integer(difference),
        descale(y5, fixed),
        descale(y6, fixed),
        descale(y7, fixed),
    ]
}

/// Inverse 1-D DCT. The second pass also removes the transform's scale of 8.
pub(crate) fn inverse(y: [i32; 8], pass: Pass) -> [i32; 8] {
    let [e0, e1] = [y[0] + y[4], y[0] - y[4]].map(|even| even << CONST_BITS);
    let [f0, f1] = [0, 1].map(|k| dot(&ROTATION[k], [y[2], y[6]]));
    let even = [e0 + f0, e1 + f1, e1 - f1, e0 - f0];
    let odd = [0, 1, 2, 3].map(|k| dot(&ODD[k], [y[1], y[3], y[5], y[7]]));

    let bits = match pass {
        Pass::First => CONST_BITS - PASS1_BITS,
        Pass::Second => CONST_BITS + PASS1_BITS + 3,
    };
    std::array::from_fn(|x| {
        if x < 4 {
            descale(even[x] + odd[x], bits)
        } else {
            descale(even[7 - x] - odd[7 - x], bits)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The constants of the published flow graph, rounded to 13 bits.
    fn fix(value: f64) -> i32 {
        (value * f64::from(1 << CONST_BITS)).round() as i32
    }

    #[test]
    fn rotation_and_odd_matrix_follow_from_the_flow_graph() {
        let c6 = fix(0.541196100);
        let expected = [[c6 + fix(0.765366865), c6], [c6, c6 - fix(1.847759065)]];
        assert_eq!(ROTATION, expected);

        let odd_part = |t: [i32; 4]| {
            let [t7, t6, t5, t4] = t;
            let z5 = (t4 + t6 + t5 + t7) * fix(1.175875602);
            let z1 = -(t4 + t7) * fix(0.899976223);
            let z2 = -(t5 + t6) * fix(2.562915447);
            let z3 = z5 - (t4 + t6) * fix(1.961570560);
            let z4 = z5 - (t5 + t7) * fix(0.390180644);
            [
                t7 * fix(1.501321110) + z1 + z4,
                t6 * fix(3.072711026) + z2 + z3,
                t5 * fix(2.053119869) + z2 + z4,
                t4 * fix(0.298631336) + z1 + z3,
            ]
        };
        for column in 0..4 {
            let mut unit = [0; 4];
            unit[column] = 1;
            let expected = odd_part(unit);
            for row in 0..4 {
                assert_eq!(
                    ODD[row][column], expected[row],
                    "row {row}, column {column}"
                );
            }
        }
    }
}
