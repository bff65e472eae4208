// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The memory that the process has in use over time, as a picture.

use std::path::PathBuf;
use std::time::Duration;

use plotters::prelude::*;

/// Most samples that are kept: every other one goes when there are more.
const SAMPLES: usize = 4096;

/// (minutes, MiB), where a picture is asked for.
pub struct Log {
    path: Option<PathBuf>,
    samples: Vec<(f64, f64)>,
    interval: Duration,
}

impl Log {
    pub fn from_env() -> Self {
        Self {
            path: std::env::var_os("STORM_MEMORY").map(PathBuf::from),
            samples: Vec::new(),
            interval: Duration::from_millis(100),
        }
    }

    /// Takes a sample, unless the last one is too recent.
    pub fn sample(&mut self, now: Duration) {
        let minutes = now.as_secs_f64() / 60.0;
        let due = |&(last, _): &(f64, f64)| minutes >= last + self.interval.as_secs_f64() / 60.0;
        if self.path.is_none() || !self.samples.last().is_none_or(due) {
            return;
        }
        self.samples.push((minutes, resident()));
        if self.samples.len() > SAMPLES {
            let mut keep = false;
            self.samples.retain(|_| {
                keep = !keep;
                keep
            });
            self.interval *= 2;
        }
    }

    pub fn plot(&self) {
        let (Some(path), Some(&(end, _))) = (&self.path, self.samples.last()) else {
            return;
        };
        let most = self.samples.iter().map(|&(_, mib)| mib).fold(0.0, f64::max);
        let area = SVGBackend::new(path, (800, 400)).into_drawing_area();
        area.fill(&WHITE).expect("a picture");
        let mut chart = ChartBuilder::on(&area)
            .caption(
                "Resident memory while random things are done",
                ("sans-serif", 18),
            )
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..end, 0.0..1.1 * most)
            .expect("a chart");
        chart
            .configure_mesh()
            .x_desc("minutes")
            .y_desc("MiB")
            .draw()
            .expect("axes");
        chart
            .draw_series(LineSeries::new(self.samples.iter().copied(), &BLUE))
            .expect("a line");
        area.present()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("memory over time: {}", path.display());
    }
}

/// Resident memory of this process, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .expect("VmRSS in kB");
    kib.trim().parse::<f64>().expect("a number") / 1024.0
}
