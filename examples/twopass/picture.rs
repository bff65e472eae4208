// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The picture: clean, perturbation, tampered, restored, and the rest of the perturbation.

use std::path::Path;

use anyhow::Result;
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, Rgb, RgbImage};

use crate::shared::sheet::{to_rgb, video_info, write_labeled};
use crate::stream::{Component, components};

/// Factor by which differences are amplified.
const AMPLIFY: i32 = 10;
/// Width and height of the part of the frame that is shown, and the factor that it is magnified by.
const WINDOW: (u32, u32) = (256, 144);
const ZOOM: u32 = 2;
const GAP: u32 = 8;
/// Height of the text above a row of panels, and of the headings.
const LABEL: u32 = 36;

/// One row of the picture: frames of one size, in I420.
pub struct Shown {
    pub caption: &'static str,
    pub clean: gst::Sample,
    pub tampered: gst::Sample,
    pub restored: gst::Sample,
}

/// Draws a row of five panels for each of `rows`.
pub fn draw(rows: &[Shown], path: &Path) -> Result<()> {
    let (width, height) = (WINDOW.0 * ZOOM, WINDOW.1 * ZOOM);
    let mut sheet = RgbImage::from_pixel(
        5 * (width + GAP) - GAP,
        LABEL + rows.len() as u32 * (LABEL + height),
        Rgb([24; 3]),
    );
    let names = [
        "settled by the camera".to_string(),
        format!("perturbation × {AMPLIFY} (luma)"),
        "as it reaches the consumer".to_string(),
        "after its pass".to_string(),
        format!("difference to settled × {AMPLIFY}"),
    ];
    let mut text = String::new();
    for (name, column) in names.iter().zip(0..) {
        text += &label(column * (width + GAP) + 6, LABEL, name, "#9ad");
    }
    for (row, number) in rows.iter().zip(0..) {
        let top = LABEL + number * (LABEL + height);
        text += &label(6, top + LABEL, row.caption, "white");
        for (panel, column) in row.panels()?.into_iter().zip(0..) {
            let (w, h) = (panel.width() * ZOOM, panel.height() * ZOOM);
            let panel = imageops::resize(&panel, w, h, FilterType::Nearest);
            let left = column * (width + GAP);
            imageops::replace(&mut sheet, &panel, left.into(), (top + LABEL).into());
        }
    }
    write_labeled(&sheet, &text, path)
}

fn label(x: u32, below: u32, text: &str, color: &str) -> String {
    let y = below - 11;
    format!(r#"<text x="{x}" y="{y}" fill="{color}">{text}</text>"#)
}

impl Shown {
    fn panels(&self) -> Result<[RgbImage; 5]> {
        let [clean, tampered, restored] = [
            components(&self.clean)?,
            components(&self.tampered)?,
            components(&self.restored)?,
        ];
        let info = video_info(&self.clean)?;
        let size = (info.width(), info.height());
        let perturbation = GrayImage::from_fn(size.0, size.1, |x, y| {
            let change = differences(&tampered, &clean, x, y)[0];
            Luma([(128 + AMPLIFY * change).clamp(0, 255) as u8])
        });
        let left = GrayImage::from_fn(size.0, size.1, |x, y| {
            let largest = differences(&restored, &clean, x, y)
                .map(i32::abs)
                .into_iter()
                .max();
            Luma([(AMPLIFY * largest.unwrap_or(0)).min(255) as u8])
        });
        let gray = |image: &GrayImage| image::DynamicImage::from(image.clone()).to_rgb8();
        let corner = window(&perturbation);
        Ok([
            to_rgb(&self.clean)?,
            gray(&perturbation),
            to_rgb(&self.tampered)?,
            to_rgb(&self.restored)?,
            gray(&left),
        ]
        .map(|panel| imageops::crop_imm(&panel, corner.0, corner.1, WINDOW.0, WINDOW.1).to_image()))
    }
}

/// Differences of Y, U and V at a pixel of I420.
fn differences(a: &[Component], b: &[Component], x: u32, y: u32) -> [i32; 3] {
    std::array::from_fn(|c| {
        let subsampled = usize::from(c > 0);
        let position = (y as usize >> subsampled) * a[c].width + (x as usize >> subsampled);
        i32::from(a[c].samples[position]) - i32::from(b[c].samples[position])
    })
}

/// The corner of the window to show, which has the perturbed area in its middle.
fn window(perturbation: &GrayImage) -> (u32, u32) {
    let (width, height) = perturbation.dimensions();
    let changed: Vec<_> = perturbation
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel[0] != 128)
        .map(|(x, y, _)| (x, y))
        .collect();
    let middle = |low: Option<u32>, high: Option<u32>| (low.unwrap_or(0) + high.unwrap_or(0)) / 2;
    let x = middle(
        changed.iter().map(|p| p.0).min(),
        changed.iter().map(|p| p.0).max(),
    );
    let y = middle(
        changed.iter().map(|p| p.1).min(),
        changed.iter().map(|p| p.1).max(),
    );
    let corner = |center: u32, part: u32, whole: u32| {
        center
            .saturating_sub(part / 2)
            .min(whole.saturating_sub(part))
    };
    (corner(x, WINDOW.0, width), corner(y, WINDOW.1, height))
}
