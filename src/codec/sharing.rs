// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Decision if a frame is shared among threads, from the times of recent frames.
//!
//! Waking a thread that sleeps takes 10 to 200 microseconds. On a busy machine the thread then waits for a
//! core, or takes the one of the thread that called it. So it depends on machine, load, frame size and rate if
//! sharing gains anything, and it is measured: [`TRIAL`] frames are shared, as many are done by the calling
//! thread alone, and the following ones go the way that was better. Every [`PERIOD`] frames both are tried again.
//! Sharing is better if the median of its times is at most [`WORTHWHILE`] of the other median. Only trials
//! decide: on a busy machine a few frames are late now and then, and tell nothing of the others.
//! The bytes of a frame don't depend on it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Frames of a trial, of each way. The median leaves out the first shared ones, for which a thread may have to be woken
/// that the next ones find awake: with three, 1080p frames back to back were not seen to gain.
const TRIAL: usize = 5;

/// Frames from the beginning of a trial to that of the next one.
const PERIOD: usize = 128;

/// Most that a shared frame may take of the time that it takes alone. Two threads that need more take nearly
/// twice the CPU time for little.
const WORTHWHILE: f64 = 0.8;

/// Way of a frame through a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// On the calling thread and others.
    Shared,
    /// On the calling thread.
    Alone,
}

/// Times of the frames of the last trial.
#[derive(Clone, Copy, Debug, Default)]
struct History {
    /// Frames so far.
    frames: usize,
    shared: [Duration; TRIAL],
    alone: [Duration; TRIAL],
}

impl History {
    /// The way of the next frame.
    fn way(&self) -> Way {
        match self.frames % PERIOD {
            0..TRIAL => Way::Shared,
            position if position < 2 * TRIAL => Way::Alone,
            _ if median(self.shared) <= median(self.alone).mul_f64(WORTHWHILE) => Way::Shared,
            _ => Way::Alone,
        }
    }

    /// Takes in the time of a frame.
    fn note(&mut self, way: Way, time: Duration) {
        let position = self.frames % PERIOD;
        if position < 2 * TRIAL {
            let times = match way {
                Way::Shared => &mut self.shared,
                Way::Alone => &mut self.alone,
            };
            times[position % TRIAL] = time;
        }
        self.frames += 1;
    }
}

fn median(mut times: [Duration; TRIAL]) -> Duration {
    times.sort_unstable();
    times[TRIAL / 2]
}

/// Decisions for one piece of work that is done with frame after frame.
#[derive(Debug, Default)]
pub(crate) struct Sharing(Mutex<History>);

impl Sharing {
    /// Does `work` on a frame, with the number of threads that it is worth: `threads` or 1.
    pub(crate) fn decide<T>(&self, threads: usize, work: impl FnOnce(usize) -> T) -> T {
        if threads == 1 {
            return work(1);
        }
        let way = self.history(|history| history.way());
        let begin = Instant::now();
        let result = work(match way {
            Way::Shared => threads,
            Way::Alone => 1,
        });
        let time = begin.elapsed();
        self.history(|history| history.note(way, time));
        result
    }

    fn history<T>(&self, look: impl FnOnce(&mut History) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// The ways of `count` frames that take so many microseconds shared and alone.
    fn ways(history: &mut History, count: usize, shared: u32, alone: u32) -> Vec<Way> {
        let mut next = || {
            let way = history.way();
            let time = if way == Way::Shared { shared } else { alone };
            history.note(way, MICROSECOND * time);
            way
        };
        (0..count).map(|_| next()).collect()
    }

    fn count(ways: &[Way], wanted: Way) -> usize {
        ways.iter().filter(|&&way| way == wanted).count()
    }

    #[test]
    fn both_ways_are_tried_at_first_and_once_a_period() {
        for (shared, alone) in [(1, 9), (9, 1)] {
            let ways = ways(&mut History::default(), 2 * PERIOD, shared, alone);
            for period in ways.chunks(PERIOD) {
                assert_eq!(period[..TRIAL], [Way::Shared; TRIAL]);
                assert_eq!(period[TRIAL..2 * TRIAL], [Way::Alone; TRIAL]);
            }
        }
    }

    #[test]
    fn frames_are_shared_where_that_gains_a_fifth() {
        for (shared, better) in [
            (500, Way::Shared),
            (800, Way::Shared),
            (801, Way::Alone),
            (1500, Way::Alone),
        ] {
            let ways = ways(&mut History::default(), PERIOD, shared, 1000);
            assert!(
                ways[2 * TRIAL..].iter().all(|&way| way == better),
                "{shared}"
            );
        }
    }

    #[test]
    fn a_single_late_frame_of_a_trial_changes_nothing() {
        for late in 0..2 * TRIAL {
            let mut history = History::default();
            ways(&mut history, late, 500, 1000);
            ways(&mut history, 1, 9000, 9000);
            let ways = ways(&mut history, PERIOD - late - 1, 500, 1000);
            assert_eq!(
                ways[2 * TRIAL..],
                [Way::Shared].repeat(ways.len() - 2 * TRIAL)
            );
        }
    }

    #[test]
    fn late_frames_outside_of_trials_change_nothing() {
        let mut history = History::default();
        ways(&mut history, 2 * TRIAL, 500, 1000);
        let ways = ways(&mut history, PERIOD - 2 * TRIAL, 9000, 1000);
        assert_eq!(count(&ways, Way::Shared), PERIOD - 2 * TRIAL);
    }

    #[test]
    fn sharing_ends_and_begins_with_the_next_trial() {
        let mut history = History::default();
        ways(&mut history, PERIOD, 500, 1000);
        let without_gain = ways(&mut history, PERIOD, 900, 1000);
        assert_eq!(count(&without_gain, Way::Shared), TRIAL);
        let with_gain = ways(&mut history, PERIOD, 500, 1000);
        assert_eq!(count(&with_gain, Way::Alone), TRIAL);
    }

    #[test]
    fn work_is_done_once_with_the_threads_that_were_decided() {
        let sharing = Sharing::default();
        let used: Vec<_> = (0..2 * TRIAL)
            .map(|_| sharing.decide(3, |threads| threads))
            .collect();
        assert_eq!(used, [[3; TRIAL], [1; TRIAL]].concat());
        assert_eq!(sharing.decide(1, |threads| threads), 1);
        assert_eq!(sharing.history(|history| history.frames), 2 * TRIAL);
    }
}
