// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! State of a stream, and reasons for which its result can't be written.

use super::merge::MergeFromError;
use super::outputs::OutputError;
use super::settings::Settings;
use crate::calibration::{Statistics, TooFine};
use crate::element::engine::Engine;
use crate::files::{Cause, FileError};

/// State that is reset in stop(), except for statistics that could not be written.
#[derive(Default)]
pub(super) struct Stream {
    /// None unless the element is started.
    pub engine: Option<Engine>,
    /// None until the element starts.
    pub statistics: Option<Statistics>,
    /// Property values at the start of the statistics.
    pub at_start: Settings,
    /// True if frames have been gathered since the files were written.
    pub is_unsaved: bool,
    pub trouble: Option<Trouble>,
    /// The last warning.
    pub warned: Option<TooFine>,
}

/// An error that was posted; no frame passes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A frame can't be gathered.
    Frame,
    /// The files can't be written; over when they are.
    Files,
}

/// A result that can't be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("The element isn't started")]
    NotStarted,
    #[error("No frames received and nothing to merge")]
    NoFrames,
    #[error(
        "Can't write the result: {0}. The statistics are kept until the next start: set another \
         location and emit write"
    )]
    Output(#[from] OutputError),
}

impl WriteError {
    pub(super) fn code(&self) -> gst::ResourceError {
        match self {
            Self::Output(error) => output_error_code(error),
            _ => gst::ResourceError::Failed,
        }
    }
}

pub(super) fn output_error_code(error: &OutputError) -> gst::ResourceError {
    match error {
        OutputError::File(_) => gst::ResourceError::OpenWrite,
        OutputError::Twice { .. } | OutputError::NoPlot => gst::ResourceError::Settings,
    }
}

pub(super) fn merge_error_code(error: &MergeFromError) -> gst::ResourceError {
    match error {
        MergeFromError::File(FileError {
            cause: Cause::Content(_),
            ..
        })
        | MergeFromError::Twice { .. } => gst::ResourceError::Settings,
        MergeFromError::File(_) => gst::ResourceError::Read,
    }
}
