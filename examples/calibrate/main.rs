// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Calibrates on clips. Prints the table and the statistics, draws both, and hardens a clip with that table
//! beside the one of `preset=two-step`.
//!
//! ```text
//! cargo run --release --example calibrate -- FOLDER CLIP...
//! ```
//!
//! The statistics of each clip go to a file of their own (a shard), and the table is made from all of these
//! files without reading the clips again. The last clip is the one that is hardened.

mod compare;
mod gather;
#[path = "../shared/mod.rs"]
mod shared;

use std::path::Path;

use anyhow::{Context, Result, bail};

use gather::{Band, EPSILON};
use shared::arguments;

const USAGE: &str = "usage: calibrate FOLDER CLIP...";

fn main() -> Result<()> {
    let args = arguments(USAGE);
    let [folder, clips @ ..] = &args[..] else {
        bail!("{USAGE}");
    };
    let Some(hardened) = clips.last() else {
        bail!("{USAGE}");
    };
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)
        .with_context(|| format!("can't create {}", folder.display()))?;

    let mut band = Band::default();
    let mut shards = Vec::new();
    for (index, clip) in clips.iter().enumerate() {
        let shard = folder.join(format!("statistics-{index}.json"));
        let frames = gather::gather(clip, &shard, &mut band)?;
        println!("{clip}: {frames} frames -> {}", shard.display());
        shards.push(shard);
    }
    let table = folder.join("table.txt");
    let outputs = format!(
        "mapping=two-step location={} stats-location={} plot-location={}",
        table.display(),
        folder.join("statistics.json").display(),
        folder.join("calibration.png").display()
    );
    let result = gather::merge(&shards, &outputs)?;
    print_grid(
        "standard deviation of luma, in levels",
        &result,
        "luma-std",
        |value| Ok(format!("{:7.2}", value.get::<f64>()?)),
    )?;
    print_grid("table for luma", &result, "table", step)?;
    print_grid("table for chroma", &result, "chroma-table", step)?;
    println!();
    band.print(&result)?;

    let certified = gather::merge(&shards, &format!("mapping=certified epsilon={EPSILON}"))?;
    println!();
    println!(
        "mapping=certified epsilon={EPSILON}: {:.2} dB PSNR after settling the same footage; {:.2} % of {} \
         blocks needed more than rounding, {} can't have the radius",
        certified.get::<f64>("psnr")?,
        100.0 * certified.get::<f64>("moved-share")?,
        certified.get::<u64>("settled-blocks")?,
        certified.get::<u64>("unsettled")?
    );
    println!();
    compare::compare(hardened, &table, &folder.join("two-step-calibrated.png"))
}

fn step(value: &gst::glib::SendValue) -> Result<String> {
    Ok(format!("{:4}", value.get::<u32>()?))
}

/// Prints 64 values of the result as rows of eight.
fn print_grid(
    title: &str,
    result: &gst::Structure,
    field: &str,
    text: impl Fn(&gst::glib::SendValue) -> Result<String>,
) -> Result<()> {
    println!();
    println!("{title}");
    for row in result.get::<gst::Array>(field)?.chunks(8) {
        let row = row.iter().map(&text).collect::<Result<Vec<_>>>()?;
        println!("  {}", row.concat());
    }
    Ok(())
}
