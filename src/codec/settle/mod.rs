// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Settling: choosing, for each block, a lattice point that the next pass finds again.
//!
//! # What a settled block is
//!
//! A pass maps samples to `decode(k * Q)`, a function of the quantized coefficients k alone. So a block
//! is a fixed point only if its samples *are* the decoding of some k, and k is all there is to
//! choose: there is no freedom in how the samples are rounded. Let S be what is stored for k
//! (decoded, clamped, cut to the visible area), and c the integer forward DCT of what the next pass
//! reads (S, its last column and row repeated over the edge; through RGB in `ycbcr` mode). The block
//! is settled if c quantizes to k again, for which it is enough that for every coefficient
//!
//! ```text
//!     |c - 8*Q*k| <= 4*Q - 1.                                                              (1)
//! ```
//!
//! That is one forward DCT and a comparison; no second quantization, no second decoding. (A tie of
//! exactly 4*Q that rounds back to k is a fixed point as well, of radius 0.)
//!
//! # What a perturbation can do: the bound, proved
//!
//! Write `A` for the integer matrix of the 1-D transform in units of 2^-13 (`ROTATION`, `ODD`, and
//! 8192 for outputs 0 and 4), `N_u` for the sum of |A_u(x)| over x, and `D_b(p)` for
//! floor((p + 2^(b-1)) / 2^b). Then the forward transform is, without any approximation,
//!
//! ```text
//!     y_u(row) = D_11(sum_x A_u(x) * s(row, x)),      c_uv = D_15(sum_row A_v(row) * y_u(row)).
//! ```
//!
//! (Outputs 0 and 4 are shifted instead: y << 2 = D_11(8192 * y), and (y + 2) >> 2 = D_15(8192 * y).)
//! `D_b` never decreases, and |D_b(p + q) - D_b(p)| <= ceil(|q| / 2^b). Add to the samples any
//! integers E with |E| <= eps: the first sum moves by at most N_u * eps, so y by at most
//! ceil(N_u * eps / 2^11), so the second sum by at most N_v times that, and
//!
//! ```text
//!     |c_uv(S + E) - c_uv(S)| <= reach_uv(eps) := ceil(N_v * ceil(N_u * eps / 2^11) / 2^15).  (2)
//! ```
//!
//! No error term is left to estimate: (2) is about the integer transform itself. It exceeds the ideal
//! 8 * G_uv * eps by less than N_v / 2^15 + 1 <= 3 (3/8 of a sample value), by at most 1.43
//! (0.18) for eps = 1, and by nothing at all for u, v in {0, 4} and whole eps. So a block with
//!
//! ```text
//!     |c - 8*Q*k| + reach(eps) <= 4*Q - 1    for all 64 coefficients                          (3)
//! ```
//!
//! comes back byte for byte from every perturbation within eps. Clipping S + E to 0..=255 only
//! shrinks E; repeating the last column or row repeats its E. In `ycbcr` mode E is a change of the R,
//! G and B bytes: a component is floor((w.rgb + const) / 2^16) with weights whose absolute values add
//! up to exactly 2^16, so it moves by at most eps as well for whole eps, and (3) applies unchanged.
//!
//! (2) is nearly sharp. Both rounding steps are monotone, so c_uv never decreases when a sample grows
//! under a positive A_u(x) * A_v(y), and never increases under a negative one: over all |E| <= n its
//! extremes are *exactly* those of the two patterns +-n * sign(A_u(x) * A_v(y)). The tests use that
//! as an oracle that is independent of (2).
//!
//! The largest eps for which (3) holds is the block's certified radius. Inverting (2) with
//! room = 4*Q - 1 - |c - 8*Q*k| gives floor(room * 2^15 / N_v) * 2^11 / N_u, the least of which over
//! the coefficients is the radius. It only depends on the largest |c - 8*Q*k| of each coefficient, so
//! a frame's radius comes from 64 maxima ([`Worst`]), at the end.
//!
//! # Why every block is verified
//!
//! Stored samples differ from the exact decoding by rounding errors e, of at most 1/2 each where nothing is clamped,
//! and c - 8*Q*k is, within 1.5 for what the integer transforms round, 8 times the DCT of e. So norms of e bound it
//! without a second transform: 8 * |e|_2, 8 * max|b_uv| * |e|_1, 8 * G_uv * max|e|. But the limits are of the size of
//! what is to be bounded. 64 errors that are evenly spread have |e|_2 = 2.3 and so a bound of 18, where a coefficient
//! of a block is off by 6 at most, typically; `certified` leaves 8. Of film (1080p, four frames) these bounds certify
//! 35% of the blocks with `certified epsilon=1`, all of which are flat, and 45% with `annex-k quality=75`: one group
//! of eight blocks, which go through the kernel together, in seven. With `two-step`, whose limits are 79 and more, they
//! certify all; but the radius that is reported comes from the residuals themselves.
//!
//! # How a block gets there
//!
//! [`Settler`] tries, in this order, the nearest lattice point (nearly always enough), plain
//! passes (where no radius is asked for), the cheapest changes of one k by 1 (unless the block touches
//! 0 or 255; the first of them is tried by the [kernel](super::kernel::Kernel::neighbors), many blocks at a time, and
//! nearly always enough), error feedback, less contrast, and at last a flat block. Each is bounded (350
//! lattice points in all), and the last always succeeds: a flat block of level 128 has k = 0 and
//! c = 0, which satisfies (3) for every table that can be certified at all, over the edge and, with
//! Cb = Cr = 128, in RGB too: there R = G = B = Y exactly, both ways.

