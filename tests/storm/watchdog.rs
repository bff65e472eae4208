// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A thread that ends the process, all stacks printed, when an episode doesn't end.

use std::process::{Command, abort};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest that an episode may take, on a busy machine: a number of ticks, so that time doesn't count in which
/// the whole process was stopped.
const PATIENCE: u32 = 60;

const TICK: Duration = Duration::from_secs(1);

pub struct Watchdog {
    /// Counts episodes; 0 while none is under way.
    episodes: Arc<AtomicU64>,
    seed: Arc<AtomicU64>,
}

impl Watchdog {
    pub fn start() -> Self {
        let watchdog = Self {
            episodes: Arc::default(),
            seed: Arc::default(),
        };
        let (episodes, seed) = (watchdog.episodes.clone(), watchdog.seed.clone());
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                let mut last = 0;
                loop {
                    for _ in 0..PATIENCE {
                        std::thread::sleep(TICK);
                    }
                    let now = episodes.load(Ordering::Relaxed);
                    if now != 0 && now == last {
                        let seed = seed.load(Ordering::Relaxed);
                        eprintln!("STORM_SEED={seed} hangs for {PATIENCE} s; all stacks:");
                        print_stacks();
                        abort();
                    }
                    last = now;
                }
            })
            .expect("a thread");
        watchdog
    }

    pub fn begin(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
        self.episodes.fetch_add(1, Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.episodes.store(0, Ordering::Relaxed);
    }
}

/// By gdb where it is installed, else what the kernel tells: name and wait channel of each thread.
fn print_stacks() {
    let id = std::process::id().to_string();
    let gdb = Command::new("gdb")
        .args(["-batch", "-p", &id, "-ex", "thread apply all backtrace"])
        .status();
    if gdb.is_ok_and(|status| status.success()) {
        return;
    }
    eprintln!("(gdb is not installed or may not attach)");
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return;
    };
    for thread in threads.flatten() {
        let read = |name| std::fs::read_to_string(thread.path().join(name)).unwrap_or_default();
        eprintln!(
            "{} {} {} {}",
            thread.file_name().display(),
            read("comm").trim(),
            read("wchan").trim(),
            read("syscall").trim()
        );
    }
}
