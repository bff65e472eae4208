// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! `twopass probe`: which settings of both passes come back exactly through an operator's encoder and decoder, and
//! the pipelines to use.

use anyhow::{Context, Result, bail, ensure};

use crate::link::{Lattice, Tally, carry};
use crate::shared::progress;
use crate::shared::sheet::video_info;
use crate::stream::{self, Comparison};

/// Frames that are taken of the clip.
const FRAMES: usize = 60;

/// Margin that a setting needs, so that other frames than those of the clip have room.
const LEAST_MARGIN: f64 = 0.1;

/// Elements with one of these in their class are the consumer's.
const RECEIVING: [&str; 4] = ["Depayloader", "Demuxer", "Parser", "Decoder"];

/// Tries settings on `clip` through `link`, a part of a gst-launch line: `ENCODER ! DECODER`.
pub fn run(link: &str, clip: &str) -> Result<()> {
    let link = Link::parse(link)?;
    progress(&format!("reading {clip}"));
    let frames = stream::decode(clip, "video/x-raw,format=I420", FRAMES)?;
    progress("");
    let info = video_info(&frames[0])?;
    println!(
        "{clip}: {} frames of {}x{} in I420, through {} ! {}",
        frames.len(),
        info.width(),
        info.height(),
        link.encoder,
        link.decoder
    );
    println!();
    println!(
        "{:<36} {:>9} {:>14} {:>12} {:>7} {:>13}",
        "both passes", "PSNR (dB)", "frames exact", "samples", "margin", "kbit a frame"
    );
    let mut trials = Vec::new();
    for lattice in lattices() {
        progress(&lattice.consumer());
        let trial = Trial::run(lattice, &link, &frames)?;
        progress("");
        println!("{}", trial.row());
        trials.push(trial);
    }
    println!();
    println!("{}", advice(&trials, &link));
    Ok(())
}

/// The settings that are tried.
fn lattices() -> Vec<Lattice> {
    let dct = [1.0, 1.5, 2.0, 3.0].map(Lattice::dct);
    let samples = (1..=12).map(|epsilon| Lattice::samples(f64::from(epsilon)));
    dct.into_iter().chain(samples).collect()
}

/// The elements between the two passes.
#[derive(Debug, PartialEq)]
struct Link {
    encoder: String,
    decoder: String,
}

impl Link {
    /// Cuts elements in front of the first one that receives.
    fn parse(link: &str) -> Result<Self> {
        let parts: Vec<_> = link.split('!').map(str::trim).collect();
        let mut first = None;
        for (place, part) in parts.iter().enumerate() {
            let name = part.split_whitespace().next().unwrap_or_default();
            ensure!(!name.is_empty(), "an element is missing in \"{link}\"");
            if name.contains('/') {
                continue; // Caps.
            }
            let factory = gst::ElementFactory::find(name).with_context(|| {
                format!("no element {name}: check its name, or install the package that has it")
            })?;
            let class = factory.klass();
            if place > 0 && RECEIVING.iter().any(|word| class.contains(word)) {
                first = first.or(Some(place));
            }
        }
        match first {
            Some(first) => Ok(Self {
                encoder: parts[..first].join(" ! "),
                decoder: parts[first..].join(" ! "),
            }),
            None => bail!(
                "no decoder behind an encoder in \"{link}\": name both, as in \"vp8enc ! vp8dec\""
            ),
        }
    }
}

/// Result of one setting.
struct Trial {
    lattice: Lattice,
    /// PSNR of the settled frames, in dB.
    psnr: f64,
    tally: Tally,
    /// True if every sample arrived as it was sent.
    lossless: bool,
    kilobits: f64,
}

