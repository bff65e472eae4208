// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featuredistill`.

use std::time::Duration;

use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoFormat, VideoMeta};

use super::causes::Causes;
use super::definition::{Definition, check_digest};
use super::frames;
use super::history::History;
use super::key_file::KeyFile;
use super::model::{COLOR_MODES, EPSILON_TOO_SMALL, PRESETS, Settings};
use super::play::{Play, Tally};
use super::setter::Setter;
use super::support::video::{formats, info};
use super::table_file::TableFile;
use super::watch::{Arrived, Described, Judge, lock, watch};

/// More than a pipeline that plays takes from one frame to the next, on a busy machine too.
const FROM_FRAME_TO_FRAME: Duration = Duration::from_secs(5);

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

fn watch_filter(filter: &gst::Element, play: &Play, history: &History, has_key: bool) {
    let definition = Definition {
        history: history.clone(),
        has_key,
    };
    watch(filter, &play.findings, definition);
}

/// A filter with random settings.
fn settings(random: &mut fastrand::Rng, filter: &gst::Element) -> Settings {
    let mut settings = Settings::random(random);
    if !settings.is_usable() {
        settings.epsilon += 1.0;
    }
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
    let key = random.bool().then(KeyFile::new);
    if let Some(key) = &key {
        key.set(&filter);
    }
    watch_filter(&filter, &play, &history, key.is_some());
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
            5 => table.disturb(random, &filter, &history, &play.causes),
            6 if random.bool() => {
                if let Some(key) = &key {
                    key.disturb(random, &mut play);
                }
            }
            7 if random.bool() => {
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
    let causes = play.causes.clone();
    let interval = history.tamper_interval();
    Setter::start(random.u64(..), move |random| {
        set_one(random, &filter, &history, &causes, interval);
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
    let key = filter.property::<Option<String>>("key-file");
    if let Some(path) = &key {
        next.set_property("key-file", path);
    }
    watch_filter(&next, play, history, key.is_some());
    let previous = peer(filter, "sink");
    let swap = {
        let (pipeline, filter, next) = (play.pipeline.clone(), filter.clone(), next.clone());
        move |previous: &gst::Pad| swap(&pipeline, previous, &filter, &next)
    };
    if is_playing && play.is_playing() {
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
        while finished.recv_timeout(FROM_FRAME_TO_FRAME).is_err() {
            play.wake();
        }
    } else {
        play.halt(gst::State::Ready);
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
    let sink = pad(next, "sink");
    previous.link(&sink).expect("linked");
    // A pad may fall idle in the middle of sending its caps, and GStreamer then takes them for sent.
    previous.sticky_events_foreach(|event| {
        sink.send_event(event.clone());
        std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
    });
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
    watch_filter(&filter, &play, &history, false);
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

/// Frames that no table is known of.
struct Distilled;

impl Judge for Distilled {
    fn judge(&self, frame: &Arrived, left: &gst::BufferRef, bytes: &[u8]) -> Result<(), String> {
        frame.check_sound()?;
        let values: std::collections::HashSet<_> = frame.bytes.iter().collect();
        let described = Described::of(left);
        if bytes == frame.bytes && values.len() > 16 {
            return Err("it was not distilled".into());
        } else if !described.agrees_with(&frame.described) {
            return Err("flags, times or metas differ".into());
        }
        let [verdict] = &described.verdicts[..] else {
            return Err(format!("verdicts: {:?}", described.verdicts));
        };
        check_digest(verdict, &frame.placement, bytes, &[None])
    }
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
    filter.set_property("attach-meta", true);
    filter.set_property_from_str("digest", "blake3");
    watch(&filter, &play.findings, Distilled);
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
    watch_filter(&filter, &play, &History::new(first), false);
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
    causes: &Causes,
    interval: u64,
) {
    let property = random.u32(..14);
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
        9 => settings.post_messages = !settings.post_messages,
        10 => settings.attach_meta = !settings.attach_meta,
        11 => settings.digest = !settings.digest,
        12 => settings.tamper_interval = random.u64(1..=4) * interval,
        _ => {
            let actions = ["message", "message", "drop", "error"];
            settings.tamper_action = random.choice(actions).expect("actions");
        }
    };
    history.change(change, |settings| {
        if settings.tamper_action == "error" {
            causes.allow("was tampered with");
        }
        if !settings.is_usable() {
            causes.allow(EPSILON_TOO_SMALL);
        }
        settings.apply(filter);
    });
}
