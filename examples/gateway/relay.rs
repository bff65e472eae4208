// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Encoded frames of a camera, handed to everybody who watches.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::lock;

/// Frames that may wait for a viewer who doesn't take them.
const MAX_QUEUE: gst::ClockTime = gst::ClockTime::from_seconds(2);

/// Shortest time between two requests for a key frame.
const KEY_INTERVAL: Duration = Duration::from_millis(500);

/// From one encoder to the media of the RTSP server.
#[derive(Default)]
pub struct Relay(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    viewers: Vec<Viewer>,
    /// The end of the encoder, which takes requests for key frames.
    encoder: Option<gst_app::AppSink>,
    last_request: Option<Instant>,
}

/// The source of a client's media.
struct Viewer {
    source: gst_app::AppSrc,
    /// A viewer starts with a key frame, after a gap too.
    needs_key: bool,
}

impl Relay {
    /// Connects the end of an encoder.
    pub fn connect(&self, encoder: &gst_app::AppSink) {
        lock(&self.0).encoder = Some(encoder.clone());
    }

    /// Lets go of the encoder; viewers stay and wait.
    pub fn disconnect(&self) {
        self.skip();
        lock(&self.0).encoder = None;
    }

    /// Leaves out a frame of the encoder: what follows can't be decoded before the next key frame.
    pub fn skip(&self) {
        for viewer in &mut lock(&self.0).viewers {
            viewer.needs_key = true;
        }
    }

    pub fn add(&self, source: gst_app::AppSrc) {
        lock(&self.0).viewers.push(Viewer {
            source,
            needs_key: true,
        });
        self.request_key();
    }

    pub fn remove(&self, source: &gst_app::AppSrc) {
        lock(&self.0)
            .viewers
            .retain(|viewer| viewer.source != *source);
    }

    /// Ends the stream of all viewers.
    pub fn end(&self) {
        for viewer in lock(&self.0).viewers.drain(..) {
            // A viewer that is shutting down has its end already.
            let _ = viewer.source.end_of_stream();
        }
    }

    /// Asks the encoder for a key frame.
    pub fn request_key(&self) {
        let mut inner = lock(&self.0);
        if inner
            .last_request
            .is_some_and(|last| last.elapsed() < KEY_INTERVAL)
        {
            return;
        }
        if let Some(encoder) = inner.encoder.clone() {
            inner.last_request = Some(Instant::now());
            drop(inner);
            encoder.send_event(
                gst_video::UpstreamForceKeyUnitEvent::builder()
                    .all_headers(true)
                    .build(),
            );
        }
    }

    /// Hands on a frame that was presented at `time` of the system clock.
    pub fn push(&self, frame: &gst::Sample, time: gst::ClockTime) {
        let Some(buffer) = frame.buffer() else {
            return;
        };
        let is_key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let mut key_wanted = false;
        lock(&self.0).viewers.retain_mut(|viewer| {
            let wanted = viewer.push(frame, buffer, is_key, time);
            key_wanted |= wanted == Taken::NeedsKey;
            wanted != Taken::Gone
        });
        if key_wanted {
            self.request_key();
        }
    }
}

#[derive(PartialEq)]
enum Taken {
    Yes,
    /// Not before a key frame.
    NeedsKey,
    /// The viewer is shutting down.
    Gone,
}

impl Viewer {
    fn push(
        &mut self,
        frame: &gst::Sample,
        buffer: &gst::BufferRef,
        is_key: bool,
        time: gst::ClockTime,
    ) -> Taken {
        // Before it plays a media has no time of its own.
        let playing = self.source.current_state() == gst::State::Playing;
        let base = self.source.base_time().filter(|_| playing);
        let Some(pts) = base.and_then(|base| time.checked_sub(base)) else {
            self.needs_key = true;
            return Taken::Yes;
        };
        if self.source.current_level_time() > MAX_QUEUE {
            self.needs_key = true;
            return Taken::Yes;
        }
        if self.needs_key && !is_key {
            return Taken::NeedsKey;
        }
        let mut buffer = buffer.copy();
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_dts(gst::ClockTime::NONE);
        }
        let sample = gst::Sample::builder().buffer(&buffer);
        let sample = match frame.caps_owned() {
            Some(caps) => sample.caps(&caps).build(),
            None => sample.build(),
        };
        match self.source.push_sample(&sample) {
            Ok(_) => {
                self.needs_key = false;
                Taken::Yes
            }
            Err(_) => Taken::Gone,
        }
    }
}
