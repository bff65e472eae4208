// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Threads that set properties while frames come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A thread that sets one property after the other.
pub struct Setter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Setter {
    /// Begins to do `set` over and over, with random choices of `seed`.
    pub fn start(seed: u64, mut set: impl FnMut(&mut fastrand::Rng) + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                set(&mut random);
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