mod lattice;
mod neighbors;
mod store;
#[cfg(test)]
mod tests;

use super::block::{AREA, Block, LEVEL_SHIFT};
use super::dct;

pub use lattice::perturbation_reach;
pub(crate) use lattice::{Budget, Lattice, Worst};
pub(crate) use neighbors::to_neighbor;
pub(crate) use store::{Native, Rgb, Store, Visible};

use lattice::flat_spectrum;
use neighbors::{take_cheapest, towards};

/// Wanted coefficients (scaled by 8) stay within what 8-bit samples can have. Then no dequantized
/// coefficient exceeds 1024 + 255 / 2, which the inverse transform takes without overflow, in any
/// combination: 61213^2 / 2^11 * 1152 = 2.11e9 < 2^31, 61213 being the largest absolute sum of its rows.
/// (A neighbor has one k more by 1: 11363^2 / 2^11 * 128 = 8e6.)
const SPECTRUM_LIMIT: i32 = 8192;

/// Plain passes to try where no radius is asked for: three are enough for steps of 3 and more on film,
/// a dozen for steps of 1; mixed steps on black and white take the most.
const PASSES: usize = 64;

/// Factor of the first lattice point's squared error up to which no further remedy is tried.
const ACCEPTABLE_ERROR_FACTOR: i64 = 4;

/// Changes of one quantized coefficient to try, cheapest first.
const NEIGHBORS: usize = 16;

/// Rounds of error feedback that mostly act on the coefficients that are too far off, which keeps
/// the block closest to its source; the remaining rounds push everything harder.
const FEEDBACK_SOFT_ROUNDS: usize = 24;

/// Rounds of error feedback.
const FEEDBACK_ROUNDS: usize = 40;

/// A settled block, or several that are settled together.
#[derive(Clone, Debug)]
pub(crate) struct Settled<const C: usize> {
    /// Stored samples, replicated over the edge.
    pub(crate) stored: [Block; C],
    /// |c - 8*Q*k| of the next pass.
    pub(crate) residual: [Block; C],
}

/// A lattice point and what becomes of it.
#[derive(Clone)]
struct Trial<const C: usize> {
    point: [Block; C],
    stored: [Block; C],
    spectrum: [Block; C],
}

/// Settles the blocks of `C` components that are stored together.
pub(crate) struct Settler<'a, const C: usize, S> {
    pub(crate) lattices: [&'a Lattice; C],
    pub(crate) store: S,
}

