// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Statistics as JSON.
//!
//! ```json
//! {
//! "format":"featuredistill-calibration","version":1,"color-mode":"native","frames":2,
//! "formats":{"I420":2},
//! "luma":{"blocks":4760,"frequencies":[
//! {"u":0,"v":0,"mean":-9.5,"std":41.2,"sum":-361760,"sum-of-squares":544321100,
//!  "histogram":{"first":-120,"counts":[1,0,3]}}, ...]},
//! "chroma":{"blocks":2400,"frequencies":[...]},
//! "certified":{"epsilon":1.0,"table":[24,...],"samples":456960,"squared-change":9511310,"blocks":7160,
//!  "moved":31,"unsettled":0,"psnr":44.9,"moved-share":0.0043}
//! }
//! ```
//!
//! `sum` and `sum-of-squares` are of the coefficients in eighths of a level; `mean` and `std` are in
//! levels. A histogram counts the coefficients by their nearest whole level, halves away from zero;
//! `first` is the level of its first count. `chroma` is missing where there is none, `certified` where
//! the footage wasn't settled. Frequencies are in natural order (u is the horizontal one).
//!
//! Whatever can be computed from other values (`mean`, `std`, `psnr`, ...) is there for the reader; it
//! has to agree with them. Equal statistics give equal bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::ser::{CompactFormatter, Formatter};

use super::moments::Moments;
use super::settling::Settling;
use super::spectrum::{CELLS, LARGEST, Spectrum};
use super::statistics::Statistics;
use crate::codec::ColorMode;
use crate::codec::block::{AREA, SIDE};
use crate::tables::QuantTable;
use crate::tables::content::{self, Unreadable};
use crate::tables::presets::MAX_EPSILON;

/// What the file says that it is.
pub const FORMAT: &str = "featuredistill-calibration";

/// The version that is written, and the only one that is read.
pub const VERSION: u64 = 1;

/// The largest file that [`read`] takes, in bytes: 16 MiB, more than any that is written.
pub const MAX_BYTES: u64 = 16 << 20;

/// How much of a file an error shows, in characters.
const SHOWN: usize = 300;

/// How far a derived value may be off, relatively: those of other programs may be rounded.
const TOLERANCE: f64 = 1e-6;

/// Statistics that can't be read; displays as `PATH: CAUSE`.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct StatisticsFileError {
    /// The file as it was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: Cause,
}

/// Why statistics can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The file can't be opened or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a directory, a pipe or a device.
    #[error("not a regular file")]
    NotAFile,
    /// It has more than [`MAX_BYTES`].
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is JSON of another kind: that one, in printable ASCII and cut if it is long.
    #[error("says that its format is `{0}`, expected `{FORMAT}`")]
    Format(String),
    /// It was written by another version.
    #[error("has version {0}, expected {VERSION}: gather the statistics again with this version")]
    Version(u64),
    /// It isn't JSON, or something in it is missing or wrong.
    #[error("{problem} at line {line} column {column}")]
    Content {
        /// What is wrong: printable ASCII, one line, cut if it is long.
        problem: String,
        /// In which line, from 1.
        line: usize,
        /// At which byte of it.
        column: usize,
    },
}

impl From<serde_json::Error> for Cause {
    /// What the JSON reader says quotes the file, which somebody else may have written.
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let problem = text.strip_suffix(&place).unwrap_or(&text);
        Self::Content {
            problem: show(problem),
            line,
            column,
        }
    }
}

/// `found` for an error: printable ASCII, one line, short.
fn show(found: &str) -> String {
    let mut shown = String::new();
    for char in found.chars() {
        let escaped = match char {
            ' '..='~' => char.to_string(),
            _ => char.escape_default().to_string(),
        };
        if shown.len() + escaped.len() > SHOWN {
            return shown + "...";
        }
        shown += &escaped;
    }
    shown
}

/// Reads the statistics in the file at `path`.
///
/// # Errors
/// If the file can't be read, isn't a regular file, has more than [`MAX_BYTES`], or holds what [`parse`]
/// refuses. The error names the file.
pub fn read(path: &Path) -> Result<Statistics, StatisticsFileError> {
    load(path).map_err(|cause| StatisticsFileError {
        path: path.to_owned(),
        cause,
    })
}

fn load(path: &Path) -> Result<Statistics, Cause> {
    let bytes = content::read(path, MAX_BYTES).map_err(|unreadable| match unreadable {
        Unreadable::Io(error) => Cause::Io(error),
        Unreadable::NotAFile => Cause::NotAFile,
        Unreadable::TooLarge => Cause::TooLarge,
    })?;
    parse(&bytes)
}

