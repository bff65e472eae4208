// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! Output: a row for each frame whose label changes, and a summary.

use std::path::Path;

use anyhow::{Context, Result};

use crate::model::{Model, Verdict};
use crate::options::Options;
use crate::shared::progress;

/// Width of the column of a class, in characters.
const LABEL: usize = 26;

/// Prints rows as they come, and sums them up.
pub struct Report {
    labels: Option<Vec<String>>,
    /// Print rows in which nothing changes, too.
    all: bool,
    last: Option<(usize, usize)>,
    frames: usize,
    alarms: usize,
    confidence: (f64, f64),
}

impl Report {
    pub fn new(labels: Option<Vec<String>>, all: bool) -> Self {
        Self {
            labels,
            all,
            last: None,
            frames: 0,
            alarms: 0,
            confidence: (0.0, 0.0),
        }
    }

    pub fn head(&self, options: &Options, model: &Model) {
        let (width, height) = model.size();
        let place = match options.at_decoder {
            false => format!("at {width}x{height} RGB"),
            true => "right behind the decoder".into(),
        };
        progress("");
        println!("{}, {width}x{height}", options.model.display());
        println!("{}", options.input.display());
        println!(
            "{} ({place})",
            format!("featuredistill {}", options.filter).trim_end()
        );
        println!();
        println!(
            "{:<24} {:<LABEL$}         with the filter",
            "frame", "without"
        );
    }

    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Counts a frame, and prints it if a label is another than in the frame before. Two labels that differ
    /// are an alarm.
    pub fn frame(&mut self, name: &str, plain: Verdict, filtered: Verdict) {
        let classes = (plain.class, filtered.class);
        let alarm = classes.0 != classes.1;
        self.frames += 1;
        self.alarms += usize::from(alarm);
        self.confidence.0 += f64::from(plain.confidence);
        self.confidence.1 += f64::from(filtered.confidence);
        if self.last.replace(classes) == Some(classes) && !self.all {
            return;
        }
        progress("");
        println!(
            "{name:<24.24} {}  {}{}",
            self.cell(plain),
            self.cell(filtered),
            if alarm { "  alarm" } else { "" }
        );
    }

    fn cell(&self, verdict: Verdict) -> String {
        let label = self
            .labels
            .as_ref()
            .and_then(|labels| labels.get(verdict.class));
        let class = format!("{} {}", verdict.class, label.map_or("", String::as_str));
        format!(
            "{class:<LABEL$.LABEL$} {:>5.1}%",
            100.0 * verdict.confidence
        )
    }

    pub fn summary(&self) {
        let frames = self.frames as f64;
        println!();
        println!(
            "{} frames, {} of them alarms: another label behind the filter ({:.1}%)",
            self.frames,
            self.alarms,
            100.0 * self.alarms as f64 / frames
        );
        println!(
            "mean confidence {:.1}% without, {:.1}% with the filter",
            100.0 * self.confidence.0 / frames,
            100.0 * self.confidence.1 / frames
        );
    }
}

/// Reads the names of the classes: line n names class n, from 0.
pub fn read_labels(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("can't read the labels in {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}
