// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Pixels to draw on, and the PNG that they become.

use std::convert::Infallible;

use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};

const PAPER: Rgb888 = Rgb888::WHITE;

/// Pixels to draw on.
pub(super) struct Canvas {
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
    pub(super) fn new(width: i32, height: i32) -> Self {
        Self {
            width,
            height,
            pixels: vec![[PAPER.r(), PAPER.g(), PAPER.b()]; (width * height) as usize],
        }
    }

    /// Text whose first line has its top at `at`.
    pub(super) fn text(
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

    pub(super) fn fill(&mut self, left: i32, top: i32, width: i32, height: i32, color: Rgb888) {
        let size = Size::new(width.unsigned_abs(), height.unsigned_abs());
        let area = Rectangle::new(Point::new(left, top), size);
        let Ok(()) = area
            .into_styled(PrimitiveStyle::with_fill(color))
            .draw(self);
    }

    /// The pixels as a PNG file.
    pub(super) fn png(self) -> Vec<u8> {
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
