// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Incidents: tampering and small margins, from the element's messages; frames that aren't the source's.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gstfeaturedistill::featuredistill::{
    FeatureDistillMessage, FeatureDistillTamperMessage, TamperState,
};
use serde::Serialize;

use crate::matching::Verdict;

/// Incidents of a cause that are remembered for each camera.
const KEEP: usize = 200;

/// Time without such a frame after which an incident has ended, unless the element tells its end.
const QUIET: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Frames that count as tampered with.
    Tampering,
    /// Frames that came close to being restored wrongly.
    Margin,
    /// Frames that aren't among the source's digests.
    Digest,
    /// Frames that came again after later ones.
    Replay,
}

/// Frames with the same trouble that follow each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    pub cause: Cause,
    /// Seconds since 1970.
    pub start: f64,
    /// Seconds since 1970; none while it goes on.
    pub end: Option<f64>,
    /// Such frames so far.
    pub frames: u64,
    /// Largest RMS change of a frame so far, in levels, or smallest margin; 0 for digests and replay.
    pub worst: f64,
}

/// Change that is worth a line in the log.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// An incident has started, with this RMS change in levels or margin, or 0.
    Started(Cause, f64),
    /// An incident has ended: time from the first to the last of its frames, and their number.
    Ended(Cause, Duration, u64),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(Cause::Tampering, rms_change) => {
                write!(f, "tampering started: RMS change {rms_change:.2} levels")
            }
            Self::Started(Cause::Margin, margin) => write!(
                f,
                "the margin {margin:.2} is too small: use a lower quantizer at the source, or a larger epsilon at both ends"
            ),
            Self::Started(Cause::Digest, _) => f.write_str(
                "a frame isn't among the source's digests: somebody else has made it, or the codec in between is too \
                 coarse, or the keys differ",
            ),
            Self::Started(Cause::Replay, _) => {
                f.write_str("an old frame of the source came again after later ones")
            }
            Self::Ended(cause, time, frames) => {
                let (trouble, frames_are) = match cause {
                    Cause::Tampering => ("tampering", "tampered frames"),
                    Cause::Margin => ("small margins", "frames with them"),
                    Cause::Digest => ("unknown digests", "frames with them"),
                    Cause::Replay => ("replay", "replayed frames"),
                };
                let seconds = time.as_secs_f64();
                write!(
                    f,
                    "{trouble} ended after {seconds:.1} s, {frames_are}: {frames}"
                )
            }
        }
    }
}

/// Incidents of one camera.
pub struct Incidents {
    min_margin: Option<f64>,
    tampering: History,
    margins: History,
    digests: History,
    replays: History,
}

impl Incidents {
    /// Incidents of a camera whose margins may be `min_margin` and larger, if there is such a limit.
    pub fn new(min_margin: Option<f64>) -> Self {
        Self {
            min_margin,
            tampering: History::new(Cause::Tampering),
            margins: History::new(Cause::Margin),
            digests: History::new(Cause::Digest),
            replays: History::new(Cause::Replay),
        }
    }

    /// Takes a message of the element; others are left alone.
    pub fn hear(&mut self, message: &gst::StructureRef, now: SystemTime) -> Option<Event> {
        if let Ok(message) = FeatureDistillTamperMessage::try_from(message) {
            return self.hear_tampering(&message, now);
        }
        let message = FeatureDistillMessage::try_from(message).ok()?;
        // The margin of a frame that was tampered with says nothing more.
        let margin = message.margin.filter(|_| !message.tampered)?;
        self.hear_margin(margin, now)
    }

    fn hear_tampering(
        &mut self,
        message: &FeatureDistillTamperMessage,
        now: SystemTime,
    ) -> Option<Event> {
        let (incident, is_new) = self.tampering.current(now);
        incident.frames = message.frames;
        incident.worst = message.rms_change;
        if message.state == TamperState::Ended {
            let end = incident.start + Duration::from(message.duration).as_secs_f64();
            return self.tampering.end(end);
        }
        is_new.then_some(Event::Started(Cause::Tampering, message.rms_change))
    }

