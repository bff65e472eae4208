// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The parts of the JSON document, and the checks of each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::calibration::moments::Moments;
use crate::calibration::settling::Settling;
use crate::calibration::spectrum::{CELLS, LARGEST, Spectrum};
use crate::calibration::statistics::Statistics;
use crate::codec::ColorMode;
use crate::codec::block::{AREA, SIDE};
use crate::tables::QuantTable;
use crate::tables::presets::MAX_EPSILON;

/// The value of `format` in the file.
pub const FORMAT: &str = "featuredistill-calibration";

/// The version that is written, and the only one that is read.
pub const VERSION: u64 = 1;

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Document {
    format: String,
    version: u64,
    color_mode: Mode,
    frames: u64,
    formats: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    luma: Option<SpectrumPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chroma: Option<SpectrumPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certified: Option<SettlingPart>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Native,
    YCbCr,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpectrumPart {
    blocks: u64,
    frequencies: Vec<FrequencyPart>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FrequencyPart {
    u: usize,
    v: usize,
    #[serde(default)]
    mean: f64,
    #[serde(default)]
    std: f64,
    sum: i128,
    sum_of_squares: u128,
    histogram: HistogramPart,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistogramPart {
    first: i32,
    counts: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SettlingPart {
    epsilon: f64,
    table: Vec<u8>,
    samples: u64,
    squared_change: u64,
    blocks: u64,
    moved: u64,
    unsettled: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    #[serde(default)]
    moved_share: f64,
}

impl From<&Statistics> for Document {
    fn from(statistics: &Statistics) -> Self {
        let spectrum = |spectrum: &Spectrum| (spectrum.blocks > 0).then(|| spectrum.into());
        Self {
            format: FORMAT.to_string(),
            version: VERSION,
            color_mode: match statistics.color_mode {
                ColorMode::Native => Mode::Native,
                ColorMode::YCbCr => Mode::YCbCr,
            },
            frames: statistics.frames(),
            formats: statistics.formats.clone(),
            luma: spectrum(&statistics.luma),
            chroma: spectrum(&statistics.chroma),
            certified: statistics.settling.as_ref().map(SettlingPart::from),
        }
    }
}

impl From<&Spectrum> for SpectrumPart {
    fn from(spectrum: &Spectrum) -> Self {
        let deviations = spectrum.deviations();
        let frequency = |index| {
            let Moments { sum, squares } = spectrum.moments[index];
            let (first, counts) = spectrum.histogram(index);
            FrequencyPart {
                u: index % SIDE,
                v: index / SIDE,
                mean: spectrum.mean(index),
                std: deviations[index],
                sum,
                sum_of_squares: squares,
                histogram: HistogramPart {
                    first,
                    counts: counts.to_vec(),
                },
            }
        };
        Self {
            blocks: spectrum.blocks,
            frequencies: (0..AREA).map(frequency).collect(),
        }
    }
}

impl From<&Settling> for SettlingPart {
    fn from(settling: &Settling) -> Self {
        Self {
            epsilon: settling.epsilon,
            table: settling.table.steps().to_vec(),
            samples: settling.samples,
            squared_change: settling.squared_change,
            blocks: settling.blocks,
            moved: settling.moved,
            unsettled: settling.unsettled,
            psnr: settling.psnr(),
            moved_share: settling.moved_share(),
        }
    }
}

/// Errors say which part contradicts another one.
impl TryFrom<Document> for Statistics {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let Document {
            frames, formats, ..
        } = document;
        let counted = total(formats.values())?;
        if counted != frames {
            return Err(format!(
                "formats has {counted} frames, expected frames={frames}"
            ));
        }
        let luma = spectrum("luma", document.luma)?;
        let chroma = spectrum("chroma", document.chroma)?;
        let settling = document.certified.map(Settling::try_from);
        let settling = settling.transpose();
        let settling = settling.map_err(|problem| format!("certified: {problem}"))?;
        for (name, blocks) in [
            ("luma", luma.blocks),
            ("certified", settling.map_or(luma.blocks, |it| it.blocks)),
        ] {
            if (frames == 0) != (blocks == 0) {
                return Err(format!("{name} has {blocks} blocks of {frames} frames"));
            }
        }
        Ok(Self {
            color_mode: match document.color_mode {
                Mode::Native => ColorMode::Native,
                Mode::YCbCr => ColorMode::YCbCr,
            },
            formats,
            luma,
            chroma,
            settling,
        })
    }
}

fn spectrum(name: &str, part: Option<SpectrumPart>) -> Result<Spectrum, String> {
    let mut spectrum = Spectrum::default();
    let Some(part) = part else {
        return Ok(spectrum);
    };
    let (blocks, count) = (part.blocks, part.frequencies.len());
    if blocks == 0 || count != AREA {
        return Err(format!(
            "{name} has {count} frequencies of {blocks} blocks, expected {AREA} of at least 1"
        ));
    }
    spectrum.blocks = blocks;
    for (index, frequency) in part.frequencies.iter().enumerate() {
        let checked = frequency.check(index, blocks);
        let (moments, histogram) = checked.map_err(|problem| {
            let (u, v) = (index % SIDE, index / SIDE);
            format!("{name} u={u} v={v}: {problem}")
        })?;
        spectrum.moments[index] = moments;
        spectrum.histograms[index] = histogram;
    }
    Ok(spectrum)
}

impl FrequencyPart {
    /// The moments and the histogram, if they fit each other, their place in the file and the `blocks`.
    fn check(&self, index: usize, blocks: u64) -> Result<(Moments, [u64; CELLS]), String> {
        let Self { u, v, .. } = self;
        if (*u, *v) != (index % SIDE, index / SIDE) {
            return Err(format!("found u={u} v={v} in its place"));
        }
        let histogram = cells(&self.histogram)?;
        let count = total(&histogram)?;
        if count != blocks {
            return Err(format!(
                "the histogram counts {count}, expected blocks={blocks}"
            ));
        }
        let moments = Moments {
            sum: self.sum,
            squares: self.sum_of_squares,
        };
        let Moments { sum, squares } = moments;
        let (sums, all_squares) = bounds(&histogram);
        if !sums.contains(&sum) {
            return Err(format!("sum={sum} can't be with this histogram"));
        }
        if !all_squares.contains(&squares) {
            return Err(format!(
                "sum-of-squares={squares} can't be with this histogram"
            ));
        }
        Ok((moments, histogram))
    }
}

impl TryFrom<SettlingPart> for Settling {
    type Error = String;

    fn try_from(part: SettlingPart) -> Result<Self, String> {
        if !(0.0..=MAX_EPSILON).contains(&part.epsilon) {
            return Err(format!(
                "epsilon={}, expected 0 to {MAX_EPSILON}",
                part.epsilon
            ));
        }
        let steps = <[u8; AREA]>::try_from(part.table);
        let table = steps.ok().and_then(QuantTable::new);
        let settling = Self {
            epsilon: part.epsilon,
            table: table.ok_or(format!("table, expected {AREA} steps of 1 to 255"))?,
            samples: part.samples,
            squared_change: part.squared_change,
            blocks: part.blocks,
            moved: part.moved,
            unsettled: part.unsettled,
        };
        let Settling {
            blocks, samples, ..
        } = settling;
        for (name, count) in [("moved", part.moved), ("unsettled", part.unsettled)] {
            if count > blocks {
                return Err(format!("{name}={count} of blocks={blocks}"));
            }
        }
        // Every block has a sample, and none changes by more than 255.
        if blocks > samples || (blocks == 0) != (samples == 0) {
            return Err(format!("blocks={blocks} of samples={samples}"));
        }
        if u128::from(settling.squared_change) > u128::from(samples) * 255 * 255 {
            let change = settling.squared_change;
            return Err(format!("squared-change={change} of samples={samples}"));
        }
        Ok(settling)
    }
}

fn total<'a>(counts: impl IntoIterator<Item = &'a u64>) -> Result<u64, String> {
    let mut counts = counts.into_iter();
    counts
        .try_fold(0, |sum: u64, &count| sum.checked_add(count))
        .ok_or("counts add up to 2^64 or more".to_string())
}

/// All cells of a histogram; the file has those from the first to the last one filled.
fn cells(part: &HistogramPart) -> Result<[u64; CELLS], String> {
    let HistogramPart { first, counts } = part;
    let largest = LARGEST as i64;
    let end = i64::from(*first) + counts.len() as i64 - 1;
    if i64::from(*first) < -largest || end > largest {
        return Err(format!(
            "histogram from {first} to {end}, expected -{largest} to {largest}"
        ));
    }
    if [counts.first(), counts.last()].contains(&Some(&0)) {
        return Err("histogram starts or ends with 0".to_string());
    }
    let mut cells = [0; CELLS];
    let start = (i64::from(*first) + largest) as usize;
    cells[start..start + counts.len()].copy_from_slice(counts);
    Ok(cells)
}

/// The ranges of sum and sum of squares, in eighths of a level, that a histogram allows.
fn bounds(histogram: &[u64; CELLS]) -> (RangeInclusive<i128>, RangeInclusive<u128>) {
    let (mut sums, mut squares) = ((0, 0), (0, 0));
    for (cell, &count) in histogram.iter().enumerate() {
        let level = cell as i128 - LARGEST as i128;
        // Halves go away from zero.
        let (low, high) = match level.signum() {
            1 => (8 * level - 4, 8 * level + 3),
            -1 => (8 * level - 3, 8 * level + 4),
            _ => (-3, 3),
        };
        let count = i128::from(count);
        sums = (sums.0 + count * low, sums.1 + count * high);
        let (near, far) = match level {
            0 => (0, 3),
            _ => (low.abs().min(high.abs()), low.abs().max(high.abs())),
        };
        squares = (
            squares.0 + count * near * near,
            squares.1 + count * far * far,
        );
    }
    (sums.0..=sums.1, squares.0 as u128..=squares.1 as u128)
}
