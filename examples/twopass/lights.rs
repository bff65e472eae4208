// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! The picture of the second part: a traffic light for each codec, lattice and journey.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use image::{Rgb, RgbImage};

use crate::codecs::{Journey, LATTICES};
use crate::matrix::{Outcome, Row};
use crate::shared::sheet::write_labeled;

const NAME_WIDTH: u32 = 380;
const CELL: (u32, u32) = (176, 50);
const GAP: u32 = 6;
/// Space between the lattices.
const GUTTER: u32 = 28;
const HEADER: u32 = 128;
const FOOTER: u32 = 76;

const BACKGROUND: Rgb<u8> = Rgb([250; 3]);
const TEXT: &str = "#222";

/// Verdict that a light shows.
#[derive(Clone, Copy)]
enum Light {
    Green,
    Amber,
    Red,
    Off,
}

impl Light {
    /// Green if every frame came back, amber if at least nine of ten did.
    fn of(outcome: Option<&Outcome>) -> Self {
        match outcome.map(|outcome| outcome.tally) {
            None => Self::Off,
            Some(tally) if tally.is_exact() => Self::Green,
            Some(tally) if 10 * tally.exact >= 9 * tally.frames => Self::Amber,
            Some(_) => Self::Red,
        }
    }

    fn color(self) -> &'static str {
        match self {
            Self::Green => "#1b8a3d",
            Self::Amber => "#e0a000",
            Self::Red => "#c8321f",
            Self::Off => "#d8d8d8",
        }
    }

    /// A mark, for those who don't tell the colors apart.
    fn mark(self) -> &'static str {
        match self {
            Self::Green => "✓",
            Self::Amber => "!",
            Self::Red => "✗",
            Self::Off => "",
        }
    }
}

/// Draws `rows`, which are in the order of codec, lattice and journey.
pub fn draw(rows: &[Row], path: &Path) -> Result<()> {
    let mut names: Vec<&str> = rows.iter().map(|row| row.codec.name).collect();
    names.dedup();
    let height = HEADER + names.len() as u32 * (CELL.1 + GAP) + FOOTER;
    let sheet = RgbImage::from_pixel(
        left(LATTICES.len(), 0) - GUTTER + 2 * GAP,
        height,
        BACKGROUND,
    );
    let mut svg = header();
    for (name, line) in names.iter().zip(0..) {
        let top = HEADER + line * (CELL.1 + GAP);
        svg += &text(GAP * 2, top + 32, 21, TEXT, "start", name);
        for (l, lattice) in LATTICES.iter().enumerate() {
            for (j, journey) in Journey::ALL.iter().enumerate() {
                let row = rows.iter().find(|row| {
                    row.codec.name == *name && row.lattice == *lattice && row.journey == *journey
                });
                svg += &cell(left(l, j), top, row);
            }
        }
    }
    svg += &footer(height - FOOTER);
    write_labeled(&sheet, &svg, path)
}

/// Left edge of the cell of a lattice and a journey.
fn left(lattice: usize, journey: usize) -> u32 {
    let group = Journey::ALL.len() as u32 * (CELL.0 + GAP) + GUTTER;
    NAME_WIDTH + lattice as u32 * group + journey as u32 * (CELL.0 + GAP)
}

fn header() -> String {
    let title = "Do the source's frames come back, byte for byte?";
    let mut svg = text(GAP * 2, 36, 26, TEXT, "start", title);
    for (l, lattice) in LATTICES.iter().enumerate() {
        let name = format!("preset={} epsilon={}", lattice.preset, lattice.epsilon);
        svg += &text(left(l, 0), 78, 20, TEXT, "start", &name);
        for (j, journey) in Journey::ALL.iter().enumerate() {
            let name = match journey {
                Journey::Once => "coded once".to_string(),
                Journey::Twice => "coded twice".to_string(),
                Journey::Attacked(levels) => format!("attacked, ±{levels}"),
            };
            svg += &text(left(l, j) + CELL.0 / 2, 112, 18, "#666", "middle", &name);
        }
    }
    svg
}

fn cell(left: u32, top: u32, row: Option<&Row>) -> String {
    let (light, said) = match row {
        None => (Light::Off, "can't carry it".to_string()),
        Some(Row { outcome: None, .. }) => (Light::Off, "not installed".to_string()),
        Some(Row {
            outcome: Some(outcome),
            ..
        }) => {
            let light = Light::of(Some(outcome));
            let (exact, frames) = (outcome.tally.exact, outcome.tally.frames);
            (light, format!("{} {exact} of {frames}", light.mark()))
        }
    };
    let ink = match light {
        Light::Off => "#666",
        Light::Amber => "black",
        Light::Green | Light::Red => "white",
    };
    let (width, height) = CELL;
    let color = light.color();
    let rectangle = format!(
        r#"<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" fill="{color}"/>"#
    );
    rectangle + &text(left + width / 2, top + 32, 19, ink, "middle", &said)
}

fn footer(top: u32) -> String {
    let mut svg = String::new();
    let meanings = [
        (Light::Green, "every frame came back"),
        (Light::Amber, "at least nine of ten frames did"),
        (Light::Red, "fewer did"),
    ];
    for ((light, meaning), x) in meanings.into_iter().zip([2 * GAP, 300, 640]) {
        let (color, y) = (light.color(), top + 12);
        let _ = write!(
            svg,
            r#"<rect x="{x}" y="{y}" width="24" height="24" rx="6" fill="{color}"/>"#
        );
        svg += &text(x + 34, y + 19, 18, TEXT, "start", meaning);
    }
    let note =
        "Attacked: decoded in between, every sample changed by 2 levels at random, coded again.";
    svg + &text(2 * GAP, top + 62, 18, "#666", "start", note)
}

fn text(x: u32, y: u32, size: u32, color: &str, anchor: &str, text: &str) -> String {
    format!(
        r#"<text x="{x}" y="{y}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{text}</text>"#
    )
}
