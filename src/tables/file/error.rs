// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The error of every table format.

use std::fmt;

use crate::files;

/// Characters that an error quotes from the file, at most.
const QUOTED: usize = 40;

/// Content that gives no tables; displays as `PLACE: found FOUND, expected EXPECTED`, on one short line of
/// printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: found {found}, expected {expected}")]
pub struct ParseError {
    /// The place in the file.
    pub place: Place,
    /// The text or value at that place.
    pub found: String,
    /// The text or value that the format requires there.
    pub expected: String,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A line of a text or of XML, from 1.
    Line(usize),
    /// A byte of a JPEG file, from 0.
    Byte(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(offset) => write!(f, "byte {offset}"),
        }
    }
}

impl ParseError {
    pub(super) fn at_line(
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            place: Place::Line(line),
            found: found.into(),
            expected: expected.into(),
        }
    }

    pub(super) fn at_byte(
        offset: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            place: Place::Byte(offset),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// `found` in quotes.
pub(super) fn quote(found: impl AsRef<[u8]>) -> String {
    format!("`{}`", files::show(found, QUOTED))
}
