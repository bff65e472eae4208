// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The table and the picture of `make demo-twopass`.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::perturbation::Perturbation::{self, Patch, Pattern, Signs, Sparse};
use crate::picture::{self, Shown};
use crate::shared::progress;
use crate::shared::sheet::video_info;
use crate::stream::{self, Comparison};

/// What both ends agree on: a table that certifies perturbations of up to one level.
const TABLE: &str = "preset=certified epsilon=1";

/// RMS change above which a frame is flagged. An untouched frame has exactly 0, and one level in one
/// sample of a frame of 4K still gives 0.0003.
const THRESHOLD: f64 = 0.0001;

/// How many frames of the clip.
const FRAMES: usize = 120;

const SEED: u64 = 1;

/// What is sent.
#[derive(Clone, Copy)]
enum Sent {
    /// Frames as the camera gives them, for a transport that quantises them itself.
    Camera,
    /// Settled frames, in I420.
    Settled,
    /// Settled frames, in RGB.
    SettledRgb,
}

/// How it gets to the consumer.
#[derive(Clone, Copy)]
enum Transport {
    Elements(&'static str),
    /// RTP over UDP: elements before and after the network.
    Udp(&'static str, &'static str),
}

/// What the consumer's frames are compared with.
#[derive(Clone, Copy, PartialEq)]
enum Reference {
    /// The settled frames, as `featuredistill` leaves them.
    Settled,
    /// What an untampered transport delivers.
    Delivered,
}

/// One row of the table.
struct Trial {
    name: &'static str,
    sent: Sent,
    transport: Transport,
    reference: Reference,
    attack: Perturbation,
    /// What the attacker does after that.
    cover_up: Option<&'static str>,
    consumer: &'static str,
    /// What must come out, for those rows that promise something.
    promise: Option<Promise>,
    /// The caption in the picture.
    caption: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Promise {
    /// Every sample as it left the camera, no frame flagged.
    Untouched,
    /// Every sample as it left the camera, every frame flagged.
    RestoredAndFlagged,
}

/// Settled frames over raw video, untampered.
const RAW: Trial = Trial {
    name: "raw",
    sent: Sent::Settled,
    transport: Transport::Elements("identity"),
    reference: Reference::Settled,
    attack: Perturbation::None,
    cover_up: None,
    consumer: TABLE,
    promise: None,
    caption: None,
};

/// A transport that gives the consumer what left the camera, and a perturbation within the radius.
const fn certified(name: &'static str, transport: Transport, attack: Perturbation) -> Trial {
    let promise = if matches!(attack, Perturbation::None) {
        Promise::Untouched
    } else {
        Promise::RestoredAndFlagged
    };
    Trial {
        name,
        transport,
        attack,
        promise: Some(promise),
        ..RAW
    }
}

/// A perturbation that no radius covers.
const fn beyond(name: &'static str, attack: Perturbation) -> Trial {
    Trial {
        name,
        attack,
        ..RAW
    }
}

/// A transport that doesn't keep samples, or a consumer that doesn't fit, without any tampering.
const fn misfit(name: &'static str, sent: Sent, transport: &'static str) -> Trial {
    Trial {
        name,
        sent,
        transport: Transport::Elements(transport),
        ..RAW
    }
}

const FFV1: Transport =
    Transport::Elements("avenc_ffv1 ! matroskamux ! matroskademux ! avdec_ffv1");
const JPEG: Transport = Transport::Elements(
    "featuredistillenc preset=certified epsilon=1 ! jpegparse ! jpegdec idct-method=islow",
);
const RTP_JPEG: Transport = Transport::Udp(
    "featuredistillenc preset=certified epsilon=1 ! rtpjpegpay",
    "rtpjpegdepay ! jpegdec idct-method=islow",
);
// Jumbo packets: five a frame.
const RTP_RAW: Transport = Transport::Udp("rtpvrawpay mtu=60000", "rtpvrawdepay");

const H264_FINE: &str = "openh264enc bitrate=4000000 rate-control=bitrate ! h264parse ! avdec_h264";
const H264: &str = "openh264enc bitrate=1000000 rate-control=bitrate ! h264parse ! avdec_h264";

/// The transports that keep the lattice, and perturbations within the certified radius.
fn certified_trials() -> Vec<Trial> {
    const WITHIN: &str = "within the radius: ±1 level at random";
    let encoded = |name, transport, attack| Trial {
        sent: Sent::Camera,
        ..certified(name, transport, attack)
    };
    vec![
        certified("raw", RAW.transport, Perturbation::None),
        Trial {
            caption: Some(WITHIN),
            ..certified("raw", RAW.transport, Signs(1))
        },
        certified("raw", RAW.transport, Pattern(1)),
        certified("FFV1 in Matroska", FFV1, Signs(1)),
        encoded("JPEG, same table", JPEG, Perturbation::None),
        encoded("JPEG, same table", JPEG, Signs(1)),
        encoded("JPEG, same table", JPEG, Pattern(1)),
        encoded("RTP/JPEG over UDP", RTP_JPEG, Signs(1)),
        certified("raw RTP over UDP", RTP_RAW, Signs(1)),
    ]
}

/// What is not covered, and shows.
fn uncovered_trials() -> Vec<Trial> {
    vec![
        beyond("raw", Signs(2)),
        beyond("raw", Pattern(2)),
        beyond("raw", Signs(4)),
        Trial {
            caption: Some("four times the radius: ±4 levels in the worst pattern"),
            ..beyond("raw", Pattern(4))
        },
        beyond("raw", Sparse(1000)),
        Trial {
            caption: Some("a patch of 16x16 pixels"),
            ..beyond("raw", Patch(16))
        },
        Trial {
            cover_up: Some("featuredistill preset=certified epsilon=1 settle=true"),
            ..beyond("raw, then settled by the attacker", Patch(16))
        },
        misfit(
            "JPEG, same table, other decoder",
            Sent::Camera,
            "featuredistillenc preset=certified epsilon=1 ! jpegparse ! avdec_mjpeg",
        ),
        misfit("H.264, 4 Mbit/s", Sent::Settled, H264_FINE),
        Trial {
            caption: Some("H.264 at 1 Mbit/s between the ends, no tampering"),
            ..misfit("H.264, 1 Mbit/s", Sent::Settled, H264)
        },
        misfit(
            "RGB by way of 4:2:0",
            Sent::SettledRgb,
            "videoconvert ! video/x-raw,format=I420 ! videoconvert ! video/x-raw,format=RGB",
        ),
        Trial {
            reference: Reference::Delivered,
            ..misfit(
                "RGB, one column cropped",
                Sent::SettledRgb,
                "videocrop left=1",
            )
        },
        Trial {
            consumer: "preset=certified epsilon=1.5",
            ..beyond("raw, another table at the consumer", Perturbation::None)
        },
    ]
}

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
    println!("what is certified:");
    for trial in certified_trials() {
        shown.extend(show(&trial, &footage)?);
    }
    println!("what is not:");
    for trial in uncovered_trials() {
        shown.extend(show(&trial, &footage)?);
    }
    println!();
    println!(
        "perturbation, RMS change: root mean square in levels of 0..255, of what reached the consumer and of what its"
    );
    println!(
        "pass changed. restored: samples that are byte for byte what left the camera side. flagged: frames whose RMS"
    );
    println!("change is above tamper-threshold={THRESHOLD}.");
    println!("OpenH264 complains of an error whenever a stream ends; nothing was lost.");
    let path = Path::new(folder).join("two-passes.png");
    picture::draw(&shown, &path)?;
    println!();
    println!("Look at  {}", path.display());
    Ok(())
}

/// Runs a trial, prints its row, and returns its part of the picture.
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

/// The clip, as the trials need it.
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
            "featuredistill {TABLE} settle=true: {:.1} dB PSNR to the camera's frames, certified for {:.3} levels (the \
             least block)",
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

