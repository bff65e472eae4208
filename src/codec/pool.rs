// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The one thread pool of the process: every element shares it, however many there are.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The pool, made at its first use: a worker for each core but one, which the thread that feeds it has.
///
/// # Errors
/// If the system refuses the threads; a later call tries again.
pub fn shared() -> Result<&'static ThreadPool, ThreadPoolBuildError> {
    static POOL: OnceCell<ThreadPool> = OnceCell::new();
    POOL.get_or_try_init(|| {
        ThreadPoolBuilder::new()
            .num_threads((cores() - 1).max(1))
            .thread_name(|index| format!("featuredistill{index}"))
            .build()
    })
}

/// A total that threads make in parts.
pub(crate) trait Merge: Default + Send {
    /// Adds another part.
    fn merge(&mut self, other: &Self);
}

impl Merge for () {
    fn merge(&mut self, (): &Self) {}
}

/// Adds each of `items` to a total, on this thread and on up to `threads` - 1 workers of the pool.
///
/// Whoever is ready takes the next item. Which thread that is, and so the order in which parts are merged,
/// is left to chance.
pub(crate) fn fold<I: Iterator + Send, T: Merge>(
    threads: usize,
    items: I,
    add: impl Fn(&mut T, I::Item) + Sync,
) -> T {
    let items = Mutex::new(items);
    let total = Mutex::new(T::default());
    share_out(threads, || {
        let mut part = T::default();
        while let Some(item) = { locked(&items).next() } {
            add(&mut part, item);
        }
        locked(&total).merge(&part);
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a queue or a total. A panic elsewhere poisons the lock, not its content.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `share` on this thread and on up to `threads` - 1 workers of the pool, and returns when all
/// are through.
///
/// `share` takes work off a queue until that is empty, so that one that starts late finds less to do.
fn share_out(threads: usize, share: impl Fn() + Sync) {
    match shared() {
        Ok(pool) if threads > 1 => {
            let helpers = (threads - 1).min(pool.current_num_threads());
            let helping = AtomicUsize::new(helpers);
            let is_through = AtomicBool::new(false);
            pool.in_place_scope(|scope| {
                for _ in 0..helpers {
                    scope.spawn(|_| {
                        share();
                        // So that a worker is still awake if the next frame comes at once.
                        wait_for(|| is_through.load(Ordering::Acquire));
                        helping.fetch_sub(1, Ordering::Release);
                    });
                }
                share();
                is_through.store(true, Ordering::Release);
                // The scope's end would sleep until the others are through, which is soon.
                wait_for(|| helping.load(Ordering::Acquire) == 0);
            });
        }
        _ => share(),
    }
}

/// Waits for a condition, awake, but no longer than it takes to wake a thread. A thread that was put on the same core
/// runs meanwhile.
fn wait_for(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() && begin.elapsed() < WAKING {
        std::thread::yield_now();
    }
}

/// About what it takes until a thread that sleeps is awake: waiting that long costs no more than sleeping.
const WAKING: Duration = Duration::from_micros(60);

/// Cores that this process may use, at least 1.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
