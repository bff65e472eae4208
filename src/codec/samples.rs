// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The lattice of samples: values so far apart that no small perturbation leads from one to the next.

/// Values that are `2 * radius + 1` apart, to the nearest of which samples are rounded.
///
/// # What a rounded frame withstands
///
/// For a radius r the values are o + k*s, k = 0..n-1, with
///
/// ```text
///     s = 2*r + 1,    n = ceil(256 / s),    o = floor((255 - (n-1)*s) / 2).
/// ```
///
/// All of them are samples: as n-1 < 256 / s, (n-1)*s is at most 255, so o is at least 0 and the last value at
/// most 255. There are as many as there can be, if they are to be s apart.
///
/// *No sample changes by more than r.* Between two values, a sample is at most r from one of them, and there is
/// no tie, as s is odd. Below the first value it is at most o away, and above the last one at most
/// 255 - (n-1)*s - o = ceil((255 - (n-1)*s) / 2). As n*s is at least 256, 255 - (n-1)*s is at most s - 1 = 2*r,
/// and both are at most r.
///
/// *Every perturbation within r is undone.* Let v be a value, and e with |e| <= r what is added to it. Any
/// other value is at least s - r = r + 1 away from v + e, so v is the nearest one. Where v + e leaves
/// 0..=255 and is clipped, e only shrinks, as v lies within. With e = 0, v is a fixed point. So samples come
/// back one by one, whatever an attacker knows of the lattice, also after a crop, a flip or with planes in
/// another order. A change of r + 1, however, can turn v into the next value, s away.
///
/// One pass of this is the bit depth reduction of Xu et al., "Feature Squeezing", NDSS 2018, with the values
/// in the middle of their cells.
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
        // Rounding half a step more down is rounding to the nearest.
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

/// The lowest value of a lattice with this step, as far above 0 as the highest one is below 255, or one less.
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
