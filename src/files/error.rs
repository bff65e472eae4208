// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Errors that name a file, and the text they quote from it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// A file that can't be read or written; displays as `PATH: CAUSE`.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct FileError {
    /// The file as it was named.
    pub path: PathBuf,
    /// The reason.
    pub cause: Cause,
}

impl FileError {
    /// The error for the file at `path`.
    pub(crate) fn new(path: &Path, cause: impl Into<Cause>) -> Self {
        Self {
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

/// Reasons for which a file can't be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a directory, a pipe or a device.
    #[error("not a regular file")]
    NotAFile,
    /// It has more bytes than this limit.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// Its content can't be used.
    #[error(transparent)]
    Content(Box<dyn Error + Send + Sync>),
    /// The system refuses in the middle of writing a file in place.
    #[error("{0} (what is there now is incomplete)")]
    Damaged(io::Error),
    /// A file can't be written, after other files of the same result were.
    #[error("{cause} (already written: {})", list(written))]
    Partial {
        /// The reason.
        cause: Box<Cause>,
        /// The files written.
        written: Vec<PathBuf>,
    },
}

impl Cause {
    /// The cause that is an error in the content.
    pub(crate) fn content(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Content(error.into())
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// Quotes `found`, which somebody else may have written, for an error: printable ASCII on one line, cut
/// after `most` characters.
pub(crate) fn show(found: impl AsRef<[u8]>, most: usize) -> String {
    let mut shown = String::new();
    for &byte in found.as_ref() {
        let escaped = match byte {
            b' '..=b'~' => char::from(byte).to_string(),
            _ => byte.escape_ascii().to_string(),
        };
        if shown.len() + escaped.len() > most {
            return shown + "...";
        }
        shown += &escaped;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_text_is_shown_printable_and_short() {
        assert_eq!(show(b"\xffa\n'b'", 20), "\\xffa\\n'b'");
        assert_eq!(show([b'x'; 20], 20), "x".repeat(20));
        assert_eq!(show([b'x'; 21], 20), "x".repeat(20) + "...");
        assert_eq!(show("abc\u{e9}", 10), "abc\\xc3...");
    }
}
