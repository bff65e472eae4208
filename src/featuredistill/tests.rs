// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What can only be provoked from within the crate: a panic while a frame is processed.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::codec::pool;

/// Makes the next frame panic on a worker of the shared pool, as a bug in a band would.
#[derive(Default)]
pub(super) struct Fault(AtomicBool);

impl Fault {
    pub(super) fn trip(&self) {
        if self.0.load(Ordering::SeqCst) {
            pool::shared()
                .expect("a thread pool")
                .in_place_scope(|scope| scope.spawn(|_| panic!("a fault was injected")));
        }
    }
}
