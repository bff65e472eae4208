// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Messages about incidents, and what holds for them.

use gst_video::VideoInfo;
use gstfeaturedistill::featuredistill::{FeatureDistillTamperMessage, TamperState};

/// The frames and incidents of an element.
pub struct Incidents {
    /// Running time of the last frame, in nanoseconds.
    now: u64,
    /// Sum of the times between frames.
    elapsed: u64,
    frames: u64,
    /// The shortest `tamper-interval` so far; 0 where it isn't known.
    interval: u64,
    current: Option<Incident>,
}

/// An incident that goes on.
struct Incident {
    last: FeatureDistillTamperMessage,
    /// Values when it started.
    elapsed: u64,
    frames: u64,
    /// Messages since.
    ongoing: u64,
}

impl Incidents {
    pub fn new(interval: u64) -> Self {
        Self {
            now: 0,
            elapsed: 0,
            frames: 0,
            interval,
            current: None,
        }
    }

    /// A frame arrives.
    pub fn frame(&mut self, running_time: Option<gst::ClockTime>, info: &VideoInfo) {
        let now = match running_time {
            Some(time) => time.nseconds(),
            None => self.now.saturating_add(duration(info)),
        };
        self.elapsed = self.elapsed.saturating_add(now.saturating_sub(self.now));
        self.now = now;
        self.frames += 1;
    }

    /// An error unless a message may be posted now: incidents start, go on and end in this order, with values
    /// that only grow, and no more than one message an interval.
    pub fn message(&mut self, message: &gst::StructureRef) -> Result<(), String> {
        let message: FeatureDistillTamperMessage =
            message.try_into().map_err(|error| format!("{error}"))?;
        let Some(mut incident) = self.current.take() else {
            if message.state != TamperState::Started || message.frames != 1 {
                return Err("no incident goes on".into());
            }
            self.current = Some(Incident {
                last: message,
                elapsed: self.elapsed,
                frames: self.frames,
                ongoing: 0,
            });
            return Ok(());
        };
        let last = incident.last;
        let frames = 1 + self.frames - incident.frames;
        let elapsed = self.elapsed - incident.elapsed;
        if (message.pts, message.running_time) != (last.pts, last.running_time) {
            return Err(format!("another incident than {last:?}"));
        }
        let grows = message.frames >= last.frames
            && message.duration >= last.duration
            && message.rms_change >= last.rms_change
            && message.max_change >= last.max_change;
        if !grows {
            return Err(format!("less than {last:?}"));
        }
        if message.frames > frames || message.duration.nseconds() > elapsed {
            return Err(format!("{frames} frames came in {elapsed} ns"));
        }
        match message.state {
            TamperState::Started => return Err(format!("{last:?} has not ended")),
            TamperState::Ended => {}
            TamperState::Ongoing => {
                incident.ongoing += 1;
                if incident.ongoing.saturating_mul(self.interval) > elapsed {
                    let count = incident.ongoing;
                    return Err(format!("{count} messages in {elapsed} ns"));
                }
                incident.last = message;
                self.current = Some(incident);
            }
        }
        Ok(())
    }

    /// Panics if an incident goes on.
    pub fn check_end(&self) {
        if let Some(incident) = &self.current {
            panic!("an incident goes on for ever: {:?}", incident.last);
        }
    }
}

/// Nanoseconds that a frame lasts at the framerate of its caps.
fn duration(info: &VideoInfo) -> u64 {
    let (frames, seconds) = (info.fps().numer(), info.fps().denom());
    if frames <= 0 || seconds <= 0 {
        return 0;
    }
    1_000_000_000 * seconds as u64 / frames as u64 + 1
}
