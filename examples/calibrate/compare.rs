// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A clip hardened with the table of `preset=two-step` and with the calibrated one.

use std::path::Path;

use anyhow::{Context, Result, bail};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::shared::pipeline::Pipeline;
use crate::shared::progress;
use crate::shared::sheet::{AMPLIFY, difference, to_rgb, write_labeled};

/// The tables, each with a filter of that name.
const TABLES: [&str; 2] = ["two-step", "calibrated"];

/// Effect of a table on a clip.
struct Figures {
    psnr: f64,
    zeroed: f64,
}

/// Hardens `clip` with both tables; prints the figures and draws a frame.
pub fn compare(clip: &str, table: &Path, picture: &Path) -> Result<()> {
    let pipeline = Pipeline::launch(
        "filesrc name=clip ! decodebin ! videoconvert ! video/x-raw,format=I420 ! tee name=raw \
         raw. ! queue ! appsink name=before sync=false max-buffers=2 \
         raw. ! queue ! featuredistill name=two-step preset=two-step qos=false ! appsink name=after-two-step sync=false max-buffers=2 \
         raw. ! queue ! featuredistill name=calibrated qos=false ! appsink name=after-calibrated sync=false max-buffers=2",
    )?;
    pipeline.read("clip", clip)?;
    pipeline.set("calibrated", "table-file", table)?;
    let sinks = ["before", "after-two-step", "after-calibrated"]
        .map(|name| pipeline.element::<gst_app::AppSink>(name));
    let [before, two_step, calibrated] = sinks;
    let sinks = [before?, two_step?, calibrated?];
    pipeline.start(gst::State::Playing)?;
    let mut shown = None;
    let mut frames = 0;
    while let Some(raw) = pipeline.pull(&sinks[0])? {
        let results = [pipeline.pull(&sinks[1])?, pipeline.pull(&sinks[2])?];
        let [Some(two_step), Some(calibrated)] = results else {
            bail!("a frame went in and none came out");
        };
        frames += 1;
        progress(&format!("{frames} frames"));
        // One from the first seconds, when the film has begun.
        if frames <= 60 {
            shown = Some([raw, two_step, calibrated]);
        }
    }
    progress("");
    let figures = TABLES.map(|name| figures(&pipeline, name));
    let [two_step, calibrated] = figures;
    let figures = [two_step?, calibrated?];
    println!(
        "{clip}, {frames} frames         {:>10} {:>10}",
        TABLES[0], TABLES[1]
    );
    let row = |name: &str, unit: &str, value: fn(&Figures) -> f64| {
        let [a, b] = figures.each_ref().map(value);
        println!("  {name:<32} {a:>7.2} {unit} {b:>7.2} {unit}");
    };
    row("PSNR", "dB", |figures| figures.psnr);
    row("coefficients zeroed", "% ", |figures| {
        100.0 * figures.zeroed
    });
    let shown = shown.with_context(|| format!("{clip} has no frame"))?;
    let [raw, two_step, calibrated] = shown.each_ref().map(to_rgb);
    draw(&[raw?, two_step?, calibrated?], &figures, picture)
}

fn figures(pipeline: &Pipeline, name: &str) -> Result<Figures> {
    let stats = pipeline.stats(name)?;
    let all: u64 = stats.get("coefficients")?;
    let zeroed: u64 = stats.get("zeroed")?;
    Ok(Figures {
        psnr: 20.0 * (255.0 / stats.get::<f64>("rms-change")?).log10(),
        zeroed: zeroed as f64 / all.max(1) as f64,
    })
}

/// Draws the frame before and after each table; below, the differences.
fn draw(frames: &[RgbImage; 3], figures: &[Figures; 2], path: &Path) -> Result<()> {
    const PANEL: u32 = 640;
    const LABEL: u32 = 40;
    const GAP: u32 = 8;
    let (width, height) = frames[0].dimensions();
    let panel_height = (PANEL * height / width).max(1);
    let size = (3 * PANEL + 2 * GAP, 2 * (LABEL + panel_height));
    let mut sheet = RgbImage::from_pixel(size.0, size.1, Rgb([24; 3]));
    let mut svg = String::new();
    let mut label = |x: u32, y: u32, text: &str| {
        svg += &format!(
            r#"<text x="{}" y="{}">{text}</text>"#,
            x + 8,
            y + LABEL - 12
        );
    };
    let below = LABEL + panel_height;
    let [before, two_step, calibrated] = frames;
    let text = |which: usize| {
        let Figures { psnr, zeroed } = figures[which];
        let zeroed = 100.0 * zeroed;
        format!(
            "{} table: {psnr:.2} dB, {zeroed:.1} % zeroed",
            TABLES[which]
        )
    };
    let columns = [
        (
            before,
            "before".to_string(),
            (two_step, calibrated),
            "between both results",
        ),
        (two_step, text(0), (before, two_step), "to before"),
        (calibrated, text(1), (before, calibrated), "to before"),
    ];
    for (index, (frame, name, (a, b), of)) in (0..).zip(columns) {
        let left = index * (PANEL + GAP);
        label(left, 0, &name);
        label(left, below, &format!("|difference| {of} × {AMPLIFY}"));
        for (image, top) in [(frame, LABEL), (&difference(a, b), below + LABEL)] {
            let whole = imageops::resize(image, PANEL, panel_height, FilterType::Triangle);
            imageops::replace(&mut sheet, &whole, left.into(), top.into());
        }
    }
    write_labeled(&sheet, &svg, path)
}
