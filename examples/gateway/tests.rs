// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Options and numbers for unit tests.

use std::sync::Once;
use std::time::Duration;

use crate::elements::{self, Carrier};
use crate::numbers::{Families, Numbers};
use crate::options::{CameraOptions, Mode, Transport};
use crate::secrets::Address;

/// Registers the plugin, once: a second registration frees the first one's factories.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
}

pub fn camera(mode: Mode) -> CameraOptions {
    CameraOptions {
        name: "door".into(),
        address: Address::parse("rtsp://127.0.0.1:9/stream").expect("an address"),
        mode,
        filter: "preset=certified epsilon=2".into(),
        encoder: "jpegenc".into(),
        transport: Transport::Tcp,
        latency: 100,
        timeout: Duration::from_secs(5),
        retry: Duration::from_secs(30),
        frozen: None,
        margin: false,
        min_margin: None,
        digest: false,
        source_digests: None,
        ca_file: None,
    }
}

pub fn carrier() -> Option<Carrier> {
    Some(elements::encoder("jpegenc").expect("an encoder").1)
}

pub fn numbers() -> Numbers {
    Families::new().expect("metrics").camera("door")
}
