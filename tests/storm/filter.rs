// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featuredistill`.

use std::sync::atomic::{AtomicBool, Ordering};

use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoFormat, VideoMeta};

use super::frames;
use super::model::{COLOR_MODES, History, PRESETS, Settings};
use super::play::{Arrived, Described, Play, Tally, lock, watch};
use super::setter::Setter;
use super::support::video::{formats, info};
use super::table_file::TableFile;

/// Formats that the elements around the filter take, too.
const COMMON_FORMATS: [VideoFormat; 5] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Gray8,
    VideoFormat::Rgb,
    VideoFormat::Bgrx,
];

pub fn episode(random: &mut fastrand::Rng, tally: &mut Tally) {
    match random.u32(..8) {
        0 => cropped(random, tally),
        1 => dropped(random, tally),
        2 => ranked(random, tally),
        _ => plain(random, tally),
    }
}

/// An error unless what left may come of what arrived, with one of the settings.
fn judge(frame: &Arrived, settings: &[Settings], left: &gst::BufferRef) -> Result<(), String> {
    let bytes = left
        .map_readable()
        .map_err(|_| "it can't be read")?
        .to_vec();
    if settings.iter().any(|settings| settings.bypass) && bytes == frame.bytes {
        return Ok(());
    }
    if frame.is_hostile {
        return Err("a hostile frame left".into());
    }
    let placement = &frame.placement;
    let may_come = |settings: &Settings| {
        let outcomes = settings.outcomes(placement, &frame.bytes);
        outcomes.into_iter().any(|outcome| outcome == bytes)
    };
    if !settings.iter().any(may_come) {
        let is_untouched = bytes == frame.bytes;
        let outcomes = settings[0].outcomes(placement, &frame.bytes);
        let at = outcomes[0].iter().zip(&bytes).position(|(a, b)| a != b);
        return Err(format!(
            "not what the definition makes of it (untouched: {is_untouched}; {} bytes, expected {}, first \
             difference at {at:?}) with any of {settings:?}",
            bytes.len(),
            outcomes[0].len()
        ));
    }
    if Described::of(left) != frame.described {
        return Err("flags, times or metas differ".into());
    }
    Ok(())
}

fn watch_filter(filter: &gst::Element, play: &Play, history: &History) {
    let (before, after) = (history.clone(), history.clone());
    watch(
        filter,
        &play.findings,
        move || before.mark(),
        move |frame, left| judge(frame, &after.since(frame.mark), left),
    );
}

/// A filter with random settings.
fn settings(random: &mut fastrand::Rng, filter: &gst::Element) -> Settings {
    let settings = Settings::random(random);
    settings.apply(filter);
    let backend = *random
        .choice(&["auto", "scalar", "avx2"])
        .expect("backends");
    filter.set_property_from_str("backend", backend);
    filter.set_property("n-threads", random.u32(..3));
    settings
}

