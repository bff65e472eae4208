// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What the elements share: the properties that choose a table and an engine, and the way from a
//! buffer to planes. It knows GStreamer and none of the elements.

pub(crate) mod caps;
pub(crate) mod color;
pub(crate) mod engine;
pub(crate) mod frame;
pub(crate) mod geometry;
pub(crate) mod properties;
pub(crate) mod tables;
pub(crate) mod work;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, whether a panic has poisoned it or not: after one, an element takes no more frames,
/// and what is still asked of it (properties, its end) is no worse for the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
