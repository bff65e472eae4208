// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The quantisation tables of a JPEG file, out of the DQT segments ahead of its first scan
//! (ITU-T T.81, B.2.4.1).
//!
//! Where the file has a frame header, luma's table is the one of its first component and chroma's
//! the one of its second, if that is another one; a file of tables alone gives them by slot.

use std::num::NonZeroU8;

use super::{MAX_TABLES, SOI};
use crate::codec::block::ZIGZAG;
use crate::tables::table::AREA;
use crate::tables::{QuantTable, Tables};

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
    pub const FILL: u8 = 0xff;
}

/// Why a JPEG file can't be used. Bytes count from 0; components count from 1, slots (as in the
/// file) from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DqtError {
    /// The file or the segment ends too early.
    #[error("byte {offset}: found {found} of {expected} bytes of {what}")]
    Truncated {
        /// Where the part that is cut off starts.
        offset: usize,
        /// Bytes left there.
        found: usize,
        /// Bytes it should have.
        expected: usize,
        /// The part.
        what: &'static str,
    },
    /// Something else stands where a marker should.
    #[error("byte {offset}: found {found:#04x}, expected a marker (0xff)")]
    NotAMarker {
        /// Where it stands.
        offset: usize,
        /// The byte there.
        found: u8,
    },
    /// A marker that can't stand ahead of the first scan, or a second frame header.
    #[error("byte {offset}: found marker 0xff{found:02x}, expected a table or the first scan")]
    UnexpectedMarker {
        /// Where its second byte stands.
        offset: usize,
        /// Its second byte.
        found: u8,
    },
    /// A segment shorter than its own length.
    #[error("byte {offset}: found a segment length of {found}, expected at least 2")]
    SegmentLength {
        /// Where the length stands.
        offset: usize,
        /// The length.
        found: u16,
    },
    /// A table of unknown element size or slot.
    #[error(
        "byte {offset}: found element size {size} and slot {slot}, expected size 0 or 1 and slot \
         0 to 3"
    )]
    TableHeader {
        /// Where they stand.
        offset: usize,
        /// Pq: 0 for steps of 8 bits, 1 for steps of 16 bits.
        size: u8,
        /// Tq.
        slot: u8,
    },
    /// A step of 0, or a step of 16 bits that doesn't fit 8.
    #[error("byte {offset}: found a step of {found} in slot {slot}, expected 1 to 255")]
    Step {
        /// Where it stands.
        offset: usize,
        /// The step.
        found: u16,
        /// The table's slot, 0..=3.
        slot: usize,
    },
    /// Steps made for other samples than those of 8 bits.
    #[error("byte {offset}: found samples of {found} bits, expected 8")]
    SampleBits {
        /// Where the number stands.
        offset: usize,
        /// Bits of a sample.
        found: u8,
    },
    /// A component whose table is missing.
    #[error(
        "byte {offset}: found slot {slot} for component {component}, expected one that a DQT \
         segment ahead of the first scan fills"
    )]
    EmptySlot {
        /// Where the component names its slot.
        offset: usize,
        /// The component: 1 or 2.
        component: usize,
        /// The slot.
        slot: u8,
    },
    /// There are no tables ahead of the first scan or the end.
    #[error("byte {offset}: found no table up to here, expected a DQT segment")]
    NoTable {
        /// Where the scan or the end stands.
        offset: usize,
    },
}

/// Reads the tables of a JPEG file that starts with SOI.
pub(super) fn parse(bytes: &[u8]) -> Result<Tables, DqtError> {
    let mut file = Cursor {
        rest: bytes,
        offset: 0,
    };
    file.array::<{ SOI.len() }>("SOI")?;
    let mut header = Header::default();
    loop {
        let code = next_marker(&mut file)?;
        let offset = file.offset - 1;
        match code {
            marker::SOS | marker::EOI => return header.tables(offset),
            marker::TEM | marker::RST0..=marker::RST7 => {}
            marker::DQT => header.define(segment(&mut file)?)?,
            _ if header.forbids(code) => {
                return Err(DqtError::UnexpectedMarker {
                    offset,
                    found: code,
                });
            }
            _ if is_frame_header(code) => header.select(segment(&mut file)?)?,
            _ => {
                segment(&mut file)?;
            }
        }
    }
}

/// Steps over a marker with its fill bytes; returns its second byte.
fn next_marker(file: &mut Cursor) -> Result<u8, DqtError> {
    let offset = file.offset;
    let [mut code] = file.array("a marker")?;
    if code != marker::FILL {
        return Err(DqtError::NotAMarker {
            offset,
            found: code,
        });
    }
    while code == marker::FILL {
        [code] = file.array("a marker")?;
    }
    Ok(code)
}

fn is_frame_header(code: u8) -> bool {
    let others = [marker::DHT, marker::JPG, marker::DAC];
    (marker::SOF0..=marker::SOF15).contains(&code) && !others.contains(&code)
}

