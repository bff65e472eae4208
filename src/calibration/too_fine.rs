// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Steps that are too fine for a perturbation.

use crate::codec::perturbation_reach;
use crate::tables::QuantTable;

/// A step that is too fine for a perturbation: even where a block sits exactly on its lattice point, the
/// perturbation moves the coefficient by more than half the step.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "Step {step} at (u={}, v={}) is too fine for epsilon={epsilon}: at least {needed} is needed",
    index % 8, index / 8
)]
pub struct TooFine {
    /// The coefficient, in natural order.
    pub index: usize,
    /// Its step.
    pub step: u8,
    /// The distance that the perturbation moves it, in levels.
    pub reach: f64,
    /// The least step for which that is less than half a step.
    pub needed: u32,
    /// The perturbation, in levels.
    pub epsilon: f64,
}

impl TooFine {
    /// The coefficient of `table` that a perturbation of at most `epsilon` levels in every sample flips
    /// most easily, even where the block sits exactly on its lattice point; `None` if it flips none.
    pub fn find(table: &QuantTable, epsilon: f64) -> Option<Self> {
        let candidate = |(index, &step): (usize, &u8)| {
            let reach = perturbation_reach(index, epsilon);
            // Half a step is 4 eighths of a level for each level, and a tie may round away.
            let needed = (reach + 1).div_ceil(4);
            (u32::from(step) < needed).then_some(Self {
                index,
                step,
                reach: f64::from(reach) / 8.0,
                needed,
                epsilon,
            })
        };
        let candidates = table.steps().iter().enumerate().filter_map(candidate);
        candidates.max_by(|a, b| {
            let overshoot = |fine: &Self| fine.reach / f64::from(fine.step);
            overshoot(a)
                .total_cmp(&overshoot(b))
                .then(b.index.cmp(&a.index))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::block::AREA;
    use crate::tables::presets;

    #[test]
    fn the_most_vulnerable_step_is_found() {
        // A level in every sample moves DC by 8 levels, and a tie at 16 / 2 rounds away.
        let mut steps = [40; AREA];
        steps[0] = 16;
        steps[9] = 15;
        let fine = TooFine::find(&QuantTable::new(steps).unwrap(), 1.0).unwrap();
        assert_eq!((fine.index, fine.needed, fine.reach), (0, 17, 8.0));
        let text = "Step 16 at (u=0, v=0) is too fine for epsilon=1: at least 17 is needed";
        assert_eq!(fine.to_string(), text);
        steps[0] = 17;
        let fine = TooFine::find(&QuantTable::new(steps).unwrap(), 1.0);
        assert_eq!(
            fine.map(|fine| fine.index),
            (perturbation_reach(9, 1.0) > 59).then_some(9)
        );
        steps[9] = 17;
        assert_eq!(TooFine::find(&QuantTable::new(steps).unwrap(), 1.0), None);
    }

    #[test]
    fn certified_tables_and_epsilon_0_pass() {
        let finest = QuantTable::new([1; AREA]).unwrap();
        assert_eq!(TooFine::find(&finest, 0.0), None);
        for epsilon in [0.5, 1.0, 2.0, 15.0] {
            assert_eq!(TooFine::find(&presets::certified(epsilon), epsilon), None);
        }
    }

    #[test]
    fn the_needed_step_is_enough() {
        for eighths in 1..=40 {
            let epsilon = f64::from(eighths) / 8.0;
            let fine = TooFine::find(&QuantTable::new([1; AREA]).unwrap(), epsilon).unwrap();
            let enough = QuantTable::new([u8::try_from(fine.needed).unwrap(); AREA]).unwrap();
            assert_eq!(TooFine::find(&enough, epsilon), None);
        }
    }
}