impl<const C: usize, S: Store<C>> Settler<'_, C, S> {
    /// Settles the block whose components (replicated over the edge) are `source`.
    ///
    /// `rejected` is what its nearest lattice point is stored as, which is known not to hold.
    pub(crate) fn settle(&self, source: &[Block; C], rejected: &[Block; C]) -> Settled<C> {
        let wanted = each(|c| forward(&source[c]));
        let found = self
            .shortcut(&wanted, rejected)
            .unwrap_or_else(|| self.search(&wanted));
        Settled {
            residual: each(|c| found.residual(c)),
            stored: found.stored,
        }
    }

    /// Finds what [`Self::search`] would find where a neighbor mends a whole block, as almost always on
    /// film, without looking at the nearest lattice point again.
    fn shortcut(&self, wanted: &[Block; C], rejected: &[Block; C]) -> Option<Trial<C>> {
        let certifies = self.lattices.iter().any(|lattice| lattice.certifies());
        let whole = self.store.visible() == Visible::WHOLE;
        (certifies && whole && !touches_the_gamut(rejected))
            .then(|| self.neighbor(wanted, &self.quantize(wanted), |_| true))?
    }

    fn search(&self, wanted: &[Block; C]) -> Trial<C> {
        let first = self.attempt(self.quantize(wanted));
        let acceptable = ACCEPTABLE_ERROR_FACTOR * first.distance(wanted);
        let mut best = Best { found: None };
        if !self.lattices.iter().any(|lattice| lattice.certifies())
            && let Some(found) = self.repeat(&first)
        {
            best.offer(found, wanted);
        }
        if best.distance() > acceptable
            && let Some(found) = self.refine(wanted, first, |_| true)
        {
            best.offer(found, wanted);
        }
        // Over the edge, what has been found may be far off: the repeated samples pull it about.
        let whole = self.store.visible() == Visible::WHOLE;
        if best.distance() > if whole { i64::MAX - 1 } else { acceptable }
            && let Some(found) = self.reduce_contrast(wanted)
        {
            best.offer(found, wanted);
        }
        best.found
            .map_or_else(|| self.flat(wanted), |(found, _)| found)
    }

    /// Refines the block with less and less contrast.
    fn reduce_contrast(&self, wanted: &[Block; C]) -> Option<Trial<C>> {
        self.reductions().find_map(|(keeps_axis, contrast)| {
            let keeps = |i| i == 0 || keeps_axis && self.store.visible().keeps(i);
            let reduced = reduce(wanted, keeps, contrast);
            let first = self.attempt(self.quantize(&reduced));
            if self.holds(&first) {
                return Some(first);
            }
            self.refine(&reduced, first, keeps)
        })
    }

    /// Contrast in eighths, with the patterns that replication leaves alone or with DC only.
    fn reductions(&self) -> impl Iterator<Item = (bool, i32)> {
        let whole = self.store.visible() == Visible::WHOLE;
        let first = if whole { 6 } else { 8 };
        [(true, first), (true, 4), (true, 2), (false, 8)].into_iter()
    }

    /// Plain passes until nothing changes any more.
    fn repeat(&self, first: &Trial<C>) -> Option<Trial<C>> {
        let mut last = first.clone();
        for _ in 0..PASSES {
            let next = self.attempt(self.quantize(&last.spectrum));
            // The next pass gives the bytes that it was given, though from other coefficients perhaps.
            if next.stored == last.stored {
                return Some(next);
            }
            last = next;
        }
        None
    }

    /// Looks for a lattice point that holds, near `wanted`, changing only coefficients that
    /// `may_change`.
    fn refine(
        &self,
        wanted: &[Block; C],
        first: Trial<C>,
        may_change: impl Fn(usize) -> bool + Copy,
    ) -> Option<Trial<C>> {
        if !touches_the_gamut(&first.stored)
            && let Some(found) = self.neighbor(wanted, &first.point, may_change)
        {
            return Some(found);
        }
        self.feed_back(wanted, first, may_change)
    }

    /// Changes one quantized coefficient of `nearest`, the lattice point nearest to `wanted`, cheapest first.
    fn neighbor(
        &self,
        wanted: &[Block; C],
        nearest: &[Block; C],
        may_change: impl Fn(usize) -> bool,
    ) -> Option<Trial<C>> {
        let mut costs = self.costs(wanted, nearest, may_change);
        for _ in 0..NEIGHBORS {
            let (c, i) = take_cheapest(&mut costs)?;
            let mut point = *nearest;
            point[c][i] += towards(self.lattices[c].step(i), wanted[c][i], point[c][i]);
            let trial = self.attempt(point);
            if self.holds(&trial) {
                return Some(trial);
            }
        }
        None
    }

    /// Cost of changing each quantized coefficient towards the wanted value: what that adds to the squared error,
    /// and in the low bits which coefficient it is: the least is the cheapest.
    ///
    /// `point` is the nearest lattice point, so a cost is between 0 and 2040^2, below 2^22.
    fn costs(
        &self,
        wanted: &[Block; C],
        point: &[Block; C],
        may_change: impl Fn(usize) -> bool,
    ) -> [Block; C] {
        const { assert!(C * AREA <= 1 << (31 - 22)) };
        each(|c| {
            std::array::from_fn(|i| {
                if !may_change(i) {
                    return i32::MAX;
                }
                let divisor = 8 * self.lattices[c].step(i);
                let cost = divisor * (divisor - 2 * (wanted[c][i] - 8 * point[c][i]).abs());
                cost * (C * AREA) as i32 + (c * AREA + i) as i32
            })
        })
    }

    /// Adds what the gamut and rounding took away from each coefficient to what is wanted of it, over
    /// and over, until a lattice point holds: a block that overshoots moves into the gamut, and any
    /// other sooner or later crosses into a neighboring cell.
    fn feed_back(
        &self,
        wanted: &[Block; C],
        first: Trial<C>,
        may_change: impl Fn(usize) -> bool,
    ) -> Option<Trial<C>> {
        let mut wanted = *wanted;
        let mut last = first;
        for round in 0..FEEDBACK_ROUNDS {
            for (c, wanted) in wanted.iter_mut().enumerate() {
                for i in (0..AREA).filter(|&i| may_change(i)) {
                    let lost = last.spectrum[c][i] - 8 * last.point[c][i];
                    let share = if round >= FEEDBACK_SOFT_ROUNDS {
                        2 * lost
                    } else if lost.abs() > self.lattices[c].tolerance(i) {
                        lost
                    } else {
                        lost / 4
                    };
                    wanted[i] = (wanted[i] + share).clamp(-SPECTRUM_LIMIT, SPECTRUM_LIMIT);
                }
            }
            last = self.attempt(self.quantize(&wanted));
            if self.holds(&last) {
                return Some(last);
            }
        }
        None
    }

    /// The last resort: a flat block in the first component, level 128 in the others (gray, if those
    /// are Cb and Cr). It always holds.
    fn flat(&self, wanted: &[Block; C]) -> Trial<C> {
        let mean = (wanted[0][0] + 32) / 64 + LEVEL_SHIFT;
        let level = self.lattices[0].flat(mean);
        let mut spectrum = [[0; AREA]; C];
        spectrum[0][0] = flat_spectrum(usize::from(level));
        let trial = self.attempt(self.quantize(&spectrum));
        debug_assert!(self.holds(&trial), "a flat block of {level} is not settled");
        trial
    }

    fn attempt(&self, point: [Block; C]) -> Trial<C> {
        let decoded = each(|c| {
            let mut samples = point[c];
            dct::inverse(&mut samples);
            samples
        });
        let stored = self.store.store(&decoded);
        let loaded = self.store.load(&stored);
        Trial {
            point,
            stored,
            spectrum: each(|c| forward(&loaded[c])),
        }
    }

    fn holds(&self, trial: &Trial<C>) -> bool {
        (0..C).all(|c| self.lattices[c].tolerates(&trial.residual(c)))
    }

    fn quantize(&self, spectrum: &[Block; C]) -> [Block; C] {
        each(|c| self.lattices[c].nearest(&spectrum[c]))
    }
}

