// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Frames that leave a filter, and what is told about them, against the scalar definition.

use gstfeaturedistill::codec::Digest;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;

use super::history::History;
use super::key_file::KEYS;
use super::model::{Outcome, Settings};
use super::support::digests::digest;
use super::support::video::Placement;
use super::watch::{Arrived, Described, Judge};

/// Frames as the settings of a history make them.
pub struct Definition {
    pub history: History,
    pub has_key: bool,
}

impl Judge for Definition {
    fn mark(&self) -> usize {
        self.history.mark()
    }

    fn changes(&self) -> Option<usize> {
        Some(self.history.changes())
    }

    fn tamper_interval(&self) -> u64 {
        self.history.tamper_interval()
    }

    fn judge(&self, frame: &Arrived, left: &gst::BufferRef, bytes: &[u8]) -> Result<(), String> {
        let left = Left {
            described: Described::of(left),
            bytes: bytes.to_vec(),
            keys: if self.has_key {
                KEYS.iter().map(Some).collect()
            } else {
                vec![None]
            },
        };
        let settings = self.history.since(frame.mark);
        let mut reasons = Vec::new();
        for settings in &settings {
            match left.check(frame, settings) {
                Ok(()) => {
                    self.history.note_use(frame.mark);
                    return Ok(());
                }
                Err(reason) => reasons.push(format!("{reason} with {settings:?}")),
            }
        }
        reasons.dedup();
        Err(reasons.join("; "))
    }
}

/// A frame that left.
struct Left {
    bytes: Vec<u8>,
    described: Described,
    /// Keys that the digest may have.
    keys: Vec<Option<&'static [u8; 32]>>,
}

impl Left {
    /// An error unless the frame may leave with these settings.
    fn check(&self, frame: &Arrived, settings: &Settings) -> Result<(), String> {
        if settings.bypass {
            return self.check_untouched(frame);
        }
        if frame.is_hostile || !frame.holds_a_frame() {
            return Err("a hostile frame left".into());
        }
        if !self.described.agrees_with(&frame.described) {
            return Err("flags, times or metas differ".into());
        }
        let verdicts = &self.described.verdicts;
        if frame.reports.len() != usize::from(settings.post_messages) {
            return Err(format!("{} messages", frame.reports.len()));
        }
        let attached = match (settings.attach_meta, &verdicts[..]) {
            (true, [verdict]) => Some(verdict),
            (true, _) => return Err(format!("verdicts: {verdicts:?}")),
            (false, _) if *verdicts != frame.described.verdicts => {
                return Err(format!("an older verdict was changed: {verdicts:?}"));
            }
            (false, _) => None,
        };
        let is_untouched = self.bytes == frame.bytes;
        let mut result = Err(format!(
            "not what the definition makes of it (untouched: {is_untouched})"
        ));
        // Several lattices may hold the same frame.
        let outcomes = settings.outcomes(&frame.placement, &frame.bytes);
        for outcome in outcomes
            .iter()
            .filter(|outcome| outcome.bytes == self.bytes)
        {
            let mut told = frame.reports.iter().chain(attached);
            result =
                told.try_for_each(|verdict| self.check_verdict(verdict, frame, settings, outcome));
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn check_untouched(&self, frame: &Arrived) -> Result<(), String> {
        if self.bytes != frame.bytes || self.described != frame.described {
            return Err("changed in spite of bypass".into());
        }
        if !frame.reports.is_empty() {
            return Err("a message about a frame that was bypassed".into());
        }
        Ok(())
    }

    fn check_verdict(
        &self,
        structure: &gst::StructureRef,
        frame: &Arrived,
        settings: &Settings,
        outcome: &Outcome,
    ) -> Result<(), String> {
        let found =
            FeatureDistillMessage::try_from(structure).map_err(|error| error.to_string())?;
        let stats = &outcome.stats;
        let is_right = found.pts == Some(frame.pts)
            && found.rms_change == stats.rms_change()
            && found.max_change == stats.max_change
            && found.zeroed == stats.zeroed
            && found.changed_blocks == stats.changed_share()
            && found.certified_epsilon == stats.certified_epsilon.unwrap_or(0.0)
            && found.margin == stats.margin;
        if !is_right {
            return Err(format!("{found:?}, expected {stats:?}"));
        }
        let threshold = settings.tamper_threshold;
        if found.tampered != (threshold > 0.0 && found.rms_change > threshold) {
            return Err(format!("{found:?}"));
        }
        if settings.digest {
            check_digest(structure, &frame.placement, &self.bytes, &self.keys)
        } else if found.digest.is_some() {
            Err("a digest that nobody asked for".into())
        } else {
            Ok(())
        }
    }
}

/// An error unless the digest in `verdict` is that of the frame in `bytes`, with one of `keys`.
pub fn check_digest(
    verdict: &gst::StructureRef,
    placement: &Placement,
    bytes: &[u8],
    keys: &[Option<&[u8; 32]>],
) -> Result<(), String> {
    let text: &str = verdict.get("digest").map_err(|error| error.to_string())?;
    let found: Digest = text.parse().map_err(|error| format!("{error:?}"))?;
    let mut bytes = bytes.to_vec();
    let is_expected = |key: &Option<&[u8; 32]>| digest(placement, &mut bytes, *key) == found;
    if keys.iter().any(is_expected) {
        Ok(())
    } else {
        Err(format!("another frame's digest: {found}"))
    }
}
