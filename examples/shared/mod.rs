// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Code that several examples share.
#![allow(dead_code, reason = "each example uses a part of it")]

pub mod noise;
pub mod perturbation;
pub mod pipeline;
pub mod sheet;

use std::io::{IsTerminal, Write};

/// The arguments of the command line. `--help` prints `usage` and ends the program.
pub fn arguments(usage: &str) -> Vec<String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!("{usage}");
        std::process::exit(0);
    }
    arguments
}

/// Overwrites one line of a terminal; writes nothing into a log.
pub fn progress(text: &str) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        // Progress that can't be written is no reason to stop.
        let _ = write!(out, "\r\x1b[K{text}").and_then(|()| out.flush());
    }
}
