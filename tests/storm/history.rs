// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The settings that an element had, one after the other.

use std::sync::{Arc, Mutex, MutexGuard};

use super::model::Settings;
use super::watch::lock;

/// All settings that an element had, the last ones possibly not in force yet.
#[derive(Clone)]
pub struct History(Arc<Inner>);

struct Inner {
    states: Mutex<States>,
    /// Held while settings are changed: one change at a time.
    changing: Mutex<()>,
}

struct States {
    states: Vec<Settings>,
    /// The last one that is in force for certain.
    certain: usize,
    /// The oldest one that the last frame may have been made with.
    used: usize,
}

impl History {
    pub fn new(first: Settings) -> Self {
        Self(Arc::new(Inner {
            states: Mutex::new(States {
                states: vec![first],
                certain: 0,
                used: 0,
            }),
            changing: Mutex::default(),
        }))
    }

    fn states(&self) -> MutexGuard<'_, States> {
        lock(&self.0.states)
    }

    /// The oldest settings that may still be in force.
    pub fn mark(&self) -> usize {
        self.states().certain
    }

    /// Settings that could have been in force since `mark`, the newest first: those that were set, and where
    /// these can't be used, all that the frame before may have been made with.
    pub fn since(&self, mark: usize) -> Vec<Settings> {
        let states = self.states();
        let set = &states.states[mark..];
        let first = if set.iter().all(Settings::is_usable) {
            mark
        } else {
            states.used.min(mark)
        };
        states.states[first..].iter().rev().cloned().collect()
    }

    /// A frame has left with settings that could be in force since `mark`. Unless each of them would have been used, it may
    /// have been made with older ones, or with none.
    pub fn note_use(&self, mark: usize) {
        let mut states = self.states();
        let is_used = |settings: &Settings| settings.is_usable() && !settings.bypass;
        if states.states[mark..].iter().all(is_used) {
            states.used = mark;
        }
    }

    /// The number of changes so far.
    pub fn changes(&self) -> usize {
        self.states().states.len()
    }

    /// The shortest `tamper-interval` so far, in nanoseconds.
    pub fn tamper_interval(&self) -> u64 {
        let states = self.states();
        let intervals = states.states.iter().map(|state| state.tamper_interval);
        intervals.min().expect("a first one")
    }

    /// Changes the settings, then has `act` tell the element: they may be in force from the first call on, and
    /// are once `act` returns.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Settings),
        act: impl FnOnce(&Settings) -> T,
    ) -> T {
        let _one_at_a_time = lock(&self.0.changing);
        let mut settings = self.last();
        change(&mut settings);
        self.states().states.push(settings.clone());
        let result = act(&settings);
        let mut states = self.states();
        states.certain = states.states.len() - 1;
        result
    }

    pub fn last(&self) -> Settings {
        self.states().states.last().expect("a first one").clone()
    }
}
