// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Settling of one component, and what all tests of settling share.

mod bound;
mod rgb;

use super::lattice::*;
use super::neighbors::*;
use super::*;
use crate::codec::quant::Divisors;
use crate::tables::presets;

/// A small generator, so that failures repeat.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    /// A number in `low..=high`.
    fn within(&mut self, low: i32, high: i32) -> i32 {
        low + (self.next() % (high - low + 1) as u64) as i32
    }
}

/// Smooth, noisy, two-level, saturated and flat blocks.
fn blocks(count: usize) -> Vec<Block> {
    let mut rng = Rng(0x9E37_79B9_7F4A_7C15);
    (0..count)
        .map(|n| match n % 7 {
            0 => std::array::from_fn(|_| rng.within(0, 255)),
            1 => std::array::from_fn(|_| 255 * rng.within(0, 1)),
            2 => [rng.within(0, 255); AREA],
            3 => {
                let (base, x, y) = (rng.within(0, 255), rng.within(-20, 20), rng.within(-20, 20));
                std::array::from_fn(|i| {
                    (base + x * (i % 8) as i32 + y * (i / 8) as i32 + rng.within(-1, 1))
                        .clamp(0, 255)
                })
            }
            4 => {
                let (base, x) = (rng.within(40, 200), rng.within(-9, 9));
                std::array::from_fn(|i| (base + x * (i % 8) as i32).clamp(0, 255))
            }
            5 => {
                let (u, v) = (rng.within(0, 7) as usize, rng.within(0, 7) as usize);
                let swing = rng.within(1, 127);
                std::array::from_fn(|i| 128 + swing * sign(8 * v + u, i))
            }
            _ => {
                let (low, high) = (rng.within(0, 30), rng.within(225, 255));
                std::array::from_fn(|_| if rng.within(0, 9) < 2 { low } else { high })
            }
        })
        .collect()
}

/// The steps of `preset=certified`.
fn certified_steps(budget: Budget) -> [u8; AREA] {
    *presets::certified(budget.levels()).steps()
}

fn tables() -> Vec<[u8; AREA]> {
    let mut rng = Rng(7);
    let mut tables: Vec<[u8; AREA]> = [1, 2, 3, 5, 8, 16, 20, 30, 40, 99, 255]
        .map(|step| [step; AREA])
        .to_vec();
    tables.push(std::array::from_fn(
        |i| {
            if i % 8 + i / 8 < 5 { 1 } else { 40 }
        },
    ));
    tables.push(std::array::from_fn(
        |i| {
            if i % 8 + i / 8 < 5 { 40 } else { 1 }
        },
    ));
    tables.push(std::array::from_fn(|_| rng.within(1, 255) as u8));
    tables.push(std::array::from_fn(|_| rng.within(1, 20) as u8));
    tables
}

