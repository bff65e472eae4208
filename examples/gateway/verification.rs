// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The thread that reads the digests of a camera's source, and lets the frames be compared with them.

use std::time::{Duration, Instant};

use crate::camera::Camera;
use crate::matching::PATIENCE;
use crate::source_list::SourceList;

/// Time between two reads of the list.
const PERIOD: Duration = Duration::from_secs(1);

/// Reads the list, and reads it again, until the gateway stops.
pub fn run(camera: &Camera, list: &SourceList) {
    let mut last_read = Instant::now();
    while !camera.is_stopping() {
        let asked = Instant::now();
        match list.read() {
            Ok(digests) => {
                last_read = asked;
                camera.listed(digests, asked);
                if camera.set_unread(false) {
                    camera.log(format!("{list} can be read again"));
                }
            }
            // A single failure does nothing: the frames wait.
            Err(error) if last_read.elapsed() > PATIENCE => {
                if !camera.set_unread(true) {
                    camera.log(format!(
                        "{list} can't be read, so that no frame is verified: {error:#}. \
                         Check the address, and --digest and --metrics of the source"
                    ));
                }
            }
            Err(_) => {}
        }
        camera.judge(Instant::now());
        camera.pause(PERIOD);
    }
}
