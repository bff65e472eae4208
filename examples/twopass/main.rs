// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The two-pass defence on real footage: what an attacker between a camera that settles its frames
//! and a consumer that distills them again can do, over several transports.
//!
//! ```text
//! cargo run --release --example twopass -- demo CLIP FOLDER        # a table and a picture
//! cargo run --release --example twopass -- measure CLIP...         # false alarms and detection
//! ```

mod demo;
mod measure;
#[path = "../tamper/perturbation.rs"]
mod perturbation;
mod picture;
#[path = "../shared/mod.rs"]
mod shared;
mod stream;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo", clip, folder] => demo::run(clip, folder),
        ["measure", ref clips @ ..] if !clips.is_empty() => measure::run(clips),
        _ => bail!("usage: twopass demo CLIP FOLDER, or twopass measure CLIP..."),
    }
}
