// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Code that several tests share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod digests;
pub mod filter;
pub mod frames;
pub mod hostile;
pub mod libjpeg;
#[path = "../../examples/shared/noise.rs"]
pub mod noise;
pub mod samples;
pub mod video;
