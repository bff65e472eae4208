// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A pipeline that things are done to, and what holds whatever is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_video::VideoInfo;

use super::causes::Causes;
use super::frames;
use super::watch::Findings;

/// The longest that what is stopped may hold on to something.
const LETTING_GO: Duration = Duration::from_secs(5);

/// The longest that frames may take which nothing may come of.
const DRAINING: Duration = Duration::from_millis(50);

/// Errors of the elements about a hostile frame.
const REFUSALS: [&str; 3] = [
    "Can't distill a frame",
    "Can't encode a frame",
    "A frame can't be read",
];

/// Counts of an episode or of all.
#[derive(Debug, Default)]
pub struct Tally {
    pub episodes: u64,
    pub actions: u64,
    pub frames_in: u64,
    /// Frames that left and were compared.
    pub compared: u64,
}

/// A pipeline with an appsrc `src`, running.
pub struct Play {
    pub pipeline: gst::Pipeline,
    pub source: gst_app::AppSrc,
    pub findings: Arc<Findings>,
    pub info: VideoInfo,
    alive: Arc<AtomicUsize>,
    /// Buffers that somebody else holds on to.
    shared: Vec<gst::Buffer>,
    timestamp: u64,
    /// Goes with the next frame.
    segment: Option<gst::FormattedSegment<gst::ClockTime>>,
    watched: Vec<gst::glib::WeakRef<gst::Element>>,
    actions: u64,
    pub causes: Arc<Causes>,
    /// Bytes behind the last sample of a frame, for elements of GStreamer that read whole rows.
    pub spare: usize,
}

/// Tells whether `element` plays and waits for nothing.
fn plays(element: &impl IsA<gst::Element>) -> bool {
    let (result, state, _) = element.state(gst::ClockTime::ZERO);
    result == Ok(gst::StateChangeSuccess::Success) && state == gst::State::Playing
}

impl Play {
    pub fn new(line: &str, info: VideoInfo) -> Self {
        let pipeline = gst::parse::launch(line)
            .unwrap_or_else(|error| panic!("{line}: {error}"))
            .downcast::<gst::Pipeline>()
            .expect("a pipeline");
        let source = pipeline.by_name("src").expect("a source");
        let source = source.downcast::<gst_app::AppSrc>().expect("an appsrc");
        source.set_format(gst::Format::Time);
        source.set_stream_type(gst_app::AppStreamType::Seekable);
        source.set_property("handle-segment-change", true);
        source.set_callbacks(
            gst_app::AppSrcCallbacks::builder()
                .seek_data(|_, _| true)
                .build(),
        );
        let play = Self {
            pipeline,
            source,
            findings: Arc::default(),
            info,
            alive: Arc::default(),
            shared: Vec::new(),
            timestamp: 0,
            segment: None,
            watched: Vec::new(),
            actions: 0,
            causes: Arc::default(),
            spare: 0,
        };
        play.source.set_caps(Some(&play.caps()));
        let findings = play.findings.clone();
        let bus = play.pipeline.bus().expect("a bus");
        bus.set_sync_handler(move |_, message| {
            findings.note(message);
            gst::BusSyncReply::Pass
        });
        play
    }

    /// The element called `name`, which has to be gone at the end.
    pub fn element(&mut self, name: &str) -> gst::Element {
        let element = self.pipeline.by_name(name).expect(name);
        self.watched.push(element.downgrade());
        element
    }

    fn caps(&self) -> gst::Caps {
        self.info.to_caps().expect("caps")
    }

    /// Changes size and format from the next frame on.
    pub fn set_info(&mut self, info: VideoInfo) {
        self.info = info;
        self.source.set_caps(Some(&self.caps()));
    }

