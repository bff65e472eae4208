// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The content of files that somebody else may have written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Why there is no content.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Io(io::Error),
    /// It is a directory, a pipe or a device.
    NotAFile,
    /// It has more bytes than the limit.
    TooLarge,
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The content of the regular file at `path`, of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Unreadable> {
    // Asked ahead of opening too: a device may act on being opened.
    if !fs::metadata(path)?.is_file() {
        return Err(Unreadable::NotAFile);
    }
    content(open(path)?, limit)
}

/// Opens whatever is at `path` without waiting, which the writer of a pipe or a line could make
/// us do if it took the place of a file just now.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    options.open(path)
}

/// The content of `file`, which must be a regular one.
fn content(file: File, limit: u64) -> Result<Vec<u8>, Unreadable> {
    if !file.metadata()?.is_file() {
        return Err(Unreadable::NotAFile);
    }
    let mut bytes = Vec::new();
    // One byte above the limit tells a file that is too large, even one that is growing.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What takes a file's place between the question for its kind and its opening.
    #[cfg(unix)]
    #[test]
    fn what_is_opened_is_checked_and_never_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(status.unwrap().success());
        let (sender, results) = std::sync::mpsc::channel();
        let paths = [pipe, folder.path().to_owned(), "/dev/zero".into()];
        std::thread::spawn({
            let paths = paths.clone();
            move || paths.map(|path| sender.send(content(open(&path).unwrap(), 9)))
        });
        for path in paths {
            let result = results.recv_timeout(std::time::Duration::from_secs(60));
            assert!(
                matches!(result, Ok(Err(Unreadable::NotAFile))),
                "{}",
                path.display()
            );
        }
    }
}
