// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The files that are read at the start, and those that are written in the end.

use std::path::{Path, PathBuf};

use super::settings::Settings;
use crate::calibration::json::{self, StatisticsFileError};
#[cfg(feature = "plot")]
use crate::calibration::plot;
use crate::calibration::save::{self, SaveError};
use crate::calibration::{Derived, MergeError, Statistics};

/// Why statistics can't be merged.
#[derive(Debug, thiserror::Error)]
pub(super) enum MergeFromError {
    #[error(transparent)]
    File(#[from] StatisticsFileError),
    #[error("{}: {cause}", path.display())]
    Content { path: PathBuf, cause: MergeError },
    #[error("{}: is named twice, its frames would count twice", path.display())]
    Twice { path: PathBuf },
}

/// Why files can't be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error("{}: is to hold two different things", path.display())]
    Twice { path: PathBuf },
    #[error(
        "plot-location: this build can't draw. Unset plot-location, or build with the Cargo feature plot"
    )]
    NoPlot,
}

impl Settings {
    /// `statistics` and those in all files of `merge-from`.
    pub(super) fn merge_all(
        &self,
        mut statistics: Statistics,
    ) -> Result<Statistics, MergeFromError> {
        if let Some(path) = repeated(self.merge_from.iter().map(PathBuf::as_path)) {
            return Err(MergeFromError::Twice { path });
        }
        for path in &self.merge_from {
            let merged = statistics.merged(&json::read(path)?);
            statistics = merged.map_err(|cause| MergeFromError::Content {
                path: path.clone(),
                cause,
            })?;
        }
        Ok(statistics)
    }

    /// Whether there is anything to write.
    pub(super) fn has_outputs(&self) -> bool {
        self.locations().next().is_some()
    }

    /// Finds out whether the files could be written, so far.
    pub(super) fn check_outputs(&self) -> Result<(), OutputError> {
        self.check_locations()?;
        Ok(self.locations().try_for_each(save::probe)?)
    }

    /// Writes all files, each whole or not at all.
    pub(super) fn write_outputs(
        &self,
        statistics: &Statistics,
        derived: &Derived,
    ) -> Result<(), OutputError> {
        self.check_locations()?;
        let mapping = self.mapping();
        let mut files = Vec::new();
        if let Some(path) = &self.location {
            let table = derived.table_file(statistics, &mapping);
            files.push((path.as_path(), table.into_bytes()));
        }
        if let Some(path) = &self.stats_location {
            files.push((path, json::write(statistics)));
        }
        #[cfg(feature = "plot")]
        if let Some(path) = &self.plot_location {
            files.push((path, plot::draw(statistics, derived, &mapping)));
        }
        Ok(save::save(&files)?)
    }

    fn check_locations(&self) -> Result<(), OutputError> {
        if cfg!(not(feature = "plot")) && self.plot_location.is_some() {
            return Err(OutputError::NoPlot);
        }
        match repeated(self.locations()) {
            Some(path) => Err(OutputError::Twice { path }),
            None => Ok(()),
        }
    }

    fn locations(&self) -> impl Iterator<Item = &Path> {
        [&self.location, &self.stats_location, &self.plot_location]
            .into_iter()
            .filter_map(Option::as_deref)
    }
}

/// A path that names the same file as one before it.
fn repeated<'a>(paths: impl Iterator<Item = &'a Path>) -> Option<PathBuf> {
    let mut seen = Vec::new();
    for path in paths {
        let file = save::resolve(path).unwrap_or_else(|_| path.to_owned());
        if seen.contains(&file) {
            return Some(path.to_owned());
        }
        seen.push(file);
    }
    None
}
