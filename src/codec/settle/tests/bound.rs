// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The bound behind the certificate.

use super::{Rng, add, blocks, pattern};
use crate::codec::block::{AREA, Block, SIDE};
use crate::codec::dct::butterfly::{self, Pass};
use crate::codec::settle::forward;
use crate::codec::settle::lattice::*;

#[test]
fn row_sums_are_those_of_the_transform() {
    let impulse = |x: usize, pass| {
        let mut unit = [0; SIDE];
        unit[x] = 1 << 13;
        butterfly::forward(unit, pass)
    };
    for (u, &row_sum) in ROW_SUMS.iter().enumerate() {
        // The first pass leaves 2 of the 13 bits.
        let sum: i64 = (0..SIDE)
            .map(|x| i64::from(impulse(x, Pass::First)[u].abs()) / 4)
            .sum();
        assert_eq!(sum, row_sum, "row {u}");
    }
}

#[test]
fn reach_is_within_3_eighths_of_the_ideal_gain_and_exact_where_the_rows_are_shifts() {
    let ideal = |k: usize| -> f64 {
        (0..SIDE)
            .map(|x| {
                let norm = if k == 0 { 0.125f64.sqrt() } else { 0.5 };
                (norm * ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()).abs()
            })
            .sum()
    };
    for levels in 1..=15 {
        for index in 0..AREA {
            let gain = ideal(index % 8) * ideal(index / 8) * f64::from(levels);
            let excess = f64::from(reach(index, Budget::new(f64::from(levels)))) / 8.0 - gain;
            // The constants have 13 bits: 2e-4 of the gain, at the very most.
            assert!(
                excess > -2e-4 * gain && excess < 0.375 + 2e-4 * gain,
                "{index}: {excess}"
            );
            if index % 4 == 0 && index / 8 % 4 == 0 {
                assert_eq!(reach(index, Budget::new(f64::from(levels))), 64 * levels);
            }
        }
    }
}

#[test]
fn no_perturbation_moves_a_coefficient_further_than_its_sign_pattern_or_its_reach() {
    let mut rng = Rng(11);
    for samples in blocks(300) {
        let levels = rng.within(1, 9);
        let budget = Budget::new(f64::from(levels));
        let before = forward(&samples);
        let noise: Block = std::array::from_fn(|_| rng.within(-levels, levels));
        let corners: Block = std::array::from_fn(|_| levels * (2 * rng.within(0, 1) - 1));
        let moved = [noise, corners].map(|change| forward(&add(&samples, &change)));
        for index in 0..AREA {
            let up = forward(&add(&samples, &pattern(index, levels)))[index];
            let down = forward(&add(&samples, &pattern(index, -levels)))[index];
            let reach = reach(index, budget);
            assert!(up - before[index] <= reach && before[index] - down <= reach);
            assert!(
                up - before[index] >= reach - 3,
                "{index}: the bound is loose"
            );
            for after in &moved {
                assert!((down..=up).contains(&after[index]));
            }
        }
    }
}

#[test]
fn radius_inverts_reach() {
    let mut rng = Rng(5);
    for index in 0..AREA {
        for _ in 0..200 {
            let room = rng.within(0, 1019);
            let budget = Budget((radius(index, room) * 65536.0).floor() as u32);
            assert!(reach(index, budget) <= room);
            let beyond = Budget(budget.0 + 2);
            assert!(reach(index, beyond) > room, "{index}, room {room}");
        }
    }
}
