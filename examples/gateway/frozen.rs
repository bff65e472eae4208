// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A camera that goes on sending one picture, byte for byte. The noise of a sensor never repeats.

use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::{lock, picture};

/// Time between two frames that are compared: hashing all of them would cost as much as the filter.
const INTERVAL: Duration = Duration::from_secs(1);

/// The time of a camera's last new picture.
#[derive(Default)]
pub struct LastChange(Mutex<Option<Seen>>);

struct Seen {
    hash: u64,
    changed: Instant,
    looked: Instant,
}

impl LastChange {
    /// Watches the frames that come to a filter.
    pub fn watch(self: &Arc<Self>, filter: &gst::Element) {
        let Some(pad) = filter.static_pad("sink") else {
            return;
        };
        let last_change = self.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            if let Some(buffer) = info.buffer() {
                last_change.see(Instant::now(), || hash(pad, buffer));
            }
            gst::PadProbeReturn::Ok
        });
    }

    /// Looks at a frame unless it comes too soon after the last one.
    fn see(&self, now: Instant, hash: impl FnOnce() -> Option<u64>) {
        let mut seen = lock(&self.0);
        let before = seen.as_ref();
        if before.is_some_and(|before| now.saturating_duration_since(before.looked) < INTERVAL) {
            return;
        }
        let Some(hash) = hash() else {
            return;
        };
        let same = before.filter(|before| before.hash == hash);
        *seen = Some(Seen {
            hash,
            changed: same.map_or(now, |before| before.changed),
            looked: now,
        });
    }

    /// The time up to the last look for which the picture has been the same; none without a picture.
    pub fn age(&self) -> Option<Duration> {
        lock(&self.0)
            .as_ref()
            .map(|seen| seen.looked.duration_since(seen.changed))
    }

    /// Forgets the frames of a connection that has ended.
    pub fn forget(&self) {
        *lock(&self.0) = None;
    }
}

/// A hash of the samples; none of a frame that can't be read, which the filter refuses.
fn hash(pad: &gst::Pad, buffer: &gst::BufferRef) -> Option<u64> {
    let caps = pad.current_caps()?;
    let info = gst_video::VideoInfo::from_caps(&caps).ok()?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
    let mut hasher = DefaultHasher::new();
    for row in picture::rows(&frame) {
        hasher.write(row);
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_ages_until_it_changes() {
        let last_change = LastChange::default();
        assert_eq!(last_change.age(), None);
        let begin = Instant::now();
        let see = |seconds: f64, hash: u64| {
            last_change.see(begin + Duration::from_secs_f64(seconds), || Some(hash));
            last_change.age().unwrap().as_secs()
        };
        assert_eq!(see(0.0, 1), 0);
        assert_eq!(see(0.5, 2), 0, "too soon");
        assert_eq!(see(1.0, 1), 1);
        assert_eq!(see(70.0, 1), 70);
        assert_eq!(see(71.0, 2), 0);
        last_change.forget();
        assert_eq!(last_change.age(), None);
    }
}
