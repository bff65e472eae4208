// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files that are replaced, broken and mended while elements read them.

use std::sync::atomic::{AtomicBool, Ordering};

use gst::prelude::*;
use gstfeaturedistill::tables::{Tables, presets};

use super::model::{History, Settings};

/// A file of tables that changes, breaks and goes.
pub struct TableFile {
    folder: tempfile::TempDir,
}

impl TableFile {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Two whole tables that differ.
    fn contents() -> [Tables; 2] {
        [presets::annex_k().scaled(75), presets::one_pass()]
    }

    fn write(&self, text: &str) {
        let path = self.folder.path().join("table.txt");
        let part = self.folder.path().join("part");
        std::fs::write(&part, text).expect("written");
        std::fs::rename(part, path).expect("renamed");
    }

    /// Has the element read the file while its content changes, or forget it.
    pub fn disturb(
        &mut self,
        random: &mut fastrand::Rng,
        element: &gst::Element,
        history: &History,
        may_fail: &AtomicBool,
    ) {
        // A start in between finds the file whole or broken.
        may_fail.store(true, Ordering::Relaxed);
        let [first, second] = Self::contents();
        if random.u32(..3) == 0 {
            let forget = |_: &Settings| {
                element.set_property("table-file", None::<String>);
            };
            let clear = |settings: &mut Settings| {
                settings.from_file.clear();
                settings.preset_possible = false;
            };
            history.change(clear, forget);
            return;
        }
        let path = self.folder.path().join("table.txt");
        let texts = [
            first.to_string(),
            second.to_string(),
            "1 2 3 none".to_owned(),
        ];
        self.write(&texts[0]);
        let change = |settings: &mut Settings| {
            settings.preset_possible |= settings.from_file.is_empty();
            settings.from_file.extend([first, second]);
        };
        let seed = random.u64(..);
        history.change(change, |_| {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut random = fastrand::Rng::with_seed(seed);
                    for _ in 0..20 {
                        self.write(random.choice(&texts).expect("texts"));
                    }
                });
                for _ in 0..5 {
                    element.set_property("table-file", path.to_str());
                }
            });
            self.write(&texts[1]);
        });
    }
}
