// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A picture of a calibration: heat maps of the standard deviations with the resulting steps in them.

mod canvas;
mod shades;

use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::ascii::{FONT_6X13, FONT_7X13, FONT_10X20};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::text::Alignment;

use self::canvas::Canvas;
use self::shades::{Shades, ink_on};
use super::result::Calibration;
use super::spectrum::Spectrum;
use crate::codec::block::{AREA, SIDE};

/// Side of a cell, in pixels.
const CELL: i32 = 68;
/// Side of a heat map.
const MAP: i32 = CELL * SIDE as i32;
/// Space around everything, and between the maps.
const MARGIN: i32 = 28;
/// Room for the numbers of rows and columns.
const AXIS: i32 = 30;
/// Top of the maps, below the title.
const TOP: i32 = 128;
/// Space below the maps, for the color scale and the legend.
const BOTTOM: i32 = 120;
const SCALE_HEIGHT: i32 = 18;

const INK: Rgb888 = Rgb888::new(32, 32, 32);

/// One heat map.
struct Map<'a> {
    name: String,
    deviations: [f64; AREA],
    steps: &'a [u8; AREA],
    bands: &'a [u8; AREA],
}

/// Draws a PNG of a calibration: a heat map for luma, and one for chroma if there is any.
pub fn draw(calibration: &Calibration) -> Vec<u8> {
    let Calibration {
        statistics,
        mapping,
        tables,
        luma_bands,
        chroma_bands,
    } = calibration;
    let map = |name, spectrum: &Spectrum, steps, bands| Map {
        name: format!("{name}, {} blocks", spectrum.blocks()),
        deviations: spectrum.deviations(),
        steps,
        bands,
    };
    let luma = tables.luma().steps();
    let mut maps = vec![map(
        "luma, RGB or gray",
        statistics.luma(),
        luma,
        luma_bands,
    )];
    if statistics.chroma().blocks() > 0 {
        let chroma = tables.chroma().steps();
        maps.push(map("chroma", statistics.chroma(), chroma, chroma_bands));
    }
    let count = maps.len() as i32;
    let mut canvas = Canvas::new(MARGIN + count * (AXIS + MAP + MARGIN), TOP + MAP + BOTTOM);
    let shades = Shades::new(maps.iter().flat_map(|map| map.deviations));
    let title = format!("featurecalibrate {mapping}");
    canvas.text(
        &title,
        Point::new(MARGIN, 16),
        &FONT_10X20,
        INK,
        Alignment::Left,
    );
    let frames = format!(
        "{} frames; color and small figures: standard deviation in levels; large: quantization step",
        statistics.frames()
    );
    canvas.text(
        &frames,
        Point::new(MARGIN, 42),
        &FONT_6X13,
        INK,
        Alignment::Left,
    );
    for (index, map) in (0..).zip(&maps) {
        let left = MARGIN + AXIS + index * (AXIS + MAP + MARGIN);
        draw_map(&mut canvas, map, &shades, Point::new(left, TOP));
    }
    let below = Point::new(MARGIN + AXIS, TOP + MAP + 20);
    draw_scale(&mut canvas, &shades, below);
    let bands = mapping.bands();
    if !bands.is_empty() {
        let legend = format!("outlined: {bands}");
        let at = below + Point::new(0, 62);
        canvas.text(&legend, at, &FONT_6X13, INK, Alignment::Left);
    }
    canvas.png()
}

/// Draws a heat map with its top left cell at `origin`.
fn draw_map(canvas: &mut Canvas, map: &Map<'_>, shades: &Shades, origin: Point) {
    let center = Alignment::Center;
    let name = origin + Point::new(0, -58);
    canvas.text(&map.name, name, &FONT_7X13, INK, Alignment::Left);
    for k in 0..SIDE as i32 {
        let middle = k * CELL + CELL / 2;
        let (column, row) = (Point::new(middle, -20), Point::new(-12, middle - 6));
        canvas.text(&k.to_string(), origin + column, &FONT_7X13, INK, center);
        canvas.text(&k.to_string(), origin + row, &FONT_7X13, INK, center);
    }
    let (u, v) = (Point::new(MAP / 2, -36), Point::new(-26, MAP / 2 - 6));
    canvas.text(
        "u (horizontal frequency)",
        origin + u,
        &FONT_6X13,
        INK,
        center,
    );
    canvas.text("v", origin + v, &FONT_6X13, INK, center);
    for index in 0..AREA {
        let deviation = map.deviations[index];
        let color = Shades::at(shades.position(deviation));
        let at = origin + cell(index);
        canvas.fill(at.x, at.y, CELL, CELL, color);
        let ink = ink_on(color);
        let step = at + Point::new(CELL / 2, 14);
        canvas.text(
            &map.steps[index].to_string(),
            step,
            &FONT_10X20,
            ink,
            center,
        );
        let small = at + Point::new(CELL / 2, 42);
        canvas.text(&short(deviation), small, &FONT_6X13, ink, center);
    }
    draw_outline(canvas, map.bands, origin, 7, Rgb888::BLACK);
    draw_outline(canvas, map.bands, origin, 3, Rgb888::WHITE);
}