    /// What should reach the consumer.
    fn reference(&self, sent: Sent) -> &[gst::Sample] {
        match sent {
            Sent::Camera | Sent::Settled => &self.settled,
            Sent::SettledRgb => &self.settled_rgb,
        }
    }
}

/// What became of the frames of a trial.
struct Outcome {
    /// What the consumer got, beside what it should have got.
    perturbation: Comparison,
    /// What the consumer made of it, beside the same.
    left: Comparison,
    /// RMS of the changes that the consumer made.
    rms_change: f64,
    flagged: usize,
    frames: usize,
    lost: usize,
    /// One frame: what it should be, what came, what the consumer made of it.
    example: [gst::Sample; 3],
}

impl Trial {
    fn run(&self, footage: &Footage) -> Result<Outcome> {
        let sent = footage.frames(self.sent);
        let delivered = self.transport.carry(sent)?;
        ensure!(
            delivered.len() == sent.len(),
            "{} of {} frames arrived",
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
    /// What arrives; none for a frame that doesn't.
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
            "{} of {frames} frames came out of the consumer's pass",
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

    /// Every sample is as it left the camera.
    fn is_restored(&self) -> bool {
        self.left.equal == self.left.samples
    }

    fn row(&self, trial: &Trial) -> String {
        // 100 % is what is complete, not what is rounded up to it.
        let restored = if self.is_restored() {
            "100 %".to_string()
        } else {
            let share = 100.0 * self.left.equal as f64 / self.left.samples as f64;
            format!("{:.3} %", share.min(99.999))
        };
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

    /// Fails if a promise was broken.
    fn check(&self, trial: &Trial) -> Result<()> {
        let flagged = match trial.promise {
            None => return Ok(()),
            Some(Promise::Untouched) => 0,
            Some(Promise::RestoredAndFlagged) => self.frames,
        };
        ensure!(
            self.is_restored() && self.flagged == flagged,
            "{}, {}: this was to be restored, with {flagged} frames flagged",
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
