// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featuredistillenc`.

use gst::prelude::*;
use gst_video::VideoFormat;

use super::causes::Causes;
use super::frames;
use super::history::History;
use super::model::Settings;
use super::play::{Play, Tally};
use super::setter::Setter;
use super::support::filter::Filter;
use super::support::video::Placement;
use super::table_file::TableFile;
use super::watch::{Arrived, Judge, watch};

const FORMATS: [VideoFormat; 6] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Gray8,
    VideoFormat::Rgb,
];

/// A preset that files can't hold.
const SAMPLES: &str = "certified-samples";

/// Random settings that files can hold.
fn settings(random: &mut fastrand::Rng) -> Settings {
    let mut settings = Settings::random(random);
    if settings.preset == SAMPLES {
        settings.preset = "certified";
    }
    settings
}

/// The files that the definition could make of the frame with `settings`.
fn files(frame: &Arrived, settings: &Settings) -> Vec<Vec<u8>> {
    let from_file = settings.from_file.iter().map(|tables| {
        let table_file = super::support::video::file(tables.to_string().as_bytes());
        file(frame, settings, table_file.path().to_str())
    });
    let mut files: Vec<_> = from_file.collect();
    let preset_is_possible = settings.from_file.is_empty() || settings.preset_possible;
    if preset_is_possible && settings.preset != SAMPLES {
        files.push(file(frame, settings, None));
    }
    files
}

/// The file that the definition makes of the frame, packed as its caps say.
fn file(frame: &Arrived, settings: &Settings, table_file: Option<&str>) -> Vec<u8> {
    let element = gst::ElementFactory::make("featuredistillenc")
        .property_from_str("backend", "scalar")
        .property("n-threads", 1u32)
        .build()
        .expect("an encoder");
    settings.apply(&element);
    element.set_property("table-file", table_file);
    let mut encoder = Filter::with_element(element);
    let info = &frame.placement.info;
    encoder.set_caps(info);
    let packed = Placement::plain(info);
    let mut bytes = vec![0; packed.size];
    for component in 0..info.n_components() as u8 {
        let places = packed
            .positions(component)
            .into_iter()
            .zip(frame.placement.positions(component));
        for (to, from) in places {
            bytes[to] = frame.bytes[from];
        }
    }
    let file = encoder.distill(gst::Buffer::from_mut_slice(bytes));
    super::support::video::bytes(&file)
}

/// Files of the settings of a history.
struct Definition(History);

impl Judge for Definition {
    fn mark(&self) -> usize {
        self.0.mark()
    }

    fn changes(&self) -> Option<usize> {
        Some(self.0.changes())
    }

    fn judge(&self, frame: &Arrived, _: &gst::BufferRef, bytes: &[u8]) -> Result<(), String> {
        frame.check_sound()?;
        let settings = self.0.since(frame.mark);
        if settings
            .iter()
            .any(|settings| files(frame, settings).contains(&bytes.to_vec()))
        {
            self.0.note_use(frame.mark);
            return Ok(());
        }
        Err(format!(
            "not the definition's file with any of {settings:?}"
        ))
    }
}

/// Changes a setting, but not the color mode, which is in the output caps and may not change while the element
/// runs. One at a time: a frame may come between two.
fn change(random: &mut fastrand::Rng, encoder: &gst::Element, history: &History, causes: &Causes) {
    let mut next = settings(random);
    if random.u32(..100) == 0 {
        next.preset = SAMPLES;
        causes.allow("JPEG files can't hold");
    }
    let change = |settings: &mut Settings| match random.u32(..6) {
        0 => settings.preset = next.preset,
        1 => settings.as_step = next.as_step,
        2 => settings.md_step = next.md_step,
        3 => settings.as_count = next.as_count,
        4 => settings.epsilon = next.epsilon,
        _ => settings.quality = next.quality,
    };
    history.change(change, |settings| settings.apply(encoder));
}

pub fn episode(random: &mut fastrand::Rng, tally: &mut Tally) {
    let size = frames::size(random);
    let first = frames::info(random, &FORMATS, size);
    let line = "appsrc name=src ! featuredistillenc name=e ! fakesink sync=false";
    let mut play = Play::new(line, first);
    let encoder = play.element("e");
    let first = settings(random);
    first.apply(&encoder);
    let history = History::new(first);
    watch(&encoder, &play.findings, Definition(history.clone()));
    let mut table = TableFile::new();
    play.restart();
    let setter = {
        let (encoder, history) = (encoder.clone(), history.clone());
        let causes = play.causes.clone();
        Setter::start(random.u64(..), move |random| {
            change(random, &encoder, &history, &causes);
        })
    };
    for _ in 0..random.u32(5..60) {
        match random.u32(..20) {
            0 => {
                let size = frames::size(random);
                play.set_info(frames::info(random, &FORMATS, size));
            }
            1 => play.send(random, true),
            2..=3 => play.disturb(random),
            4..=5 => change(random, &encoder, &history, &play.causes),
            6 => table.disturb(random, &encoder, &history, &play.causes),
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop((setter, encoder));
    play.end(tally);
}
