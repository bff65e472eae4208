// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The bus message about an incident.

use gst::ClockTime;

use super::message::{Area, MessageError, field};

/// Element message about an incident: when it starts, every `tamper-interval` while it goes on, and when it
/// has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct FeatureDistillTamperMessage {
    /// The stage of the incident.
    pub state: TamperState,
    /// The presentation timestamp of the first tampered frame.
    pub pts: Option<ClockTime>,
    /// The running time of that timestamp.
    pub running_time: Option<ClockTime>,
    /// Time from the first tampered frame to the last one so far.
    pub duration: ClockTime,
    /// Number of tampered frames so far.
    pub frames: u64,
    /// Largest root mean square change of a frame so far, in levels.
    pub rms_change: f64,
    /// Largest change of a sample so far, in levels.
    pub max_change: u32,
    /// The smallest rectangle of pixels that holds the changed blocks of all tampered frames so far.
    pub changed_area: Area,
}

/// Stage of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TamperState {
    /// This is its first frame.
    Started,
    /// It goes on.
    Ongoing,
    /// An interval passed without a tampered frame, or the stream ended, stopped, was flushed or changed its
    /// caps.
    Ended,
}

impl TamperState {
    const ALL: [Self; 3] = [Self::Started, Self::Ongoing, Self::Ended];

    /// The value of the message's field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ongoing => "ongoing",
            Self::Ended => "ended",
        }
    }
}

impl FeatureDistillTamperMessage {
    /// The name of the message's structure.
    pub const NAME: &'static str = "featuredistill-tamper";

    /// The message about an incident that starts at this time, without a frame yet.
    pub(super) fn starting_at(pts: Option<ClockTime>, running_time: Option<ClockTime>) -> Self {
        Self {
            state: TamperState::Started,
            pts,
            running_time,
            duration: ClockTime::ZERO,
            frames: 0,
            rms_change: 0.0,
            max_change: 0,
            changed_area: Area::default(),
        }
    }
}

impl From<FeatureDistillTamperMessage> for gst::Structure {
    fn from(message: FeatureDistillTamperMessage) -> Self {
        let structure = gst::Structure::builder(FeatureDistillTamperMessage::NAME)
            .field("state", message.state.as_str())
            .field("pts", message.pts)
            .field("running-time", message.running_time)
            .field("duration", message.duration)
            .field("frames", message.frames)
            .field("rms-change", message.rms_change)
            .field("max-change", message.max_change);
        message.changed_area.describe(structure).build()
    }
}

impl TryFrom<&gst::StructureRef> for FeatureDistillTamperMessage {
    type Error = MessageError;

    fn try_from(structure: &gst::StructureRef) -> Result<Self, Self::Error> {
        if structure.name() != Self::NAME {
            return Err(MessageError::Name(structure.name().to_string()));
        }
        let name: &str = field(structure, "state")?;
        let state = TamperState::ALL.into_iter().find(|s| s.as_str() == name);
        Ok(Self {
            state: state.ok_or(MessageError::Field("state"))?,
            pts: field(structure, "pts")?,
            running_time: field(structure, "running-time")?,
            duration: field(structure, "duration")?,
            frames: field(structure, "frames")?,
            rms_change: field(structure, "rms-change")?,
            max_change: field(structure, "max-change")?,
            changed_area: Area::read(structure)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_back_from_structures() {
        gst::init().unwrap();
        for state in TamperState::ALL {
            let message = FeatureDistillTamperMessage {
                state,
                ..FeatureDistillTamperMessage::starting_at(Some(ClockTime::SECOND), None)
            };
            let mut structure = gst::Structure::from(message);
            let read = FeatureDistillTamperMessage::try_from(structure.as_ref());
            assert_eq!(read, Ok(message));
            structure.set("state", "over");
            let read = FeatureDistillTamperMessage::try_from(structure.as_ref());
            assert_eq!(read, Err(MessageError::Field("state")));
        }
    }
}
