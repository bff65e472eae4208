// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Perturbations that an attacker adds to raw frames. The same seed always gives the same perturbation.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use gst_video::prelude::*;

use super::noise::mix;

/// A perturbation of the samples of a frame, alpha apart. Sums are clipped to 0..=255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Perturbation {
    /// None: the frame stays as it is.
    None,
    /// So many levels up or down at every sample, with random signs.
    Signs(u8),
    /// So many levels up or down at every sample, with the signs of one DCT basis function in each 8x8
    /// block: no other perturbation of that size moves that coefficient further.
    Pattern(u8),
    /// Normally distributed, with this standard deviation.
    Gaussian(f64),
    /// A square filled with noise, with a side of so many pixels.
    Patch(u32),
    /// Black or white at one sample in so many.
    Sparse(u32),
}

impl Perturbation {
    /// A perturbed copy of a frame.
    pub fn add_to(self, frame: &gst::Sample, seed: u64) -> Result<gst::Sample> {
        let info = gst_video::VideoInfo::from_caps(frame.caps().context("a frame has caps")?)?;
        let mut buffer = frame.buffer_owned().context("a frame has a buffer")?;
        let mut frame =
            gst_video::VideoFrameRef::from_buffer_ref_writable(buffer.make_mut(), &info)?;
        self.apply(&mut frame, seed);
        drop(frame);
        let caps = info.to_caps()?;
        Ok(gst::Sample::builder().buffer(&buffer).caps(&caps).build())
    }

    fn apply(self, frame: &mut gst_video::VideoFrameRef<&mut gst::BufferRef>, seed: u64) {
        let add = |sample: u8, change: i32| (i32::from(sample) + change).clamp(0, 255) as u8;
        let sign = |up: bool, levels: u8| i32::from(levels) * if up { 1 } else { -1 };
        match self {
            Self::None => {}
            Self::Signs(levels) => change_samples(frame, |sample, at| {
                add(sample, sign(at.hash(seed) & 1 == 0, levels))
            }),
            Self::Pattern(levels) => change_samples(frame, |sample, at| {
                // The same for all samples of a block: which basis function, and which way.
                let choice = at.block().hash(seed);
                let (u, v) = (choice % 8, choice / 8 % 8);
                let up = is_positive(u, at.x) == is_positive(v, at.y);
                add(sample, sign(up == (choice & 64 == 0), levels))
            }),
            Self::Gaussian(deviation) => change_samples(frame, |sample, at| {
                add(sample, (deviation * normal(at.hash(seed))).round() as i32)
            }),
            Self::Patch(side) => {
                let patch = Patch::place(side, frame.width(), frame.height(), seed);
                change_samples(frame, |sample, at| {
                    if patch.holds(at) {
                        at.hash(seed) as u8
                    } else {
                        sample
                    }
                });
            }
            Self::Sparse(one_in) => change_samples(frame, |sample, at| {
                match at.hash(seed) % (2 * u64::from(one_in)) {
                    0 => 0,
                    1 => 255,
                    _ => sample,
                }
            }),
        }
    }
}

/// The place of a sample in its component (Y, U, V, or R, G, B), and the pixels that it covers.
#[derive(Clone, Copy)]
struct Position {
    component: u32,
    x: u32,
    y: u32,
    pixels_per_sample: (u32, u32),
}

impl Position {
    /// The block that the sample is in.
    fn block(self) -> Self {
        let (x, y) = (self.x / 8, self.y / 8);
        Self { x, y, ..self }
    }

    /// Random bits that depend on nothing but the position and `seed`.
    fn hash(self, seed: u64) -> u64 {
        let place = u64::from(self.component) << 48 | u64::from(self.y) << 24 | u64::from(self.x);
        mix(place ^ mix(seed))
    }
}

/// True if cos((2x + 1) * frequency * pi / 16) is positive. It is never zero.
fn is_positive(frequency: u64, x: u32) -> bool {
    let sixteenths = (2 * u64::from(x) + 1) * frequency % 32;
    !(8..=24).contains(&sixteenths)
}

/// A normally distributed number (Box and Muller's transform).
fn normal(bits: u64) -> f64 {
    let unit = |bits: u64| (bits as u32 as f64 + 0.5) / 2f64.powi(32);
    let (radius, angle) = (unit(bits), unit(bits >> 32));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A square of pixels.
#[derive(Clone, Copy)]
struct Patch {
    x: u32,
    y: u32,
    side: u32,
}

impl Patch {
    /// A patch anywhere in the frame.
    fn place(side: u32, width: u32, height: u32, seed: u64) -> Self {
        let random = mix(seed);
        let within =
            |bits: u64, size: u32| (bits % (u64::from(size.saturating_sub(side)) + 1)) as u32;
        Self {
            x: within(random & 0xffff_ffff, width),
            y: within(random >> 32, height),
            side,
        }
    }

    fn holds(self, at: Position) -> bool {
        let (x, y) = (at.x * at.pixels_per_sample.0, at.y * at.pixels_per_sample.1);
        let within = |at: u32, start: u32| at >= start && at - start < self.side;
        within(x, self.x) && within(y, self.y)
    }
}

/// Replaces every visible sample, alpha apart, by the result of `change`.
fn change_samples(
    frame: &mut gst_video::VideoFrameRef<&mut gst::BufferRef>,
    change: impl Fn(u8, Position) -> u8,
) {
    let format = frame.format_info();
    for component in 0..frame.n_components().min(3) {
        let i = component as usize;
        let pixels_per_sample = (1 << format.w_sub()[i], 1 << format.h_sub()[i]);
        let (width, height) = (frame.comp_width(component), frame.comp_height(component));
        let stride = frame.comp_stride(component) as usize;
        let (offset, step) = (
            frame.comp_poffset(component) as usize,
            frame.comp_pstride(component) as usize,
        );
        let plane = frame
            .plane_data_mut(frame.comp_plane(component))
            .expect("a component's plane exists");
        for (y, row) in (0..height).zip(plane.chunks_mut(stride)) {
            for (x, sample) in (0..width).zip(row[offset..].iter_mut().step_by(step)) {
                let at = Position {
                    component,
                    x,
                    y,
                    pixels_per_sample,
                };
                *sample = change(*sample, at);
            }
        }
    }
}

/// Written as [`FromStr`] reads it.
impl fmt::Display for Perturbation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "none"),
            Self::Signs(levels) => write!(f, "signs:{levels}"),
            Self::Pattern(levels) => write!(f, "pattern:{levels}"),
            Self::Gaussian(deviation) => write!(f, "gaussian:{deviation}"),
            Self::Patch(side) => write!(f, "patch:{side}"),
            Self::Sparse(one_in) => write!(f, "sparse:{one_in}"),
        }
    }
}

impl FromStr for Perturbation {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, size) = text.split_once(':').unwrap_or((text, ""));
        let bad_size = || format!("bad size in perturbation {text}");
        Ok(match name {
            "none" => Self::None,
            "signs" => Self::Signs(size.parse().with_context(bad_size)?),
            "pattern" => Self::Pattern(size.parse().with_context(bad_size)?),
            "gaussian" => Self::Gaussian(size.parse().with_context(bad_size)?),
            "patch" => Self::Patch(size.parse().with_context(bad_size)?),
            "sparse" => {
                let one_in = size.parse().with_context(bad_size)?;
                ensure!(one_in > 0, bad_size());
                Self::Sparse(one_in)
            }
            _ => bail!(
                "unknown perturbation {name}: use none, signs:LEVELS, pattern:LEVELS, \
                 gaussian:DEVIATION, patch:SIDE or sparse:ONE_IN"
            ),
        })
    }
}
