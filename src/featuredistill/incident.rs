// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Incidents: tampered frames that follow each other are reported together.
//!
//! An incident starts with a tampered frame, and has ended when no frame was tampered with for an interval.
//! Its time is that of the frames and not of the machine: it stands still while no frame comes. Tampered
//! frames with none between them belong together, however far apart they are. Time is
//! running time. A frame without it counts as one frame's duration later than the one before, at the
//! framerate of the caps, or as no later where they have none. Where running time falls back, it goes on from
//! there.

use gst::ClockTime;
use smallvec::SmallVec;

use super::message::Area;
use super::tamper_message::{FeatureDistillTamperMessage, TamperState};
use crate::codec::{Extent, FrameStats};

/// Time of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTime {
    pub pts: Option<ClockTime>,
    pub running_time: Option<ClockTime>,
    /// The duration of a frame at the framerate of the caps.
    pub nominal_duration: Option<ClockTime>,
}

/// A tampered frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    pub changes: &'a FrameStats,
    /// Width and height of the frame in pixels.
    pub size: (u32, u32),
}

/// Messages that a frame gives rise to: the end of an incident and the start of another one at most.
pub(super) type Messages = SmallVec<[FeatureDistillTamperMessage; 2]>;

/// The incidents of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incidents {
    /// Time of the last frame.
    now: ClockTime,
    current: Option<Incident>,
}

/// An incident that goes on.
#[derive(Clone, Copy, Debug)]
struct Incident {
    so_far: FeatureDistillTamperMessage,
    extent: Extent,
    /// Time since the last tampered frame.
    quiet: ClockTime,
    /// Time since the last message.
    unreported: ClockTime,
}

impl Incidents {
    /// Takes in a frame, with the evidence if it was tampered with, and returns what is to be reported.
    pub(super) fn frame(
        &mut self,
        time: &FrameTime,
        evidence: Option<Evidence<'_>>,
        interval: ClockTime,
    ) -> Messages {
        let elapsed = self.advance(time);
        let mut messages = Messages::new();
        if let Some(incident) = &mut self.current {
            let follows_tampered = evidence.is_some() && incident.quiet.is_zero();
            incident.quiet = incident.quiet.saturating_add(elapsed);
            incident.unreported = incident.unreported.saturating_add(elapsed);
            if incident.quiet >= interval && !follows_tampered {
                messages.extend(self.end());
            }
        }
        match (&mut self.current, evidence) {
            (Some(incident), evidence) => {
                if let Some(evidence) = evidence {
                    incident.add(&evidence);
                }
                if incident.unreported >= interval {
                    incident.unreported %= interval.nseconds();
                    messages.push(incident.report(TamperState::Ongoing));
                }
            }
            (None, Some(evidence)) => {
                let incident = self.current.insert(Incident::starting_at(time));
                incident.add(&evidence);
                messages.push(incident.report(TamperState::Started));
            }
            (None, None) => {}
        }
        messages
    }

    /// Ends the incident that goes on, if there is one, and returns what is to be reported.
    pub(super) fn end(&mut self) -> Option<FeatureDistillTamperMessage> {
        let incident = self.current.take()?;
        Some(incident.report(TamperState::Ended))
    }

    /// Advances to the time of a frame and returns the time since the frame before.
    fn advance(&mut self, time: &FrameTime) -> ClockTime {
        let before = self.now;
        self.now = time.running_time.unwrap_or_else(|| {
            before.saturating_add(time.nominal_duration.unwrap_or(ClockTime::ZERO))
        });
        self.now.saturating_sub(before)
    }
}

impl Incident {
    fn starting_at(time: &FrameTime) -> Self {
        Self {
            so_far: FeatureDistillTamperMessage::starting_at(time.pts, time.running_time),
            extent: Extent::default(),
            quiet: ClockTime::ZERO,
            unreported: ClockTime::ZERO,
        }
    }

    /// Takes in a tampered frame.
    fn add(&mut self, Evidence { changes, size }: &Evidence<'_>) {
        self.extent = self.extent.union(changes.changed_extent);
        let so_far = &mut self.so_far;
        so_far.duration = so_far.duration.saturating_add(self.quiet);
        so_far.frames += 1;
        so_far.rms_change = so_far.rms_change.max(changes.rms_change());
        so_far.max_change = so_far.max_change.max(changes.max_change);
        so_far.changed_area = Area::within(self.extent, *size);
        self.quiet = ClockTime::ZERO;
    }

