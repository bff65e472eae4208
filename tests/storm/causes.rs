// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Errors that an episode knows the cause of.

use std::sync::Mutex;

use super::watch::lock;

/// The error that follows another one: that of a source whose frames are refused.
const CONSEQUENCE: &str = "Internal data stream error.";

/// Parts of the texts of errors that may come.
#[derive(Default)]
pub struct Causes(Mutex<Vec<&'static str>>);

impl Causes {
    /// From now on, errors with this text may come.
    pub fn allow(&self, text: &'static str) {
        let mut texts = lock(&self.0);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }

    /// Panics unless all of `errors` may have come, or come of one that may.
    pub fn check(&self, errors: &[String]) {
        let texts = lock(&self.0);
        let is_known = |error: &String| texts.iter().any(|text| error.contains(text));
        for error in errors {
            let is_consequence = error.starts_with(CONSEQUENCE) && !texts.is_empty();
            let has_cause = is_known(error) || is_consequence;
            assert!(has_cause, "an error without a cause: {errors:?}");
        }
    }

    /// The same for `errors` that came while elements were stopped or flushed one after the other: a source that is still
    /// sending may meet one that takes nothing just then, and call it an error.
    pub fn check_interrupted(&self, errors: &[String]) {
        let errors = errors
            .iter()
            .filter(|error| !error.starts_with(CONSEQUENCE));
        self.check(&errors.cloned().collect::<Vec<_>>());
    }
}
