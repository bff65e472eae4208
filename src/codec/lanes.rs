// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The order in which a 128-bit lane of vector registers holds the 64 coefficients of a block.

use super::block::SIDE;

/// Columns (horizontal frequencies) that are transformed together: pairing the two sets gives
/// (0, 4), (2, 6), (1, 3), (7, 5), which is what the inverse multiplies.
pub(crate) const COLUMNS: [[usize; 4]; 2] = [[0, 2, 1, 7], [4, 6, 3, 5]];

/// The same pairs, of rows of coefficients (vertical frequencies).
const PAIRS: [(usize, usize); 4] = [(0, 4), (2, 6), (1, 3), (7, 5)];

/// Something for each of the eight registers that hold one block in each lane: for both column sets,
/// the pairs of rows.
pub(crate) type Registers<T> = [[T; 4]; 2];

/// Natural-order index of the coefficient that an element of a register holds.
pub(crate) const fn coefficient_at(register: usize, element: usize) -> usize {
    let (low, high) = PAIRS[register % 4];
    let row = if element.is_multiple_of(2) { low } else { high };
    row * SIDE + COLUMNS[register / 4][element / 2]
}

/// Makes what belongs to each register of the natural-order indices of its elements.
pub(crate) fn per_register<T>(make: impl Fn([usize; 8]) -> T) -> Registers<T> {
    std::array::from_fn(|set| {
        std::array::from_fn(|pair| {
            make(std::array::from_fn(|element| {
                coefficient_at(4 * set + pair, element)
            }))
        })
    })
}
