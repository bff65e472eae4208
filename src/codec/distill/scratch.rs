// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Memory of a thread that distills bands.

use std::cell::RefCell;

use crate::codec::kernel::Points;
use crate::codec::layout::MAX_COMPONENTS;
use crate::codec::tiles::Tile;

/// Memory for tiles on their way, which a thread keeps: what is in it means nothing to the next band.
pub(crate) struct Scratch {
    /// As stored: gathered from the frame.
    pub(super) stored: [Tile; MAX_COMPONENTS],
    /// Y, Cb and Cr, before and, as R, G and B, after.
    pub(super) source: [Tile; MAX_COMPONENTS],
    pub(super) result: [Tile; MAX_COMPONENTS],
    pub(super) points: [Points; MAX_COMPONENTS],
    pub(super) passes: Points,
    /// Single blocks, side by side.
    pub(super) singles: Tile,
}

impl Scratch {
    const BLANK: Self = Self {
        stored: [Tile::BLANK; MAX_COMPONENTS],
        source: [Tile::BLANK; MAX_COMPONENTS],
        result: [Tile::BLANK; MAX_COMPONENTS],
        points: [Points::BLANK; MAX_COMPONENTS],
        passes: Points::BLANK,
        singles: Tile::BLANK,
    };

    /// Lends this thread's.
    pub(crate) fn with<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        thread_local! {
            static SCRATCH: RefCell<Box<Scratch>> = RefCell::new(Box::new(Scratch::BLANK));
        }
        SCRATCH.with_borrow_mut(|scratch| work(scratch))
    }
}
