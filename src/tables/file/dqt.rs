// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The quantization tables of a JPEG file, out of the DQT segments ahead of its first scan
//! (ITU-T T.81, B.2.4.1).
//!
//! In a file with a frame header, luma's table is the one of its first component and chroma's
//! the one of its second, if that is another one; every other component has to use one of these: the third
//! that of chroma, K that of luma, and all components of RGB and CMYK one and the same. A file of tables
//! alone gives at most two, by slot.

use std::num::NonZeroU8;

use super::error::ParseError;
use crate::codec::block::{AREA, ZIGZAG};
use crate::tables::table::{QuantTable, Tables};

/// Second bytes of the markers that matter here (ITU-T T.81, table B.1).
mod marker {
    pub const TEM: u8 = 0x01;
    pub const SOF0: u8 = 0xc0;
    pub const DHT: u8 = 0xc4;
    pub const JPG: u8 = 0xc8;
    pub const DAC: u8 = 0xcc;
    pub const SOF15: u8 = 0xcf;
    pub const RST0: u8 = 0xd0;
    pub const RST7: u8 = 0xd7;
    pub const SOI: u8 = 0xd8;
    pub const EOI: u8 = 0xd9;
    pub const SOS: u8 = 0xda;
    pub const DQT: u8 = 0xdb;
    pub const DNL: u8 = 0xdc;
    pub const DRI: u8 = 0xdd;
    pub const APP0: u8 = 0xe0;
    pub const APP14: u8 = 0xee;
    pub const APP15: u8 = 0xef;
    pub const COM: u8 = 0xfe;
    pub const FILL: u8 = 0xff;
}

/// First bytes of a JPEG file.
const START: [u8; 2] = [marker::FILL, marker::SOI];

/// Slots for tables.
const SLOTS: usize = 4;

/// Tells whether `bytes` start as a JPEG file does. No table file of another format does.
pub(super) fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&START)
}

/// Reads the tables of a JPEG file that starts with SOI.
pub(super) fn parse(bytes: &[u8]) -> Result<Tables, ParseError> {
    let mut file = Cursor {
        rest: bytes,
        offset: 0,
        whole: "file",
    };
    file.array::<{ START.len() }>("SOI")?;
    let mut header = Header::default();
    loop {
        let code = next_marker(&mut file)?;
        let offset = file.offset - 1;
        match code {
            marker::SOS | marker::EOI => return header.tables(offset),
            marker::TEM | marker::RST0..=marker::RST7 => {}
            marker::DQT => header.define(segment(&mut file)?)?,
            marker::APP0 => header.jfif |= skip(&mut file)?.rest.starts_with(b"JFIF\0"),
            marker::APP14 => header.read_adobe(skip(&mut file)?.rest),
            _ if is_skipped(code) => {
                skip(&mut file)?;
            }
            _ if is_frame_header(code) && header.selectors.is_empty() => {
                header.select(segment(&mut file)?)?;
            }
            // A second file, a second frame, or one that is reserved.
            _ => {
                let found = format!("marker 0xff{code:02x}");
                return Err(ParseError::at_byte(
                    offset,
                    found,
                    "a table or the first scan",
                ));
            }
        }
    }
}

/// Steps over a marker; returns its second byte. Bytes ahead of it that are none are skipped, as libjpeg
/// does: cameras leave some between segments.
fn next_marker(file: &mut Cursor) -> Result<u8, ParseError> {
    let is_fill = |&byte: &u8| byte == marker::FILL;
    loop {
        let bytes = file.rest.iter();
        let other = bytes.clone().take_while(|byte| !is_fill(byte)).count();
        let fill = bytes.skip(other).take_while(|byte| is_fill(byte)).count();
        file.part(other + fill, "a marker")?;
        let [code] = file.array("a marker")?;
        if code != 0 {
            return Ok(code);
        }
    }
}

/// Tells whether a marker starts a segment of another kind than those read here.
fn is_skipped(code: u8) -> bool {
    use marker::{APP0, APP15, COM, DAC, DHT, DNL, DRI};
    matches!(code, DHT | DAC | DNL | DRI | COM | APP0..=APP15)
}

