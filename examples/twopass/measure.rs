// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! `make measure-tamper`: the share of frames that the consumer flags, untouched and tampered ones, for
//! several values of `tamper-threshold`.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Result, ensure};

use crate::shared::perturbation::Perturbation::{self, Gaussian, Patch, Pattern, Signs};
use crate::shared::pipeline::Pipeline;
use crate::shared::progress;
use crate::shared::sheet::video_info;
use crate::stream;

const THRESHOLDS: [f64; 10] = [0.0001, 0.001, 0.01, 0.1, 0.2, 0.3, 0.5, 0.9, 1.9, 3.0];

/// Tables, each at both ends of a stream.
const TABLES: [&str; 8] = [
    "preset=certified epsilon=1",
    "preset=two-step",
    "preset=certified epsilon=0.5",
    "preset=uniform md-step=40",
    "preset=released",
    "preset=annex-k quality=75",
    "preset=certified epsilon=2",
    "preset=certified epsilon=1 color-mode=ycbcr",
];

const FORMATS: [&str; 9] = [
    "I420", "RGB", "NV12", "GRAY8", "YUY2", "Y444", "BGRx", "Y42B", "AYUV",
];

/// Streams that are made of each clip.
const VARIANTS: usize = 24;

/// Patterns of videotestsrc, each in so many sizes, and frames of each.
const PATTERNS: usize = 25;
const SIZES: usize = 8;
const PATTERN_FRAMES: usize = 4;

/// Frames of each clip that are tampered with, per kind of tampering.
const TAMPERED_FRAMES: usize = 60;

/// Measures and prints.
pub fn run(clips: &[&str]) -> Result<()> {
    let untouched = untouched_frames(clips)?;
    let most = untouched.rms.iter().copied().fold(0.0, f64::max);
    println!();
    println!(
        "{} frames settled and not touched, {} of them distinct: RMS change at most {most}",
        untouched.rms.len(),
        untouched.distinct.len(),
    );
    ensure!(
        most == 0.0,
        "a settled frame was changed by the second pass"
    );
    println!();
    println!("share of frames above the threshold, %:");
    println!();
    print!("| {:<36} |", "");
    for threshold in THRESHOLDS {
        print!(" {threshold} |");
    }
    println!(" RMS change: least, median, most |");
    println!("|{}", "---|".repeat(THRESHOLDS.len() + 2));
    print_row("untouched (false alarms)", untouched.rms);
    for clip in clips {
        tampered_frames(clip)?;
    }
    Ok(())
}

/// RMS changes of untouched frames.
#[derive(Default)]
struct Untouched {
    rms: Vec<f64>,
    /// Hashes of the settled frames.
    distinct: HashSet<u64>,
}

impl Untouched {
    /// Adds the hash of a frame.
    fn note(&mut self, frame: &gst::Sample) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        stream::components(frame)?.hash(&mut hasher);
        self.distinct.insert(hasher.finish());
        Ok(())
    }
}

fn untouched_frames(clips: &[&str]) -> Result<Untouched> {
    let mut untouched = Untouched::default();
    for clip in clips {
        for variant in 0..VARIANTS {
            progress(&format!("{clip}, stream {} of {VARIANTS}", variant + 1));
            let elements = format!("{} ! {}", geometry(variant), both_ends(variant));
            let reports =
                stream::decode_each(clip, &elements, usize::MAX, |frame| untouched.note(&frame))?;
            untouched
                .rms
                .extend(reports.iter().map(|report| report.rms_change));
        }
        progress("");
        println!("{clip}: {} frames so far", untouched.rms.len());
    }
    for pattern in 0..PATTERNS {
        progress(&format!(
            "videotestsrc, pattern {} of {PATTERNS}",
            pattern + 1
        ));
        for size in 0..SIZES {
            let (width, height) = (97 + 61 * size, 83 + 37 * size);
            let pipeline = Pipeline::launch(&format!(
                "videotestsrc pattern={pattern} num-buffers={PATTERN_FRAMES} kx2=20 ky2=20 kt=5 \
                 ! video/x-raw,format=I420,width={width},height={height} ! videoconvert \
                 ! {} ! appsink name=out sync=false",
                both_ends(pattern + size)
            ))?;
            let reports = stream::run(&pipeline, usize::MAX, |frame| untouched.note(&frame))?;
            untouched
                .rms
                .extend(reports.iter().map(|report| report.rms_change));
        }
    }
    progress("");
    Ok(untouched)
}

/// Elements that crop or scale each variant differently, and mirror half of them.
fn geometry(variant: usize) -> String {
    let flip = if variant % 4 < 2 {
        "none"
    } else {
        "horizontal-flip"
    };
    let cut = if variant.is_multiple_of(2) {
        let shift = variant / 2 + 1;
        format!("videocrop left={shift} top={} right=3", 2 * shift + 1)
    } else {
        let (width, height) = (120 + 17 * variant, 90 + 11 * variant);
        format!("videoscale ! video/x-raw,width={width},height={height}")
    };
    format!("{cut} ! videoflip method={flip} ! videoconvert")
}

/// Camera side and consumer, one after the other.
fn both_ends(variant: usize) -> String {
    let format = FORMATS[variant % FORMATS.len()];
    let table = TABLES[variant % TABLES.len()];
    format!(
        "video/x-raw,format={format} ! featuredistill {table} settle=true qos=false \
         ! featuredistill {table} post-messages=true qos=false"
    )
}

/// Prints a row for each kind of tampering with a clip at its own size.
fn tampered_frames(clip: &str) -> Result<()> {
    const ATTACKS: [Perturbation; 7] = [
        Signs(1),
        Signs(2),
        Signs(4),
        Pattern(1),
        Gaussian(0.5),
        Patch(16),
        Perturbation::None,
    ];
    const TABLE: &str = TABLES[0];
    let settle = format!("video/x-raw,format=I420 ! featuredistill {TABLE} settle=true qos=false");
    let settled = stream::decode(clip, &settle, TAMPERED_FRAMES)?;
    let info = video_info(&settled[0])?;
    for attack in ATTACKS {
        let mut tampered = Vec::new();
        for (seed, frame) in (1..).zip(&settled) {
            tampered.push(attack.add_to(frame, seed)?);
        }
        // The last row has a lossy codec in place of an attack.
        let codec = "openh264enc bitrate=8000000 rate-control=bitrate ! h264parse ! avdec_h264 ! ";
        let (name, codec) = match attack {
            Perturbation::None => ("H.264, 8 Mbit/s".to_string(), codec),
            attack => (attack.to_string(), ""),
        };
        let consumer = format!("{codec}featuredistill {TABLE} post-messages=true qos=false");
        let passed = stream::through(&tampered, &consumer)?;
        let rms = passed
            .reports
            .iter()
            .map(|report| report.rms_change)
            .collect();
        print_row(&format!("{name}, {}x{}", info.width(), info.height()), rms);
    }
    Ok(())
}

fn print_row(name: &str, mut rms: Vec<f64>) {
    rms.sort_by(f64::total_cmp);
    print!("| {name:<36} |");
    for threshold in THRESHOLDS {
        let above = rms.iter().filter(|&&rms| rms > threshold).count();
        print!(" {:.1} |", 100.0 * above as f64 / rms.len() as f64);
    }
    println!(
        " {:.4}, {:.4}, {:.4} |",
        rms[0],
        rms[rms.len() / 2],
        rms[rms.len() - 1]
    );
}