impl<const C: usize> Trial<C> {
    /// |c - 8*Q*k| of one component.
    fn residual(&self, c: usize) -> Block {
        Lattice::residual(&self.spectrum[c], &self.point[c])
    }

    /// The squared error against `wanted` coefficients.
    fn distance(&self, wanted: &[Block; C]) -> i64 {
        let pairs = self.spectrum.iter().flatten().zip(wanted.iter().flatten());
        pairs
            .map(|(&have, &want)| i64::from(have - want) * i64::from(have - want))
            .sum()
    }
}

/// Tells whether a sample is at an end of 0..=255, where it may have been clipped.
fn touches_the_gamut(stored: &[Block]) -> bool {
    stored
        .iter()
        .flatten()
        .any(|sample| matches!(sample, 0 | 255))
}

/// The best lattice point so far, and its distance from what is wanted.
struct Best<const C: usize> {
    found: Option<(Trial<C>, i64)>,
}

impl<const C: usize> Best<C> {
    fn distance(&self) -> i64 {
        self.found
            .as_ref()
            .map_or(i64::MAX, |&(_, distance)| distance)
    }

    fn offer(&mut self, trial: Trial<C>, wanted: &[Block; C]) {
        let distance = trial.distance(wanted);
        if distance < self.distance() {
            self.found = Some((trial, distance));
        }
    }
}

/// Scales all but DC to `contrast` eighths and drops what isn't kept.
fn reduce<const C: usize>(
    wanted: &[Block; C],
    keeps: impl Fn(usize) -> bool,
    contrast: i32,
) -> [Block; C] {
    each(|c| {
        std::array::from_fn(|i| match i {
            0 => wanted[c][0],
            _ if keeps(i) => wanted[c][i] * contrast / 8,
            _ => 0,
        })
    })
}

fn forward(samples: &Block) -> Block {
    let mut spectrum = *samples;
    dct::forward(&mut spectrum);
    spectrum
}

fn each<const C: usize>(make: impl Fn(usize) -> Block) -> [Block; C] {
    std::array::from_fn(make)
}
