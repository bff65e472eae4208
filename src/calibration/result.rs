// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Statistics and the tables made of them.

use super::mapping::Mapping;
use super::statistics::{self, Statistics};
use crate::codec::block::AREA;
use crate::tables::Tables;

/// Statistics, a mapping, and the tables that it makes of them.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The statistics.
    pub statistics: Statistics,
    /// The mapping.
    pub mapping: Mapping,
    /// The tables; chroma has its own where there was chroma and the mapping looks at the footage.
    pub tables: Tables,
    /// The band of each luma coefficient in natural order, 0 the most sensitive one.
    pub luma_bands: [u8; AREA],
    /// The band of each chroma coefficient.
    pub chroma_bands: [u8; AREA],
}

impl Calibration {
    /// Makes tables of `statistics`.
    pub fn new(statistics: Statistics, mapping: Mapping) -> Self {
        let (luma, luma_bands) = mapping.table(statistics.luma());
        let (chroma, chroma_bands) = mapping.table(statistics.chroma());
        let fixed = matches!(mapping, Mapping::Certified { .. });
        let has_own = statistics.chroma().blocks() > 0 && !fixed;
        Self {
            statistics,
            mapping,
            tables: Tables::new(luma, has_own.then_some(chroma)),
            luma_bands,
            chroma_bands,
        }
    }

    /// The tables as a file that [`tables::file`](crate::tables::file) and `cjpeg -qtables` read, with
    /// comments that name their source.
    pub fn table_file(&self) -> String {
        let mode = statistics::mode_name(self.statistics.color_mode());
        let (mapping, frames) = (&self.mapping, self.statistics.frames());
        let luma = self.tables.luma();
        let mut text = format!(
            "# featurecalibrate {mapping}: {frames} frames, color-mode={mode}\n\
             # luma, RGB and gray\n{luma}"
        );
        if let Some(chroma) = self.tables.own_chroma() {
            text += &format!("# chroma\n{chroma}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::block::ZIGZAG;
    use crate::codec::{ColorMode, TableSlot};
    use crate::tables::{QuantTable, nearest_step, presets};

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
    fn two_step_ranks_luma_and_chroma_separately() {
        let mapping = Mapping::TwoStep {
            as_step: nearest_step(3),
            md_step: nearest_step(40),
            as_count: 10,
        };
        let calibration = Calibration::new(statistics(), mapping);
        let step = |table: &QuantTable, k: usize| table.steps()[usize::from(ZIGZAG[k])];
        for (k, index) in ZIGZAG.into_iter().enumerate() {
            let (luma, chroma) = (calibration.tables.luma(), calibration.tables.chroma());
            assert_eq!(step(luma, k), if k >= 54 { 3 } else { 40 });
            assert_eq!(step(chroma, k), if k < 10 { 3 } else { 40 });
            let band = calibration.luma_bands[usize::from(index)];
            assert_eq!(band, u8::from(k < 54));
        }
    }

    #[test]
    fn deepn_maps_each_deviation_to_a_step() {
        let calibration = Calibration::new(statistics(), Mapping::DeepN);
        let step = |k: usize| calibration.tables.luma().steps()[usize::from(ZIGZAG[k])];
        assert_eq!([0, 20, 60, 63].map(step), [255, 60, 20, 51]);
        assert_eq!(calibration.luma_bands[usize::from(ZIGZAG[63])], 0);
    }

    #[test]
    fn certified_gives_one_table_for_all_components() {
        let calibration = Calibration::new(statistics(), Mapping::Certified { epsilon: 1.5 });
        assert_eq!(calibration.tables, presets::certified(1.5).into());
    }

    #[test]
    fn without_chroma_there_is_one_table() {
        let mut gray = Statistics::new(ColorMode::Native, None);
        let blocks = [[7; AREA]];
        let component = (TableSlot::Luma, &blocks[..]);
        gray.add_frame("GRAY8", [component], None).unwrap();
        let calibration = Calibration::new(gray, Mapping::DeepN);
        assert_eq!(calibration.tables, Tables::from(*calibration.tables.luma()));
    }

    #[test]
    fn table_files_are_read_as_the_tables_they_hold() {
        for mapping in [Mapping::DeepN, Mapping::Certified { epsilon: 1.0 }] {
            let calibration = Calibration::new(statistics(), mapping);
            let text = calibration.table_file();
            let read = crate::tables::file::parse(text.as_bytes()).unwrap();
            assert_eq!(read.luma(), calibration.tables.luma());
            assert_eq!(read.chroma(), calibration.tables.chroma());
            let head = format!("# featurecalibrate {mapping}: 1 frames, color-mode=native\n");
            assert!(text.starts_with(&head), "{text}");
        }
    }
}
