// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A picture of a calibration: heat maps of the standard deviations with the resulting steps in them.

use std::convert::Infallible;

use embedded_graphics::mono_font::ascii::{FONT_6X13, FONT_7X13, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};

use super::mapping::{Derived, Mapping};
use super::statistics::Statistics;
use crate::codec::block::{AREA, SIDE};

/// Side of a cell, in pixels.
const CELL: i32 = 68;
/// Side of a heat map.
const MAP: i32 = CELL * SIDE as i32;
/// Around everything, and between the maps.
const MARGIN: i32 = 28;
/// Room for the numbers of rows and columns.
const AXIS: i32 = 30;
/// Where the maps begin: below the title.
const TOP: i32 = 128;
/// Below the maps: the scale of colours and what the outlines mean.
const BOTTOM: i32 = 120;
const SCALE_HEIGHT: i32 = 18;

const PAPER: Rgb888 = Rgb888::WHITE;
const INK: Rgb888 = Rgb888::new(32, 32, 32);

/// One heat map.
struct Map<'a> {
    name: String,
    deviations: [f64; AREA],
    steps: &'a [u8; AREA],
    bands: &'a [u8; AREA],
}

/// Draws a PNG of `statistics` and of what `mapping` has `derived` from them: a heat map for luma, and
/// one for chroma if there is any.
pub fn draw(statistics: &Statistics, derived: &Derived, mapping: &Mapping) -> Vec<u8> {
    let tables = &derived.tables;
    let map = |name, spectrum: &super::Spectrum, steps, bands| Map {
        name: format!("{name}, {} blocks", spectrum.blocks()),
        deviations: spectrum.deviations(),
        steps,
        bands,
    };
    let luma = tables.luma().steps();
    let mut maps = vec![map(
        "luma, RGB or grey",
        statistics.luma(),
        luma,
        &derived.luma_bands,
    )];
    if statistics.chroma().blocks() > 0 {
        let chroma = tables.chroma().steps();
        let bands = &derived.chroma_bands;
        maps.push(map("chroma", statistics.chroma(), chroma, bands));
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
        "{} frames; colour and small figures: standard deviation in levels; large: quantisation step",
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
        canvas.map(map, &shades, Point::new(left, TOP));
    }
    let below = Point::new(MARGIN + AXIS, TOP + MAP + 20);
    canvas.scale(&shades, below);
    let bands = mapping.bands();
    if !bands.is_empty() {
        let legend = format!("outlined: {bands}");
        let at = below + Point::new(0, 62);
        canvas.text(&legend, at, &FONT_6X13, INK, Alignment::Left);
    }
    canvas.png()
}

/// Colours for standard deviations, on a logarithmic scale.
struct Shades {
    low: f64,
    high: f64,
}

impl Shades {
    /// What is less is drawn like this, in levels: a logarithm needs an end.
    const LEAST: f64 = 0.01;

    fn new(deviations: impl Iterator<Item = f64>) -> Self {
        let (low, high) = deviations.fold((f64::MAX, Self::LEAST), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let low = low.max(Self::LEAST);
        // A little room, for a scale that has two ends.
        Self {
            low: low / 1.1,
            high: high.max(low) * 1.1,
        }
    }

    /// Where on the scale, 0..=1.
    fn position(&self, deviation: f64) -> f64 {
        let position = (deviation.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        position.clamp(0.0, 1.0)
    }

    fn at(position: f64) -> Rgb888 {
        let colorous::Color { r, g, b } = colorous::VIRIDIS.eval_continuous(position);
        Rgb888::new(r, g, b)
    }

    /// Round values on the scale: 1, 2 and 5 times the powers of ten.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let decades = (-2..4).map(|exponent| 10f64.powi(exponent));
        decades
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|factor| factor * decade))
            .filter(|tick| (self.low..=self.high).contains(tick))
    }
}

/// Black or white, whichever is easier to read on `background` (ITU-R BT.601 luma).
fn ink_on(background: Rgb888) -> Rgb888 {
    let [r, g, b] = [background.r(), background.g(), background.b()].map(u32::from);
    if 299 * r + 587 * g + 114 * b > 140_000 {
        Rgb888::BLACK
    } else {
        Rgb888::WHITE
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

/// Pixels to draw on.
struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<[u8; 3]>,
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width.unsigned_abs(), self.height.unsigned_abs())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, color) in pixels {
            if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
                let index = (y * self.width + x) as usize;
                self.pixels[index] = [color.r(), color.g(), color.b()];
            }
        }
        Ok(())
    }
}

impl Canvas {
    fn new(width: i32, height: i32) -> Self {
        Self {
            width,
            height,
            pixels: vec![[PAPER.r(), PAPER.g(), PAPER.b()]; (width * height) as usize],
        }
    }

    /// Text whose first line has its top at `at`.
    fn text(
        &mut self,
        text: &str,
        at: Point,
        font: &MonoFont<'_>,
        color: Rgb888,
        alignment: Alignment,
    ) {
        let style = TextStyleBuilder::new()
            .alignment(alignment)
            .baseline(Baseline::Top)
            .build();
        let text = Text::with_text_style(text, at, MonoTextStyle::new(font, color), style);
        let Ok(_) = text.draw(self);
    }