impl Trial {
    fn run(lattice: Lattice, link: &Link, frames: &[gst::Sample]) -> Result<Self> {
        let settled = lattice.settle(frames)?;
        let carried = carry(&settled.frames, &link.encoder, &link.decoder)?;
        let restored = lattice.restore(&carried.frames)?;
        let (mut change, mut loss) = (Comparison::default(), Comparison::default());
        for ((frame, settled), arrived) in frames.iter().zip(&settled.frames).zip(&carried.frames) {
            change.add(frame, settled)?;
            loss.add(settled, arrived)?;
        }
        Ok(Self {
            lattice,
            psnr: change.psnr(),
            tally: Tally::new(&settled, &restored)?,
            lossless: loss.equal == loss.samples,
            kilobits: 8.0 * carried.bytes as f64 / 1000.0 / frames.len() as f64,
        })
    }

    fn row(&self) -> String {
        format!(
            "{:<36} {:>9.1} {:>7} of {:<3} {:>12} {:>7} {:>13.0}",
            format!(
                "preset={} epsilon={}",
                self.lattice.preset, self.lattice.epsilon
            ),
            self.psnr,
            self.tally.exact,
            self.tally.frames,
            self.tally.samples.share(),
            self.tally.margin(),
            self.kilobits
        )
    }
}

/// The setting to use, and its pipelines.
fn advice(trials: &[Trial], link: &Link) -> String {
    let lossless = trials.iter().all(|trial| trial.lossless);
    let Some(best) = best(trials, lossless) else {
        return format!(
            "Nothing comes back exactly with a margin of {LEAST_MARGIN}: raise the encoder's quality, or use one \
             pass alone."
        );
    };
    let (note, threshold) = if lossless {
        (
            "Every sample arrives as it was sent: whatever changes it by up to epsilon levels is undone, with proof.",
            " tamper-threshold=0.0001",
        )
    } else {
        (
            "Measured on this clip alone: a codec promises nothing. Watch the margin on your own streams.",
            "",
        )
    };
    format!(
        "{note}\n\nsource:\n    … ! video/x-raw,format=I420 ! {} ! {} ! …\n\
         consumer:\n    … ! {} ! {}{threshold} ! …",
        best.lattice.source(),
        link.encoder,
        link.decoder,
        best.lattice.consumer(),
    )
}

/// Without loss, the setting with a radius that hardly costs accuracy; else the one that changes frames least.
fn best(trials: &[Trial], lossless: bool) -> Option<&Trial> {
    let usual = Lattice::samples(4.0);
    let safe = trials.iter().filter(|trial| {
        let margin = trial.tally.margin.unwrap_or_default();
        trial.tally.is_exact() && margin >= LEAST_MARGIN
    });
    safe.max_by(|a, b| {
        let rank = |trial: &Trial| (lossless && trial.lattice == usual, trial.psnr);
        let ((a_usual, a_psnr), (b_usual, b_psnr)) = (rank(a), rank(b));
        a_usual.cmp(&b_usual).then(a_psnr.total_cmp(&b_psnr))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(link: &str) -> Result<Link> {
        gst::init()?;
        Link::parse(link)
    }

    #[test]
    fn links_are_cut_in_front_of_the_first_receiving_element() {
        for (encoder, decoder) in [
            ("vp8enc cq-level=4", "vp8dec"),
            ("jpegenc ! rtpjpegpay", "rtpjpegdepay ! jpegdec"),
            (
                "jpegenc ! image/jpeg ! matroskamux",
                "matroskademux ! jpegdec",
            ),
        ] {
            let link = parse(&format!("{encoder} ! {decoder}")).expect("a link");
            assert_eq!(
                (link.encoder.as_str(), link.decoder.as_str()),
                (encoder, decoder)
            );
        }
    }

    #[test]
    fn bad_links_are_refused_with_a_reason() {
        for (link, reason) in [
            ("", "an element is missing"),
            ("vp8enc ! ! vp8dec", "an element is missing"),
            ("vp9000enc ! vp8dec", "no element vp9000enc"),
            ("vp8enc", "no decoder behind an encoder"),
            ("vp8dec", "no decoder behind an encoder"),
        ] {
            let error = parse(link).expect_err(link).to_string();
            assert!(error.contains(reason), "{link}: {error}");
        }
    }
}
