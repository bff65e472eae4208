// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featurecalibrate`.

use gst::prelude::*;
use gstfeaturedistill::tables::file;

use super::frames;
use super::place::{Place, Thing};
use super::play::{Play, Tally};
use super::setter::Setter;
use super::support::video::formats;
use super::watch::{Arrived, Described, Judge, watch};

/// Things that may be where a file is to be written; the last one clears the way.
const IN_THE_WAY: [Thing<'_>; 3] = [Thing::Folder, Thing::Pipe, Thing::Nothing];

/// Frames leave as they came.
struct Untouched;

impl Judge for Untouched {
    fn judge(&self, frame: &Arrived, left: &gst::BufferRef, bytes: &[u8]) -> Result<(), String> {
        frame.check_sound()?;
        if bytes != frame.bytes || Described::of(left) != frame.described {
            return Err("it was changed".into());
        }
        Ok(())
    }
}

/// Sets a property that may change while frames come, or asks for the result.
fn set_one(random: &mut fastrand::Rng, calibrate: &gst::Element) {
    match random.u32(..8) {
        0 => calibrate.set_property("as-step", random.u32(1..=255)),
        1 => calibrate.set_property("md-step", random.u32(1..=255)),
        2 => calibrate.set_property("as-count", random.u32(..=64)),
        3 => {
            let _: bool = calibrate.emit_by_name("write", &[]);
        }
        4 => calibrate.set_property("epsilon", random.f64() * 15.0),
        _ => drop(calibrate.property::<Option<gst::Structure>>("stats")),
    }
}

/// Panics unless the statistics, if there are any, can be written once nothing is in the way.
fn check_rescue(table: &Place, calibrate: &gst::Element) {
    let stats = || calibrate.property::<Option<gst::Structure>>("stats");
    let frames = stats().and_then(|stats| stats.get::<u64>("frames").ok());
    table.put(Thing::Nothing);
    let is_started = calibrate.current_state() >= gst::State::Paused;
    if is_started && frames.is_some_and(|frames| frames > 0) {
        let is_written: bool = calibrate.emit_by_name("write", &[]);
        assert!(
            is_written,
            "statistics that can't be written: {:?}",
            stats()
        );
        file::read(table.path()).expect("a whole table file");
    }
}

pub fn episode(random: &mut fastrand::Rng, tally: &mut Tally) {
    let folder = tempfile::tempdir().expect("a folder");
    let size = frames::size(random);
    let first = frames::info(random, &formats(), size);
    let line = "appsrc name=src ! featurecalibrate name=c ! fakesink sync=false";
    let mut play = Play::new(line, first);
    let calibrate = play.element("c");
    let table = Place::new();
    calibrate.set_property("location", table.path().to_str());
    calibrate.set_property("stats-location", folder.path().join("stats.json").to_str());
    watch(&calibrate, &play.findings, Untouched);
    // A stream that ends before its first frame has nothing to write.
    play.causes.allow("No frames received");
    play.restart();
    let setters = [0, 1].map(|_| {
        let calibrate = calibrate.clone();
        Setter::start(random.u64(..), move |random| set_one(random, &calibrate))
    });
    for _ in 0..random.u32(5..60) {
        match random.u32(..20) {
            0 => {
                let size = frames::size(random);
                play.set_info(frames::info(random, &formats(), size));
            }
            1 => play.send(random, true),
            2..=3 => play.disturb(random),
            4 => {
                let _: bool = calibrate.emit_by_name("write", &[]);
            }
            5 => {
                play.causes.allow("Can't write the result");
                table.put(*random.choice(&IN_THE_WAY).expect("things"));
            }
            _ => play.send(random, false),
        }
        play.settle_down();
        if table.path().is_file() {
            file::read(table.path()).expect("a table file that is there is whole");
        }
    }
    drop(setters);
    check_rescue(&table, &calibrate);
    drop(calibrate);
    play.end(tally);
}
