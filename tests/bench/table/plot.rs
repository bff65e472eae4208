// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The picture of how cost grows.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

/// Cost of one way to process frames.
pub struct Curve {
    pub name: String,
    /// (pixels of a frame, nanoseconds a pixel).
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            points: Vec::new(),
        }
    }
}

/// Colors that people with any color vision tell apart (Okabe and Ito, "Color Universal Design", 2008).
const COLORS: [RGBColor; 7] = [
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x66, 0x66, 0x66),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x00, 0x9e, 0x73),
];

/// Costs that the y axis names.
const COSTS: [f64; 9] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Width and height of the picture.
const PICTURE: (u32, u32) = (960, 480);

/// Width of the part on the right that holds the names of the curves.
const LEGEND: u32 = 190;

/// Draws `curves` into an SVG file, with both axes logarithmic. The x axis names `sizes`.
pub fn draw(path: &Path, sizes: &[(u32, u32)], curves: &[Curve]) -> Result<(), Box<dyn Error>> {
    let pixels = |&(width, height): &(u32, u32)| f64::from(width) * f64::from(height);
    let name = |wanted: &f64| {
        let size = sizes.iter().find(|size| pixels(size) == *wanted);
        size.map_or(String::new(), |(width, height)| format!("{width}x{height}"))
    };
    let (first, last) = (pixels(&sizes[0]), pixels(&sizes[sizes.len() - 1]));
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let least = points().map(|point| point.1).fold(f64::MAX, f64::min);
    let most = points().map(|point| point.1).fold(0.0, f64::max);
    let area = SVGBackend::new(path, PICTURE).into_drawing_area();
    area.fill(&WHITE)?;
    let (plot, legend) = area.split_horizontally(PICTURE.0 - LEGEND);
    let mut chart = ChartBuilder::on(&plot)
        .margin(12)
        .margin_right(36)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(
            (first..last)
                .log_scale()
                .with_key_points(sizes.iter().map(pixels).collect()),
            (0.8 * least..1.25 * most)
                .log_scale()
                .with_key_points(COSTS.to_vec()),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&name)
        .y_label_formatter(&|cost| format!("{cost}"))
        .x_desc("frame")
        .y_desc("nanoseconds a pixel")
        .label_style(("sans-serif", 13))
        .draw()?;
    let mut colored: Vec<_> = curves.iter().zip(COLORS.iter().cycle()).collect();
    for (curve, color) in &colored {
        let points = curve.points.iter().copied();
        chart.draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))?;
    }
    // Names in the order in which the curves end, from the top down.
    let end = |curve: &Curve| curve.points.last().map_or(0.0, |point| point.1);
    colored.sort_by(|(a, _), (b, _)| end(b).total_cmp(&end(a)));
    for ((curve, color), y) in colored.into_iter().zip((40..).step_by(26)) {
        legend.draw(&PathElement::new([(0, y), (24, y)], color.stroke_width(3)))?;
        let text = Text::new(curve.name.as_str(), (32, y - 7), ("sans-serif", 14));
        legend.draw(&text)?;
    }
    area.present()?;
    Ok(())
}
