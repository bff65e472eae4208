// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Settings as the element's properties are, and what they come down to.

use std::ffi::CString;
use std::path::PathBuf;

use gstfeaturedistill::codec::block::{AREA, ZIGZAG};
use gstfeaturedistill::codec::digest::KEY_LEN;
use gstfeaturedistill::codec::{Backend, ColorMode, DctTables, Divisors, Rounding, SampleLattice};
use gstfeaturedistill::files;
use gstfeaturedistill::tables::{QuantTable, Tables, bands, file, nearest_step, presets};
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;

/// The presets, as the element calls them.
const PRESETS: [&str; 7] = [
    "one-pass",
    "two-step",
    "released",
    "uniform",
    "certified",
    "certified-samples",
    "annex-k",
];
const COLOR_MODES: [&str; 3] = ["auto", "native", "ycbcr"];
const DIGESTS: [&str; 2] = ["none", "blake3"];

/// A table of the caller's instead of the preset's.
#[derive(FromPyObject)]
pub enum Table {
    /// One or two tables of 64 steps in natural order.
    Steps(Vec<Vec<u8>>),
    /// A file that the element's `table-file` reads.
    File(PathBuf),
}

/// The key of digests.
#[derive(FromPyObject)]
pub enum Key {
    Bytes([u8; KEY_LEN]),
    /// A file that the element's `key-file` reads.
    File(PathBuf),
}

/// Parameters that choose a preset's table, or its values of samples.
pub struct Preset<'a> {
    pub name: &'a str,
    pub epsilon: f64,
    pub as_step: u32,
    pub md_step: u32,
    pub as_count: usize,
}

impl Preset<'_> {
    /// Checks the name and the ranges.
    ///
    /// # Errors
    /// A ValueError that names the first parameter out of range.
    pub fn check(&self) -> PyResult<()> {
        one_of("preset", self.name, &PRESETS)?;
        within("epsilon", self.epsilon, 0.0, presets::MAX_EPSILON)?;
        within("as_step", self.as_step, 1, 255)?;
        within("md_step", self.md_step, 1, 255)?;
        within("as_count", self.as_count, 0, AREA)
    }

    /// The radius that settled frames are to have, in levels.
    pub fn radius(&self) -> f64 {
        if self.name == "certified" {
            self.epsilon
        } else {
            0.0
        }
    }

    /// The tables; None if samples are rounded.
    fn tables(&self) -> Option<Tables> {
        let [as_step, md_step] = [self.as_step, self.md_step].map(nearest_step);
        Some(match self.name {
            "certified-samples" => return None,
            "two-step" => bands::two_step(as_step, md_step, &ZIGZAG[..self.as_count]).into(),
            "released" => presets::released().into(),
            "uniform" => presets::uniform(md_step).into(),
            "certified" => presets::certified(self.epsilon).into(),
            "annex-k" => presets::annex_k(),
            _ => presets::one_pass(),
        })
    }
}

/// The tables in force: those of `table`, or else those of the preset; both at `quality`. None if samples are
/// rounded.
///
/// # Errors
/// A ValueError if the quality is out of range, or the table can't be read or used.
pub fn tables(preset: &Preset, table: Option<Table>, quality: u8) -> PyResult<Option<Tables>> {
    within("quality", quality, 1, 100)?;
    let tables = match table {
        None => preset.tables(),
        Some(Table::File(path)) => {
            let read = file::read(&path);
            Some(read.map_err(|error| PyValueError::new_err(format!("table: {error}")))?)
        }
        Some(Table::Steps(steps)) => Some(from_steps(&steps).ok_or_else(|| {
            PyValueError::new_err("table: expected one or two tables of 8x8 steps, each 1 to 255")
        })?),
    };
    Ok(tables.map(|tables| tables.scaled(quality)))
}

