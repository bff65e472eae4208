// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! `make demo-twopass`: runs the trials on a clip, prints a table and draws a picture. Guarantees that don't
//! hold are errors.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::picture::{self, Shown};
use crate::shared::progress;
use crate::shared::sheet::video_info;
use crate::stream::{self, Comparison};
use crate::trials::{
    Promise, Reference, Sent, TABLE, Transport, Trial, certified_trials, uncovered_trials,
};

/// RMS change above which a frame is flagged. An untouched frame has exactly 0, and one level in one
/// sample of a frame of 4K still gives 0.0003.
const THRESHOLD: f64 = 0.0001;

/// Frames that are taken of the clip.
const FRAMES: usize = 120;

const SEED: u64 = 1;

/// Prints the table and draws the picture into `folder`.
pub fn run(clip: &str, folder: &str) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't create {folder}"))?;
    let footage = Footage::load(clip)?;
    println!();
    println!(
        "{:<36} {:<12} {:>12} {:>10} {:>10} {:>11}",
        "transport", "tampering", "perturbation", "RMS change", "restored", "flagged"
    );
    let mut shown = Vec::new();
    println!("certified:");
    for trial in certified_trials() {
        shown.extend(show(&trial, &footage)?);
    }
    println!("not certified:");
    for trial in uncovered_trials() {
        shown.extend(show(&trial, &footage)?);
    }
    println!();
    println!(
        "perturbation: RMS difference, in levels of 0..255, between the frames that reached the consumer and those"
    );
    println!(
        "that left the camera side. RMS change: what the consumer's pass changed, as tamper-threshold counts it."
    );
    println!(
        "restored: samples that are again as they left the camera side. flagged: frames whose RMS change is"
    );
    println!(
        "above tamper-threshold={THRESHOLD}. (OpenH264 reports an error at the end of each stream: harmless.)"
    );
    let path = Path::new(folder).join("two-passes.png");
    picture::draw(&shown, &path)?;
    println!();
    println!("Look at  {}", path.display());
    Ok(())
}

/// Runs a trial, prints its row, and returns its row of the picture if it has one.
fn show(trial: &Trial, footage: &Footage) -> Result<Option<Shown>> {
    progress(&format!("{} {}", trial.name, trial.attack));
    let outcome = trial
        .run(footage)
        .with_context(|| format!("{}, {}", trial.name, trial.attack))?;
    progress("");
    println!("{}", outcome.row(trial));
    outcome.check(trial)?;
    Ok(trial.caption.map(|caption| outcome.into_shown(caption)))
}

/// The frames of a clip that trials send.
struct Footage {
    camera: Vec<gst::Sample>,
    settled: Vec<gst::Sample>,
    settled_rgb: Vec<gst::Sample>,
}

impl Footage {
    fn load(clip: &str) -> Result<Self> {
        progress(&format!("settling {clip}"));
        let camera = stream::decode(clip, "video/x-raw,format=I420", FRAMES)?;
        let settle = format!("featuredistill {TABLE} settle=true post-messages=true qos=false");
        let settled = stream::through(&camera, &settle)?;
        let rgb = format!("videoconvert ! video/x-raw,format=RGB ! {settle}");
        let settled_rgb = stream::through(&camera, &rgb)?.frames;
        progress("");

        let mut cost = Comparison::default();
        for (before, after) in camera.iter().zip(&settled.frames) {
            cost.add(before, after)?;
        }
        let radii = settled
            .reports
            .iter()
            .map(|report| report.certified_epsilon);
        let info = video_info(&camera[0])?;
        println!(
            "{clip}: {} frames of {}x{}",
            camera.len(),
            info.width(),
            info.height()
        );
        println!(
            "featuredistill {TABLE} settle=true: {:.1} dB PSNR to the camera's frames; every block certified for at \
             least {:.3} levels",
            cost.psnr(),
            radii.fold(f64::INFINITY, f64::min)
        );
        Ok(Self {
            camera,
            settled: settled.frames,
            settled_rgb,
        })
    }

    fn frames(&self, sent: Sent) -> &[gst::Sample] {
        match sent {
            Sent::Camera => &self.camera,
            Sent::Settled => &self.settled,
            Sent::SettledRgb => &self.settled_rgb,
        }
    }

    /// The frames that should reach the consumer.
    fn reference(&self, sent: Sent) -> &[gst::Sample] {
        match sent {
            Sent::Camera | Sent::Settled => &self.settled,
            Sent::SettledRgb => &self.settled_rgb,
        }
    }
}

