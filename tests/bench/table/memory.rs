// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Memory and allocations of the element, in a process of its own.

use std::error::Error;
use std::process::Command;
use std::sync::Arc;

use gst_video::VideoFormat;

use super::frames::{Content, Frames};
use super::pipeline::{Pace, Pipeline};
use super::report::{Figure, Goal, Row};
use super::{FULL_HD, PLAIN};

/// Tells a child process that it is to show its memory use.
pub const CHILD: &str = "--memory";

/// Report of a child process with `elements` between source and sink: peak memory in bytes, and
/// allocations (of Rust) per frame.
fn memory_of(elements: &str) -> Result<(f64, f64), Box<dyn Error>> {
    let child = Command::new(std::env::current_exe()?)
        .args([CHILD, elements])
        .output()?;
    let text = String::from_utf8(child.stdout)?;
    let (peak, allocations) = text
        .trim()
        .split_once(' ')
        .ok_or("no answer of the child")?;
    Ok((peak.parse()?, allocations.parse()?))
}

/// The child process.
pub fn show(elements: &str) -> Result<(), Box<dyn Error>> {
    const COUNT: usize = 100;
    let frames = Arc::new(Frames::new(Content::Noise, VideoFormat::I420, FULL_HD));
    let run = |count| _ = Pipeline::new(elements, &frames, Pace::Filled, count).run();
    let _profiler = dhat::Profiler::builder().testing().build();
    let allocations = |count| {
        let before = dhat::HeapStats::get().total_blocks;
        run(count);
        (dhat::HeapStats::get().total_blocks - before) as f64
    };
    // What is allocated once for all pipelines, and what starting and stopping one takes, is not a
    // frame's.
    run(COUNT);
    let (few, many) = (allocations(COUNT), allocations(2 * COUNT));
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmHWM")?;
    println!(
        "{} {}",
        peak.parse::<u64>()? * 1024,
        (many - few) / COUNT as f64
    );
    Ok(())
}

/// Memory of the element and of the pipeline without it.
pub fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    const FRAME: f64 = 1920.0 * 1080.0 * 1.5;
    let name = "memory, 1080p I420";
    let (bare_peak, bare_allocations) = memory_of("")?;
    let (peak, allocations) = memory_of(PLAIN)?;
    let (_, shared) = memory_of("featuredistill n-threads=2")?;
    let row = |figure, of: &str, allowed, unit| {
        let goal = Goal::AtMost(1.0);
        Row::times_as_much(
            name,
            Figure::new(figure, unit, of),
            Figure::new(allowed, unit, "allowed"),
            goal,
        )
    };
    let over = |allocations: f64| (allocations - bare_allocations).max(0.0);
    let mut rows = vec![row(
        (peak - bare_peak) / FRAME,
        "peak over the bare pipeline",
        2.0,
        "frames",
    )];
    for (threads, allocations) in [("1 thread", over(allocations)), ("2 threads", over(shared))] {
        rows.push(Row {
            ratio: allocations,
            ..row(allocations, threads, 0.0, "allocations/frame")
        });
    }
    for row in &mut rows[1..] {
        row.goal = Goal::AtMost(0.0);
    }
    Ok(rows)
}