fn is_frame_header(code: u8) -> bool {
    let others = [marker::DHT, marker::JPG, marker::DAC];
    (marker::SOF0..=marker::SOF15).contains(&code) && !others.contains(&code)
}

/// Steps over a segment of another kind; returns what follows its length. As libjpeg does, a length below that
/// of the length itself counts as no content.
fn skip<'a>(file: &mut Cursor<'a>) -> Result<Cursor<'a>, ParseError> {
    let length = u16::from_be_bytes(file.array("a segment length")?);
    file.part(usize::from(length.saturating_sub(2)), "a segment")
}

/// Steps over a segment; returns what follows its length.
fn segment<'a>(file: &mut Cursor<'a>) -> Result<Cursor<'a>, ParseError> {
    let offset = file.offset;
    // The length counts its own two bytes.
    let found = u16::from_be_bytes(file.array("a segment length")?);
    let length = found.checked_sub(2).ok_or_else(|| {
        let found = format!("a segment length of {found}");
        ParseError::at_byte(offset, found, "at least 2")
    })?;
    file.part(usize::from(length), "a segment")
}

/// Definitions and selections of tables in the segments read so far.
#[derive(Default)]
struct Header {
    slots: [Option<QuantTable>; SLOTS],
    /// Of all components; none ahead of the frame header.
    selectors: Vec<Selector>,
    /// There is a JFIF segment.
    jfif: bool,
    /// The color transform in Adobe's segment.
    adobe: Option<u8>,
}

/// The place where a component names its table, and the slot it names.
struct Selector {
    component: u8,
    offset: usize,
    slot: u8,
}

impl Header {
    /// Reads a DQT segment. A later table replaces an earlier one of the same slot.
    fn define(&mut self, mut segment: Cursor) -> Result<(), ParseError> {
        while !segment.rest.is_empty() {
            let offset = segment.offset;
            let [byte] = segment.array("a table header")?;
            let (size, slot) = (byte >> 4, byte & 0x0f);
            let table = match (size, self.slots.get_mut(usize::from(slot))) {
                (0 | 1, Some(table)) => table,
                _ => {
                    return Err(ParseError::at_byte(
                        offset,
                        format!("element size {size} and slot {slot}"),
                        "size 0 or 1 and slot 0 to 3",
                    ));
                }
            };
            *table = Some(read_table(&mut segment, usize::from(size) + 1, slot)?);
        }
        Ok(())
    }

    /// Reads Adobe's segment (Adobe Technical Note #5116).
    fn read_adobe(&mut self, content: &[u8]) {
        if content.starts_with(b"Adobe") {
            self.adobe = content.get(11).copied().or(self.adobe);
        }
    }

    /// Tells whether the second and third components are chroma, by libjpeg's rules. Of two components, the
    /// second is taken for it.
    fn has_chroma(&self) -> bool {
        let names: Vec<_> = self.selectors.iter().map(|it| it.component).collect();
        let transformed = self.adobe.map(|transform| transform != 0);
        match names.len() {
            2 => true,
            3 => self.jfif || transformed.unwrap_or(names != b"RGB"),
            4 => transformed == Some(true),
            _ => false,
        }
    }

    /// Reads a frame header (ITU-T T.81, B.2.2).
    fn select(&mut self, mut segment: Cursor) -> Result<(), ParseError> {
        let offset = segment.offset;
        let [bits, _, _, _, _, components] = segment.array("a frame header")?;
        if bits != 8 {
            let found = format!("samples of {bits} bits");
            return Err(ParseError::at_byte(offset, found, "8"));
        }
        for _ in 0..components.max(1) {
            let [component, _, slot] = segment.array("a component")?;
            self.selectors.push(Selector {
                component,
                offset: segment.offset - 1,
                slot,
            });
        }
        Ok(())
    }

