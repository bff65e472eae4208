// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! The files to play.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];

/// The pictures of a folder in the order of their names, or the file itself.
pub fn files(input: &Path) -> Result<Vec<PathBuf>> {
    let what = || format!("can't read {}", input.display());
    if std::fs::metadata(input).with_context(what)?.is_file() {
        return Ok(vec![input.to_path_buf()]);
    }
    let entries: Vec<_> = std::fs::read_dir(input)
        .and_then(Iterator::collect)
        .with_context(what)?;
    let paths = entries.iter().map(std::fs::DirEntry::path);
    let mut pictures: Vec<_> = paths.filter(|path| is_picture(path)).collect();
    ensure!(
        !pictures.is_empty(),
        "{} has no picture (.{})",
        input.display(),
        PICTURES.join(", .")
    );
    pictures.sort();
    Ok(pictures)
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    PICTURES.iter().any(|picture| extension == *picture)
}