/// Draws lines between cells of different bands.
fn draw_outline(canvas: &mut Canvas, bands: &[u8; AREA], origin: Point, width: i32, color: Rgb888) {
    let half = width / 2;
    for index in 0..AREA {
        let at = origin + cell(index);
        let differs = |other: usize| bands[other] != bands[index];
        if index % SIDE > 0 && differs(index - 1) {
            canvas.fill(at.x - half, at.y - half, width, CELL + width, color);
        }
        if index >= SIDE && differs(index - SIDE) {
            canvas.fill(at.x - half, at.y - half, CELL + width, width, color);
        }
    }
}

/// Draws the color scale.
fn draw_scale(canvas: &mut Canvas, shades: &Shades, origin: Point) {
    for x in 0..MAP {
        let color = Shades::at(f64::from(x) / f64::from(MAP - 1));
        canvas.fill(origin.x + x, origin.y, 1, SCALE_HEIGHT, color);
    }
    for tick in shades.ticks() {
        let x = (shades.position(tick) * f64::from(MAP - 1)) as i32;
        let at = origin + Point::new(x, SCALE_HEIGHT);
        canvas.fill(at.x, at.y, 1, 5, INK);
        let label = at + Point::new(0, 7);
        canvas.text(&tick.to_string(), label, &FONT_6X13, INK, Alignment::Center);
    }
}

/// A number of three or four figures.
fn short(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// The place of a cell in its map.
fn cell(index: usize) -> Point {
    let (u, v) = ((index % SIDE) as i32, (index / SIDE) as i32);
    Point::new(u * CELL, v * CELL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::{Mapping, Statistics};
    use crate::codec::{ColorMode, TableSlot};
    use crate::tables::nearest_step;

    /// Deviations that fall along the zig-zag.
    fn statistics(chroma: bool) -> Statistics {
        let mut statistics = Statistics::new(ColorMode::Native, None);
        let values = std::array::from_fn(|k| 4000 / (k as i16 + 1));
        let blocks = [values, values.map(|value| -value)];
        let slots = [TableSlot::Luma, TableSlot::Chroma];
        let components = slots[..=usize::from(chroma)]
            .iter()
            .map(|&slot| (slot, &blocks[..]));
        statistics.add_frame("I420", components, None).unwrap();
        statistics
    }

    fn decode(bytes: &[u8]) -> image::RgbImage {
        let format = image::ImageFormat::Png;
        image::load_from_memory_with_format(bytes, format)
            .unwrap()
            .to_rgb8()
    }

    fn picture(chroma: bool) -> image::RgbImage {
        let statistics = statistics(chroma);
        let mapping = Mapping::TwoStep {
            as_step: nearest_step(20),
            md_step: nearest_step(30),
            as_count: 15,
        };
        decode(&draw(&Calibration::new(statistics, mapping)))
    }

    #[test]
    fn the_picture_has_a_map_for_each_table() {
        let (one, two) = (picture(false), picture(true));
        assert_eq!(one.dimensions(), (630, 792));
        assert_eq!(two.dimensions(), (1232, 792));
    }

    #[test]
    fn cells_have_the_colors_of_their_deviations() {
        let picture = picture(false);
        let statistics = statistics(false);
        let deviations = statistics.luma().deviations();
        let shades = Shades::new(deviations.into_iter());
        let mut colors = std::collections::HashSet::new();
        for (index, deviation) in deviations.into_iter().enumerate() {
            // Near the corner of the cell: beside the outlines, above the text.
            let at = Point::new(MARGIN + AXIS, TOP) + cell(index) + Point::new(6, 6);
            let pixel = picture.get_pixel(at.x as u32, at.y as u32);
            let color = Shades::at(shades.position(deviation));
            assert_eq!(pixel.0, [color.r(), color.g(), color.b()], "{index}");
            colors.insert(pixel.0);
        }
        assert!(colors.len() > 50, "{}", colors.len());
    }

    #[test]
    fn bands_are_outlined() {
        let picture = picture(false);
        let at = |index| Point::new(MARGIN + AXIS, TOP) + cell(index);
        let pixel = |point: Point| picture.get_pixel(point.x as u32, point.y as u32).0;
        // Between u = 4 and u = 5 in the first row, and in the middle of the band.
        assert_eq!(pixel(at(5) + Point::new(0, 30)), [255; 3]);
        assert_ne!(pixel(at(2) + Point::new(0, 30)), [255; 3]);
    }

    #[test]
    fn empty_and_flat_statistics_can_be_drawn() {
        let nothing = Statistics::new(ColorMode::Native, None);
        let mut flat = nothing.clone();
        let blocks = [[0; AREA]];
        let component = (TableSlot::Luma, &blocks[..]);
        flat.add_frame("GRAY8", [component], None).unwrap();
        for statistics in [nothing, flat] {
            decode(&draw(&Calibration::new(statistics, Mapping::DeepN)));
        }
    }

    #[test]
    fn numbers_have_three_or_four_figures() {
        assert_eq!([0.5, 12.34, 1023.6].map(short), ["0.50", "12.3", "1024"]);
    }
}
