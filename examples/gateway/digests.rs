// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Digests of a camera's latest frames, for whoever compares both ends of two passes.

use std::collections::VecDeque;
use std::sync::Mutex;

use gstfeaturedistill::codec::Digest;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;

use crate::lock;

/// Digests that are kept: those of some 20 seconds.
const KEEP: usize = 500;

/// Digests of the latest frames that left the filter.
#[derive(Default)]
pub struct Digests(Mutex<VecDeque<Digest>>);

impl Digests {
    /// Takes a message of the element; those about frames with a digest count.
    pub fn hear(&self, message: &gst::StructureRef) {
        let digest = FeatureDistillMessage::try_from(message).map(|message| message.digest);
        let Ok(Some(digest)) = digest else {
            return;
        };
        let mut digests = lock(&self.0);
        digests.push_back(digest);
        if digests.len() > KEEP {
            digests.pop_front();
        }
    }

    /// One digest a line, the oldest first.
    pub fn text(&self) -> String {
        lock(&self.0)
            .iter()
            .map(|digest| format!("{digest}\n"))
            .collect()
    }
}
