// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables out of files, recognised by their content.
//!
//! A file that starts with JPEG's SOI marker gives its DQT tables; one that starts with `<` is read
//! as ImageMagick's XML; every other file is read as the text of `cjpeg -qtables`. The first table
//! is luma's, the second (if any) chroma's; up to two more are checked and not used.

mod dqt;
mod error;
mod text;
mod xml;

use std::path::Path;

pub use error::{ParseError, Place};

use super::table::Tables;
use crate::files::{self, Cause, FileError};

/// The largest file that [`read`] takes, in bytes: 1 MiB.
pub const MAX_BYTES: u64 = 1 << 20;

/// Reads the tables in the file at `path`.
///
/// # Errors
/// If the file can't be read, isn't a regular file, has more than [`MAX_BYTES`], or holds what
/// [`parse`] refuses. The error names the file.
pub fn read(path: &Path) -> Result<Tables, FileError> {
    files::load(path, |file| {
        let bytes = files::content(file, MAX_BYTES)?;
        parse(&bytes).map_err(Cause::content)
    })
}

/// Finds the tables in `bytes`, the content of a table file. Takes time linear in their number.
///
/// # Errors
/// If there is no table, or anything but complete tables of steps 1..=255. The error says where
/// (the line of a text or of XML, the byte of a JPEG), what was found and what was expected, in one
/// line of printable ASCII.
pub fn parse(bytes: &[u8]) -> Result<Tables, ParseError> {
    if dqt::is_jpeg(bytes) {
        dqt::parse(bytes)
    } else if xml::is_xml(bytes) {
        xml::parse(bytes)
    } else {
        text::parse(bytes)
    }
}
