// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! An experiment with two passes on real footage: a camera settles its frames, an attacker changes them on
//! the way, and a consumer distills them again. It measures what comes through over several transports. (To
//! filter frames in a program of your own, copy the example `harden`; for messages about tampering, `tamper`.)
//!
//! ```text
//! cargo run --release --example twopass -- demo CLIP FOLDER        # attacks: a table, a picture
//! cargo run --release --example twopass -- codecs FOLDER CLIP...   # transports: a table, a picture
//! cargo run --release --example twopass -- measure CLIP...         # false alarms, detection
//! cargo run --release --example twopass -- probe LINK CLIP         # which settings suit an encoder
//! ```

mod codecs;
mod demo;
mod lights;
mod link;
mod matrix;
mod measure;
mod picture;
mod probe;
#[path = "../shared/mod.rs"]
mod shared;
mod stream;
mod trials;

use anyhow::{Result, bail};

use shared::arguments;

const USAGE: &str = "usage: twopass demo CLIP FOLDER
       twopass codecs FOLDER CLIP...
       twopass measure CLIP...
       twopass probe 'ENCODER ! DECODER' CLIP";

fn main() -> Result<()> {
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    let args = arguments(USAGE);
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo", clip, folder] => demo::run(clip, folder),
        ["codecs", folder, ref clips @ ..] if !clips.is_empty() => matrix::run(folder, clips),
        ["probe", link, clip] => probe::run(link, clip),
        ["measure", ref clips @ ..] if !clips.is_empty() => measure::run(clips),
        _ => bail!("{USAGE}"),
    }
}
