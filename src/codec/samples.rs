// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The lattice of samples: values so far apart that no small perturbation leads from one to the next.
//!
//! # What a rounded frame withstands
//!
//! With a radius r the values are r apart on either side of the cells that round to them:
//!
//! ```text
//!     s = 2*r + 1,    n = ceil(256 / s),    o = floor((255 - (n-1)*s) / 2),    o + k*s for k = 0..n-1.
//! ```
//!
//! All of them are samples: (n-1)*s < 256, as n-1 < 256 / s, so o is not negative, and the last value
//! exceeds 255 no more than the first one falls below 0.
//!
//! *No sample changes by more than r.* Between two values it is nearer than s / 2 to one of them, and s is
//! odd. Below the first one it is at most o away, and above the last one at most 255 - (n-1)*s - o =
//! ceil((255 - (n-1)*s) / 2). As n*s >= 256, 255 - (n-1)*s is at most s - 1 = 2*r, so both are at most r.
//! The nearest value is never left to chance either, since a tie would be s / 2 away from both.
//!
//! *Every perturbation within r is undone.* Let v be a value, and e with |e| <= r what is added to it. Any
//! other value is at least s - r = r + 1 away from v + e, so v is the nearest one. Where v + e leaves
//! 0..=255 and is clipped, e only shrinks, as v itself lies within. So the samples come back one by one,
//! whatever the attacker knows of the lattice; and v itself, with e = 0, is a fixed point.
//!
//! The radius can't be had with more values: cells of 2*r + 1 samples each have to be disjoint within
//! 256. No block grid is involved, so that a crop, a flip or another order of planes in between changes
//! nothing. A step beyond the radius, however, is a jump of s.
//!
//! One pass of this is the bit depth reduction of Xu et al., "Feature Squeezing", NDSS 2018, with the values
//! in the middle of their cells.

/// Values that are `2 * radius + 1` apart, to the nearest of which samples are rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleLattice {
    radius: u8,
    /// The nearest value of each sample.
    nearest: [u8; 256],
}

impl SampleLattice {
    /// Largest radius.
    pub const MAX_RADIUS: u8 = 15;

    /// The lattice that undoes every change of a sample by at most `radius`, 1..=[`Self::MAX_RADIUS`]; `None`
    /// for another one.
    pub fn new(radius: u8) -> Option<Self> {
        if !(1..=Self::MAX_RADIUS).contains(&radius) {
            return None;
        }
        let step = 2 * u16::from(radius) + 1;
        let first = first(step);
        // Half a step more, and rounded down, is rounded to the nearest.
        let nearest = |sample: u16| first + (sample + u16::from(radius) - first) / step * step;
        Some(Self {
            radius,
            nearest: std::array::from_fn(|sample| nearest(sample as u16) as u8),
        })
    }

    /// Largest change of a sample, in levels of 0..=255, that is undone.
    pub fn radius(&self) -> u8 {
        self.radius
    }

    /// The distance of two values: `2 * radius + 1`.
    pub fn step(&self) -> u8 {
        2 * self.radius + 1
    }

    /// The lowest value.
    pub fn first(&self) -> u8 {
        self.nearest[0]
    }

    /// The nearest value.
    #[inline(always)]
    pub fn nearest(&self, sample: u8) -> u8 {
        self.nearest[usize::from(sample)]
    }
}

/// The lowest value of a lattice with this step: both ends of 0..=255 are equally far from one, but for
/// half a level.
fn first(step: u16) -> u16 {
    let count = 256u16.div_ceil(step);
    (255 - (count - 1) * step) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattices() -> impl Iterator<Item = SampleLattice> {
        (1..=SampleLattice::MAX_RADIUS).map(|radius| SampleLattice::new(radius).expect("a radius"))
    }

    #[test]
    fn other_radii_are_refused() {
        assert_eq!(SampleLattice::new(0), None);
        assert_eq!(SampleLattice::new(SampleLattice::MAX_RADIUS + 1), None);
        assert_eq!(SampleLattice::new(255), None);
    }

    #[test]
    fn samples_go_to_the_nearest_value() {
        for lattice in lattices() {
            let step = 2 * i32::from(lattice.radius()) + 1;
            let count = (256 + step - 1) / step;
            let first = (255 - (count - 1) * step) / 2;
            let values: Vec<i32> = (0..count).map(|k| first + k * step).collect();
            assert!(values.iter().all(|value| (0..=255).contains(value)));
            for sample in 0..=255 {
                let distance = |value: &&i32| (sample - **value).abs();
                let nearest = values.iter().min_by_key(distance).expect("a value");
                assert_eq!(i32::from(lattice.nearest(sample as u8)), *nearest);
                let ties = values.iter().filter(|v| distance(v) == distance(&nearest));
                assert_eq!(ties.count(), 1, "radius {}: {sample}", lattice.radius());
                assert!(distance(&nearest) <= i32::from(lattice.radius()));
            }
        }
    }

    #[test]
    fn every_perturbation_within_the_radius_is_undone() {
        for lattice in lattices() {
            let radius = i32::from(lattice.radius());
            for sample in 0..=255 {
                let value = lattice.nearest(sample);
                for change in -radius..=radius {
                    let perturbed = (i32::from(value) + change).clamp(0, 255) as u8;
                    assert_eq!(lattice.nearest(perturbed), value, "{value} + {change}");
                }
            }
        }
    }

    #[test]
    fn a_step_beyond_the_radius_leads_to_the_next_value() {
        for lattice in lattices() {
            let beyond = lattice.first() + lattice.radius() + 1;
            let next = lattice.first() + lattice.step();
            assert_eq!(lattice.nearest(beyond), next);
        }
    }
}
