// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! `make demo-twopass`, second part: both lattices over lossless and lossy codecs. Prints a table, writes it as
//! Markdown and draws it as a picture.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::codecs::{CODECS, Codec, Journey, LATTICES};
use crate::lights;
use crate::link::{Lattice, Tally, carry};
use crate::shared::progress;
use crate::shared::sheet::video_info;
use crate::stream::{self, Passed};

/// Frames that are taken of each clip.
const FRAMES: usize = 34;

/// Measures on `clips`, and leaves table and picture in `folder`.
pub fn run(folder: &str, clips: &[&str]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't create {folder}"))?;
    let mut footage = Vec::new();
    for clip in clips {
        footage.push(Footage::load(clip)?);
    }
    let mut rows = Vec::new();
    for codec in &CODECS {
        let measured = measure(codec, &Journey::ALL, &footage)?;
        print!("{}", text(&measured));
        rows.extend(measured);
    }
    let (table, picture) = (
        Path::new(folder).join("transports.md"),
        Path::new(folder).join("transports.png"),
    );
    std::fs::write(&table, markdown(&rows, &footage))
        .with_context(|| format!("can't write {}", table.display()))?;
    lights::draw(&rows, &picture)?;
    println!();
    println!("Look at  {}  and  {}", picture.display(), table.display());
    Ok(())
}

/// A clip, settled on each lattice.
pub struct Footage {
    name: String,
    settled: Vec<(Lattice, Passed)>,
}

impl Footage {
    /// The first frames of `clip`.
    pub fn load(clip: &str) -> Result<Self> {
        progress(&format!("settling {clip}"));
        let frames = stream::decode(clip, "video/x-raw,format=I420", FRAMES)?;
        let info = video_info(&frames[0])?;
        let stem = Path::new(clip).file_stem().unwrap_or_default();
        let settled = LATTICES.map(|lattice| Ok((lattice, lattice.settle(&frames)?)));
        Ok(Self {
            name: format!(
                "{} ({}x{}, {} frames)",
                stem.to_string_lossy(),
                info.width(),
                info.height(),
                frames.len()
            ),
            settled: settled.into_iter().collect::<Result<_>>()?,
        })
    }

    /// Frames behind the first pass.
    fn settled(&self, lattice: Lattice) -> Result<&Passed> {
        let mut all = self.settled.iter();
        let found = all.find(|(settled, _)| *settled == lattice);
        Ok(&found.context("frames are settled on every lattice")?.1)
    }
}

/// A codec, a lattice and a journey, over all clips.
pub struct Row {
    pub codec: &'static Codec,
    pub lattice: Lattice,
    pub journey: Journey,
    /// None if the codec isn't there.
    pub outcome: Option<Outcome>,
}

/// The result of a row.
#[derive(Clone, Default)]
pub struct Outcome {
    pub tally: Tally,
    /// Kilobits a frame, for each clip.
    pub kilobits: Vec<f64>,
}

/// The rows of a codec.
///
/// # Errors
/// If a pipeline fails, or a lossless codec doesn't give every frame back.
pub fn measure(
    codec: &'static Codec,
    journeys: &[Journey],
    footage: &[Footage],
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for &lattice in codec.lattices {
        let mut outcomes = vec![None; journeys.len()];
        if codec.missing().is_none() {
            outcomes = vec![Some(Outcome::default()); journeys.len()];
            for clip in footage {
                let what = format!("{}, {lattice}, {}", codec.name, clip.name);
                progress(&what);
                add(&mut outcomes, journeys, codec, lattice, clip).context(what)?;
            }
            progress("");
        }
        for (&journey, outcome) in journeys.iter().zip(outcomes) {
            if let Some(Outcome { tally, .. }) = &outcome {
                ensure!(
                    tally.is_exact() || !codec.lossless,
                    "{}, {lattice}, {journey}: every frame should come back",
                    codec.name
                );
            }
            rows.push(Row {
                codec,
                lattice,
                journey,
                outcome,
            });
        }
    }
    Ok(rows)
}

/// Adds the journeys of a clip.
fn add(
    outcomes: &mut [Option<Outcome>],
    journeys: &[Journey],
    codec: &Codec,
    lattice: Lattice,
    clip: &Footage,
) -> Result<()> {
    let settled = clip.settled(lattice)?;
    let first = carry(&settled.frames, codec.encoder, codec.decoder)?;
    for (journey, outcome) in journeys.iter().zip(outcomes.iter_mut().flatten()) {
        let last = journey.go_on(codec, &first)?;
        outcome.tally += Tally::new(settled, &lattice.restore(&last.frames)?)?;
        let kilobits = 8.0 * last.bytes as f64 / 1000.0;
        outcome
            .kilobits
            .push(kilobits / settled.frames.len() as f64);
    }
    Ok(())
}

