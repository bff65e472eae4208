// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! Classifies the frames of a clip, a picture or a folder of pictures, with and without
//! `featuredistill` in front of the network, side by side.
//!
//! ```text
//! cargo run --release --features classify --example classify -- MODEL.onnx CLIP|PICTURE|FOLDER [OPTIONS]
//! cargo run --release --features classify --example classify -- model.onnx attacked.mkv \
//!     --filter "preset=certified epsilon=1" --labels labels.txt
//! ```
//!
//! The network takes RGB as EfficientNet-Lite does: float32, N x 3 x height x width, each sample as
//! (sample - 127) / 128.

mod model;
mod options;
mod report;
#[path = "../shared/mod.rs"]
mod shared;
mod source;
mod stream;

use anyhow::{Context, Result, ensure};

use model::Model;
use options::Options;
use report::Report;
use shared::progress;
use stream::Stream;

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;

    let files = source::files(&options.input)?;
    progress("loading the network");
    let model = Model::load(&options.model)?;
    let labels = options
        .labels
        .as_deref()
        .map(report::read_labels)
        .transpose()?;
    let mut report = Report::new(labels, options.all);
    report.head(&options, &model);

    for file in &files {
        let stream = Stream::open(file, model.size(), &options)?;
        let mut frame = 0;
        while let Some(pair) = stream.next().with_context(|| file.display().to_string())? {
            if let Some(folder) = &options.save {
                save(&pair.plain, folder, report.frames())?;
            }
            let (plain, filtered) = (
                model.classify(&pair.plain)?,
                model.classify(&pair.filtered)?,
            );
            report.frame(&name(&options, file, frame), plain, filtered);
            frame += 1;
            progress(&format!("{} frames", report.frames()));
        }
        ensure!(frame > 0, "{} has no frame", file.display());
    }
    progress("");
    report.summary();
    Ok(())
}

fn save(frame: &image::RgbImage, folder: &std::path::Path, number: usize) -> Result<()> {
    let path = folder.join(format!("{number:06}.png"));
    let what = || format!("can't write {}", path.display());
    std::fs::create_dir_all(folder).with_context(what)?;
    frame.save(&path).with_context(what)
}

/// The name of a frame: a picture of a folder has its file's, a frame of a clip its number.
fn name(options: &Options, file: &std::path::Path, frame: usize) -> String {
    if options.input.is_dir() {
        file.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    } else {
        frame.to_string()
    }
}
