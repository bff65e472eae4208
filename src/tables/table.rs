// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The types of quantization tables.

use std::fmt;
use std::num::NonZeroU8;

use crate::codec::block::{AREA, SIDE};

/// A quantization table: 64 steps of 1..=255 in natural order (8 * v + u, with v the vertical and u
/// the horizontal frequency), in units of the orthonormal DCT of samples 0..=255.
///
/// `Display` writes the text that `cjpeg -qtables` and [`file::parse`](super::file::parse) read:
/// eight lines of eight steps, the last one ended by a newline too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuantTable([u8; AREA]);

impl QuantTable {
    /// Takes `steps` in natural order. None if one of them is 0, which divides nothing.
    pub const fn new(steps: [u8; AREA]) -> Option<Self> {
        let mut index = 0;
        while index < AREA {
            if steps[index] == 0 {
                return None;
            }
            index += 1;
        }
        Some(Self(steps))
    }

    /// The steps in natural order, each 1..=255.
    pub const fn steps(&self) -> &[u8; AREA] {
        &self.0
    }
}

impl From<[NonZeroU8; AREA]> for QuantTable {
    /// Takes steps in natural order.
    fn from(steps: [NonZeroU8; AREA]) -> Self {
        Self(steps.map(NonZeroU8::get))
    }
}

impl fmt::Display for QuantTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chunks_exact(SIDE)
            .try_for_each(|row| writeln!(f, "{}", row_text(row)))
    }
}

fn row_text(row: &[u8]) -> String {
    let columns: Vec<_> = row.iter().map(|step| format!("{step:3}")).collect();
    columns.join(" ")
}

/// The tables in force: one for luma (and for every channel of RGB and gray), and possibly one of
/// its own for chroma.
///
/// `Display` writes the tables one after the other as [`QuantTable`] does: a table file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    luma: QuantTable,
    chroma: Option<QuantTable>,
}

impl Tables {
    /// Pairs the tables. With `chroma` None, chroma is quantized as luma is.
    pub const fn new(luma: QuantTable, chroma: Option<QuantTable>) -> Self {
        Self { luma, chroma }
    }

    /// The table for luma and for the channels of RGB and gray.
    pub fn luma(&self) -> &QuantTable {
        &self.luma
    }

    /// The table for chroma: luma's where chroma has none of its own.
    pub fn chroma(&self) -> &QuantTable {
        self.chroma.as_ref().unwrap_or(&self.luma)
    }

    /// The table that chroma has of its own, if any.
    pub fn own_chroma(&self) -> Option<&QuantTable> {
        self.chroma.as_ref()
    }
}

impl From<QuantTable> for Tables {
    /// One table for everything.
    fn from(table: QuantTable) -> Self {
        Self::new(table, None)
    }
}

impl fmt::Display for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.luma.fmt(f)?;
        match &self.chroma {
            Some(chroma) => write!(f, "\n{chroma}"),
            None => Ok(()),
        }
    }
}

/// The step nearest to `value`: 1 for 0, 255 for everything above, `value` otherwise.
pub fn nearest_step(value: u32) -> NonZeroU8 {
    u8::try_from(value).map_or(NonZeroU8::MAX, |step| {
        NonZeroU8::new(step).unwrap_or(NonZeroU8::MIN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_0_is_refused() {
        assert!(QuantTable::new([1; AREA]).is_some());
        for index in 0..AREA {
            let mut steps = [255; AREA];
            steps[index] = 0;
            assert_eq!(QuantTable::new(steps), None);
        }
    }

    #[test]
    fn prints_eight_aligned_lines_of_eight() {
        let mut steps = std::array::from_fn(|index| index as u8 + 1);
        steps[63] = 255;
        let text = QuantTable::new(steps).unwrap().to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[0], "  1   2   3   4   5   6   7   8");
        assert_eq!(lines[7], " 57  58  59  60  61  62  63 255");
        assert!(text.ends_with("255\n"));
    }

    #[test]
    fn the_nearest_step_is_within_1_to_255() {
        let steps = [0, 1, 2, 255, 256, u32::MAX].map(|value| nearest_step(value).get());
        assert_eq!(steps, [1, 1, 2, 255, 255, 255]);
    }

    #[test]
    fn chroma_falls_back_to_luma() {
        let luma = QuantTable::new([30; AREA]).unwrap();
        let tables = Tables::from(luma);
        assert_eq!(tables.chroma(), &luma);
        assert_eq!(tables, Tables::new(luma, None));
    }
}
