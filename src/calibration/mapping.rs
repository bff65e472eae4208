// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! From statistics to tables.

use std::fmt;
use std::num::NonZeroU8;

use super::Spectrum;
use super::statistics::{self, Statistics};
use crate::codec::block::AREA;
use crate::codec::perturbation_reach;
use crate::tables::{QuantTable, Tables, bands, deepn, presets};

/// How standard deviations become steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mapping {
    /// The `as_count` coefficients of largest standard deviation get `as_step`, the others `md_step`
    /// ([`bands::two_step`]).
    TwoStep {
        /// Step of the accuracy-sensitive band.
        as_step: NonZeroU8,
        /// Step of the malicious-defence band.
        md_step: NonZeroU8,
        /// Size of the accuracy-sensitive band, at most 64.
        as_count: usize,
    },
    /// The step falls with the standard deviation ([`deepn`]).
    DeepN,
    /// The table that certifies a radius ([`presets::certified`]), whatever the footage.
    Certified {
        /// The radius, in levels.
        epsilon: f64,
    },
}

/// What a mapping makes of statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The tables; chroma has its own where there was chroma and the mapping looks at the footage.
    pub tables: Tables,
    /// The band of each luma coefficient in natural order, 0 the most sensitive one.
    pub luma_bands: [u8; AREA],
    /// The band of each chroma coefficient.
    pub chroma_bands: [u8; AREA],
}

impl Mapping {
    /// The tables for the footage that `statistics` are of.
    pub fn derive(&self, statistics: &Statistics) -> Derived {
        let (luma, luma_bands) = self.table(statistics.luma());
        let (chroma, chroma_bands) = self.table(statistics.chroma());
        let has_own = statistics.chroma().blocks() > 0 && !matches!(self, Self::Certified { .. });
        Derived {
            tables: Tables::new(luma, has_own.then_some(chroma)),
            luma_bands,
            chroma_bands,
        }
    }

    /// The table for one kind of components, and the band of each coefficient.
    fn table(&self, spectrum: &Spectrum) -> (QuantTable, [u8; AREA]) {
        let deviations = spectrum.deviations();
        match *self {
            Self::TwoStep {
                as_step,
                md_step,
                as_count,
            } => {
                let ranking = bands::rank(&deviations);
                let sensitive = &ranking[..as_count.min(AREA)];
                let band = |index| u8::from(!sensitive.contains(&(index as u8)));
                (
                    bands::two_step(as_step, md_step, sensitive),
                    std::array::from_fn(band),
                )
            }
            Self::DeepN => {
                let bands = deviations.map(|deviation| deepn::band(deviation) as u8);
                (deepn::table(&deviations), bands)
            }
            Self::Certified { epsilon } => (presets::certified(epsilon), [0; AREA]),
        }
    }

    /// What the bands are, for people; empty where there are none.
    pub fn bands(&self) -> String {
        match self {
            Self::TwoStep { as_count, .. } => {
                format!("the accuracy-sensitive band, the {as_count} of largest standard deviation")
            }
            Self::DeepN => format!(
                "standard deviations above {}, above {} and up to {} levels",
                deepn::T2,
                deepn::T1,
                deepn::T1
            ),
            Self::Certified { .. } => String::new(),
        }
    }
}

impl fmt::Display for Mapping {
    /// As the properties say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoStep {
                as_step,
                md_step,
                as_count,
            } => write!(
                f,
                "mapping=two-step as-count={as_count} as-step={as_step} md-step={md_step}"
            ),
            Self::DeepN => f.write_str("mapping=deepn"),
            Self::Certified { epsilon } => write!(f, "mapping=certified epsilon={epsilon}"),
        }
    }
}

impl Derived {
    /// The tables as a file that [`tables::file`](crate::tables::file) and `cjpeg -qtables` read, with
    /// comments that tell where they come from.
    pub fn table_file(&self, statistics: &Statistics, mapping: &Mapping) -> String {
        let mode = statistics::name(statistics.color_mode());
        let frames = statistics.frames();
        let luma = self.tables.luma();
        let mut text = format!(
            "# featurecalibrate {mapping}: {frames} frames, color-mode={mode}\n\
             # luma, RGB and grey\n{luma}"
        );
        if self.tables.chroma() != luma {
            text += &format!("# chroma\n{}", self.tables.chroma());
        }
        text
    }
}

