// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistillenc`: its files against the codec, libjpeg and GStreamer's own elements.

mod codes;
mod decoders;
mod frame;
mod stream;
#[path = "../support/mod.rs"]
mod support;
mod transports;