    /// Sends a frame; a hostile one is refused, or may be.
    pub fn send(&mut self, random: &mut fastrand::Rng, hostile: bool) {
        let is_refused = hostile && random.bool();
        let mut buffer = match (hostile, is_refused) {
            (false, _) => frames::fair(random, &self.info, &self.alive, self.spare),
            (true, false) => frames::wild(random, &self.info, &self.alive),
            (true, true) => frames::refused(random, &self.info, &self.alive),
        };
        self.timestamp += 1_000_000;
        let pts = gst::ClockTime::from_nseconds(self.timestamp);
        let target = buffer.get_mut().expect("the only reference");
        target.set_pts(pts);
        target.set_duration(gst::ClockTime::from_mseconds(1));
        if hostile {
            for text in REFUSALS {
                self.causes.allow(text);
            }
        }
        if is_refused {
            self.findings.expect_hostile(pts);
        }
        if random.u32(..4) == 0 {
            self.shared.push(buffer.clone());
        }
        // Refused while the pipeline is stopped, flushing or after the end of the stream.
        let caps = self.caps();
        let mut sample = gst::Sample::builder().caps(&caps).buffer(&buffer);
        let segment = self.segment.take();
        if let Some(segment) = &segment {
            sample = sample.segment(segment);
        }
        let _ = self.source.push_sample(&sample.build());
    }

    /// One of the things that can be done to every pipeline.
    pub fn disturb(&mut self, random: &mut fastrand::Rng) {
        match random.u32(..12) {
            // A flush that doesn't begin would wait for a source that waits for frames.
            0..=1 => self.interrupt(|play| {
                let _ = play.source.send_event(gst::event::FlushStart::new());
                play.send(random, false);
                let stop = gst::event::FlushStop::new(random.bool());
                let _ = play.source.send_event(stop);
            }),
            2 => {
                let position = gst::ClockTime::from_nseconds(random.u64(..=self.timestamp));
                self.interrupt(|play| {
                    let _ = play.pipeline.seek_simple(gst::SeekFlags::FLUSH, position);
                });
            }
            3 => {
                let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
                segment.set_rate(*random.choice(&[0.5, 1.0, 2.0, -1.0]).expect("rates"));
                if segment.rate() < 0.0 {
                    segment.set_stop(gst::ClockTime::from_seconds(1));
                }
                segment.set_base(gst::ClockTime::from_nseconds(random.u64(..1 << 30)));
                self.segment = Some(segment);
            }
            4 => {
                let gap = gst::event::Gap::builder(gst::ClockTime::from_nseconds(self.timestamp));
                let _ = self.source.send_event(gap.build());
            }
            5 => drop(self.source.end_of_stream()),
            6 => self.shared.clear(),
            7 => {
                let state = *random
                    .choice(&[gst::State::Null, gst::State::Ready, gst::State::Paused])
                    .expect("states");
                self.halt(state);
                self.restart();
            }
            8 => {
                let mut query = gst::query::Latency::new();
                let _ = self.pipeline.query(&mut query);
            }
            9 => self.ask_for_memory(),
            _ => std::thread::sleep(std::time::Duration::from_micros(random.u64(..2000))),
        }
    }

    /// Plays, if something stopped the pipeline. Where it can't start it is stopped, as a start that failed leaves
    /// some elements started; it is tried again later.
    pub fn restart(&mut self) {
        self.wake();
        if self.pipeline.set_state(gst::State::Playing).is_ok() {
            return;
        }
        self.causes.check(&self.errors());
        self.stop();
    }

    /// Goes down to `state`, or stops if there was an error.
    pub fn halt(&mut self, state: gst::State) {
        self.interrupt(|play| {
            let _ = play.pipeline.set_state(state);
        });
    }

    /// Does what stops or flushes one element after the other; stops if there was an error.
    fn interrupt(&mut self, act: impl FnOnce(&mut Self)) {
        let before = self.errors();
        self.causes.check(&before);
        act(self);
        let meanwhile = self.errors();
        self.causes.check_interrupted(&meanwhile);
        if !(before.is_empty() && meanwhile.is_empty()) {
            self.stop();
        }
    }

    fn stop(&self) {
        let _ = self.pipeline.set_state(gst::State::Null);
        self.findings.forget();
    }

