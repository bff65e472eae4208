// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A key file that is replaced while elements start.

use gst::prelude::*;

use super::place::{Place, Thing};
use super::play::Play;

/// A file that holds one key or the other, or none for a moment.
pub struct KeyFile {
    place: Place,
}

/// The keys that the file may hold.
pub const KEYS: [[u8; 32]; 2] = [[1; 32], *b"0123456789abcdef0123456789abcdef"];

impl KeyFile {
    pub fn new() -> Self {
        let file = Self {
            place: Place::new(),
        };
        file.place.put(Thing::File(&KEYS[0]));
        file
    }

    /// Has the element read the file at its next start.
    pub fn set(&self, element: &gst::Element) {
        element.set_property("key-file", self.place.path().to_str());
    }

    /// Starts the pipeline over and over while the file is replaced.
    pub fn disturb(&self, random: &mut fastrand::Rng, play: &mut Play) {
        play.causes.allow("Can't read the key file");
        let digits: String = KEYS[1].iter().map(|byte| format!("{byte:02x}")).collect();
        let things = [
            Thing::File(&KEYS[0]),
            Thing::File(&KEYS[1]),
            Thing::File(digits.as_bytes()),
            Thing::File(&digits.as_bytes()[1..]),
            *random.choice(&Thing::ODD).expect("things"),
        ];
        let seed = random.u64(..);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..20 {
                    self.place.put(*random.choice(&things).expect("things"));
                }
            });
            for _ in 0..3 {
                let _ = play.pipeline.set_state(gst::State::Null);
                play.restart();
            }
        });
        self.place.put(things[1]);
        play.restart();
    }
}
