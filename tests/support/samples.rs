// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The lattice of samples by its formula.

/// The value nearest to `sample` among those that are `2 * radius + 1` apart.
pub fn rounded(sample: u8, radius: u8) -> u8 {
    let step = 2 * u32::from(radius) + 1;
    let count = 256u32.div_ceil(step);
    let first = (255 - (count - 1) * step) / 2;
    let values = (0..count).map(|k| (first + k * step) as u8);
    values
        .min_by_key(|value| value.abs_diff(sample))
        .expect("at least one value")
}