    fn hear_margin(&mut self, margin: f64, now: SystemTime) -> Option<Event> {
        if margin >= self.min_margin? {
            return self.margins.end_if_quiet(now);
        }
        let (incident, is_new) = self.margins.add(now);
        incident.worst = if is_new {
            margin
        } else {
            incident.worst.min(margin)
        };
        is_new.then_some(Event::Started(Cause::Margin, margin))
    }

    /// Takes the outcome of comparing a frame with the source's digests.
    pub fn hear_verdict(&mut self, verdict: Verdict, now: SystemTime) -> Vec<Event> {
        let (history, cause) = match verdict {
            Verdict::Verified => {
                let ended = [&mut self.digests, &mut self.replays];
                let ended = ended.map(|history| history.end_if_quiet(now));
                return ended.into_iter().flatten().collect();
            }
            Verdict::Unverified => return Vec::new(),
            Verdict::Unknown => (&mut self.digests, Cause::Digest),
            Verdict::Replayed => (&mut self.replays, Cause::Replay),
        };
        let (_, is_new) = history.add(now);
        Vec::from_iter(is_new.then_some(Event::Started(cause, 0.0)))
    }

    /// Ends incidents with the connection.
    pub fn disconnect(&mut self, now: SystemTime) -> Vec<Event> {
        let others = [&mut self.margins, &mut self.digests, &mut self.replays];
        let others = others.map(|history| history.end(seconds(history.last)));
        self.tampering
            .end(seconds(now))
            .into_iter()
            .chain(others.into_iter().flatten())
            .collect()
    }

    /// True while an incident goes on.
    pub fn are_active(&self) -> bool {
        self.histories().iter().any(|history| history.active)
    }

    /// All that are remembered.
    pub fn all(&self) -> Vec<Incident> {
        let histories = self.histories().into_iter();
        histories
            .flat_map(|history| history.past.iter().cloned())
            .collect()
    }

    fn histories(&self) -> [&History; 4] {
        [&self.tampering, &self.margins, &self.digests, &self.replays]
    }
}

/// Incidents of one cause, the oldest first.
struct History {
    cause: Cause,
    past: VecDeque<Incident>,
    /// The last one goes on.
    active: bool,
    /// The last frame that was added.
    last: SystemTime,
}

impl History {
    fn new(cause: Cause) -> Self {
        Self {
            cause,
            past: VecDeque::new(),
            active: false,
            last: UNIX_EPOCH,
        }
    }

    /// The incident that goes on, and true if it starts now.
    fn current(&mut self, now: SystemTime) -> (&mut Incident, bool) {
        let is_new = !std::mem::replace(&mut self.active, true);
        if is_new && self.past.len() == KEEP {
            self.past.pop_front();
        }
        let new = Incident {
            cause: self.cause,
            start: seconds(now),
            end: None,
            frames: 0,
            worst: 0.0,
        };
        let last = if is_new { None } else { self.past.pop_back() };
        self.past.push_back(last.unwrap_or(new));
        let last = self.past.len() - 1;
        (&mut self.past[last], is_new)
    }

    /// Adds a frame to the incident that goes on, as `current`.
    fn add(&mut self, now: SystemTime) -> (&mut Incident, bool) {
        self.last = now;
        let (incident, is_new) = self.current(now);
        incident.frames += 1;
        (incident, is_new)
    }

    /// Ends it if no frame was added for some time.
    fn end_if_quiet(&mut self, now: SystemTime) -> Option<Event> {
        let quiet = now.duration_since(self.last).unwrap_or_default();
        (quiet >= QUIET)
            .then(|| self.end(seconds(self.last)))
            .flatten()
    }

