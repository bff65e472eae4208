// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Incidents of tampering, from the element's messages.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gstfeaturedistill::featuredistill::{FeatureDistillTamperMessage, TamperState};
use serde::Serialize;

/// Incidents that are remembered for each camera.
const KEEP: usize = 200;

/// Tampered frames that follow each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// Seconds since 1970.
    pub start: f64,
    /// Seconds since 1970; none while it goes on.
    pub end: Option<f64>,
    /// Tampered frames so far.
    pub frames: u64,
    /// Largest RMS change of a frame so far, in levels.
    pub rms_change: f64,
}

/// Change that is worth a line in the log.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// Tampering has started, with this RMS change in levels.
    Started(f64),
    /// Tampering has ended: time from the first to the last tampered frame, and their number.
    Ended(Duration, u64),
}

/// Incidents of one camera.
#[derive(Default)]
pub struct Incidents {
    past: VecDeque<Incident>,
    active: bool,
}

impl Incidents {
    /// Takes a message of the element; others are left alone.
    pub fn hear(&mut self, message: &gst::StructureRef, now: SystemTime) -> Option<Event> {
        let message = FeatureDistillTamperMessage::try_from(message).ok()?;
        let started = (!self.active).then(|| self.start(now));
        let incident = self.past.back_mut()?;
        incident.frames = message.frames;
        incident.rms_change = message.rms_change;
        if message.state == TamperState::Ended {
            let end = incident.start + Duration::from(message.duration).as_secs_f64();
            return self.end(end);
        }
        started.map(|()| Event::Started(message.rms_change))
    }

    /// Ends an incident with the connection.
    pub fn disconnect(&mut self, now: SystemTime) -> Option<Event> {
        self.end(seconds(now))
    }

    pub fn is_active(&self) -> bool {
        self.active
    }

    /// All that are remembered, the oldest first.
    pub fn all(&self) -> Vec<Incident> {
        self.past.iter().cloned().collect()
    }

    fn start(&mut self, now: SystemTime) {
        self.active = true;
        self.past.push_back(Incident {
            start: seconds(now),
            end: None,
            frames: 0,
            rms_change: 0.0,
        });
        if self.past.len() > KEEP {
            self.past.pop_front();
        }
    }

    fn end(&mut self, end: f64) -> Option<Event> {
        if !std::mem::take(&mut self.active) {
            return None;
        }
        let incident = self.past.back_mut()?;
        let end = end.max(incident.start);
        incident.end = Some(end);
        let duration = Duration::from_secs_f64(end - incident.start);
        Some(Event::Ended(duration, incident.frames))
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a message as the element writes it.
    fn hear(
        incidents: &mut Incidents,
        state: &str,
        duration: u64,
        frames: u64,
        now: u64,
    ) -> Option<Event> {
        gst::init().unwrap();
        let message = gst::Structure::builder("featuredistill-tamper")
            .field("state", state)
            .field("pts", gst::ClockTime::NONE)
            .field("running-time", gst::ClockTime::NONE)
            .field("duration", gst::ClockTime::from_seconds(duration))
            .field("frames", frames)
            .field("rms-change", 5.0)
            .field("max-change", 9u32)
            .field("changed-x", 0u32)
            .field("changed-y", 0u32)
            .field("changed-width", 8u32)
            .field("changed-height", 8u32)
            .build();
        incidents.hear(&message, UNIX_EPOCH + Duration::from_secs(now))
    }

    #[test]
    fn an_incident_lasts_from_its_first_tampered_frame_to_its_last() {
        let incidents = &mut Incidents::default();
        let started = Some(Event::Started(5.0));
        assert_eq!(hear(incidents, "started", 0, 1, 10), started);
        assert_eq!(hear(incidents, "ongoing", 1, 26, 11), None);
        assert!(incidents.is_active());
        let ended = Some(Event::Ended(Duration::from_secs(2), 51));
        assert_eq!(hear(incidents, "ended", 2, 51, 13), ended);
        assert!(!incidents.is_active());
        let expected = Incident {
            start: 10.0,
            end: Some(12.0),
            frames: 51,
            rms_change: 5.0,
        };
        assert_eq!(incidents.all(), [expected]);
    }

    #[test]
    fn a_lost_camera_ends_its_incident() {
        let incidents = &mut Incidents::default();
        let lost = UNIX_EPOCH + Duration::from_secs(14);
        assert_eq!(incidents.disconnect(lost), None);
        hear(incidents, "started", 0, 1, 10);
        let ended = Some(Event::Ended(Duration::from_secs(4), 1));
        assert_eq!(incidents.disconnect(lost), ended);
        assert_eq!(
            hear(incidents, "started", 0, 1, 20),
            Some(Event::Started(5.0))
        );
        assert_eq!(incidents.all().len(), 2);
    }

    #[test]
    fn other_messages_are_left_alone() {
        gst::init().unwrap();
        let other = gst::Structure::new_empty("featuredistill");
        let incidents = &mut Incidents::default();
        assert_eq!(incidents.hear(&other, UNIX_EPOCH), None);
        assert!(incidents.all().is_empty());
    }
}
