// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The gateway as its users meet it: processes on loopback, ffmpeg and OpenCV as clients.

mod clients;
mod dashboard;
mod digests;
mod endurance;
mod faults;
mod opencv;
mod process;
mod rtsp;
mod survival;
mod tls;
mod twopass;
