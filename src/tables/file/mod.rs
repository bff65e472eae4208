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
mod text;
mod xml;

use std::io;
use std::path::{Path, PathBuf};

pub use dqt::DqtError;
pub use text::TextError;
pub use xml::XmlError;

use super::Tables;
use super::content::{self, Unreadable};

/// The largest file that [`read`] takes, in bytes: 1 MiB.
pub const MAX_BYTES: u64 = 1 << 20;

/// Tables in a file, at most: as many as JPEG has slots for.
const MAX_TABLES: usize = 4;

/// First bytes of a JPEG file.
const SOI: [u8; 2] = [0xff, 0xd8];

/// How much of something wrong an error shows, in bytes.
const SHOWN: usize = 40;

/// A table file that can't be used; displays as `PATH: CAUSE`.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct TableFileError {
    /// The file as it was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: Cause,
}

/// Why a table file can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// It can't be opened or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a directory, a pipe or a device.
    #[error("not a regular file")]
    NotAFile,
    /// It has more than [`MAX_BYTES`].
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It holds no usable tables.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Why the content of a table file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The file was read as text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The file was read as JPEG.
    #[error(transparent)]
    Dqt(#[from] DqtError),
    /// The file was read as XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// Reads the tables in the file at `path`.
///
/// # Errors
/// If the file can't be read, isn't a regular file, has more than [`MAX_BYTES`], or holds what
/// [`parse`] refuses. The error names the file.
pub fn read(path: &Path) -> Result<Tables, TableFileError> {
    load(path).map_err(|cause| TableFileError {
        path: path.to_owned(),
        cause,
    })
}

/// Finds the tables in `bytes`, the content of a table file. Takes time linear in their number.
///
/// # Errors
/// If there is no table, or anything but complete tables of steps 1..=255. The error says where
/// (the line of a text or of XML, the byte of a JPEG), what was found and what was expected, in one
/// line of printable ASCII.
pub fn parse(bytes: &[u8]) -> Result<Tables, ParseError> {
    if bytes.starts_with(&SOI) {
        Ok(dqt::parse(bytes)?)
    } else if xml::is_xml(bytes) {
        Ok(xml::parse(bytes)?)
    } else {
        Ok(text::parse(bytes)?)
    }
}

fn load(path: &Path) -> Result<Tables, Cause> {
    let bytes = content::read(path, MAX_BYTES).map_err(|unreadable| match unreadable {
        Unreadable::Io(error) => Cause::Io(error),
        Unreadable::NotAFile => Cause::NotAFile,
        Unreadable::TooLarge => Cause::TooLarge,
    })?;
    Ok(parse(&bytes)?)
}

/// `found` for an error: printable, one line, short.
fn show(found: &[u8]) -> String {
    let shown = &found[..found.len().min(SHOWN)];
    let more = if shown.len() < found.len() { "..." } else { "" };
    format!("{}{more}", shown.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_shown_printable_and_short() {
        assert_eq!(show(b"\xffa\nb"), "\\xffa\\nb");
        assert_eq!(show(&[b'x'; SHOWN]), "x".repeat(SHOWN));
        assert_eq!(show(&[b'x'; SHOWN + 1]), "x".repeat(SHOWN) + "...");
    }
}
