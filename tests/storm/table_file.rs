// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files that are replaced, broken and mended while elements read them.

use gst::prelude::*;
use gstfeaturedistill::tables::{Tables, presets};

use super::causes::Causes;
use super::history::History;
use super::model::Settings;
use super::place::{Place, Thing};

/// A file of tables that changes, breaks and goes.
pub struct TableFile {
    place: Place,
}

impl TableFile {
    pub fn new() -> Self {
        Self {
            place: Place::new(),
        }
    }

    /// Two whole tables that differ.
    fn contents() -> [Tables; 2] {
        [presets::annex_k().scaled(75), presets::one_pass()]
    }

    /// Has the element read the file while its content changes, or forget it.
    pub fn disturb(
        &mut self,
        random: &mut fastrand::Rng,
        element: &gst::Element,
        history: &History,
        causes: &Causes,
    ) {
        // A start in between finds the file whole or broken.
        causes.allow("Can't read the table file");
        let [first, second] = Self::contents();
        if random.u32(..3) == 0 {
            let forget = |_: &Settings| {
                element.set_property("table-file", None::<String>);
            };
            let clear = |settings: &mut Settings| {
                settings.from_file.clear();
                settings.preset_possible = false;
            };
            history.change(clear, forget);
            return;
        }
        let texts = [first.to_string(), second.to_string()];
        let things = [
            Thing::File(texts[0].as_bytes()),
            Thing::File(texts[1].as_bytes()),
            Thing::File(b"1 2 3 none"),
            *random.choice(&Thing::ODD).expect("things"),
        ];
        self.place.put(things[0]);
        let change = |settings: &mut Settings| {
            settings.preset_possible |= settings.from_file.is_empty();
            settings.from_file.extend([first, second]);
        };
        let seed = random.u64(..);
        history.change(change, |_| {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut random = fastrand::Rng::with_seed(seed);
                    for _ in 0..20 {
                        self.place.put(*random.choice(&things).expect("things"));
                    }
                });
                for _ in 0..5 {
                    element.set_property("table-file", self.place.path().to_str());
                }
            });
            self.place.put(things[1]);
        });
    }
}
