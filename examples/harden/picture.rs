// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The picture: a frame before, after and the difference, side by side.

use std::path::Path;

use anyhow::Result;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::shared::sheet::{AMPLIFY, difference, write_labeled};

/// Draws both frames and their difference; below, magnified, the part where they differ most.
pub fn draw(before: &RgbImage, after: &RgbImage, path: &Path) -> Result<()> {
    const PANEL: u32 = 640;
    const LABEL: u32 = 40;
    const GAP: u32 = 8;
    const ZOOM: u32 = 4;
    let (width, height) = before.dimensions();
    let panel_height = (PANEL * height / width).max(1);
    let difference = difference(before, after);
    let (w, h) = (
        (PANEL / ZOOM).min(width.div_ceil(2)),
        (panel_height / ZOOM).clamp(1, height.div_ceil(2)),
    );
    let (x, y) = busiest(&difference, w, h);

    let mut sheet = RgbImage::from_pixel(
        3 * PANEL + 2 * GAP,
        2 * (LABEL + panel_height),
        Rgb([24; 3]),
    );
    let mut svg = String::new();
    let names = [
        "before".to_string(),
        "after featuredistill".to_string(),
        format!("|difference| × {AMPLIFY}"),
    ];
    for ((image, name), column) in [before, after, &difference].into_iter().zip(names).zip(0..) {
        let left = column * (PANEL + GAP);
        let whole = imageops::resize(image, PANEL, panel_height, FilterType::Triangle);
        let detail = imageops::crop_imm(image, x, y, w, h).to_image();
        let detail = imageops::resize(&detail, PANEL, panel_height, FilterType::Nearest);
        imageops::replace(&mut sheet, &whole, left.into(), LABEL.into());
        imageops::replace(
            &mut sheet,
            &detail,
            left.into(),
            (2 * LABEL + panel_height).into(),
        );
        let scale = f64::from(PANEL) / f64::from(width);
        svg += &format!(
            r##"<text x="{}" y="28">{name}</text><text x="{}" y="{}">{name}, magnified</text>
            <rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#ffd000" stroke-width="2"/>"##,
            left + 12,
            left + 12,
            LABEL + panel_height + 28,
            f64::from(left) + f64::from(x) * scale,
            f64::from(LABEL) + f64::from(y) * scale,
            f64::from(w) * scale,
            f64::from(h) * scale,
        );
    }
    write_labeled(&sheet, &svg, path)
}

/// The corner of the window of `w` x `h` pixels that has the largest sum.
fn busiest(difference: &RgbImage, w: u32, h: u32) -> (u32, u32) {
    let (width, height) = difference.dimensions();
    let sum = |x: u32, y: u32| -> u64 {
        let window = imageops::crop_imm(difference, x, y, w, h).to_image();
        window
            .as_raw()
            .iter()
            .map(|&sample| u64::from(sample))
            .sum()
    };
    let step = |side: u32| (side / 4).max(1) as usize;
    (0..=height - h)
        .step_by(step(h))
        .flat_map(|y| (0..=width - w).step_by(step(w)).map(move |x| (x, y)))
        .max_by_key(|&(x, y)| sum(x, y))
        .unwrap_or((0, 0))
}