/// The sign of the basis function of coefficient `index` at sample `at`.
fn sign(index: usize, at: usize) -> i32 {
    let axis = |frequency: usize, place: usize| {
        let angle = (2 * place + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
        if angle.cos() < 0.0 { -1 } else { 1 }
    };
    axis(index % 8, at % 8) * axis(index / 8, at / 8)
}

fn pattern(index: usize, swing: i32) -> Block {
    std::array::from_fn(|at| swing * sign(index, at))
}

fn add(samples: &Block, change: &Block) -> Block {
    std::array::from_fn(|i| samples[i] + change[i])
}

fn round_trip(samples: &mut Block, divisors: &Divisors) {
    dct::forward(samples);
    *samples = divisors.nearest(samples);
    dct::inverse(samples);
}

/// Result of a further pass over the stored samples of a single component.
fn pass(stored: &Block, divisors: &Divisors, visible: Visible) -> Block {
    let mut samples = *stored;
    visible.replicate(&mut samples);
    round_trip(&mut samples, divisors);
    visible.replicate(&mut samples);
    samples
}

/// Settles a block that may hold where it is nearest: what a band does.
fn settle_from<const C: usize, S: Store<C>>(
    settler: &Settler<'_, C, S>,
    source: &[Block; C],
) -> Settled<C> {
    let nearest = settler.attempt(settler.quantize(&each(|c| super::forward(&source[c]))));
    if settler.holds(&nearest) {
        return Settled {
            residual: each(|c| nearest.residual(c)),
            stored: nearest.stored,
        };
    }
    let settled = settler.settle(source, &nearest.stored);
    // The shortcut is one.
    let wanted = each(|c| super::forward(&source[c]));
    assert_eq!(settled.stored, settler.search(&wanted).stored);
    settled
}

fn settle_one(source: &Block, lattice: &Lattice, visible: Visible) -> Settled<1> {
    let mut source = *source;
    visible.replicate(&mut source);
    let settler = Settler {
        lattices: [lattice],
        store: Native(visible),
    };
    settle_from(&settler, &[source])
}

#[test]
fn neighbors_of_a_lattice_point_come_in_the_order_of_their_costs() {
    for steps in tables() {
        let divisors = Divisors::new(&steps);
        let lattice = Lattice::fixed_points(&divisors);
        let settler = Settler {
            lattices: [&lattice],
            store: Native(Visible::WHOLE),
        };
        for source in blocks(140) {
            let wanted = [forward(&source)];
            let nearest = settler.quantize(&wanted);
            let mut costs = settler.costs(&wanted, &nearest, |_| true);
            let mut tried = 0;
            for _ in 0..NEIGHBORS {
                let (_, cheapest) = take_cheapest(&mut costs).expect("64 changes");
                let mut point = nearest[0];
                to_neighbor(&wanted[0], &mut point, &divisors, &mut tried);
                let changed: Vec<_> = (0..AREA).filter(|&i| point[i] != nearest[0][i]).collect();
                assert_eq!(changed, [cheapest]);
                let residual = Lattice::residual(&wanted[0], &point)[cheapest];
                let step = 8 * i32::from(steps[cheapest]);
                assert!((step / 2..=step).contains(&residual), "towards it");
            }
            assert_eq!(tried.count_ones() as usize, NEIGHBORS);
        }
    }
}

const fn visible(width: usize, height: usize) -> Visible {
    Visible { width, height }
}

const PARTIAL: [Visible; 6] = [
    visible(1, 8),
    visible(7, 8),
    visible(8, 4),
    visible(8, 1),
    visible(3, 6),
    visible(1, 1),
];

#[test]
fn the_flat_last_resort_is_settled_for_every_dc_step() {
    for step in 1..=255 {
        let divisors = Divisors::new(&[step; AREA]);
        let lattice = Lattice::new(&divisors, Budget::NONE).expect("any table will do");
        assert_eq!(lattice.flat(128), 128);
        for level in 0..=255usize {
            let flat = [i32::from(lattice.flat(level as i32)); AREA];
            assert_eq!(pass(&flat, &divisors, Visible::WHOLE), flat, "step {step}");
            let distance = lattice.flat(level as i32).abs_diff(level as u8);
            assert!(
                u32::from(distance) <= u32::from(step) / 8 + 1,
                "step {step}, {level}"
            );
        }
    }
}

#[test]
fn the_flat_last_resort_has_the_radius_asked_for() {
    for sixteenths in 0..=16 * 15 {
        let budget = Budget::new(f64::from(sixteenths) / 16.0);
        let steps = certified_steps(budget);
        let lattice = Lattice::new(&Divisors::new(&steps), budget).expect("built for it");
        for level in 0..=255usize {
            let flat = [i32::from(lattice.flat(level as i32)); AREA];
            let settled = settle_one(&flat, &lattice, Visible::WHOLE);
            assert_eq!(settled.stored[0], flat);
            // A DC step that is a multiple of 8 keeps every flat block within half a step, or within
            // one where the nearest lattice point is out of gamut.
            let distance = i32::from(lattice.flat(level as i32)) - level as i32;
            assert!(
                8 * distance.abs() < i32::from(steps[0]),
                "{level}: {distance}"
            );
        }
    }
}

#[test]
fn no_lattice_survives_more_than_half_a_step() {
    let fine = Divisors::new(&[8; AREA]);
    assert!(Lattice::new(&fine, Budget::new(1.0)).is_none());
    assert!(Lattice::new(&fine, Budget::NONE).is_some());
}

#[test]
fn a_settled_block_is_a_fixed_point_for_any_table_and_any_visible_part() {
    for steps in tables() {
        let divisors = Divisors::new(&steps);
        let lattice = Lattice::new(&divisors, Budget::NONE).expect("any table will do");
        for visible in PARTIAL.into_iter().chain([Visible::WHOLE]) {
            for source in blocks(350) {
                let settled = settle_one(&source, &lattice, visible);
                let [stored] = settled.stored;
                assert_eq!(pass(&stored, &divisors, visible), stored);
            }
        }
    }
}

#[test]
fn a_certified_block_comes_back_from_every_perturbation_within_the_budget() {
    let mut rng = Rng(3);
    for levels in [1, 2, 3, 8, 15] {
        let budget = Budget::new(f64::from(levels));
        let steps = certified_steps(budget);
        let divisors = Divisors::new(&steps);
        let lattice = Lattice::new(&divisors, budget).expect("built for it");
        for visible in [Visible::WHOLE, PARTIAL[1], PARTIAL[2], PARTIAL[4]] {
            for source in blocks(70) {
                let settled = settle_one(&source, &lattice, visible);
                let [stored] = settled.stored;
                let mut worst = Worst::NONE;
                worst.include(&settled.residual[0]);
                assert!(worst.radius(&divisors) >= f64::from(levels));
                assert_eq!(pass(&stored, &divisors, visible), stored);

                let patterns = (0..AREA).flat_map(|i| [pattern(i, levels), pattern(i, -levels)]);
                let noise = (0..20)
                    .map(|_| std::array::from_fn(|_| rng.within(-levels, levels)))
                    .collect::<Vec<Block>>();
                for change in patterns.chain(noise) {
                    let tampered = add(&stored, &change);
                    // Out of gamut (a bound for any storage), and as bytes.
                    assert_eq!(pass(&tampered, &divisors, visible), stored);
                    let bytes = tampered.map(|sample| sample.clamp(0, 255));
                    assert_eq!(pass(&bytes, &divisors, visible), stored);
                }
            }
        }
    }
}

#[test]
fn the_radius_is_tight_for_every_frequency() {
    let budget = Budget::new(2.0);
    let steps = certified_steps(budget);
    let divisors = Divisors::new(&steps);
    let lattice = Lattice::new(&divisors, budget).expect("built for it");
    let mut rng = Rng(9);
    for (index, &step) in steps.iter().enumerate() {
        let source = std::array::from_fn(|_| rng.within(90, 160));
        let [stored] = settle_one(&source, &lattice, Visible::WHOLE).stored;
        let spectrum = forward(&stored)[index];
        let step = i32::from(step);
        let residual = spectrum - 8 * step * divisors.quantize(index, spectrum);
        let exact = radius(index, 4 * step - 1 - residual.abs());
        let towards = if residual < 0 { -1 } else { 1 };
        let restores = |swing: i32| {
            pass(
                &add(&stored, &pattern(index, towards * swing)),
                &divisors,
                Visible::WHOLE,
            ) == stored
        };
        let limit = exact.floor() as i32;
        assert!(limit >= 2 && restores(2));
        let moved = add(&stored, &pattern(index, towards * limit));
        let after = divisors.quantize(index, forward(&moved)[index]);
        assert_eq!(
            after,
            divisors.quantize(index, spectrum),
            "{index}: within {exact}"
        );
        // One level is 52 to 64 units, the bound is loose by 3 at most.
        let beyond = (exact + 0.07).floor() as i32 + 1;
        assert!(
            !restores(beyond),
            "{index}: {beyond} restores, {exact} is certified"
        );
    }
}
