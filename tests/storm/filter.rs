// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Episodes of `featuredistill`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoFormat, VideoMeta};
use gstfeaturedistill::tables::{Tables, presets};

use super::frames;
use super::model::{COLOR_MODES, History, PRESETS, Settings};
use super::play::{Arrived, Described, Play, Tally, watch};
use super::support::video::{formats, info};

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
        _ => plain(random, tally),
    }
}

/// Whether what left may come of what arrived, with one of the settings.
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
    let setter = Setter::start(
        random.u64(..),
        filter.clone(),
        history.clone(),
        &play.may_fail,
    );
    let mut setter = Some(setter);
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
                filter = exchange(&mut play, &filter, &history);
                let seed = random.u64(..);
                let next = Setter::start(seed, filter.clone(), history.clone(), &play.may_fail);
                setter = Some(next);
            }
            _ => play.send(random, false),
        }
        play.settle_down();
    }
    drop(setter);
    drop(filter);
    play.end(tally);
}

/// Puts another filter with the same settings in the place of `filter`, while frames come.
fn exchange(play: &mut Play, filter: &gst::Element, history: &History) -> gst::Element {
    let next = gst::ElementFactory::make("featuredistill")
        .name("f")
        .build()
        .expect("a filter");
    let previous = filter
        .static_pad("sink")
        .expect("a pad")
        .peer()
        .expect("linked");
    let following = filter
        .static_pad("src")
        .expect("a pad")
        .peer()
        .expect("linked");
    // Nothing flows while the source is stopped; state changes in mid-flow are another action's.
    let _ = play.pipeline.set_state(gst::State::Ready);
    previous
        .unlink(&filter.static_pad("sink").expect("a pad"))
        .expect("unlinked");
    filter
        .static_pad("src")
        .expect("a pad")
        .unlink(&following)
        .expect("unlinked");
    filter.set_state(gst::State::Null).expect("stopped");
    play.pipeline.remove(filter).expect("removed");
    history.change(|_| {}, |settings| settings.apply(&next));
    if let Some(path) = filter.property::<Option<String>>("table-file") {
        next.set_property("table-file", path);
    }
    play.pipeline.add(&next).expect("added");
    previous
        .link(&next.static_pad("sink").expect("a pad"))
        .expect("linked");
    next.static_pad("src")
        .expect("a pad")
        .link(&following)
        .expect("linked");
    watch_filter(&next, play, history);
    play.restart();
    play.element("f")
}

/// Downstream takes crop metas, so that videocrop would rather not copy.
fn cropped(random: &mut fastrand::Rng, tally: &mut Tally) {
    let first = frames::info(random, &COMMON_FORMATS, (32, 24));
    let line =
        "appsrc name=src ! videocrop name=crop ! featuredistill name=f ! fakesink sync=false";
    let mut play = Play::new(line, first);
    let filter = play.element("f");
    let history = History::new(settings(random, &filter));
    watch_filter(&filter, &play, &history);
    propose_metas(&filter);
    let crop = play.element("crop");
    play.restart();
    let setter = Setter::start(random.u64(..), filter.clone(), history, &play.may_fail);
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

/// A thread that sets one property after the other.
struct Setter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Setter {
    fn start(
        seed: u64,
        filter: gst::Element,
        history: History,
        may_fail: &Arc<AtomicBool>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, may_fail) = (stop.clone(), may_fail.clone());
        let mut random = fastrand::Rng::with_seed(seed);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                set_one(&mut random, &filter, &history, &may_fail);
                std::thread::sleep(Duration::from_micros(random.u64(..3000)));
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Setter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            matches!(ended, Some(Ok(()))) || std::thread::panicking(),
            "the setter panicked"
        );
    }
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

/// A file of tables that changes, breaks and goes.
struct TableFile {
    folder: tempfile::TempDir,
}

impl TableFile {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Two whole tables that differ.
    fn contents() -> [Tables; 2] {
        [presets::annex_k().scaled(75), presets::one_pass()]
    }

    fn write(&self, text: &str) {
        let path = self.folder.path().join("table.txt");
        let part = self.folder.path().join("part");
        std::fs::write(&part, text).expect("written");
        std::fs::rename(part, path).expect("renamed");
    }

    /// Has the element read the file while its content changes, or forget it.
    fn disturb(
        &mut self,
        random: &mut fastrand::Rng,
        filter: &gst::Element,
        history: &History,
        may_fail: &AtomicBool,
    ) {
        // A start in between finds the file whole or broken.
        may_fail.store(true, Ordering::Relaxed);
        let [first, second] = Self::contents();
        if random.u32(..3) == 0 {
            let forget = |_: &Settings| {
                filter.set_property("table-file", None::<String>);
            };
            let clear = |settings: &mut Settings| {
                settings.from_file.clear();
                settings.preset_possible = false;
            };
            history.change(clear, forget);
            return;
        }
        let path = self.folder.path().join("table.txt");
        let texts = [
            first.to_string(),
            second.to_string(),
            "1 2 3 none".to_owned(),
        ];
        self.write(&texts[0]);
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
                        self.write(random.choice(&texts).expect("texts"));
                    }
                });
                for _ in 0..5 {
                    filter.set_property("table-file", path.to_str());
                }
            });
            self.write(&texts[1]);
        });
    }
}
