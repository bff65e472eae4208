// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The bus message about a frame.

use super::message::{Area, MessageError, field};
use crate::codec::{Digest, FrameStats};

/// Element message about a frame: every distilled frame with `post-messages`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct FeatureDistillMessage {
    /// The frame's presentation timestamp.
    pub pts: Option<gst::ClockTime>,
    /// The running time of that timestamp.
    pub running_time: Option<gst::ClockTime>,
    /// Root mean square change of the frame's samples, in levels.
    pub rms_change: f64,
    /// Largest change of a sample, in levels.
    pub max_change: u32,
    /// Number of coefficients that were quantized to zero.
    pub zeroed: u64,
    /// Share of the frame's blocks that changed, 0..=1.
    pub changed_blocks: f64,
    /// The smallest rectangle of pixels that holds the changed blocks; empty if there are none.
    pub changed_area: Area,
    /// True if the frame counts as tampered with.
    pub tampered: bool,
    /// The certified radius of a settled frame, in levels; 0 where frames aren't settled.
    pub certified_epsilon: f64,
    /// Distance of the frame, as it arrived, from being taken for another one, 0..=1: 1 less the largest distance
    /// from the lattice as a share of half a step. None where nobody asked for it.
    pub margin: Option<f64>,
    /// The digest of the frame as it leaves, where one is asked for.
    pub digest: Option<Digest>,
}

impl FeatureDistillMessage {
    /// The name of the message's structure.
    pub const NAME: &'static str = "featuredistill";

    /// The report of a frame with this pts and running time, of `size` (width, height) in pixels.
    pub(super) fn new(
        (pts, running_time): (Option<gst::ClockTime>, Option<gst::ClockTime>),
        changes: &FrameStats,
        size: (u32, u32),
        tampered: bool,
        digest: Option<Digest>,
    ) -> Self {
        Self {
            pts,
            running_time,
            rms_change: changes.rms_change(),
            max_change: changes.max_change,
            zeroed: changes.zeroed,
            changed_blocks: changes.changed_share(),
            changed_area: Area::within(changes.changed_extent, size),
            tampered,
            certified_epsilon: changes.certified_epsilon.unwrap_or(0.0),
            margin: changes.margin,
            digest,
        }
    }
}

impl From<FeatureDistillMessage> for gst::Structure {
    fn from(message: FeatureDistillMessage) -> Self {
        let structure = gst::Structure::builder(FeatureDistillMessage::NAME)
            .field("pts", message.pts)
            .field("running-time", message.running_time)
            .field("rms-change", message.rms_change)
            .field("max-change", message.max_change)
            .field("zeroed", message.zeroed)
            .field("changed-blocks", message.changed_blocks)
            .field("tampered", message.tampered)
            .field("certified-epsilon", message.certified_epsilon)
            .field_if_some("margin", message.margin)
            .field_if_some("digest", message.digest.map(|digest| digest.to_string()));
        message.changed_area.describe(structure).build()
    }
}

impl TryFrom<&gst::StructureRef> for FeatureDistillMessage {
    type Error = MessageError;

    fn try_from(structure: &gst::StructureRef) -> Result<Self, Self::Error> {
        if structure.name() != Self::NAME {
            return Err(MessageError::Name(structure.name().to_string()));
        }
        Ok(Self {
            pts: field(structure, "pts")?,
            running_time: field(structure, "running-time")?,
            rms_change: field(structure, "rms-change")?,
            max_change: field(structure, "max-change")?,
            zeroed: field(structure, "zeroed")?,
            changed_blocks: field(structure, "changed-blocks")?,
            changed_area: Area::read(structure)?,
            tampered: field(structure, "tampered")?,
            certified_epsilon: field(structure, "certified-epsilon")?,
            margin: (structure.get_optional("margin"))
                .map_err(|_| MessageError::Field("margin"))?,
            digest: digest(structure)?,
        })
    }
}

/// The field `digest`, which is missing where none was asked for.
fn digest(structure: &gst::StructureRef) -> Result<Option<Digest>, MessageError> {
    const NAME: &str = "digest";
    let text: Option<&str> = structure
        .get_optional(NAME)
        .map_err(|_| MessageError::Field(NAME))?;
    text.map(|text| text.parse().map_err(|_| MessageError::Field(NAME)))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> FeatureDistillMessage {
        FeatureDistillMessage {
            pts: Some(gst::ClockTime::from_mseconds(40)),
            running_time: None,
            rms_change: 1.25,
            max_change: 17,
            zeroed: u64::MAX,
            changed_blocks: 0.5,
            changed_area: Area {
                x: 8,
                y: 16,
                width: 24,
                height: 32,
            },
            tampered: true,
            certified_epsilon: 1.5,
            margin: Some(0.25),
            digest: "5f".repeat(32).parse().ok(),
        }
    }

    #[test]
    fn messages_are_read_back_from_structures() {
        gst::init().unwrap();
        let structure = gst::Structure::from(message());
        assert_eq!(structure.name(), "featuredistill");
        assert_eq!(
            FeatureDistillMessage::try_from(structure.as_ref()),
            Ok(message())
        );
        let unmeasured = FeatureDistillMessage {
            margin: None,
            ..message()
        };
        let structure = gst::Structure::from(unmeasured);
        assert!(!structure.has_field("margin"));
        assert_eq!(
            FeatureDistillMessage::try_from(structure.as_ref()),
            Ok(unmeasured)
        );
    }

    #[test]
    fn a_message_may_lack_a_digest_but_not_have_a_wrong_one() {
        gst::init().unwrap();
        let without = FeatureDistillMessage {
            digest: None,
            ..message()
        };
        let mut structure = gst::Structure::from(without);
        assert!(!structure.has_field("digest"));
        let read = FeatureDistillMessage::try_from(structure.as_ref());
        assert_eq!(read, Ok(without));
        structure.set("digest", "none");
        let read = FeatureDistillMessage::try_from(structure.as_ref());
        assert_eq!(read, Err(MessageError::Field("digest")));
    }

    #[test]
    fn other_structures_are_refused() {
        gst::init().unwrap();
        let mut structure = gst::Structure::from(message());
        structure.set("max-change", "a lot");
        assert_eq!(
            FeatureDistillMessage::try_from(structure.as_ref()),
            Err(MessageError::Field("max-change"))
        );
        structure.set_name("other");
        assert_eq!(
            FeatureDistillMessage::try_from(structure.as_ref()),
            Err(MessageError::Name("other".into()))
        );
    }
}