/// Any format, hostile frames, a table file, another thread that sets properties.
fn plain(random: &mut fastrand::Rng, tally: &mut Tally) {
    let size = frames::size(random);
    let first = frames::info(random, &formats(), size);
    let line = *random
        .choice(&[
            "appsrc name=src ! featuredistill name=f ! fakesink sync=false",
            "appsrc name=src ! queue ! featuredistill name=f ! queue ! fakesink sync=false",
            "appsrc name=src ! tee name=t ! featuredistill name=f ! fakesink sync=false async=false \
             t. ! queue ! fakesink sync=false async=false",
        ])
        .expect("lines");
    let mut play = Play::new(line, first);
    let mut filter = play.element("f");
    let history = History::new(settings(random, &filter));
    watch_filter(&filter, &play, &history);
    let mut table = TableFile::new();
    play.restart();
    let mut setter = Some(setter(random, &play, &filter, &history));
    for _ in 0..random.u32(10..200) {
        match random.u32(..40) {
            0 => {
                let size = frames::size(random);
                play.set_info(frames::info(random, &formats(), size));
            }
            1 => play.send(random, true),
            2..=4 => play.disturb(random),
            5 => table.disturb(random, &filter, &history, &play.may_fail),
            6 if random.bool() => {
                drop(setter.take());
                filter = exchange(&mut play, &filter, &history, random.bool());
                setter = Some(self::setter(random, &play, &filter, &history));
            }
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop(setter);
    drop(filter);
    play.end(tally);
}

/// A thread that sets the properties of `filter`.
fn setter(
    random: &mut fastrand::Rng,
    play: &Play,
    filter: &gst::Element,
    history: &History,
) -> Setter {
    let (filter, history) = (filter.clone(), history.clone());
    let may_fail = play.may_fail.clone();
    Setter::start(random.u64(..), move |random| {
        set_one(random, &filter, &history, &may_fail);
    })
}

/// Puts another filter with the same settings in the place of `filter`, while nothing flows: because the
/// pipeline is stopped, or while it plays, between two frames.
fn exchange(
    play: &mut Play,
    filter: &gst::Element,
    history: &History,
    is_playing: bool,
) -> gst::Element {
    let next = gst::ElementFactory::make("featuredistill")
        .name("f")
        .build()
        .expect("a filter");
    history.change(|_| {}, |settings| settings.apply(&next));
    if let Some(path) = filter.property::<Option<String>>("table-file") {
        next.set_property("table-file", path);
    }
    watch_filter(&next, play, history);
    let previous = peer(filter, "sink");
    let swap = {
        let (pipeline, filter, next) = (play.pipeline.clone(), filter.clone(), next.clone());
        move |previous: &gst::Pad| swap(&pipeline, previous, &filter, &next)
    };
    if is_playing {
        let (done, finished) = std::sync::mpsc::channel();
        let swap = std::sync::Mutex::new(Some(swap));
        previous.add_probe(gst::PadProbeType::IDLE, move |pad, _| {
            if let Some(swap) = lock(&swap).take() {
                swap(pad);
                done.send(()).expect("a test that waits");
            }
            gst::PadProbeReturn::Remove
        });
        // The watchdog ends a wait for ever.
        finished.recv().expect("exchanged");
    } else {
        let _ = play.pipeline.set_state(gst::State::Ready);
        swap(&previous);
    }
    play.restart();
    play.element("f")
}

fn peer(element: &gst::Element, pad: &str) -> gst::Pad {
    let pad = element.static_pad(pad).expect("a pad");
    pad.peer().expect("linked")
}

/// Puts `next` in the place of `filter`, which gets its frames from `previous`.
fn swap(pipeline: &gst::Pipeline, previous: &gst::Pad, filter: &gst::Element, next: &gst::Element) {
    let pad = |element: &gst::Element, name| element.static_pad(name).expect("a pad");
    let following = peer(filter, "src");
    previous.unlink(&pad(filter, "sink")).expect("unlinked");
    pad(filter, "src").unlink(&following).expect("unlinked");
    filter.set_state(gst::State::Null).expect("stopped");
    pipeline.remove(filter).expect("removed");
    pipeline.add(next).expect("added");
    pad(next, "src").link(&following).expect("linked");
    // A table file that is broken just now is an error on the bus.
    let _ = next.sync_state_with_parent();
    previous.link(&pad(next, "sink")).expect("linked");
}

/// Downstream takes crop metas, so that videocrop would rather not copy.
fn cropped(random: &mut fastrand::Rng, tally: &mut Tally) {
    let first = frames::info(random, &COMMON_FORMATS, (32, 24));
    let line =
        "appsrc name=src ! videocrop name=crop ! featuredistill name=f ! fakesink sync=false";
    let mut play = Play::new(line, first);
    play.spare = 512;
    let filter = play.element("f");
    let history = History::new(settings(random, &filter));
    watch_filter(&filter, &play, &history);
    propose_metas(&filter);
    let crop = play.element("crop");
    play.restart();
    let setter = setter(random, &play, &filter, &history);
    for _ in 0..random.u32(10..60) {
        match random.u32(..10) {
            0 => {
                let side = *random
                    .choice(&["left", "top", "right", "bottom"])
                    .expect("sides");
                crop.set_property(side, random.i32(0..9));
            }
            1 => {
                let size = (random.u32(24..64), random.u32(24..40));
                play.set_info(frames::info(random, &COMMON_FORMATS, size));
            }
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop((setter, filter, crop));
    play.end(tally);
}

/// Tables from the frames themselves: a frame that leaves is no hostile one, and is distilled.
fn ranked(random: &mut fastrand::Rng, tally: &mut Tally) {
    let size = |random: &mut fastrand::Rng| (random.u32(16..72), random.u32(16..40));
    let first_size = size(random);
    let first = frames::info(random, &formats(), first_size);
    let line = "appsrc name=src ! featuredistill name=f ! fakesink sync=false";
    let mut play = Play::new(line, first);
    let filter = play.element("f");
    let set = |random: &mut fastrand::Rng, filter: &gst::Element| {
        let selection = if random.bool() { "frame" } else { "stream" };
        filter.set_property_from_str("as-selection", selection);
        filter.set_property("as-window", random.u32(1..50));
        filter.set_property("as-count", random.u32(..=64));
        // So coarse that no noise is left as it is.
        for step in ["as-step", "md-step"] {
            filter.set_property(step, random.u32(32..=255));
        }
    };
    filter.set_property_from_str("preset", "two-step");
    set(random, &filter);
    let judge = |frame: &Arrived, left: &gst::BufferRef| {
        let bytes = left.map_readable().map_err(|_| "it can't be read")?;
        let values: std::collections::HashSet<_> = frame.bytes.iter().collect();
        if frame.is_hostile {
            Err("a hostile frame left".into())
        } else if bytes.as_slice() == frame.bytes && values.len() > 16 {
            Err("it was not distilled".into())
        } else if Described::of(left) != frame.described {
            Err("flags, times or metas differ".into())
        } else {
            Ok(())
        }
    };
    watch(&filter, &play.findings, || 0, judge);
    play.restart();
    let set_by_thread = {
        let filter = filter.clone();
        Setter::start(random.u64(..), move |random| set(random, &filter))
    };
    for _ in 0..random.u32(10..60) {
        match random.u32(..20) {
            0 => {
                let size = size(random);
                play.set_info(frames::info(random, &formats(), size));
            }
            1 => play.send(random, true),
            2..=3 => play.disturb(random),
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop((set_by_thread, filter));
    play.end(tally);
}

/// Answers ALLOCATION queries as sinks do that can crop.
fn propose_metas(filter: &gst::Element) {
    let pad = filter.static_pad("src").expect("a pad");
    pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, probe| {
        let Some(query) = probe.query_mut() else {
            return gst::PadProbeReturn::Ok;
        };
        let gst::QueryViewMut::Allocation(query) = query.view_mut() else {
            return gst::PadProbeReturn::Ok;
        };
        query.add_allocation_meta::<VideoMeta>(None);
        query.add_allocation_meta::<VideoCropMeta>(None);
        gst::PadProbeReturn::Handled
    });
}

/// A filter that drops what was tampered with, beside a branch that must not wait for it.
fn dropped(random: &mut fastrand::Rng, tally: &mut Tally) {
    let first = info(VideoFormat::I420, 32, 24);
    let line = "compositor name=c ! fakesink sync=false \
                appsrc name=src ! tee name=t ! queue ! featuredistill name=f ! queue ! c. \
                t. ! queue ! c.";
    let mut play = Play::new(line, first);
    play.spare = 512;
    play.source.set_caps(Some(
        &gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", 32)
            .field("height", 24)
            .field("framerate", gst::Fraction::new(1000, 1))
            .build(),
    ));
    let filter = play.element("f");
    let mut first = settings(random, &filter);
    (first.tamper_threshold, first.tamper_action) = (0.0001, "drop");
    first.apply(&filter);
    watch_filter(&filter, &play, &History::new(first));
    play.restart();
    for _ in 0..random.u32(5..30) {
        play.send(random, false);
    }
    let (result, state, _) = play.pipeline.state(gst::ClockTime::from_seconds(20));
    assert!(
        result == Ok(gst::StateChangeSuccess::Success) && state == gst::State::Playing,
        "frames are dropped, and the other branch waits for ever: {result:?}, {state:?}"
    );
    play.settle_down();
    drop(filter);
    play.end(tally);
}

fn set_one(
    random: &mut fastrand::Rng,
    filter: &gst::Element,
    history: &History,
    may_fail: &AtomicBool,
) {
    let property = random.u32(..10);
    let change = |settings: &mut Settings| match property {
        0 => settings.preset = random.choice(PRESETS).expect("presets"),
        1 => settings.as_step = random.u32(1..=255),
        2 => settings.md_step = random.u32(1..=255),
        3 => settings.quality = random.u32(1..=100),
        4 => settings.epsilon = f64::from(random.u32(..=30)) / 2.0,
        5 => settings.color_mode = random.choice(COLOR_MODES).expect("modes"),
        6 => settings.settle = !settings.settle,
        7 => settings.bypass = random.u32(..4) == 0,
        8 => settings.tamper_threshold = if random.bool() { 0.0 } else { 0.5 },
        _ => {
            let actions = ["message", "message", "drop", "error"];
            settings.tamper_action = random.choice(actions).expect("actions");
        }
    };
    history.change(change, |settings| {
        if settings.tamper_action == "error" {
            may_fail.store(true, Ordering::Relaxed);
        }
        settings.apply(filter);
    });
}