/// Reads statistics out of JSON.
///
/// # Errors
/// If it isn't the JSON that [`write()`] writes, or the numbers in it contradict each other. The error
/// says what is wrong and in which line and column.
pub fn parse(bytes: &[u8]) -> Result<Statistics, Cause> {
    let Head { format, version } = serde_json::from_slice(bytes)?;
    if format != FORMAT {
        return Err(Cause::Format(show(&format)));
    }
    if version != VERSION {
        return Err(Cause::Version(version));
    }
    let Checked(statistics, _): CheckedStatistics = serde_json::from_slice(bytes)?;
    Ok(statistics)
}

/// Writes statistics as JSON, a line for each frequency.
pub fn write(statistics: &Statistics) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Lines::default());
    Document::from(statistics)
        .serialize(&mut serializer)
        .expect("a vector grows, and all keys are strings");
    bytes.push(b'\n');
    bytes
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

/// The whole file. What is read is checked part by part, so that errors come with a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Document<S, C> {
    format: String,
    version: u64,
    color_mode: Mode,
    frames: u64,
    formats: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    luma: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chroma: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certified: Option<C>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Native,
    YCbCr,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpectrumPart<F> {
    blocks: u64,
    frequencies: Vec<F>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FrequencyPart {
    u: usize,
    v: usize,
    mean: f64,
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
    moved_share: f64,
}

impl From<&Statistics> for Document<SpectrumPart<FrequencyPart>, SettlingPart> {
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

impl From<&Spectrum> for SpectrumPart<FrequencyPart> {
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

/// `T`, made of an object that is a `P` and passes the checks.
struct Checked<P, T>(T, PhantomData<P>);

impl<'de, P: Deserialize<'de>, T: TryFrom<P, Error = String>> Deserialize<'de> for Checked<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Checker(PhantomData))
    }
}

/// Reads and checks an object. The checks are a part of reading it, so that what fails comes with the
/// line that the object is in.
struct Checker<P, T>(PhantomData<(P, T)>);

impl<'de, P: Deserialize<'de>, T: TryFrom<P, Error = String>> Visitor<'de> for Checker<P, T> {
    type Value = Checked<P, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let part = P::deserialize(MapAccessDeserializer::new(map))?;
        let checked = T::try_from(part).map_err(A::Error::custom)?;
        Ok(Checked(checked, PhantomData))
    }
}

type CheckedStatistics = Checked<Document<CheckedSpectrum, CheckedSettling>, Statistics>;
type CheckedSpectrum = Checked<SpectrumPart<CheckedFrequency>, Spectrum>;
type CheckedFrequency = Checked<FrequencyPart, Frequency>;
type CheckedSettling = Checked<SettlingPart, Settling>;

/// What is known of one frequency.
struct Frequency {
    index: usize,
    count: u64,
    moments: Moments,
    histogram: [u64; CELLS],
}

impl TryFrom<Document<CheckedSpectrum, CheckedSettling>> for Statistics {
    type Error = String;

