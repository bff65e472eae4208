// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featuredistillenc`.

use gst_video::VideoFormat;

use super::frames;
use super::model::{History, Settings};
use super::play::{Arrived, Play, Tally, watch};
use super::support::filter::Filter;
use super::support::video::Placement;

const FORMATS: [VideoFormat; 6] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Gray8,
    VideoFormat::Rgb,
];

/// The file that the definition makes of the frame, packed as its caps say.
fn file(frame: &Arrived, settings: &Settings) -> Vec<u8> {
    let element = gst::ElementFactory::make("featuredistillenc")
        .property_from_str("backend", "scalar")
        .property("n-threads", 1u32)
        .build()
        .expect("an encoder");
    settings.apply(&element);
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

fn judge(frame: &Arrived, settings: &[Settings], left: &gst::BufferRef) -> Result<(), String> {
    if frame.is_hostile {
        return Err("a hostile frame left".into());
    }
    let bytes = left
        .map_readable()
        .map_err(|_| "it can't be read")?
        .to_vec();
    if settings
        .iter()
        .any(|settings| file(frame, settings) == bytes)
    {
        return Ok(());
    }
    Err(format!(
        "not the definition's file with any of {settings:?}"
    ))
}

pub fn episode(random: &mut fastrand::Rng, tally: &mut Tally) {
    let size = frames::size(random);
    let first = frames::info(random, &FORMATS, size);
    let line = "appsrc name=src ! featuredistillenc name=e ! fakesink sync=false";
    let mut play = Play::new(line, first);
    let encoder = play.element("e");
    let settings = Settings::random(random);
    settings.apply(&encoder);
    let history = History::new(settings);
    let (before, after) = (history.clone(), history.clone());
    watch(
        &encoder,
        &play.findings,
        move || before.mark(),
        move |frame, left| judge(frame, &after.since(frame.mark), left),
    );
    play.restart();
    for _ in 0..random.u32(5..60) {
        match random.u32(..20) {
            0 => {
                let size = frames::size(random);
                play.set_info(frames::info(random, &FORMATS, size));
            }
            1 => play.send(random, true),
            2..=3 => play.disturb(random),
            4..=6 => {
                // The color mode is in the output caps: it may not change while the element runs.
                let next = Settings {
                    color_mode: history.last().color_mode,
                    ..Settings::random(random)
                };
                history.change(
                    |settings| *settings = next,
                    |settings| settings.apply(&encoder),
                );
            }
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop(encoder);
    play.end(tally);
}
