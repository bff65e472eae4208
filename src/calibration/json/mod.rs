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
//! `mean`, `std`, `psnr` and `moved-share` follow from the other values; they are there for people, and
//! reading skips them. Equal statistics give equal bytes.

mod lines;
mod parts;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::{Deserialize, Serialize};

use self::lines::Lines;
use self::parts::Document;
pub use self::parts::{FORMAT, VERSION};
use super::statistics::Statistics;
use crate::files::{self, Cause, FileError};

/// The largest file that [`read`] takes, in bytes: 16 MiB, more than any that is written.
pub const MAX_BYTES: u64 = 16 << 20;

/// Characters of a file that an error shows, at most.
const SHOWN: usize = 300;

/// JSON that can't be read as statistics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is JSON of another kind: that one, in printable ASCII and cut if it is long.
    #[error("format is `{0}`, expected `{FORMAT}`")]
    Format(String),
    /// It was written by another version.
    #[error("version is {0}, expected {VERSION}: gather the statistics again")]
    Version(u64),
    /// It isn't JSON, or something in it is missing or wrong: a message that names the place, in printable ASCII
    /// on one line, cut if it is long.
    #[error("{0}")]
    Content(String),
}

impl From<serde_json::Error> for ParseError {
    /// Quotes what the JSON reader says, which quotes the file.
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        match text.strip_suffix(&place) {
            Some(problem) => Self::Content(files::show(problem, SHOWN) + &place),
            None => Self::Content(files::show(text, SHOWN)),
        }
    }
}

/// Reads the statistics in the file at `path`.
///
/// # Errors
/// If the file can't be read, isn't a regular file, has more than [`MAX_BYTES`], or holds what [`parse`]
/// refuses. The error names the file.
pub fn read(path: &Path) -> Result<Statistics, FileError> {
    files::load(path, |file| {
        parse(&files::content(file, MAX_BYTES)?).map_err(Cause::content)
    })
}

/// Reads statistics out of JSON.
///
/// # Errors
/// If it isn't the JSON that [`write()`] writes, or the numbers in it contradict each other. The error
/// says what is wrong, and names the line and column or the part.
pub fn parse(bytes: &[u8]) -> Result<Statistics, ParseError> {
    let Head { format, version } = serde_json::from_slice(bytes)?;
    if format != FORMAT {
        return Err(ParseError::Format(files::show(format, SHOWN)));
    }
    if version != VERSION {
        return Err(ParseError::Version(version));
    }
    let document: Document = serde_json::from_slice(bytes)?;
    Statistics::try_from(document).map_err(ParseError::Content)
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

/// The fields that every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}