    /// Asks downstream for memory before the next frame, as a source does. The query waits for what flows, and another
    /// thread that asks can so keep a sink from playing.
    fn ask_for_memory(&self) {
        let caps = self.caps();
        let pad = self.source.static_pad("src").expect("a pad");
        // After a blocking probe, GStreamer sends the caps first if another element has been linked meanwhile.
        let kind = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
        pad.add_probe(kind, move |pad, _| {
            let mut query = gst::query::Allocation::new(Some(&caps), true);
            let _ = pad.peer_query(&mut query);
            gst::PadProbeReturn::Remove
        });
    }

    /// Plays on where a sink that was flushed while its pipeline changed state has been left waiting in preroll, in a
    /// pipeline that says that it plays. That is GStreamer's, and asking again helps.
    pub fn wake(&self) {
        if plays(&self.pipeline) && !self.is_playing() {
            let _ = self.pipeline.set_state(gst::State::Paused);
            let _ = self.pipeline.set_state(gst::State::Playing);
        }
    }

    /// Tells whether the pipeline plays and waits for nothing.
    pub fn is_playing(&self) -> bool {
        let sinks = self.pipeline.iterate_sinks().into_iter();
        plays(&self.pipeline) && sinks.flatten().all(|sink| plays(&sink))
    }

    /// Waits until the source has nothing left, for a moment at most: it may be stopped or at its end.
    fn drain(&self) {
        let begin = Instant::now();
        while self.source.current_level_buffers() > 0 && begin.elapsed() < DRAINING {
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Looks at what came about: called after every action.
    pub fn settle_down(&mut self) {
        self.actions += 1;
        if self.actions.is_multiple_of(16) {
            self.drain();
            // What kept it from starting may be over.
            if !self.is_playing() {
                self.restart();
            }
        }
        self.note_messages();
        self.findings.check();
    }

    fn note_messages(&mut self) {
        let errors = self.errors();
        if !errors.is_empty() {
            self.causes.check(&errors);
            self.stop();
            self.restart();
        }
    }

    /// Takes all messages off the bus and returns the texts of errors, with their details.
    fn errors(&self) -> Vec<String> {
        let bus = self.pipeline.bus().expect("a bus");
        let mut texts = Vec::new();
        while let Some(message) = bus.pop() {
            if let gst::MessageView::Error(error) = message.view() {
                let details = error.debug().unwrap_or_default();
                texts.push(format!("{} {details}", error.error().message()));
            }
        }
        texts
    }

    /// Stops the pipeline and checks that nothing is left of it.
    pub fn end(mut self, tally: &mut Tally) {
        self.drain();
        self.settle_down();
        self.pipeline.set_state(gst::State::Null).expect("stopped");
        self.findings.check();
        self.findings.check_end();
        let bus = self.pipeline.bus().expect("a bus");
        bus.unset_sync_handler();
        bus.set_flushing(true);
        let most = 4 * self.actions + self.timestamp / 1_000_000;
        let messages = self.findings.messages.load(Ordering::Relaxed);
        assert!(
            messages <= most,
            "{messages} messages, {} actions",
            self.actions
        );
        tally.episodes += 1;
        tally.actions += self.actions;
        tally.frames_in += self.timestamp / 1_000_000;
        tally.compared += self.findings.compared.load(Ordering::Relaxed);
        let (alive, watched) = (self.alive.clone(), std::mem::take(&mut self.watched));
        drop(self);
        drop(bus);
        // Threads of the pipeline may still be letting go.
        let is_gone = || {
            watched.iter().all(|element| element.upgrade().is_none())
                && alive.load(Ordering::Relaxed) == 0
        };
        let begin = Instant::now();
        while !is_gone() && begin.elapsed() < LETTING_GO {
            std::thread::yield_now();
        }
        if let Some(element) = watched.iter().find_map(gst::glib::WeakRef::upgrade) {
            panic!(
                "{} is kept alive by {}",
                element.name(),
                element.ref_count() - 1
            );
        }
        assert_eq!(alive.load(Ordering::Relaxed), 0, "memories are kept alive");
    }
}