/// Steps over a segment; returns what follows its length.
fn segment<'a>(file: &mut Cursor<'a>) -> Result<Cursor<'a>, DqtError> {
    let offset = file.offset;
    // The length counts its own two bytes.
    let found = u16::from_be_bytes(file.array("a segment length")?);
    let length = found
        .checked_sub(2)
        .ok_or(DqtError::SegmentLength { offset, found })?;
    file.part(usize::from(length), "a segment")
}

/// What the segments read so far have set.
#[derive(Default)]
struct Header {
    slots: [Option<QuantTable>; MAX_TABLES],
    /// Of the first two components; none ahead of the frame header.
    selectors: Vec<Selector>,
}

/// Where a component names its table.
struct Selector {
    offset: usize,
    slot: u8,
}

impl Header {
    /// Whether no file may have this marker here: no marker at all, a second file, a second frame.
    fn forbids(&self, code: u8) -> bool {
        let again = is_frame_header(code) && !self.selectors.is_empty();
        code == 0 || code == marker::SOI || again
    }

    /// Reads a DQT segment. A later table replaces an earlier one of the same slot.
    fn define(&mut self, mut segment: Cursor) -> Result<(), DqtError> {
        while !segment.rest.is_empty() {
            let offset = segment.offset;
            let [byte] = segment.array("a table header")?;
            let (size, slot) = (byte >> 4, byte & 0x0f);
            let table = match (size, self.slots.get_mut(usize::from(slot))) {
                (0 | 1, Some(table)) => table,
                _ => return Err(DqtError::TableHeader { offset, size, slot }),
            };
            *table = Some(read_table(
                &mut segment,
                usize::from(size) + 1,
                usize::from(slot),
            )?);
        }
        Ok(())
    }

    /// Reads a frame header (ITU-T T.81, B.2.2) as far as its second component.
    fn select(&mut self, mut segment: Cursor) -> Result<(), DqtError> {
        let offset = segment.offset;
        let [bits, _, _, _, _, components] = segment.array("a frame header")?;
        if bits != 8 {
            return Err(DqtError::SampleBits {
                offset,
                found: bits,
            });
        }
        for _ in 0..components.clamp(1, 2) {
            let [_, _, slot] = segment.array("a component")?;
            self.selectors.push(Selector {
                offset: segment.offset - 1,
                slot,
            });
        }
        Ok(())
    }

    /// The tables in force at `offset`, where the first scan starts or the file ends.
    fn tables(&self, offset: usize) -> Result<Tables, DqtError> {
        let Some(first) = self.selectors.first() else {
            let mut filled = self.slots.iter().copied().flatten();
            let luma = filled.next().ok_or(DqtError::NoTable { offset })?;
            return Ok(Tables::new(luma, filled.next()));
        };
        let luma = self.selected(first, 1)?;
        let second = self
            .selectors
            .get(1)
            .filter(|second| second.slot != first.slot);
        let chroma = second.map(|second| self.selected(second, 2)).transpose()?;
        Ok(Tables::new(luma, chroma))
    }

    fn selected(&self, selector: &Selector, component: usize) -> Result<QuantTable, DqtError> {
        let &Selector { offset, slot } = selector;
        let table = self.slots.get(usize::from(slot)).copied().flatten();
        table.ok_or(DqtError::EmptySlot {
            offset,
            component,
            slot,
        })
    }
}

/// Reads 64 steps of `width` bytes (1 or 2) in zig-zag order.
fn read_table(segment: &mut Cursor, width: usize, slot: usize) -> Result<QuantTable, DqtError> {
    let body = segment.part(AREA * width, "a table")?;
    let mut steps = [NonZeroU8::MIN; AREA];
    for (position, bytes) in body.rest.chunks_exact(width).enumerate() {
        let found = bytes
            .iter()
            .fold(0, |high, &low| high << 8 | u16::from(low));
        let step = u8::try_from(found).ok().and_then(NonZeroU8::new);
        let offset = body.offset + position * width;
        steps[usize::from(ZIGZAG[position])] = step.ok_or(DqtError::Step {
            offset,
            found,
            slot,
        })?;
    }
    Ok(QuantTable::from(steps))
}

/// Bytes not read yet, and where in the file they start.
struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    /// Steps over `count` bytes, which are `what`.
    fn part(&mut self, count: usize, what: &'static str) -> Result<Self, DqtError> {
        let Self { rest, offset } = *self;
        let (taken, left) = rest.split_at_checked(count).ok_or(DqtError::Truncated {
            offset,
            found: rest.len(),
            expected: count,
            what,
        })?;
        *self = Self {
            rest: left,
            offset: offset + count,
        };
        Ok(Self {
            rest: taken,
            offset,
        })
    }

    /// Steps over `N` bytes, which are `what`, and copies them.
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DqtError> {
        let part = self.part(N, what)?;
        Ok(std::array::from_fn(|index| part.rest[index]))
    }
}
