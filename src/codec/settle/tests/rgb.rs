// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Settling of RGB through YCbCr.

use super::*;
use crate::codec::color;

fn rgb_pass(stored: &[Block; 3], divisors: [&Divisors; 3], visible: Visible) -> [Block; 3] {
    let store = Rgb(visible);
    let mut planes = *stored;
    planes.iter_mut().for_each(|plane| visible.replicate(plane));
    let mut planes = store.load(&planes);
    for (plane, divisors) in planes.iter_mut().zip(divisors) {
        round_trip(plane, divisors);
    }
    store.store(&planes)
}

fn rgb_sources() -> Vec<[Block; 3]> {
    let all = blocks(210);
    let gray = all.iter().map(|&block| [block; 3]);
    let mixed = all.windows(3).map(|w| [w[0], w[1], w[2]]);
    let tinted = all
        .iter()
        .map(|block| [*block, block.map(|v| v / 2), block.map(|v| 255 - v)]);
    gray.chain(mixed).chain(tinted).collect()
}

fn settle_rgb(source: &[Block; 3], lattices: [&Lattice; 3], visible: Visible) -> Settled<3> {
    let store = Rgb(visible);
    let mut source = *source;
    source.iter_mut().for_each(|plane| visible.replicate(plane));
    settle_from(&Settler { lattices, store }, &store.load(&source))
}

#[test]
fn rgb_through_ycbcr_is_settled_in_its_bytes() {
    for steps in tables() {
        let divisors = Divisors::new(&steps);
        let lattice = Lattice::new(&divisors, Budget::NONE).expect("any table will do");
        for visible in [Visible::WHOLE, PARTIAL[1], PARTIAL[4]] {
            for source in rgb_sources() {
                let settled = settle_rgb(&source, [&lattice; 3], visible);
                let again = rgb_pass(&settled.stored, [&divisors; 3], visible);
                assert_eq!(again, settled.stored);
            }
        }
    }
}

#[test]
fn rgb_through_ycbcr_comes_back_from_every_perturbation_within_the_budget() {
    let mut rng = Rng(13);
    for levels in [1, 2, 4] {
        let budget = Budget::new(f64::from(levels));
        let divisors = Divisors::new(&certified_steps(budget));
        let lattice = Lattice::new(&divisors, budget).expect("built for it");
        for visible in [Visible::WHOLE, PARTIAL[1]] {
            for source in rgb_sources().iter().step_by(7) {
                let settled = settle_rgb(source, [&lattice; 3], visible);
                for attempt in 0..200 {
                    let mut tampered = settled.stored;
                    for (c, plane) in tampered.iter_mut().enumerate() {
                        let signs = [1, -1][attempt / 64 % 2] * [1, -1, 1][(attempt / 128 + c) % 3];
                        for (at, sample) in plane.iter_mut().enumerate() {
                            let change = if attempt < 192 {
                                signs * levels * sign(attempt % 64, at)
                            } else {
                                rng.within(-levels, levels)
                            };
                            *sample = (*sample + change).clamp(0, 255);
                        }
                    }
                    let restored = rgb_pass(&tampered, [&divisors; 3], visible);
                    assert_eq!(restored, settled.stored);
                }
            }
        }
    }
}

/// The premise of the certificate in `ycbcr` mode: a component moves by no more than the bytes.
#[test]
fn a_change_of_rgb_bytes_moves_no_component_further() {
    let mut rng = Rng(17);
    for _ in 0..200_000 {
        let levels = rng.within(1, 15);
        let rgb: [i32; 3] = std::array::from_fn(|_| rng.within(levels, 255 - levels));
        let moved: [i32; 3] = std::array::from_fn(|c| {
            rgb[c] + levels * [-1, 1, rng.within(-1, 1)][rng.within(0, 2) as usize]
        });
        let [before, after] = [rgb, moved].map(|p| color::rgb_to_ycbcr(p.map(|v| v as u8)));
        for (a, b) in before.into_iter().zip(after) {
            assert!(i32::from(a.abs_diff(b)) <= levels);
        }
    }
}
