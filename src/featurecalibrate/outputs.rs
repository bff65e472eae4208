// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The files that are written in the end.

use std::path::{Path, PathBuf};

#[cfg(feature = "plot")]
use crate::calibration::plot;
use crate::calibration::{Calibration, json};
use crate::files::{self, FileError};

/// Places for the results; each may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outputs {
    /// The table file.
    pub location: Option<PathBuf>,
    /// The statistics as JSON.
    pub stats_location: Option<PathBuf>,
    /// The picture.
    pub plot_location: Option<PathBuf>,
}

/// Reasons for which results can't be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} is used for two outputs", path.display())]
    Twice { path: PathBuf },
    #[error(
        "plot-location: this build can't draw. Unset plot-location, or build with the Cargo feature plot"
    )]
    NoPlot,
}

impl Outputs {
    /// Tells whether no result would be written.
    pub(super) fn is_empty(&self) -> bool {
        self.locations().next().is_none()
    }

    /// Finds out whether the files could be written, so far.
    pub(super) fn check(&self) -> Result<(), OutputError> {
        self.check_locations()?;
        Ok(self.locations().try_for_each(files::probe)?)
    }

    /// Writes all files, each whole or not at all; none if one of them can't be.
    pub(super) fn write(&self, calibration: &Calibration) -> Result<(), OutputError> {
        self.check_locations()?;
        Ok(files::save(&self.contents(calibration))?)
    }

    /// Writes all files that can be written, each whole or not at all.
    pub(super) fn write_each(&self, calibration: &Calibration) -> Result<(), OutputError> {
        self.check_locations()?;
        let files = self.contents(calibration).into_iter();
        let results: Vec<_> = files.map(|file| files::save(&[file])).collect();
        Ok(results.into_iter().collect::<Result<_, _>>()?)
    }

    fn contents(&self, calibration: &Calibration) -> Vec<(&Path, Vec<u8>)> {
        let mut files: Vec<(&Path, _)> = Vec::new();
        if let Some(path) = &self.location {
            files.push((path, calibration.table_file().into_bytes()));
        }
        if let Some(path) = &self.stats_location {
            files.push((path, json::write(&calibration.statistics)));
        }
        #[cfg(feature = "plot")]
        if let Some(path) = &self.plot_location {
            files.push((path, plot::draw(calibration)));
        }
        files
    }

    fn check_locations(&self) -> Result<(), OutputError> {
        if cfg!(not(feature = "plot")) && self.plot_location.is_some() {
            return Err(OutputError::NoPlot);
        }
        match files::repeated(self.locations()) {
            Some(path) => Err(OutputError::Twice { path: path.into() }),
            None => Ok(()),
        }
    }

    fn locations(&self) -> impl Iterator<Item = &Path> {
        [&self.location, &self.stats_location, &self.plot_location]
            .into_iter()
            .filter_map(Option::as_deref)
    }
}
