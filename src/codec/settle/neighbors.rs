// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Neighbors of a lattice point: points with one quantized coefficient that differs by 1.

use crate::codec::block::{AREA, Block};
use crate::codec::quant::Divisors;

/// Moves a `point`, the lattice point nearest to `wanted` coefficients, to its cheapest neighbor: with one
/// quantized coefficient changed by 1 towards what is wanted, that which adds least to the squared error (the
/// first such one in natural order) of those that have no bit in `tried`, which gets it.
pub(crate) fn to_neighbor(wanted: &Block, point: &mut Block, divisors: &Divisors, tried: &mut u64) {
    let cost = |i: usize| {
        let divisor = 8 * i32::from(divisors.step(i));
        divisor * (divisor - 2 * (wanted[i] - 8 * point[i]).abs())
    };
    let left = (0..AREA).filter(|i| *tried >> i & 1 == 0);
    if let Some(cheapest) = left.min_by_key(|&i| cost(i)) {
        let step = i32::from(divisors.step(cheapest));
        point[cheapest] += towards(step, wanted[cheapest], point[cheapest]);
        *tried |= 1 << cheapest;
    }
}

/// A step from the coefficient of a lattice point towards what is wanted of it.
pub(super) fn towards(step: i32, wanted: i32, point: i32) -> i32 {
    if wanted >= 8 * point { step } else { -step }
}

/// Finds the cheapest change and crosses it off.
pub(super) fn take_cheapest<const C: usize>(costs: &mut [Block; C]) -> Option<(usize, usize)> {
    let costs = costs.as_flattened_mut();
    let least = costs.iter().fold(i32::MAX, |least, &cost| least.min(cost));
    if least == i32::MAX {
        return None;
    }
    let at = least as usize % (C * AREA);
    costs[at] = i32::MAX;
    Some((at / AREA, at % AREA))
}