/// The rows of a codec, for a terminal.
fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut name = "";
    for row in rows {
        if name != row.codec.name {
            name = row.codec.name;
            let _ = writeln!(text, "{name}:");
        }
        let _ = match (&row.outcome, row.codec.missing()) {
            (Some(outcome), _) => writeln!(
                text,
                "  {:<14} {:<28} {:>4} of {:<4} exact {:>4} digests equal {:>10} of samples \
                 {:>5} margin {:>18} kbit a frame",
                row.lattice.to_string(),
                row.journey.to_string(),
                outcome.tally.exact,
                outcome.tally.frames,
                outcome.tally.digests,
                outcome.tally.samples.share(),
                outcome.tally.margin(),
                outcome.kilobits()
            ),
            (None, reason) => {
                let _ = writeln!(text, "  skipped: {}", reason.unwrap_or_default());
                break;
            }
        };
    }
    text
}

impl Outcome {
    /// Kilobits a frame of each clip.
    fn kilobits(&self) -> String {
        let rounded = self.kilobits.iter().map(|bits| format!("{bits:.0}"));
        rounded.collect::<Vec<_>>().join(" / ")
    }
}

/// The rows as a page.
fn markdown(rows: &[Row], footage: &[Footage]) -> String {
    let clips: Vec<_> = footage.iter().map(|clip| clip.name.as_str()).collect();
    let mut page = format!(
        "# Results\n\n\
         Written by `make demo-twopass`. I420 frames of {} are settled, coded, decoded, and given to the second pass.\n\n\
         ## Over codecs\n\n\
         Frames in which every sample came back, of all clips; if some didn't, the share of samples that did. The least \
         margin, and kilobits a frame for each clip, are those of frames coded once.\n\n\
         | in between | lattice |",
        clips.join(", ")
    );
    for journey in Journey::ALL {
        let _ = write!(page, " {journey} |");
    }
    page += " least margin | kilobits a frame |\n|---|---|";
    page += &"---|".repeat(Journey::ALL.len() + 2);
    page += "\n";
    for rows in rows.chunk_by(|a, b| a.codec.name == b.codec.name && a.lattice == b.lattice) {
        let _ = write!(page, "| {} | {} |", rows[0].codec.name, rows[0].lattice);
        for row in rows {
            let _ = write!(
                page,
                " {} |",
                row.outcome
                    .as_ref()
                    .map_or("not installed".into(), Outcome::cell)
            );
        }
        let (margin, kilobits) = match &rows[0].outcome {
            Some(outcome) => (outcome.tally.margin(), outcome.kilobits()),
            None => Default::default(),
        };
        let _ = writeln!(page, " {margin} | {kilobits} |");
    }
    page += "\n## Encoders and decoders\n\n| in between | elements |\n|---|---|\n";
    for Codec {
        name,
        encoder,
        decoder,
        ..
    } in &CODECS
    {
        let _ = writeln!(page, "| {name} | `{encoder} ! {decoder}` |");
    }
    page
}

impl Outcome {
    /// Exact frames, and the share of samples if not all came back.
    fn cell(&self) -> String {
        let Tally {
            exact,
            frames,
            samples,
            ..
        } = self.tally;
        match self.tally.is_exact() {
            true => format!("{exact} of {frames}"),
            false => format!("{exact} of {frames} ({})", samples.share()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::{DCT, VP8, X264_FINE, X264_GOOD, X265};

    /// The clips that `examples/footage.sh` fetches.
    const CLIPS: [&str; 3] = [
        ".footage/bikes.mp4",
        ".footage/carphone_pristine.mp4",
        ".footage/bigbuckbunny.mp4",
    ];

    /// The rows of a codec on the clips; none where the clips or the codec are missing.
    fn rows_of(codec: &'static Codec) -> Vec<Row> {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
        let clips = CLIPS.map(|clip| Path::new(env!("CARGO_MANIFEST_DIR")).join(clip));
        if let Some(missing) = clips.iter().find(|clip| !clip.is_file()) {
            println!("SKIPPED: no {}: run examples/footage.sh", missing.display());
            return Vec::new();
        }
        if let Some(reason) = codec.missing() {
            println!("SKIPPED: {}: {reason}", codec.name);
            return Vec::new();
        }
        let footage: Result<Vec<_>> = clips
            .iter()
            .map(|clip| Footage::load(&clip.to_string_lossy()))
            .collect();
        measure(codec, &[Journey::Once], &footage.expect("the clips")).expect("rows")
    }

    /// Checks that every frame came back from the codec on these lattices.
    fn assert_exact(codec: &'static Codec, lattices: &[Lattice]) {
        for row in rows_of(codec) {
            if let Some(outcome) = &row.outcome
                && lattices.contains(&row.lattice)
            {
                assert!(outcome.tally.is_exact(), "{}", text(&[row]));
            }
        }
    }

    #[test]
    fn vp8_brings_every_frame_back() {
        assert_exact(&VP8, &LATTICES);
    }

    #[test]
    fn h264_brings_every_frame_back() {
        assert_exact(&X264_FINE, &LATTICES);
        assert_exact(&X264_GOOD, &[DCT]);
    }

    #[test]
    fn h265_brings_every_frame_back() {
        assert_exact(&X265, &[DCT]);
    }
}
