// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables out of files, recognized by their content.
//!
//! A file that starts with JPEG's SOI marker gives its DQT tables; one that starts with `<` is read
//! as ImageMagick's XML; every other file is read as the text of `cjpeg -qtables`. The first table
//! is luma's, the second (if any) chroma's. A file that has a use for more is refused.

mod dqt;
mod error;
mod text;
mod xml;

use std::io::{self, Read};
use std::path::Path;

pub use error::{ParseError, Place};

use super::table::Tables;
use crate::files::{self, Cause, FileError};

/// The largest text or XML file that [`read`] takes, in bytes: 1 MiB.
pub const MAX_BYTES: u64 = 1 << 20;

/// The most bytes that a JPEG file may have ahead of its first scan for [`read`] to take it: 64 MiB. The file
/// may have any number behind it.
pub const MAX_JPEG_HEAD: usize = 64 << 20;

/// Bytes of a file that are read first.
const FIRST_READ: usize = 64 << 10;

/// Reads the tables in the file at `path`.
///
/// # Errors
/// If the file can't be read, isn't a regular file, has more bytes than [`MAX_BYTES`] or
/// [`MAX_JPEG_HEAD`] allow, or holds what [`parse`] refuses. The error names the file.
pub fn read(path: &Path) -> Result<Tables, FileError> {
    files::load(path, |mut file| {
        let mut head = Vec::new();
        read_more(&mut file, FIRST_READ, &mut head)?;
        if dqt::is_jpeg(&head) {
            read_jpeg(&mut file, head)
        } else {
            let bytes = files::content((&head[..]).chain(file), MAX_BYTES)?;
            parse(&bytes).map_err(Cause::content)
        }
    })
}

/// Reads a JPEG file, of which `head` has been read already, as far as its first scan.
fn read_jpeg(file: &mut impl Read, mut head: Vec<u8>) -> Result<Tables, Cause> {
    loop {
        let tables = dqt::parse(&head);
        // What is wrong with the end alone may be right once there is more.
        let is_cut = matches!(&tables, Err(error) if error.place == Place::Byte(head.len()));
        if is_cut && head.len() >= MAX_JPEG_HEAD {
            let expected = format!("one within {MAX_JPEG_HEAD} bytes");
            let error = ParseError::at_byte(head.len(), "no scan up to here", expected);
            return Err(Cause::content(error));
        }
        let more = head.len();
        if !is_cut || read_more(file, more, &mut head)? == 0 {
            return tables.map_err(Cause::content);
        }
    }
}

/// Appends at most `count` bytes to `bytes`; returns how many there were.
fn read_more(file: &mut impl Read, count: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    file.take(count as u64).read_to_end(bytes)
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