    fn fill(&mut self, left: i32, top: i32, width: i32, height: i32, color: Rgb888) {
        let size = Size::new(width.unsigned_abs(), height.unsigned_abs());
        let area = Rectangle::new(Point::new(left, top), size);
        let Ok(()) = area
            .into_styled(PrimitiveStyle::with_fill(color))
            .draw(self);
    }

    fn map(&mut self, map: &Map<'_>, shades: &Shades, origin: Point) {
        let center = Alignment::Center;
        let name = origin + Point::new(0, -58);
        self.text(&map.name, name, &FONT_7X13, INK, Alignment::Left);
        for k in 0..SIDE as i32 {
            let middle = k * CELL + CELL / 2;
            let (column, row) = (Point::new(middle, -20), Point::new(-12, middle - 6));
            self.text(&k.to_string(), origin + column, &FONT_7X13, INK, center);
            self.text(&k.to_string(), origin + row, &FONT_7X13, INK, center);
        }
        let (u, v) = (Point::new(MAP / 2, -36), Point::new(-26, MAP / 2 - 6));
        self.text(
            "u (horizontal frequency)",
            origin + u,
            &FONT_6X13,
            INK,
            center,
        );
        self.text("v", origin + v, &FONT_6X13, INK, center);
        for index in 0..AREA {
            let deviation = map.deviations[index];
            let color = Shades::at(shades.position(deviation));
            let at = origin + cell(index);
            self.fill(at.x, at.y, CELL, CELL, color);
            let ink = ink_on(color);
            let step = at + Point::new(CELL / 2, 14);
            self.text(
                &map.steps[index].to_string(),
                step,
                &FONT_10X20,
                ink,
                center,
            );
            let small = at + Point::new(CELL / 2, 42);
            self.text(&short(deviation), small, &FONT_6X13, ink, center);
        }
        self.outline(map.bands, origin, 7, Rgb888::BLACK);
        self.outline(map.bands, origin, 3, Rgb888::WHITE);
    }

    /// Draws lines between cells of different bands.
    fn outline(&mut self, bands: &[u8; AREA], origin: Point, width: i32, color: Rgb888) {
        let half = width / 2;
        for index in 0..AREA {
            let at = origin + cell(index);
            let differs = |other: usize| bands[other] != bands[index];
            if index % SIDE > 0 && differs(index - 1) {
                self.fill(at.x - half, at.y - half, width, CELL + width, color);
            }
            if index >= SIDE && differs(index - SIDE) {
                self.fill(at.x - half, at.y - half, CELL + width, width, color);
            }
        }
    }

    /// The scale of colours.
    fn scale(&mut self, shades: &Shades, origin: Point) {
        for x in 0..MAP {
            let color = Shades::at(f64::from(x) / f64::from(MAP - 1));
            self.fill(origin.x + x, origin.y, 1, SCALE_HEIGHT, color);
        }
        for tick in shades.ticks() {
            let x = (shades.position(tick) * f64::from(MAP - 1)) as i32;
            let at = origin + Point::new(x, SCALE_HEIGHT);
            self.fill(at.x, at.y, 1, 5, INK);
            let label = at + Point::new(0, 7);
            self.text(&tick.to_string(), label, &FONT_6X13, INK, Alignment::Center);
        }
    }

    fn png(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Size { width, height } = self.size();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(self.pixels.as_flattened()))
            .expect("a vector grows, and the image has all its rows");
        bytes
    }
}

/// Where a cell is in its map.
fn cell(index: usize) -> Point {
    let (u, v) = ((index % SIDE) as i32, (index / SIDE) as i32);
    Point::new(u * CELL, v * CELL)
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let derived = mapping.derive(&statistics);
        decode(&draw(&statistics, &derived, &mapping))
    }

    #[test]
    fn it_is_a_png_with_a_map_for_each_table() {
        let (one, two) = (picture(false), picture(true));
        assert_eq!(one.dimensions(), (630, 792));
        assert_eq!(two.dimensions(), (1232, 792));
    }

    #[test]
    fn cells_have_the_colours_of_their_deviations() {
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
    fn nothing_gathered_and_flat_footage_can_be_drawn() {
        let nothing = Statistics::new(ColorMode::Native, None);
        let mut flat = nothing.clone();
        let blocks = [[0; AREA]];
        let component = (TableSlot::Luma, &blocks[..]);
        flat.add_frame("GRAY8", [component], None).unwrap();
        for statistics in [nothing, flat] {
            let derived = Mapping::DeepN.derive(&statistics);
            decode(&draw(&statistics, &derived, &Mapping::DeepN));
        }
    }

    #[test]
    fn scales_have_round_ticks() {
        let shades = Shades {
            low: 0.4,
            high: 30.0,
        };
        assert!(shades.ticks().eq([0.5, 1.0, 2.0, 5.0, 10.0, 20.0]));
        assert_eq!((shades.position(0.4), shades.position(30.0)), (0.0, 1.0));
        assert_eq!([0.5, 12.34, 1023.6].map(short), ["0.50", "12.3", "1024"]);
    }
}