    fn try_from(document: Document<CheckedSpectrum, CheckedSettling>) -> Result<Self, String> {
        let Document {
            frames, formats, ..
        } = document;
        let counted = total(formats.values())?;
        if counted != frames {
            return Err(format!(
                "formats has {counted} frames, expected frames={frames}"
            ));
        }
        let luma = document.luma.map_or_else(Spectrum::default, |part| part.0);
        let chroma = document
            .chroma
            .map_or_else(Spectrum::default, |part| part.0);
        if (frames == 0) != (luma.blocks == 0) {
            return Err(format!(
                "{frames} frames with {} blocks of luma",
                luma.blocks
            ));
        }
        let settling = document.certified.map(|part| part.0);
        if settling.is_some_and(|settling| (frames == 0) != (settling.blocks == 0)) {
            return Err(format!("{frames} frames, but certified counts other ones"));
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

impl TryFrom<SpectrumPart<CheckedFrequency>> for Spectrum {
    type Error = String;

    fn try_from(part: SpectrumPart<CheckedFrequency>) -> Result<Self, String> {
        let SpectrumPart {
            blocks,
            frequencies,
        } = part;
        if frequencies.len() != AREA {
            return Err(format!(
                "{} frequencies, expected {AREA}",
                frequencies.len()
            ));
        }
        if blocks == 0 {
            return Err("blocks is 0, expected at least 1".to_string());
        }
        let mut spectrum = Spectrum {
            blocks,
            ..Spectrum::default()
        };
        for (expected, Checked(frequency, _)) in frequencies.into_iter().enumerate() {
            let (u, v) = (expected % SIDE, expected / SIDE);
            if frequency.index != expected {
                return Err(format!("frequency {expected} isn't u={u} v={v}"));
            }
            if frequency.count != blocks {
                let count = frequency.count;
                return Err(format!(
                    "the histogram of u={u} v={v} counts {count}, expected blocks={blocks}"
                ));
            }
            spectrum.moments[expected] = frequency.moments;
            spectrum.histograms[expected] = frequency.histogram;
        }
        Ok(spectrum)
    }
}

impl TryFrom<FrequencyPart> for Frequency {
    type Error = String;

    fn try_from(part: FrequencyPart) -> Result<Self, String> {
        let FrequencyPart { u, v, .. } = part;
        if u >= SIDE || v >= SIDE {
            return Err(format!("u={u} v={v}, expected 0 to {}", SIDE - 1));
        }
        let histogram = cells(&part.histogram)?;
        let count = total(&histogram)?;
        let moments = Moments {
            sum: part.sum,
            squares: part.sum_of_squares,
        };
        let (sums, squares) = bounds(&histogram);
        if !sums.contains(&moments.sum) {
            return Err(format!("sum={} can't be with this histogram", moments.sum));
        }
        if !squares.contains(&moments.squares) {
            let squares = moments.squares;
            return Err(format!(
                "sum-of-squares={squares} can't be with this histogram"
            ));
        }
        agrees("mean", part.mean, moments.mean(count))?;
        agrees("std", part.std, moments.deviation(count))?;
        Ok(Self {
            index: v * SIDE + u,
            count,
            moments,
            histogram,
        })
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
        match (part.psnr, settling.psnr()) {
            (Some(found), Some(psnr)) => agrees("psnr", found, psnr)?,
            (None, None) => {}
            (Some(_), None) => return Err("psnr, expected none: nothing changed".to_string()),
            (None, Some(_)) => return Err("psnr is missing".to_string()),
        }
        agrees("moved-share", part.moved_share, settling.moved_share())?;
        Ok(settling)
    }
}

/// Checks a value that follows from others.
fn agrees(name: &str, found: f64, expected: f64) -> Result<(), String> {
    // (Comparing this way round refuses what isn't a number.)
    if (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0) {
        Ok(())
    } else {
        Err(format!("{name}={found}, expected {expected} from the sums"))
    }
}

fn total<'a>(counts: impl IntoIterator<Item = &'a u64>) -> Result<u64, String> {
    let mut counts = counts.into_iter();
    counts
        .try_fold(0, |sum: u64, &count| sum.checked_add(count))
        .ok_or("counts add up to 2^64 or more".to_string())
}

/// All cells of a histogram, of which the file has those from the first to the last one filled.
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

/// What sum and sum of squares, in eighths of a level, can be with a histogram.
fn bounds(
    histogram: &[u64; CELLS],
) -> (
    std::ops::RangeInclusive<i128>,
    std::ops::RangeInclusive<u128>,
) {
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

/// Compact JSON, but a line for each frequency and each part of the document.
#[derive(Default)]
struct Lines {
    depth: u32,
}

impl Formatter for Lines {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        /// Document, spectrum, frequencies.
        const OF_FREQUENCIES: u32 = 3;
        if self.depth == OF_FREQUENCIES {
            writer.write_all(b"\n")?;
        }
        self.depth += 1;
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.depth == 0 {
            writer.write_all(b"\n")?;
        }
        CompactFormatter.end_object(writer)
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        CompactFormatter.begin_object_key(writer, first)?;
        if self.depth == 1 {
            writer.write_all(b"\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{CoefficientBlock, FrameStats, TableSlot};
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = (Vec<CoefficientBlock>, Vec<CoefficientBlock>, FrameStats)>
    {
        let blocks = |least| {
            let value = prop_oneof![-8200..=8200i16, -20..=20i16];
            let block = proptest::collection::vec(value, AREA);
            let block = block.prop_map(|values| values.try_into().expect("64 values"));
            proptest::collection::vec(block, least..4usize)
        };
        (blocks(1), blocks(0), 0..5000u64).prop_map(|(luma, chroma, squared_change)| {
            let blocks = luma.len() as u64;
            let settled = FrameStats {
                samples: blocks * 64,
                squared_change,
                settled_blocks: blocks,
                moved_blocks: squared_change % (blocks + 1),
                ..FrameStats::default()
            };
            (luma, chroma, settled)
        })
    }

    fn gather(
        frames: &[(Vec<CoefficientBlock>, Vec<CoefficientBlock>, FrameStats)],
        settle: bool,
    ) -> Statistics {
        let mut statistics = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
        for (index, (luma, chroma, settled)) in frames.iter().enumerate() {
            let components = [
                (TableSlot::Luma, &luma[..]),
                (TableSlot::Chroma, &chroma[..]),
            ];
            let format = ["RGB", "I420"][index % 2];
            statistics
                .add_frame(format, components, Some(settled))
                .unwrap();
        }
        statistics
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read(
            frames in proptest::collection::vec(frame(), 0..4),
            settle in any::<bool>(),
        ) {
            let statistics = gather(&frames, settle);
            let bytes = write(&statistics);
            prop_assert!(bytes.len() as u64 <= MAX_BYTES);
            prop_assert!(parse(&bytes).unwrap() == statistics);
        }

        /// By way of files, as on many machines.
        #[test]
        fn shards_in_any_order_give_the_bytes_of_one_run(
            frames in proptest::collection::vec(frame(), 1..6),
            cuts in proptest::collection::vec(0..6usize, 3),
            order in Just([0, 1, 2, 3]).prop_shuffle(),
            settle in any::<bool>(),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(frames.len())).collect();
            cuts.sort();
            let ends = [0, cuts[0], cuts[1], cuts[2], frames.len()];
            // The formats alternate within the whole: keep them so in the parts.
            let parts = ends.windows(2).map(|ends| {
                let mut part = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
                for index in ends[0]..ends[1] {
                    let (luma, chroma, settled) = &frames[index];
                    let components = [(TableSlot::Luma, &luma[..]), (TableSlot::Chroma, &chroma[..])];
                    part.add_frame(["RGB", "I420"][index % 2], components, Some(settled)).unwrap();
                }
                write(&part)
            });
            let parts: Vec<_> = parts.collect();
            let nothing = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
            let merged = order.iter().fold(nothing, |merged, &index| {
                merged.merged(&parse(&parts[index]).unwrap()).unwrap()
            });
            prop_assert!(write(&merged) == write(&gather(&frames, settle)));
        }

        #[test]
        fn damage_is_an_error_and_no_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = write(&example());
            let at = at.index(bytes.len());
            bytes[at] = byte;
            // Some changes leave it valid (spaces, a mean in its tolerance); the others must be told.
            if let Ok(statistics) = parse(&bytes) {
                prop_assert_eq!(statistics.luma.blocks, 2);
            }
        }
    }

    fn example() -> Statistics {
        let settled = FrameStats {
            samples: 128,
            squared_change: 512,
            settled_blocks: 2,
            moved_blocks: 1,
            ..FrameStats::default()
        };
        gather(
            &[(vec![[9; AREA], [-30; AREA]], vec![[0; AREA]], settled)],
            true,
        )
    }

    #[test]
    fn there_is_a_line_for_each_frequency() {
        let text = String::from_utf8(write(&example())).unwrap();
        let lines: Vec<_> = text.lines().collect();
        // Two braces, eight parts, 64 frequencies of luma and of chroma.
        assert_eq!(lines.len(), 2 + 8 + 2 * AREA);
        assert_eq!(lines[1], r#""format":"featuredistill-calibration","#);
        assert_eq!(
            lines[8],
            r#"{"u":1,"v":0,"mean":-1.3125,"std":2.4375,"sum":-21,"sum-of-squares":981,"histogram":{"first":-4,"counts":[1,0,0,0,0,1]}},"#
        );
        assert!(text.ends_with("}\n}\n"));
    }

    /// The example with a part of it replaced.
    fn refusal(from: &str, to: &str) -> String {
        let text = String::from_utf8(write(&example())).unwrap();
        assert!(text.contains(from), "{from}");
        parse(text.replacen(from, to, 1).as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn contradictions_are_named_with_their_line() {
        for (from, to, expected) in [
            ("{\n", "[\n", "line 2"),
            (
                r#"calibration","#,
                r#"photo","#,
                "format is `featuredistill-photo`",
            ),
            (
                r#""version":1"#,
                r#""version":2"#,
                "has version 2, expected 1",
            ),
            (
                r#""frames":1"#,
                r#""frames":2"#,
                "formats has 1 frames, expected frames=2",
            ),
            (
                r#""frames":1"#,
                r#""frames":-1"#,
                "invalid value: integer `-1`, expected u64 at line 5",
            ),
            (r#""formats""#, r#""colours""#, "unknown field `colours`"),
            (r#""native""#, r#""grey""#, "unknown variant `grey`"),
            (
                r#""sum":-21,"#,
                r#""sum":-99,"#,
                "sum=-99 can't be with this histogram at line 8",
            ),
            (
                r#""sum-of-squares":981"#,
                r#""sum-of-squares":9"#,
                "sum-of-squares=9 can't be",
            ),
            (
                r#""mean":-1.3125"#,
                r#""mean":-1.3"#,
                "mean=-1.3, expected -1.3125 from the sums at line 8",
            ),
            (r#""std":2.4375"#, r#""std":2"#, "std=2, expected 2.4375"),
            (
                r#"{"u":1,"v":0"#,
                r#"{"u":8,"v":0"#,
                "u=8 v=0, expected 0 to 7 at line 9",
            ),
            (
                r#"{"u":1,"v":0"#,
                r#"{"u":0,"v":1"#,
                "frequency 1 isn't u=1 v=0 at line",
            ),
            (r#""first":-4"#, r#""first":-1051"#, "histogram from -1051"),
            (
                r#"[1,0,0,0,0,1]"#,
                r#"[1,0,0,0,0,1,0]"#,
                "starts or ends with 0",
            ),
            (
                r#"[1,0,0,0,0,1]"#,
                r#"[1,0,0,0,0,18446744073709551615]"#,
                "add up to 2^64",
            ),
            (
                r#""luma":{"blocks":2"#,
                r#""luma":{"blocks":3"#,
                "counts 2, expected blocks=3",
            ),
            (
                r#""epsilon":0.7"#,
                r#""epsilon":17"#,
                "epsilon=17, expected 0 to 15",
            ),
            (
                r#""table":["#,
                r#""table":[0,"#,
                "expected 64 steps of 1 to 255",
            ),
            (r#""moved":1"#, r#""moved":3"#, "moved=3 of blocks=2"),
            (
                r#""squared-change":512"#,
                r#""squared-change":9999999"#,
                "squared-change=9999999",
            ),
            (
                r#""samples":128"#,
                r#""samples":1"#,
                "blocks=2 of samples=1",
            ),
            (
                r#""moved-share":0.5"#,
                r#""moved-share":0.6"#,
                "moved-share=0.6, expected 0.5",
            ),
        ] {
            let from = if from.contains("native") {
                r#""ycbcr""#
            } else {
                from
            };
            let text = refusal(from, to);
            assert!(text.contains(expected), "{text}\ndoesn't say: {expected}");
        }
    }

    #[test]
    fn what_a_hostile_file_says_is_shown_on_one_short_line() {
        // JSON for line feeds, bells and a letter that isn't ASCII.
        let long = r"\n\u0007\u00e9".repeat((1 << 20) / 14);
        for (from, to, expected) in [
            (
                "featuredistill-calibration".to_string(),
                long.clone(),
                r"format is `\n\u{7}\u{e9}\n",
            ),
            (
                r#""formats""#.to_string(),
                format!(r#""{long}""#),
                r"unknown field `\n\u{7}",
            ),
            (
                r#""ycbcr""#.to_string(),
                format!(r#""{long}""#),
                r"unknown variant `\n\u{7}",
            ),
        ] {
            let text = refusal(&from, &to);
            assert!(text.contains(expected), "{expected}");
            assert!(text.len() <= SHOWN + 100, "{} characters", text.len());
            let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
            assert!(text.bytes().all(printable), "{text}");
            // However long it is, one learns where to look.
            assert!(!expected.starts_with("unknown") || text.contains(" at line "));
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let bytes = write(&example());
        for end in 0..bytes.len() - 2 {
            assert!(parse(&bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn files_that_cant_be_read_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.json");
        std::fs::File::create(&large)
            .unwrap()
            .set_len(MAX_BYTES + 1)
            .unwrap();
        let cases = [
            (folder.path().join("none.json"), "No such file"),
            (folder.path().to_owned(), "not a regular file"),
            (large, "larger than 16777216 bytes"),
        ];
        for (path, expected) in cases {
            let text = read(&path).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{}: ", path.display())), "{text}");
            assert!(text.contains(expected), "{text}");
        }
    }
}
