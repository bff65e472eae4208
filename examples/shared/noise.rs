// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Random numbers that are the same in every run, for examples, tests and benchmarks.

/// SplitMix64: 64 random bits that depend on nothing but `value`.
pub fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Endless random bytes, the same for the same seed.
pub fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let start = mix(seed);
    (0..).flat_map(move |number| mix(start.wrapping_add(number)).to_le_bytes())
}
