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

use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use serde::Serialize;

/// Incidents that are remembered for each camera.
const KEEP: usize = 200;

/// Time without a tampered frame after which an incident is over, if frames came meanwhile.
const QUIET: Duration = Duration::from_secs(1);

/// Frames that must have come meanwhile; more than may wait between the filter and the encoder's end.
const QUIET_FRAMES: u64 = 10;

/// Name of the element's message about an incident as a whole.
const INCIDENT: &str = "featuredistill-tamper";

/// Frames in a row that were tampered with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// Seconds since 1970.
    pub start: f64,
    /// Seconds since 1970; none while it goes on.
    pub end: Option<f64>,
    /// Largest RMS change of a frame, in levels.
    pub rms_change: f64,
}

/// Change that is worth a line in the log.
#[derive(Debug, PartialEq)]
pub enum Event {
    Started(f64),
    Ended(Duration),
}

/// Incidents of one camera.
#[derive(Default)]
pub struct Incidents {
    past: VecDeque<Incident>,
    /// Time of the last tampered frame, while an incident goes on.
    last: Option<SystemTime>,
    /// Frames that had been encoded by then.
    last_frames: u64,
    /// The element tells of incidents as a whole, so that its reports of frames don't count.
    whole: bool,
}

impl Incidents {
    /// Takes a message of the element that came when `frames` had been encoded.
    pub fn hear(
        &mut self,
        message: &gst::StructureRef,
        now: SystemTime,
        frames: u64,
    ) -> Option<Event> {
        if message.name() == INCIDENT {
            self.whole = true;
            let rms_change = message.get("rms-change").unwrap_or(0.0);
            return match message.get::<&str>("state") {
                Ok("ended") => self.end(now),
                _ => self.tampered(rms_change, now, frames),
            };
        }
        let report = FeatureDistillMessage::try_from(message).ok()?;
        if !report.tampered || self.whole {
            return None;
        }
        self.tampered(report.rms_change, now, frames)
    }

    /// Ends an incident that has seen no tampered frame for a while.
    pub fn tick(&mut self, now: SystemTime, frames: u64) -> Option<Event> {
        let last = self.last.filter(|_| !self.whole)?;
        let quiet = now.duration_since(last).unwrap_or_default();
        if quiet > QUIET && frames.saturating_sub(self.last_frames) > QUIET_FRAMES {
            self.end(last)
        } else {
            None
        }
    }

    /// Ends an incident with the connection.
    pub fn disconnect(&mut self, now: SystemTime) -> Option<Event> {
        self.whole = false;
        self.end(now)
    }

    pub fn is_active(&self) -> bool {
        self.last.is_some()
    }

    /// All that are remembered, the oldest first.
    pub fn all(&self) -> Vec<Incident> {
        self.past.iter().cloned().collect()
    }

    fn tampered(&mut self, rms_change: f64, now: SystemTime, frames: u64) -> Option<Event> {
        self.last_frames = frames;
        if self.last.replace(now).is_some() {
            if let Some(incident) = self.past.back_mut() {
                incident.rms_change = incident.rms_change.max(rms_change);
            }
            return None;
        }
        self.past.push_back(Incident {
            start: seconds(now),
            end: None,
            rms_change,
        });
        if self.past.len() > KEEP {
            self.past.pop_front();
        }
        Some(Event::Started(rms_change))
    }

    fn end(&mut self, now: SystemTime) -> Option<Event> {
        self.last.take()?;
        let incident = self.past.back_mut()?;
        let end = seconds(now).max(incident.start);
        incident.end = Some(end);
        Some(Event::Ended(Duration::from_secs_f64(end - incident.start)))
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

    fn frame(tampered: bool) -> gst::Structure {
        gst::Structure::builder("featuredistill")
            .field("pts", gst::ClockTime::NONE)
            .field("running-time", gst::ClockTime::NONE)
            .field("rms-change", 3.0)
            .field("max-change", 9u32)
            .field("zeroed", 0u64)
            .field("changed-blocks", 1.0)
            .field("changed-x", 0u32)
            .field("changed-y", 0u32)
            .field("changed-width", 8u32)
            .field("changed-height", 8u32)
            .field("tampered", tampered)
            .field("certified-epsilon", 1.0)
            .build()
    }

    fn whole(state: &str) -> gst::Structure {
        gst::Structure::builder(INCIDENT)
            .field("state", state)
            .field("rms-change", 5.0)
            .build()
    }

    #[test]
    fn tampered_frames_in_a_row_are_one_incident() {
        gst::init().unwrap();
        let mut incidents = Incidents::default();
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        assert_eq!(incidents.hear(&frame(false), at(0), 1), None);
        let started = Some(Event::Started(3.0));
        assert_eq!(incidents.hear(&frame(true), at(40), 2), started);
        assert_eq!(incidents.hear(&frame(true), at(540), 14), None);
        assert_eq!(incidents.tick(at(1000), 30), None);
        // A stream that stands still isn't one without tampering.
        assert_eq!(incidents.tick(at(1600), 15), None);
        let ended = Some(Event::Ended(Duration::from_millis(500)));
        assert_eq!(incidents.tick(at(1600), 40), ended);
        assert!(!incidents.is_active());
        assert_eq!(incidents.all().len(), 1);
    }

    #[test]
    fn reports_of_frames_do_not_count_beside_those_of_incidents() {
        gst::init().unwrap();
        let mut incidents = Incidents::default();
        let at = |s| UNIX_EPOCH + Duration::from_secs(s);
        let started = Some(Event::Started(5.0));
        assert_eq!(incidents.hear(&whole("started"), at(1), 1), started);
        assert_eq!(incidents.tick(at(9), 200), None);
        assert_eq!(incidents.hear(&whole("ongoing"), at(10), 225), None);
        let ended = Some(Event::Ended(Duration::from_secs(10)));
        assert_eq!(incidents.hear(&whole("ended"), at(11), 250), ended);
        assert_eq!(incidents.hear(&frame(true), at(12), 275), None);
    }
}
