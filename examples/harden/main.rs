// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Takes a clip through `featuredistill`. Draws a frame before and after with the difference, prints the
//! element's `stats`, and compares its speed with `jpegenc ! jpegdec`.
//!
//! ```text
//! cargo run --release --example harden -- CLIP FOLDER ["featuredistill PROPERTIES"]
//! cargo run --release --example harden -- clip.mp4 out "featuredistill preset=uniform md-step=40"
//! ```

mod picture;
#[path = "../shared/mod.rs"]
mod shared;
mod speed;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use shared::pipeline::Pipeline;
use shared::sheet::{to_rgb, video_info};
use shared::{arguments, progress};

/// Memory for the raw frames of the picture and the timing, in bytes.
const KEEP: usize = 200_000_000;

const USAGE: &str = r#"usage: harden CLIP FOLDER ["featuredistill PROPERTIES"]"#;

fn main() -> Result<()> {
    let args = arguments(USAGE);
    let (clip, folder, element) = match &args[..] {
        [clip, folder] => (clip, folder, "featuredistill"),
        [clip, folder, element] => (clip, folder, element.as_str()),
        _ => bail!("{USAGE}"),
    };
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    std::fs::create_dir_all(folder).with_context(|| format!("can't create {folder}"))?;

    let hardened = harden(clip, element)?;
    hardened.print(clip)?;

    let (before, after) = &hardened.kept[hardened.kept.len() / 2];
    let picture = Path::new(folder).join("before-after-difference.png");
    picture::draw(&to_rgb(before)?, &to_rgb(after)?, &picture)?;

    let threads = hardened.stats.get("n-threads")?;
    let frames: Vec<_> = hardened.kept.into_iter().map(|(raw, _)| raw).collect();
    speed::compare(element, threads, &frames)
}

/// A clip before and after.
struct Hardened {
    /// Frames before and after, from the start of the clip.
    kept: Vec<(gst::Sample, gst::Sample)>,
    /// The element's `stats` over the whole clip.
    stats: gst::Structure,
}

/// Decodes `clip` and pulls every frame twice: as decoded, and after `element`.
fn harden(clip: &str, element: &str) -> Result<Hardened> {
    // Offline nothing is ever late: qos=false keeps the element from skipping frames, sync=false
    // keeps the sinks from waiting for the clock.
    let pipeline = Pipeline::launch(&format!(
        "filesrc name=clip ! decodebin ! videoconvert ! video/x-raw,format=I420 ! tee name=raw \
         raw. ! queue ! appsink name=before sync=false max-buffers=2 \
         raw. ! queue ! {element} name=distill qos=false ! appsink name=after sync=false max-buffers=2"
    ))?;
    pipeline.read("clip", clip)?;
    let (before, after) = (pipeline.element("before")?, pipeline.element("after")?);
    pipeline.start(gst::State::Playing)?;

    let mut kept = Vec::new();
    let mut bytes = 0;
    let mut frames = 0;
    while let Some(raw) = pipeline.pull(&before)? {
        let Some(distilled) = pipeline.pull(&after)? else {
            bail!("a frame went in and none came out");
        };
        frames += 1;
        progress(&format!("{frames} frames"));
        bytes += raw.buffer().map_or(0, |buffer| buffer.size());
        if kept.is_empty() || bytes <= KEEP {
            kept.push((raw, distilled));
        }
    }
    progress("");
    let stats = pipeline.stats("distill")?;
    ensure!(!kept.is_empty(), "{clip} has no frame");
    Ok(Hardened { kept, stats })
}

impl Hardened {
    fn print(&self, clip: &str) -> Result<()> {
        let stats = &self.stats;
        let info = video_info(&self.kept[0].0)?;
        let frames = stats
            .get::<u64>("frames")
            .context("only featuredistill has the stats that are shown")?;
        let (all, zeroed) = (
            stats.get::<u64>("coefficients")?,
            stats.get::<u64>("zeroed")?,
        );
        let time = stats.get::<u64>("processing-time")? as f64 / 1e6;
        println!(
            "{clip}: {frames} frames of {}x{} {}",
            info.width(),
            info.height(),
            info.format()
        );
        println!();
        println!(
            "coefficients zeroed  {:.1} %",
            100.0 * zeroed as f64 / all.max(1) as f64
        );
        println!(
            "RMS change           {:.2} levels of 0..255",
            stats.get::<f64>("rms-change")?
        );
        println!(
            "largest change       {} levels",
            stats.get::<u32>("max-change")?
        );
        println!(
            "backend, threads     {}, {}",
            stats.get::<&str>("backend")?,
            stats.get::<u32>("n-threads")?
        );
        println!(
            "time in the element  {:.2} ms a frame",
            time / frames.max(1) as f64
        );
        let table = stats.get::<gst::ArrayRef>("table")?;
        for (row, steps) in table.as_slice().chunks(8).enumerate() {
            let label = if row == 0 { "quantization table" } else { "" };
            print!("{label:<20}");
            for step in steps {
                print!(" {:>3}", step.get::<u32>()?);
            }
            println!();
        }
        Ok(())
    }
}