    /// The tables in force at `offset`, where the first scan starts or the file ends.
    fn tables(&self, offset: usize) -> Result<Tables, ParseError> {
        if self.selectors.is_empty() {
            return self.by_slot(offset);
        }
        let tables = self.selectors.iter().zip(1..);
        let tables = tables.map(|(selector, number)| self.selected(selector, number));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let has_chroma = self.has_chroma();
        for (index, selector) in self.selectors.iter().enumerate() {
            let same = usize::from(has_chroma && [1, 2].contains(&index));
            if tables[index] != tables[same] {
                let (number, slot) = (index + 1, selector.slot);
                let found = format!("another table (slot {slot}) for component {number}");
                let expected = format!(
                    "that of component {} (only luma and chroma have tables of their own)",
                    same + 1
                );
                return Err(ParseError::at_byte(selector.offset, found, expected));
            }
        }
        let is_own = has_chroma && self.selectors[1].slot != self.selectors[0].slot;
        Ok(Tables::new(tables[0], is_own.then(|| tables[1])))
    }

    /// The tables of a file without a frame header, which ends at `offset`.
    fn by_slot(&self, offset: usize) -> Result<Tables, ParseError> {
        let filled: Vec<_> = self.slots.iter().copied().flatten().collect();
        match filled[..] {
            [luma] => Ok(Tables::new(luma, None)),
            [luma, chroma] => Ok(Tables::new(luma, Some(chroma))),
            [] => Err(ParseError::at_byte(
                offset,
                "no table up to here",
                "a DQT segment",
            )),
            _ => Err(ParseError::at_byte(
                offset,
                format!("{} tables and no frame header up to here", filled.len()),
                "at most 2 tables: luma and chroma",
            )),
        }
    }

    /// The table of a component, of which the first is 1.
    fn selected(&self, selector: &Selector, component: usize) -> Result<QuantTable, ParseError> {
        let &Selector { offset, slot, .. } = selector;
        let table = self.slots.get(usize::from(slot)).copied().flatten();
        table.ok_or_else(|| {
            ParseError::at_byte(
                offset,
                format!("slot {slot} for component {component}"),
                "one that a DQT segment ahead of the first scan fills",
            )
        })
    }
}

/// Reads 64 steps of `width` bytes (1 or 2) in zig-zag order.
fn read_table(segment: &mut Cursor, width: usize, slot: u8) -> Result<QuantTable, ParseError> {
    let body = segment.part(AREA * width, "a table")?;
    let mut steps = [NonZeroU8::MIN; AREA];
    for (position, bytes) in body.rest.chunks_exact(width).enumerate() {
        let found = bytes
            .iter()
            .fold(0, |high, &low| high << 8 | u16::from(low));
        let step = u8::try_from(found).ok().and_then(NonZeroU8::new);
        steps[usize::from(ZIGZAG[position])] = step.ok_or_else(|| {
            let offset = body.offset + position * width;
            let found = format!("a step of {found} in slot {slot}");
            ParseError::at_byte(offset, found, "1 to 255")
        })?;
    }
    Ok(QuantTable::from(steps))
}

/// Bytes not read yet, and where in the file they start.
struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
    /// The name of the part that they are the rest of.
    whole: &'static str,
}

impl<'a> Cursor<'a> {
    /// Steps over `count` bytes, which are called `what`.
    fn part(&mut self, count: usize, what: &'static str) -> Result<Self, ParseError> {
        let Self { rest, offset, .. } = *self;
        let (taken, left) = rest.split_at_checked(count).ok_or_else(|| {
            ParseError::at_byte(
                offset + rest.len(),
                format!("the end of the {}", self.whole),
                format!("{} more bytes of {what}", count - rest.len()),
            )
        })?;
        (self.rest, self.offset) = (left, offset + count);
        Ok(Self {
            rest: taken,
            offset,
            whole: "segment",
        })
    }

    /// Steps over `N` bytes, which are called `what`, and copies them.
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ParseError> {
        let part = self.part(N, what)?;
        Ok(std::array::from_fn(|index| part.rest[index]))
    }
}
