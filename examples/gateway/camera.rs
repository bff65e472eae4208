// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A camera: its state, and the thread that keeps it connected.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use gstfeaturedistill::codec::Digest;

use crate::digests::Digests;
use crate::elements::Carrier;
use crate::frozen::LastChange;
use crate::incidents::{Event, Incidents};
use crate::matching::{Matching, Verdict};
use crate::numbers::Numbers;
use crate::options::CameraOptions;
use crate::relay::Relay;
use crate::stills::Stills;
use crate::trouble::LoginRefused;
use crate::{connection, lock};

/// First wait before a camera is tried again; it doubles with every try.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Wait after a refused login: many cameras lock out who tries often.
const LOGIN_RETRY: Duration = Duration::from_secs(300);

/// A connection that lived this long was a good one: the next wait is the first one again.
const GOOD: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub enum State {
    Connecting,
    Live,
    /// Not connected; tried again at that time.
    Gone(Instant),
    /// The options can't be used; never tried.
    Refused,
}

/// A mount of the server that opens and closes with its camera.
pub trait Mount: Send + Sync {
    fn open(&self, camera: &Arc<Camera>);
    fn close(&self, camera: &Arc<Camera>);
}

pub struct Camera {
    pub options: CameraOptions,
    pub carrier: Option<Carrier>,
    pub numbers: Numbers,
    pub relay: Relay,
    pub stills: Arc<Stills>,
    pub last_change: Arc<LastChange>,
    pub digests: Digests,
    state: Mutex<State>,
    incidents: Mutex<Incidents>,
    matching: Mutex<Matching>,
    frozen: AtomicBool,
    /// The source's digests can't be read.
    unread: AtomicBool,
    stopping: AtomicBool,
}

impl Camera {
    /// A camera whose encoder's stream needs `carrier`; without one it is refused.
    pub fn new(options: CameraOptions, carrier: Option<Carrier>, numbers: Numbers) -> Self {
        let state = carrier.map_or(State::Refused, |_| State::Connecting);
        let incidents = Incidents::new(options.min_margin);
        Self {
            options,
            carrier,
            numbers,
            relay: Relay::default(),
            stills: Arc::default(),
            last_change: Arc::default(),
            digests: Digests::default(),
            state: Mutex::new(state),
            incidents: Mutex::new(incidents),
            matching: Mutex::default(),
            frozen: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        }
    }

    /// Connects, and connects again, until the gateway stops.
    pub fn run(self: &Arc<Self>, mount: &dyn Mount) {
        let mut wait = FIRST_RETRY;
        let mut told = String::new();
        while !self.is_stopping() {
            self.set(State::Connecting);
            self.numbers.connections.inc();
            let begin = Instant::now();
            let result = connection::run(self, || {
                mount.open(self);
                self.set(State::Live);
                self.numbers.up.set(1.0);
                self.log("live");
            });
            let was_live = matches!(self.state(), State::Live);
            self.numbers.forget();
            self.relay.disconnect();
            self.stills.forget();
            self.last_change.forget();
            self.frozen.store(false, Ordering::Relaxed);
            self.tell(|incidents| incidents.disconnect(SystemTime::now()));
            mount.close(self);
            let Err(error) = result else {
                return;
            };
            if was_live && begin.elapsed() > GOOD {
                wait = FIRST_RETRY;
            }
            if error.is::<LoginRefused>() {
                wait = LOGIN_RETRY;
            }
            // The same trouble is told once, not with every try.
            let text = format!("{error:#}");
            if was_live || text != told {
                self.log(format!("{text}; trying again in {} s", wait.as_secs()));
                told = text;
            }
            self.set(State::Gone(Instant::now() + wait));
            self.pause(wait);
            wait = (2 * wait).min(self.options.retry);
        }
    }