    fn report(&self, state: TamperState) -> FeatureDistillTamperMessage {
        FeatureDistillTamperMessage {
            state,
            ..self.so_far
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TamperState::{Ended, Ongoing, Started};
    use super::*;

    const INTERVAL: ClockTime = ClockTime::SECOND;
    const SIZE: (u32, u32) = (64, 48);

    fn at(milliseconds: u64) -> FrameTime {
        let time = Some(ClockTime::from_mseconds(milliseconds));
        FrameTime {
            pts: time,
            running_time: time,
            nominal_duration: None,
        }
    }

    /// A change of `level` in a block at (`left`, 0).
    fn changes(level: u32, left: usize) -> FrameStats {
        FrameStats {
            samples: 100,
            squared_change: u64::from(level * level) * 100,
            max_change: level,
            changed_extent: Extent {
                left,
                top: 0,
                right: left + 8,
                bottom: 8,
            },
            ..FrameStats::default()
        }
    }

    fn tampered(incidents: &mut Incidents, time: &FrameTime, changes: &FrameStats) -> Messages {
        let evidence = Evidence {
            changes,
            size: SIZE,
        };
        incidents.frame(time, Some(evidence), INTERVAL)
    }

    fn clean(incidents: &mut Incidents, time: &FrameTime) -> Messages {
        incidents.frame(time, None, INTERVAL)
    }

    /// States and times of the messages about frames every 40 ms, which are tampered with where `script` says
    /// so; times in ms.
    fn reported(frames: u64, script: impl Fn(u64) -> bool) -> Vec<(u64, TamperState)> {
        let mut incidents = Incidents::default();
        let mut reported = Vec::new();
        for time in (0..frames).map(|frame| 40 * frame) {
            let messages = if script(time) {
                tampered(&mut incidents, &at(time), &changes(1, 0))
            } else {
                clean(&mut incidents, &at(time))
            };
            reported.extend(messages.iter().map(|message| (time, message.state)));
        }
        reported
    }

    #[test]
    fn an_incident_starts_goes_on_and_ends() {
        assert_eq!(
            reported(150, |time| (1000..3500).contains(&time)),
            [
                (1000, Started),
                (2000, Ongoing),
                (3000, Ongoing),
                (4000, Ongoing),
                (4480, Ended)
            ]
        );
    }

    #[test]
    fn a_single_frame_is_an_incident() {
        let messages = reported(100, |time| time == 400);
        assert_eq!(messages, [(400, Started), (1400, Ended)]);
    }

    #[test]
    fn bursts_closer_than_an_interval_are_one_incident() {
        let close = reported(100, |time| time == 0 || time == 960);
        assert_eq!(close, [(0, Started), (1000, Ongoing), (1960, Ended)]);
        let apart = reported(100, |time| time == 0 || time == 1000);
        assert_eq!(
            apart,
            [(0, Started), (1000, Ended), (1000, Started), (2000, Ended)]
        );
    }

    #[test]
    fn a_gap_between_tampered_frames_does_not_split_an_incident() {
        let mut incidents = Incidents::default();
        tampered(&mut incidents, &at(0), &changes(1, 0));
        for second in 1..4 {
            let messages = tampered(&mut incidents, &at(3000 * second), &changes(1, 0));
            let states: Vec<_> = messages.iter().map(|message| message.state).collect();
            assert_eq!(states, [Ongoing]);
        }
        let messages = clean(&mut incidents, &at(12_000));
        assert_eq!(messages[0].state, Ended);
        assert_eq!(messages[0].duration, ClockTime::from_seconds(9));
    }

    #[test]
    fn clean_frames_give_rise_to_nothing() {
        assert_eq!(reported(100, |_| false), []);
    }

    #[test]
    fn ten_thousand_frames_leave_a_message_an_interval() {
        // 400 s.
        assert_eq!(reported(10_000, |_| true).len(), 400);
    }

    #[test]
    fn messages_hold_the_worst_of_all_frames_so_far() {
        let mut incidents = Incidents::default();
        tampered(&mut incidents, &at(500), &changes(3, 16));
        tampered(&mut incidents, &at(700), &changes(9, 40));
        tampered(&mut incidents, &at(900), &changes(2, 24));
        clean(&mut incidents, &at(1100));
        let ended = incidents.end().expect("an incident");
        let expected = FeatureDistillTamperMessage {
            state: Ended,
            pts: Some(ClockTime::from_mseconds(500)),
            running_time: Some(ClockTime::from_mseconds(500)),
            duration: ClockTime::from_mseconds(400),
            frames: 3,
            rms_change: 9.0,
            max_change: 9,
            changed_area: Area {
                x: 16,
                y: 0,
                width: 32,
                height: 8,
            },
        };
        assert_eq!(ended, expected);
        assert_eq!(incidents.end(), None, "it has ended");
    }

    #[test]
    fn frames_without_time_advance_by_their_nominal_duration() {
        let untimed = |fps: Option<u64>| FrameTime {
            pts: None,
            running_time: None,
            nominal_duration: fps.map(|fps| ClockTime::from_nseconds(1_000_000_000 / fps)),
        };
        let mut incidents = Incidents::default();
        tampered(&mut incidents, &untimed(Some(10)), &changes(1, 0));
        let ends = (1..).find(|_| !clean(&mut incidents, &untimed(Some(10))).is_empty());
        assert_eq!(ends, Some(10), "a second at 10 frames a second");

        // Without a framerate either, time stands still: no more than a start until it is ended.
        let messages = (0..1000).map(|_| tampered(&mut incidents, &untimed(None), &changes(1, 0)));
        assert_eq!(messages.map(|messages| messages.len()).sum::<usize>(), 1);
        assert_eq!(incidents.end().map(|message| message.frames), Some(1000));
    }

    #[test]
    fn a_time_that_falls_back_goes_on_from_there() {
        let mut incidents = Incidents::default();
        tampered(&mut incidents, &at(100_000), &changes(1, 0));
        assert!(tampered(&mut incidents, &at(500), &changes(1, 0)).is_empty());
        assert!(clean(&mut incidents, &at(1499)).is_empty());
        let messages = clean(&mut incidents, &at(1500));
        assert_eq!(messages[0].state, Ended);
        assert_eq!(messages[0].duration, ClockTime::ZERO);
    }

    #[test]
    fn the_last_times_there_are_do_no_harm() {
        let last = FrameTime {
            running_time: Some(ClockTime::MAX),
            ..at(0)
        };
        let mut incidents = Incidents::default();
        for time in [at(0), last, last, at(0), last] {
            tampered(&mut incidents, &time, &changes(1, 0));
        }
        let untimed = FrameTime {
            running_time: None,
            nominal_duration: Some(ClockTime::SECOND),
            ..last
        };
        tampered(&mut incidents, &untimed, &changes(1, 0));
    }
}