/// The lattice in force: that of `tables`, or the samples of the preset.
///
/// # Errors
/// A ValueError if there are no samples so close together.
pub fn rounding(preset: &Preset, tables: Option<&Tables>) -> PyResult<Rounding> {
    if let Some(tables) = tables {
        let [luma, chroma] =
            [tables.luma(), tables.chroma()].map(|table| Divisors::new(table.steps()));
        return Ok(DctTables { luma, chroma }.into());
    }
    // Samples change by whole levels.
    let lattice = SampleLattice::new(preset.epsilon as u8).map(Rounding::Samples);
    lattice.ok_or_else(|| {
        PyValueError::new_err(format!(
            "epsilon: found {}, expected 1 to {} with preset=\"certified-samples\"",
            preset.epsilon,
            SampleLattice::MAX_RADIUS
        ))
    })
}

fn from_steps(tables: &[Vec<u8>]) -> Option<Tables> {
    let table = |steps: &Vec<u8>| QuantTable::new(steps.as_slice().try_into().ok()?);
    match tables {
        [luma] => Some(Tables::new(table(luma)?, None)),
        [luma, chroma] => Some(Tables::new(table(luma)?, Some(table(chroma)?))),
        _ => None,
    }
}

/// The color mode for RGB. `auto` is YCbCr where the tables have one for chroma. Without tables, samples are
/// rounded as they are.
///
/// # Errors
/// A ValueError if there is no such mode.
pub fn color_mode(name: &str, tables: Option<&Tables>) -> PyResult<ColorMode> {
    one_of("color_mode", name, &COLOR_MODES)?;
    let is_ycbcr =
        |tables: &Tables| name == "ycbcr" || name == "auto" && tables.own_chroma().is_some();
    Ok(if tables.is_some_and(is_ycbcr) {
        ColorMode::YCbCr
    } else {
        ColorMode::Native
    })
}

/// True if frames get a digest.
///
/// # Errors
/// A ValueError if there is none of that name.
pub fn digest(name: &str) -> PyResult<bool> {
    one_of("digest", name, &DIGESTS)?;
    Ok(name == "blake3")
}

impl Key {
    /// The bytes. Warns of a file that others can read.
    ///
    /// # Errors
    /// A ValueError if the file can't be read or holds no key.
    pub fn bytes(self, py: Python<'_>) -> PyResult<[u8; KEY_LEN]> {
        let path = match self {
            Self::Bytes(bytes) => return Ok(bytes),
            Self::File(path) => path,
        };
        let key = files::Key::read(&path)
            .map_err(|error| PyValueError::new_err(format!("key: {error}")))?;
        if key.is_readable_by_others() {
            let text = format!(
                "Others can read the key file {}. Let only its owner read it (chmod 600).",
                path.display()
            );
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(text)?, 1)?;
        }
        Ok(*key.bytes())
    }
}

/// The best instruction set up to the one called `name`; the bytes are the same with all.
///
/// # Errors
/// A ValueError if there is none of that name.
pub fn backend(name: &str) -> PyResult<Backend> {
    let names = Backend::ALL.map(|backend| backend.to_string());
    let mut known = vec!["auto"];
    known.extend(names.iter().map(String::as_str));
    one_of("backend", name, &known)?;
    let wanted = Backend::ALL
        .into_iter()
        .find(|backend| backend.to_string() == name);
    Ok(wanted.map_or_else(Backend::detect, Backend::best_up_to))
}

fn one_of(parameter: &str, found: &str, known: &[&str]) -> PyResult<()> {
    if known.contains(&found) {
        return Ok(());
    }
    let known = known.join(", ");
    Err(PyValueError::new_err(format!(
        "{parameter}: found {found:?}, expected one of {known}"
    )))
}

fn within<T: PartialOrd + std::fmt::Display>(
    parameter: &str,
    found: T,
    least: T,
    most: T,
) -> PyResult<()> {
    if found >= least && found <= most {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{parameter}: found {found}, expected {least} to {most}"
    )))
}
