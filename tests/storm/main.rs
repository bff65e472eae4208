// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tens of thousands of random things done to running pipelines of all three elements.
//!
//! Each episode builds one pipeline and does random things to it, from this thread and from others: frames of
//! any format, size, stride and memory, hostile ones among them, caps changes, flushes, segments, gaps, end of
//! stream, state changes, properties, table and key files that are replaced while they are read (by folders,
//! pipes and large files, too), elements that are exchanged while they play. What holds throughout:
//!
//! - every frame that leaves is byte for byte what the scalar definition makes of the frame that came, with
//!   settings that could be in force; nothing else leaves. (Where the table comes of the frames themselves, it
//!   is only checked that a frame is distilled and not a hostile one);
//! - what metas and messages tell of a frame is what the definition tells, the digest that of the frame that
//!   left;
//! - errors have a cause that the episode knows of; no warning is repeated while nothing changes; incidents of
//!   tampering start, go on and end, with no more than one message an interval;
//! - nothing leaks, and nothing hangs: a watchdog prints all stacks.
//!
//! `STORM_SECONDS` says how long (10), `STORM_SEED` replays one episode. Threads race, so that a replay does
//! the same things, not necessarily at the same moments. `STORM_MEMORY=FILE.svg` plots the memory in use.

#[path = "../support/mod.rs"]
mod support;

mod analyzer;
mod causes;
mod definition;
mod encoder;
mod filter;
mod frames;
mod history;
mod incidents;
mod key_file;
mod memory;
mod model;
mod place;
mod play;
mod setter;
mod table_file;
mod watch;
mod watchdog;

use std::time::{Duration, Instant};

use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use play::Tally;
use support::filter::init;
use watchdog::Watchdog;

/// Frames of which so many come out that some can be asked for.
const ENOUGH: u64 = 1000;

/// An environment variable as a number.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|error| panic!("{name}={text}: {error}")),
    )
}

/// Runs the episode of `seed` and returns what it did.
fn episode(seed: u64, tally: &mut Tally) {
    let mut random = fastrand::Rng::with_seed(seed);
    match random.u32(..10) {
        0..=5 => filter::episode(&mut random, tally),
        6..=7 => encoder::episode(&mut random, tally),
        _ => analyzer::episode(&mut random, tally),
    }
}

#[test]
fn random_use_breaks_no_promise() {
    init();
    // Frames may come with the verdict of another element before ours has started.
    gst::meta::CustomMeta::register(FeatureDistillMessage::NAME, &[]);
    let replay = number("STORM_SEED");
    let first = replay.unwrap_or_else(|| fastrand::u64(..));
    let time = Duration::from_secs(number("STORM_SECONDS").unwrap_or(10));
    let watchdog = Watchdog::start();
    let mut memory = memory::Log::from_env();
    let mut tally = Tally::default();
    let begin = Instant::now();
    for seed in (0..).map(|index| first.wrapping_add(index)) {
        watchdog.begin(seed);
        println!("STORM_SEED={seed}");
        episode(seed, &mut tally);
        memory.sample(begin.elapsed());
        if replay.is_some() || begin.elapsed() >= time {
            break;
        }
    }
    watchdog.end();
    memory.plot();
    println!("{tally:?} in {:?}", begin.elapsed());
    if tally.frames_in > ENOUGH {
        assert!(
            tally.compared > tally.frames_in / 20,
            "hardly a frame was compared: {tally:?}"
        );
    }
}
