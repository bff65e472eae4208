// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A path at which one thing takes the place of another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of a large file.
const LARGE: u64 = 1 << 30;

/// Attempts to replace a thing while elements replace it, too.
const ATTEMPTS: usize = 100;

/// A path in a folder of its own.
pub struct Place {
    folder: tempfile::TempDir,
    path: PathBuf,
}

/// A thing that may be at a path.
#[derive(Clone, Copy)]
pub enum Thing<'a> {
    File(&'a [u8]),
    /// A file of a gigabyte.
    Large,
    /// A pipe that nobody writes to.
    Pipe,
    Folder,
    Nothing,
}

impl Thing<'_> {
    /// All that aren't files of a usual size.
    pub const ODD: [Self; 4] = [Self::Large, Self::Pipe, Self::Folder, Self::Nothing];
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        Self { folder, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a thing there, at once wherever the system can.
    pub fn put(&self, thing: Thing<'_>) {
        let part = self.folder.path().join("part");
        match thing {
            Thing::File(bytes) => fs::write(&part, bytes).expect("written"),
            Thing::Large => {
                let file = File::create(&part).expect("a file");
                file.set_len(LARGE).expect("a large file");
            }
            Thing::Pipe => {
                let status = Command::new("mkfifo").arg(&part).status();
                assert!(status.expect("mkfifo").success());
            }
            Thing::Folder => fs::create_dir(&part).expect("a folder"),
            Thing::Nothing => {
                self.clear();
                return;
            }
        }
        // A folder and a file don't take each other's place, and an element may write there in between.
        for _ in 0..ATTEMPTS {
            if fs::rename(&part, &self.path).is_ok() {
                return;
            }
            self.clear();
        }
        panic!("{}: can't be replaced", self.path.display());
    }

    /// Takes away what is there, if anything is.
    fn clear(&self) {
        let _ = fs::remove_dir(&self.path).or_else(|_| fs::remove_file(&self.path));
    }
}