    /// Waits, unless the gateway stops.
    pub fn pause(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end && !self.is_stopping() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes `run` return soon.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes an encoded frame, `latency` after it came at `time` of the system clock.
    pub fn served(&self, frame: &gst::Sample, time: gst::ClockTime, latency: gst::ClockTime) {
        self.numbers.frames.inc();
        let latency = latency.nseconds() as f64 / 1e9;
        let before = self.numbers.latency.get();
        // Averaged, as a single frame says little.
        let average = if before.is_nan() {
            latency
        } else {
            0.95 * before + 0.05 * latency
        };
        self.numbers.latency.set(average);
        self.relay.push(frame, time);
    }

    /// Takes an element's message.
    pub fn hear(&self, message: &gst::StructureRef) {
        let digest = self.digests.hear(message);
        if let (Some(digest), Some(_)) = (digest, &self.options.source_digests) {
            lock(&self.matching).seen(digest, Instant::now());
        }
        self.tell(|incidents| incidents.hear(message, SystemTime::now()));
    }

    /// Takes the source's digests, which it was asked for at `asked`.
    pub fn listed(&self, digests: Vec<Digest>, asked: Instant) {
        lock(&self.matching).listed(digests, asked);
    }

    /// Counts the frames that have been compared with the source's digests by now, and tells of strange ones.
    pub fn judge(&self, now: Instant) {
        let verdicts = lock(&self.matching).verdicts(now);
        for verdict in verdicts {
            self.numbers.digests(verdict).inc();
            self.tell(|incidents| incidents.hear_verdict(verdict, SystemTime::now()));
        }
    }

    /// Notes whether the source's digests can't be read; returns what was noted before.
    pub fn set_unread(&self, unread: bool) -> bool {
        self.unread.swap(unread, Ordering::Relaxed)
    }

    /// Counts and logs what happens to the incidents.
    fn tell<E: IntoIterator<Item = Event>>(&self, change: impl FnOnce(&mut Incidents) -> E) {
        let (events, active) = {
            let mut incidents = lock(&self.incidents);
            let events = change(&mut incidents);
            (events, incidents.are_active())
        };
        self.numbers
            .incident_active
            .set(f64::from(u8::from(active)));
        for event in events {
            if let Event::Started(..) = event {
                self.numbers.incidents.inc();
            }
            self.log(event);
        }
    }

    /// Notes for how long the picture has been the same, and tells when that becomes too long.
    pub fn check_picture(&self) {
        let Some(age) = self.last_change.age() else {
            return;
        };
        self.numbers.picture_age.set(age.as_secs_f64());
        let is_frozen = self.options.frozen.is_some_and(|limit| age >= limit);
        match (self.frozen.swap(is_frozen, Ordering::Relaxed), is_frozen) {
            (false, true) => self.log(format!(
                "the picture has been the same, byte for byte, for {} s: look at the camera, unless its scene is still",
                age.as_secs()
            )),
            (true, false) => self.log("the picture changes again"),
            _ => {}
        }
    }

    pub fn incidents(&self) -> Vec<crate::incidents::Incident> {
        lock(&self.incidents).all()
    }

    pub fn state(&self) -> State {
        lock(&self.state).clone()
    }

    /// One or two words for the state.
    pub fn state_name(&self) -> &'static str {
        match self.state() {
            State::Connecting => "connecting",
            State::Live if self.unread.load(Ordering::Relaxed) => "unverified",
            State::Live if self.frozen.load(Ordering::Relaxed) => "frozen picture",
            State::Live => "live",
            State::Gone(_) => "gone",
            State::Refused => "refused",
        }
    }

    fn set(&self, state: State) {
        *lock(&self.state) = state;
    }

    /// Prints a line about the camera.
    pub fn log(&self, text: impl fmt::Display) {
        println!("{}: {text}", self.options.name);
    }
}

impl fmt::Display for Camera {
    /// State and numbers, for the status line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = &self.numbers;
        let state = self.state();
        write!(f, "{} {}", self.options.name, self.state_name())?;
        match state {
            State::Live => {
                let latency = 1000.0 * numbers.latency.get();
                write!(f, " {:.1}/s {latency:.0} ms margin ", numbers.rate.get())?;
                match numbers.margin.get() {
                    margin if margin.is_nan() => f.write_str("-")?,
                    margin => write!(f, "{margin:.2}")?,
                }
            }
            State::Gone(until) => {
                let wait = until.saturating_duration_since(Instant::now());
                write!(f, " (again in {} s)", wait.as_secs())?;
            }
            State::Connecting | State::Refused => {}
        }
        if self.options.source_digests.is_some() {
            for verdict in Verdict::ALL {
                write!(f, " {verdict} {}", numbers.digests(verdict).get())?;
            }
        }
        write!(f, " incidents {}", numbers.incidents.get())?;
        if numbers.incident_active.get() > 0.0 {
            f.write_str(" (going on)")?;
        }
        Ok(())
    }
}