/// A step through which an attack comes.
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
    /// How far the perturbation moves it, in levels.
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
    use crate::codec::block::ZIGZAG;
    use crate::codec::{ColorMode, TableSlot};
    use crate::tables::nearest_step;

    /// Luma deviates by k levels at the k-th coefficient of the zig-zag, chroma by 63 - k.
    fn statistics() -> Statistics {
        let mut statistics = Statistics::new(ColorMode::Native, None);
        let values: [i16; AREA] = std::array::from_fn(|k| 8 * k as i16);
        let luma = [values, values.map(|value| -value)];
        let chroma = luma.map(|mut block| {
            block.reverse();
            block
        });
        let components = [
            (TableSlot::Luma, &luma[..]),
            (TableSlot::Chroma, &chroma[..]),
        ];
        statistics.add_frame("I420", components, None).unwrap();
        statistics
    }

    #[test]
    fn two_step_ranks_luma_and_chroma_apart() {
        let mapping = Mapping::TwoStep {
            as_step: nearest_step(3),
            md_step: nearest_step(40),
            as_count: 10,
        };
        let derived = mapping.derive(&statistics());
        let step = |table: &QuantTable, k: usize| table.steps()[usize::from(ZIGZAG[k])];
        for (k, index) in ZIGZAG.into_iter().enumerate() {
            let (luma, chroma) = (derived.tables.luma(), derived.tables.chroma());
            assert_eq!(step(luma, k), if k >= 54 { 3 } else { 40 });
            assert_eq!(step(chroma, k), if k < 10 { 3 } else { 40 });
            let band = derived.luma_bands[usize::from(index)];
            assert_eq!(band, u8::from(k < 54));
        }
    }

    #[test]
    fn deepn_takes_each_deviation_for_itself() {
        let derived = Mapping::DeepN.derive(&statistics());
        let step = |k: usize| derived.tables.luma().steps()[usize::from(ZIGZAG[k])];
        assert_eq!([0, 20, 60, 63].map(step), [255, 60, 20, 51]);
        assert_eq!(derived.luma_bands[usize::from(ZIGZAG[63])], 0);
    }

    #[test]
    fn certified_is_one_table_for_all() {
        let derived = Mapping::Certified { epsilon: 1.5 }.derive(&statistics());
        assert_eq!(derived.tables, presets::certified(1.5).into());
    }

    #[test]
    fn without_chroma_there_is_one_table() {
        let mut grey = Statistics::new(ColorMode::Native, None);
        let blocks = [[7; AREA]];
        let component = (TableSlot::Luma, &blocks[..]);
        grey.add_frame("GRAY8", [component], None).unwrap();
        let derived = Mapping::DeepN.derive(&grey);
        assert_eq!(derived.tables, Tables::from(*derived.tables.luma()));
    }

    #[test]
    fn table_files_are_read_as_the_tables() {
        for mapping in [Mapping::DeepN, Mapping::Certified { epsilon: 1.0 }] {
            let derived = mapping.derive(&statistics());
            let text = derived.table_file(&statistics(), &mapping);
            let read = crate::tables::file::parse(text.as_bytes()).unwrap();
            assert_eq!(read.luma(), derived.tables.luma());
            assert_eq!(read.chroma(), derived.tables.chroma());
            let head = format!("# featurecalibrate {mapping}: 1 frames, color-mode=native\n");
            assert!(text.starts_with(&head), "{text}");
        }
    }

    #[test]
    fn the_step_that_lets_the_most_through_is_found() {
        // A level in every sample moves DC by 8 levels, and a tie at 16 / 2 rounds away.
        let mut steps = [40; AREA];
        steps[0] = 16;
        steps[9] = 15;
        let fine = TooFine::find(&QuantTable::new(steps).unwrap(), 1.0).unwrap();
        assert_eq!((fine.index, fine.needed, fine.reach), (0, 17, 8.0));
        assert!(fine.to_string().contains("(u=0, v=0)"), "{fine}");
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
    fn certified_tables_and_no_perturbation_at_all_pass() {
        let finest = QuantTable::new([1; AREA]).unwrap();
        assert_eq!(TooFine::find(&finest, 0.0), None);
        for epsilon in [0.5, 1.0, 2.0, 15.0] {
            assert_eq!(TooFine::find(&presets::certified(epsilon), epsilon), None);
        }
    }

    #[test]
    fn what_is_needed_is_enough() {
        for eighths in 1..=40 {
            let epsilon = f64::from(eighths) / 8.0;
            let fine = TooFine::find(&QuantTable::new([1; AREA]).unwrap(), epsilon).unwrap();
            let enough = QuantTable::new([u8::try_from(fine.needed).unwrap(); AREA]).unwrap();
            assert_eq!(TooFine::find(&enough, epsilon), None);
        }
    }
}
