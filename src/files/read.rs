// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Reading regular files, whoever wrote them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::error::{Cause, FileError};

/// Opens the regular file at `path` and reads it with `parse`.
pub(crate) fn load<T>(
    path: &Path,
    parse: impl FnOnce(File) -> Result<T, Cause>,
) -> Result<T, FileError> {
    let file = regular(path);
    file.and_then(parse)
        .map_err(|cause| FileError::new(path, cause))
}

/// The content of `file`, of at most `limit` bytes.
pub(crate) fn content(file: impl Read, limit: u64) -> Result<Vec<u8>, Cause> {
    let mut bytes = Vec::new();
    // One byte above the limit tells a file that is too large, even one that is growing.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Cause::TooLarge(limit));
    }
    Ok(bytes)
}

fn regular(path: &Path) -> Result<File, Cause> {
    // Asked ahead of opening too: a device may act on being opened.
    if !fs::metadata(path)?.is_file() {
        return Err(Cause::NotAFile);
    }
    checked(open(path, OpenOptions::new().read(true))?)
}

/// Opens whatever is at `path` without waiting, which the writer of a pipe or a line could make
/// us do if it took the place of a file just now.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK | libc::O_NOCTTY);
    options.open(path)
}

/// `file`, if it is a regular one.
pub(super) fn checked(file: File) -> Result<File, Cause> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(Cause::NotAFile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if each had taken a file's place between the question for its kind and its opening.
    #[cfg(unix)]
    #[test]
    fn pipes_folders_and_devices_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(status.unwrap().success());
        let (sender, results) = std::sync::mpsc::channel();
        let paths = [pipe, folder.path().to_owned(), "/dev/zero".into()];
        std::thread::spawn({
            let paths = paths.clone();
            move || {
                paths.map(|path| {
                    sender.send(checked(open(&path, OpenOptions::new().read(true)).unwrap()))
                })
            }
        });
        for path in paths {
            let result = results.recv_timeout(std::time::Duration::from_secs(60));
            assert!(
                matches!(result, Ok(Err(Cause::NotAFile))),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn content_is_limited() {
        assert_eq!(content(&b"12"[..], 2).unwrap(), b"12");
        assert!(matches!(content(&b"123"[..], 2), Err(Cause::TooLarge(2))));
    }
}
