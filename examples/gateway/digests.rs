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
use std::time::{Duration, Instant};

use gstfeaturedistill::codec::Digest;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;

use crate::lock;

/// Time for which a digest is kept: a consumer's frames come seconds later, and it reads the list every
/// second or so.
const KEEP: Duration = Duration::from_secs(20);

/// Digests that are kept at most: those of this time at 100 frames a second.
const MAX_KEPT: usize = 2000;

/// Digests of the latest frames that left the filter.
#[derive(Default)]
pub struct Digests(Mutex<VecDeque<(Digest, Instant)>>);

impl Digests {
    /// Takes a message of the element, and returns the digest if it has one.
    pub fn hear(&self, message: &gst::StructureRef) -> Option<Digest> {
        let digest = FeatureDistillMessage::try_from(message).ok()?.digest?;
        let now = Instant::now();
        let mut digests = lock(&self.0);
        digests.push_back((digest, now));
        while digests.len() > MAX_KEPT
            || digests.front().is_some_and(|(_, time)| *time + KEEP < now)
        {
            digests.pop_front();
        }
        Some(digest)
    }

    /// One digest a line, the oldest first.
    pub fn text(&self) -> String {
        lock(&self.0)
            .iter()
            .map(|(digest, _)| format!("{digest}\n"))
            .collect()
    }
}
