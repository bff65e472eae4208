// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! libjpeg's quality scaling, for any table.

use std::num::NonZeroU8;

use super::table::{QuantTable, Tables, nearest_step};

impl QuantTable {
    /// The table at `quality`, 1..=100, as libjpeg scales its own: higher is finer, 50 leaves the
    /// table as it is, 100 is a step of 1 everywhere.
    ///
    /// A step becomes clamp((step * s + 50) / 100, 1, 255) with s = 5000 / quality below 50 and
    /// 200 - 2 * quality from there on. As in libjpeg, 0 counts as 1 and more than 100 as 100.
    ///
    /// Source: libjpeg's `jpeg_quality_scaling` and `jpeg_add_quant_table` with baseline forced.
    pub fn scaled(&self, quality: u8) -> Self {
        let percent = percentage(quality);
        Self::from(self.steps().map(|step| scale(step, percent)))
    }
}

impl Tables {
    /// Every table [scaled](QuantTable::scaled) by libjpeg's `quality`, 1..=100.
    pub fn scaled(&self, quality: u8) -> Self {
        let scaled = |table: &QuantTable| table.scaled(quality);
        Self::new(scaled(self.luma()), self.own_chroma().map(scaled))
    }
}

/// The scale of the steps, in per cent: 5000..=0 for qualities 1..=100.
fn percentage(quality: u8) -> u32 {
    match u32::from(quality.clamp(1, 100)) {
        low @ ..50 => 5000 / low,
        high => 200 - 2 * high,
    }
}

fn scale(step: u8, percent: u32) -> NonZeroU8 {
    nearest_step((u32::from(step) * percent + 50) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_leaves_a_table_as_it_is() {
        let table = QuantTable::new(std::array::from_fn(|index| 4 * index as u8 + 3)).unwrap();
        assert_eq!(table.scaled(50), table);
    }

    #[test]
    fn the_ends_stay_within_steps_and_qualities() {
        let table = QuantTable::new([255; 64]).unwrap();
        assert_eq!(table.scaled(1).steps(), &[255; 64]);
        assert_eq!(table.scaled(100).steps(), &[1; 64]);
        assert_eq!(table.scaled(0), table.scaled(1));
        assert_eq!(table.scaled(u8::MAX), table.scaled(100));
    }

    #[test]
    fn the_two_branches_are_libjpegs() {
        assert_eq!(
            [1, 25, 49, 50, 75, 100].map(percentage),
            [5000, 200, 102, 100, 50, 0]
        );
    }

    #[test]
    fn each_table_is_scaled_and_chroma_stays_without_its_own() {
        let [luma, chroma] = [16, 17].map(|step| QuantTable::new([step; 64]).unwrap());
        let scaled = Tables::new(luma, Some(chroma)).scaled(75);
        assert_eq!(
            (scaled.luma().steps()[0], scaled.chroma().steps()[0]),
            (8, 9)
        );
        assert_eq!(Tables::from(luma).scaled(75), luma.scaled(75).into());
    }
}
