// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! One pass over a picture against minimizing its total variation.

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use gst_video::VideoFormat;
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, Layout, PlaneMut,
    TableSlot,
};

use super::frames::{Content, Frames};
use super::pipeline::median;
use super::report::{Figure, Goal, Row};

/// One pass over a 224x224 RGB picture against minimizing its total variation.
pub fn row() -> Result<Row, Box<dyn Error>> {
    let frames = Frames::new(Content::Film, VideoFormat::Rgb, (224, 224));
    let stride = frames.info.stride()[0] as usize;
    let component = |offset| Component {
        plane: 0,
        offset,
        pixel_stride: 3,
        width: 224,
        height: 224,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    };
    let layout = Layout::new((0..3).map(component).collect(), ColorMode::Native);
    let tables = DctTables::shared(Divisors::new(&[30; 64]));
    let distiller = Distiller::new(layout, tables, Backend::detect(), 1);
    let picture = &frames.raw[frames.raw.len() / 2];
    let mut copy = picture.clone();
    let mut pass = || {
        copy.copy_from_slice(picture);
        let begin = Instant::now();
        let mut frame = FrameMut::default();
        frame.planes[0] = PlaneMut::new(&mut copy, stride);
        std::hint::black_box(distiller.process(frame));
        begin.elapsed().as_secs_f64() * 1000.0
    };
    let ours = median((0..2000).map(|_| pass()));
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, picture)?;
    let python = std::env::var_os("BENCH_PYTHON").unwrap_or("python3".into());
    let output = Command::new(python)
        .arg("tests/bench/total_variation.py")
        .arg(file.path())
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let other = String::from_utf8(output.stdout)?;
    let other = other
        .trim()
        .parse()
        .map_err(|_| format!("total_variation.py: {errors}"))?;
    Ok(Row::times_less(
        "one 224x224 RGB picture",
        Figure::new(ours, "ms", "this"),
        Figure::new(other, "ms", "scikit-image's denoise_tv_chambolle"),
        Goal::None,
    ))
}
