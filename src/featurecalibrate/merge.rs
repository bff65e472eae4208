// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The statistics that are read at the start.

use std::path::PathBuf;

use crate::calibration::{Statistics, json};
use crate::files::{self, Cause, FileError};

/// Reasons for which statistics can't be merged.
#[derive(Debug, thiserror::Error)]
pub(super) enum MergeFromError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: named twice, so that its frames would count twice", path.display())]
    Twice { path: PathBuf },
}

/// Merges those in all files at `paths` into `statistics`.
pub(super) fn merge_all(
    mut statistics: Statistics,
    paths: &[PathBuf],
) -> Result<Statistics, MergeFromError> {
    if let Some(path) = files::repeated(paths.iter().map(PathBuf::as_path)) {
        return Err(MergeFromError::Twice { path: path.into() });
    }
    for path in paths {
        let merged = statistics.merged(&json::read(path)?);
        statistics = merged.map_err(|error| FileError::new(path, Cause::content(error)))?;
    }
    Ok(statistics)
}
