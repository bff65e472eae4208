// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The GStreamer side that all elements share. It knows none of the elements.
//!
//! - [`properties`]: property values of an element, with a revision number; in them
//!   [`table_settings`], [`color_mode`] and [`engine`].
//! - [`table_source`]: the tables that the properties ask for.
//! - [`caps`], [`geometry`], [`frame`]: from caps and buffers to the planes that the codec works on.
//! - [`allocation`]: answers to ALLOCATION queries.
//! - [`conflicts`]: property values that take back what others promise.
//! - [`counters`]: fields of `stats`.

pub(crate) mod allocation;
pub(crate) mod caps;
pub(crate) mod color_mode;
pub(crate) mod conflicts;
pub(crate) mod counters;
pub(crate) mod engine;
pub(crate) mod frame;
pub(crate) mod geometry;
mod lock;
pub(crate) mod properties;
pub(crate) mod table_settings;
pub(crate) mod table_source;
pub(crate) mod value;

pub(crate) use lock::lock;