    fn end(&mut self, end: f64) -> Option<Event> {
        if !std::mem::take(&mut self.active) {
            return None;
        }
        let incident = self.past.back_mut()?;
        let end = end.max(incident.start);
        incident.end = Some(end);
        let duration = Duration::from_secs_f64(end - incident.start);
        Some(Event::Ended(self.cause, duration, incident.frames))
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
        let incidents = &mut Incidents::new(None);
        let started = Some(Event::Started(Cause::Tampering, 5.0));
        assert_eq!(hear(incidents, "started", 0, 1, 10), started);
        assert_eq!(hear(incidents, "ongoing", 1, 26, 11), None);
        assert!(incidents.tampering.active);
        let ended = Some(Event::Ended(Cause::Tampering, Duration::from_secs(2), 51));
        assert_eq!(hear(incidents, "ended", 2, 51, 13), ended);
        assert!(!incidents.tampering.active);
        let expected = Incident {
            cause: Cause::Tampering,
            start: 10.0,
            end: Some(12.0),
            frames: 51,
            worst: 5.0,
        };
        assert_eq!(incidents.all(), [expected]);
    }

    #[test]
    fn a_lost_camera_ends_its_incident() {
        let incidents = &mut Incidents::new(None);
        let lost = UNIX_EPOCH + Duration::from_secs(14);
        assert_eq!(incidents.disconnect(lost), []);
        hear(incidents, "started", 0, 1, 10);
        let ended = Event::Ended(Cause::Tampering, Duration::from_secs(4), 1);
        assert_eq!(incidents.disconnect(lost), [ended]);
        assert_eq!(
            hear(incidents, "started", 0, 1, 20),
            Some(Event::Started(Cause::Tampering, 5.0))
        );
        assert_eq!(incidents.all().len(), 2);
    }

    #[test]
    fn small_margins_are_an_incident_where_a_limit_is_set() {
        let at = |second: u64| UNIX_EPOCH + Duration::from_secs(second);
        assert_eq!(Incidents::new(None).hear_margin(0.0, at(1)), None);
        let incidents = &mut Incidents::new(Some(0.1));
        assert_eq!(incidents.hear_margin(0.1, at(9)), None);
        let started = Some(Event::Started(Cause::Margin, 0.05));
        assert_eq!(incidents.hear_margin(0.05, at(10)), started);
        assert_eq!(incidents.hear_margin(0.02, at(12)), None);
        assert_eq!(incidents.hear_margin(0.3, at(13)), None);
        assert!(incidents.margins.active && !incidents.tampering.active);
        let ended = Some(Event::Ended(Cause::Margin, Duration::from_secs(2), 2));
        assert_eq!(incidents.hear_margin(0.3, at(17)), ended);
        assert_eq!(incidents.hear_margin(0.3, at(30)), None);
        assert_eq!(incidents.all()[0].worst, 0.02);
    }

    #[test]
    fn frames_that_are_not_the_sources_are_an_incident_until_it_is_quiet() {
        let at = |second: u64| UNIX_EPOCH + Duration::from_secs(second);
        let incidents = &mut Incidents::new(None);
        for verdict in [Verdict::Verified, Verdict::Unverified] {
            assert_eq!(incidents.hear_verdict(verdict, at(9)), []);
        }
        let started = |cause| vec![Event::Started(cause, 0.0)];
        let events = incidents.hear_verdict(Verdict::Unknown, at(10));
        assert_eq!(events, started(Cause::Digest));
        assert_eq!(incidents.hear_verdict(Verdict::Unknown, at(12)), []);
        let events = incidents.hear_verdict(Verdict::Replayed, at(14));
        assert_eq!(events, started(Cause::Replay));
        // Frames that nobody could compare end nothing.
        assert_eq!(incidents.hear_verdict(Verdict::Unverified, at(17)), []);
        assert!(incidents.are_active());
        let ended = Event::Ended(Cause::Digest, Duration::from_secs(2), 2);
        assert_eq!(incidents.hear_verdict(Verdict::Verified, at(17)), [ended]);
        let ended = Event::Ended(Cause::Replay, Duration::ZERO, 1);
        assert_eq!(incidents.disconnect(at(18)), [ended]);
        assert!(!incidents.are_active());
    }

    #[test]
    fn other_messages_are_left_alone() {
        gst::init().unwrap();
        let other = gst::Structure::new_empty("featuredistill");
        let incidents = &mut Incidents::new(None);
        assert_eq!(incidents.hear(&other, UNIX_EPOCH), None);
        assert!(incidents.all().is_empty());
    }
}