/// Result of a trial.
struct Outcome {
    /// Difference between the frames that the consumer got and those that it should have got.
    perturbation: Comparison,
    /// Difference that its pass has left.
    left: Comparison,
    /// RMS of the changes that the consumer made.
    rms_change: f64,
    flagged: usize,
    frames: usize,
    lost: usize,
    /// A frame as it should be, as it came, and after the consumer's pass.
    example: [gst::Sample; 3],
}

impl Trial {
    fn run(&self, footage: &Footage) -> Result<Outcome> {
        let sent = footage.frames(self.sent);
        let delivered = self.transport.carry(sent)?;
        ensure!(
            delivered.len() == sent.len(),
            "only {} of {} frames arrived",
            delivered.len(),
            sent.len()
        );
        let lost = delivered.iter().filter(|frame| frame.is_none()).count();
        let (reference, delivered): (Vec<_>, Vec<_>) = footage
            .reference(self.sent)
            .iter()
            .zip(delivered)
            .filter_map(|(settled, delivered)| Some((settled.clone(), delivered?)))
            .unzip();
        let mut tampered = Vec::new();
        for (seed, frame) in (SEED..).zip(&delivered) {
            tampered.push(self.attack.add_to(frame, seed)?);
        }
        if let Some(elements) = self.cover_up {
            tampered = stream::through(&tampered, elements)?.frames;
        }
        let consumer = format!(
            "featuredistill {} tamper-threshold={THRESHOLD} post-messages=true qos=false",
            self.consumer
        );
        let passed = stream::through(&tampered, &consumer)?;
        let reference = match self.reference {
            Reference::Settled => reference,
            Reference::Delivered => delivered,
        };
        Outcome::compare(reference, tampered, passed, lost)
    }
}

impl Transport {
    /// The frames that arrive; `None` for a lost one.
    fn carry(self, frames: &[gst::Sample]) -> Result<Vec<Option<gst::Sample>>> {
        match self {
            Self::Elements(elements) => {
                let frames = stream::through(frames, elements)?.frames;
                Ok(frames.into_iter().map(Some).collect())
            }
            Self::Udp(send, receive) => stream::over_udp(frames, send, receive),
        }
    }
}

impl Outcome {
    fn compare(
        reference: Vec<gst::Sample>,
        tampered: Vec<gst::Sample>,
        passed: stream::Passed,
        lost: usize,
    ) -> Result<Self> {
        let frames = reference.len();
        ensure!(
            frames > 0 && passed.frames.len() == frames && passed.reports.len() == frames,
            "only {} of {frames} frames came out of the consumer's pass",
            passed.frames.len()
        );
        let mut perturbation = Comparison::default();
        let mut left = Comparison::default();
        for ((clean, tampered), restored) in reference.iter().zip(&tampered).zip(&passed.frames) {
            perturbation.add(clean, tampered)?;
            left.add(clean, restored)?;
        }
        let squares = passed
            .reports
            .iter()
            .map(|report| report.rms_change.powi(2));
        let middle = frames / 2;
        Ok(Self {
            perturbation,
            left,
            rms_change: (squares.sum::<f64>() / frames as f64).sqrt(),
            flagged: passed
                .reports
                .iter()
                .filter(|report| report.tampered)
                .count(),
            frames,
            lost,
            example: [&reference, &tampered, &passed.frames].map(|frames| frames[middle].clone()),
        })
    }

    /// True if every sample is as it left the camera.
    fn is_restored(&self) -> bool {
        self.left.equal == self.left.samples
    }

    fn row(&self, trial: &Trial) -> String {
        let restored = self.left.share();
        let lost = match self.lost {
            0 => String::new(),
            lost => format!("  ({lost} frames lost on the way)"),
        };
        format!(
            "  {:<34} {:<12} {:>12.4} {:>10.4} {:>10} {:>4} of {}{lost}",
            trial.name,
            trial.attack.to_string(),
            self.perturbation.rms(),
            self.rms_change,
            restored,
            self.flagged,
            self.frames
        )
    }

    /// Fails unless the guarantee of the trial was kept.
    fn check(&self, trial: &Trial) -> Result<()> {
        let flagged = match trial.promise {
            None => return Ok(()),
            Some(Promise::Untouched) => 0,
            Some(Promise::RestoredAndFlagged) => self.frames,
        };
        ensure!(
            self.is_restored() && self.flagged == flagged,
            "{}, {}: all samples should be restored and {flagged} frames flagged",
            trial.name,
            trial.attack
        );
        Ok(())
    }

    fn into_shown(self, caption: &'static str) -> Shown {
        let [clean, tampered, restored] = self.example;
        Shown {
            caption,
            clean,
            tampered,
            restored,
        }
    }
}
