// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! ImageMagick's quantization tables (`-define jpeg:q-table=FILE`).
//!
//! Slot 0 is luma's table and slot 1 chroma's; others would have no use and are refused. A level divided by the divisor and rounded is a
//! step. ImageMagick guesses at what is missing, takes what follows, and gives a table to a slot
//! for its alias too; here everything that its own document type asks for must stand there, once,
//! and nothing else. So what is read here means the same there.
//!
//! Nothing is ever expanded or fetched: a document type with an external part or with anything but
//! elements and attributes is refused, and so is a reference in a number.

use std::borrow::Cow;
use std::num::NonZeroU8;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::error::{ParseError, quote};
use crate::codec::block::{AREA, SIDE};
use crate::files;
use crate::tables::table::{QuantTable, Tables};

/// Slots of ImageMagick's.
const SLOTS: usize = 4;

/// Slots that have a use: luma and chroma.
const USED: usize = 2;

/// Characters of the XML reader's words that an error quotes, at most.
const REASON: usize = 160;

const BOM: &[u8] = b"\xef\xbb\xbf";

const ROOT: &str = "quantization-tables";
const TABLE: &str = "table";
const DESCRIPTION: &str = "description";
const LEVELS: &str = "levels";

/// Declarations that a document type may have.
const DECLARATIONS: [&str; 3] = ["<!ELEMENT", "<!ATTLIST", "<!--"];

/// The levels that may stand in a file.
const STEP: &str = "a whole number of 1 to 255 times the divisor";

/// Tells whether `bytes` start as XML does. No table file of another format does.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Reads 1 or 2 tables.
pub(super) fn parse(bytes: &[u8]) -> Result<Tables, ParseError> {
    let text = decode(bytes.strip_prefix(BOM).unwrap_or(bytes));
    let mut document = Document::new(&text)?;
    document.open_root()?;
    let [luma, chroma] = document.slots()?;
    let luma = luma.ok_or_else(|| {
        document.error(
            "no table in slot 0",
            format!("<{TABLE} slot=\"0\"> for luma"),
        )
    })?;
    document.end()?;
    Ok(Tables::new(luma, chroma))
}

/// `bytes` as text, whatever encoding they declare: all that matters is ASCII, and ISO 8859-1,
/// which ImageMagick's own file declares, gives every other byte a meaning.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// A document, read event by event.
struct Document<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Start of the last event, in bytes.
    at: usize,
}

impl<'a> Document<'a> {
    fn new(text: &'a str) -> Result<Self, ParseError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let document = Self {
            text,
            reader,
            at: 0,
        };
        // XML has no other control characters, and C ends its strings at a NUL.
        match text.find(|c: char| c.is_ascii_control() && !"\t\r\n".contains(c)) {
            Some(at) => Err(ParseError::at_line(
                line_at(text, at),
                format!("byte {:#04x}", text.as_bytes()[at]),
                "text",
            )),
            None => Ok(document),
        }
    }

    /// The next event, whatever it is.
    fn next(&mut self) -> Result<Event<'a>, ParseError> {
        self.at = self.position();
        self.reader.read_event().map_err(|cause| {
            let at = usize::try_from(self.reader.error_position()).unwrap_or(self.at);
            malformed(line_at(self.text, at), &cause)
        })
    }

    /// The next event that isn't a comment, white space or an instruction to other programs.
    fn markup(&mut self) -> Result<Event<'a>, ParseError> {
        loop {
            match self.next()? {
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(_) if self.at == 0 => {}
                Event::Text(text) => {
                    let white = text.len() - text.trim_ascii_start().len();
                    if white < text.len() {
                        self.at += white;
                        return Ok(Event::Text(text));
                    }
                }
                event => return Ok(event),
            }
        }
    }

    /// Reads up to the root's start tag.
    fn open_root(&mut self) -> Result<(), ParseError> {
        let mut event = self.markup()?;
        if let Event::DocType(_) = event {
            self.check_doctype()?;
            event = self.markup()?;
        }
        self.attributes(event, ROOT, []).map(|[]| ())
    }

    /// Refuses a document type that can make or fetch text.
    fn check_doctype(&self) -> Result<(), ParseError> {
        let doctype = &self.text[self.at..self.position()];
        let head = doctype.split('[').next().unwrap_or_default();
        let words = head.trim_end_matches('>').split_ascii_whitespace();
        if !words.eq(["<!DOCTYPE", ROOT]) {
            return Err(self.error(&quote(head), format!("<!DOCTYPE {ROOT} [")));
        }
        let declarations = doctype.match_indices("<!").skip(1);
        for (index, _) in declarations {
            let found = &doctype[index..];
            if !DECLARATIONS.iter().any(|known| found.starts_with(known)) {
                return Err(ParseError::at_line(
                    line_at(self.text, self.at + index),
                    quote(found.lines().next().unwrap_or_default()),
                    DECLARATIONS.join(", "),
                ));
            }
        }
        Ok(())
    }

    /// Reads the tables up to the root's end tag.
    fn slots(&mut self) -> Result<[Option<QuantTable>; USED], ParseError> {
        let mut slots = [None; USED];
        loop {
            let event = self.markup()?;
            if let Event::End(_) = event {
                return Ok(slots);
            }
            let slot = self.slot(event)?;
            if slots[slot].is_some() {
                return Err(self.error(&format!("slot {slot} again"), "another slot"));
            }
            slots[slot] = Some(self.table()?);
        }
    }

    /// The slot of the table whose start tag `event` should be.
    fn slot(&self, event: Event) -> Result<usize, ParseError> {
        let [slot, alias] = self.attributes(event, TABLE, ["slot", "alias"])?;
        let slots = (0..SLOTS).map(|slot| slot.to_string());
        let number = slots
            .clone()
            .take(USED)
            .position(|number| number == slot)
            .ok_or_else(|| {
                self.error(&format!("slot {}", quote(&slot)), "0 (luma) or 1 (chroma)")
            })?;
        // ImageMagick would look up slots by this name too.
        if alias != slot && slots.clone().any(|number| number == alias) {
            return Err(self.error(&format!("alias {}", quote(&alias)), "a name or the slot"));
        }
        Ok(number)
    }

    /// Reads what follows a table's start tag, its end tag included.
    fn table(&mut self) -> Result<QuantTable, ParseError> {
        let [] = self.open(DESCRIPTION, [])?;
        self.skip_description()?;
        let [width, height, divisor] = self.open(LEVELS, ["width", "height", "divisor"])?;
        for (name, found) in [("width", width), ("height", height)] {
            if found != SIDE.to_string() {
                return Err(self.error(&format!("{name} {}", quote(&found)), SIDE.to_string()));
            }
        }
        let divisor = positive(&divisor).ok_or_else(|| {
            self.error(&format!("divisor {}", quote(&divisor)), "a number above 0")
        })?;
        let table = self.levels(divisor)?;
        self.close(LEVELS)?;
        self.close(TABLE)?;
        Ok(table)
    }

    /// Reads up to the end tag of the description.
    fn skip_description(&mut self) -> Result<(), ParseError> {
        loop {
            match self.next()? {
                Event::End(_) => return Ok(()),
                Event::Text(_) | Event::CData(_) | Event::Comment(_) => {}
                Event::GeneralRef(name)
                    if name.is_char_ref() || resolve_predefined_entity(&name.text()).is_some() => {}
                other => return Err(self.misplaced(&other, format!("text or </{DESCRIPTION}>"))),
            }
        }
    }

    /// Reads a table's levels.
    fn levels(&mut self, divisor: f64) -> Result<QuantTable, ParseError> {
        let content = match self.next()? {
            Event::Text(content) => content,
            other => return Err(self.misplaced(&other, format!("{AREA} numbers"))),
        };
        let mut line = line_at(self.text, self.at);
        let mut steps = Vec::with_capacity(AREA);
        for item in content.text().split(',') {
            let word = item.trim_ascii_start();
            let word_line = line + newlines(&item[..item.len() - word.len()]);
            line += newlines(item);
            let word = word.trim_ascii_end();
            if steps.len() == AREA {
                let found = format!("{} as number {}", quote(word), AREA + 1);
                return Err(ParseError::at_line(
                    word_line,
                    found,
                    format!("</{LEVELS}> after {AREA}"),
                ));
            }
            let step = step(word, divisor);
            steps.push(step.ok_or_else(|| ParseError::at_line(word_line, quote(word), STEP))?);
        }
        <[NonZeroU8; AREA]>::try_from(steps)
            .map(QuantTable::from)
            .map_err(|steps| {
                let found = format!("{} numbers", steps.len());
                ParseError::at_line(line, found, format!("{AREA}, separated by commas"))
            })
    }

    /// Reads up to the end of the file.
    fn end(&mut self) -> Result<(), ParseError> {
        match self.markup()? {
            Event::Eof => Ok(()),
            other => Err(self.misplaced(&other, "the end of the file")),
        }
    }

    /// Reads the start tag of `element`; returns the values of its `attributes`.
    fn open<const N: usize>(
        &mut self,
        element: &str,
        attributes: [&str; N],
    ) -> Result<[String; N], ParseError> {
        let event = self.markup()?;
        self.attributes(event, element, attributes)
    }

    /// Reads the end tag of `element`.
    fn close(&mut self, element: &str) -> Result<(), ParseError> {
        match self.markup()? {
            Event::End(_) => Ok(()),
            other => Err(self.misplaced(&other, format!("</{element}>"))),
        }
    }

    /// The values of the attributes `names`, all of which the start tag of `element` must have.
    fn attributes<const N: usize>(
        &self,
        event: Event,
        element: &str,
        names: [&str; N],
    ) -> Result<[String; N], ParseError> {
        let tag = match event {
            Event::Start(tag) if tag.name().0.text() == element => tag,
            other => return Err(self.misplaced(&other, format!("<{element}>"))),
        };
        let expected = || match N {
            0 => format!("<{element}> without attributes"),
            _ => format!("<{element}> with {}", names.join(", ")),
        };
        let mut values = [const { None }; N];
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|cause| malformed(self.line(), &cause))?;
            let name = attribute.key.0.text();
            let index = names.iter().position(|&known| known == name);
            let index = index
                .ok_or_else(|| self.error(&format!("attribute {}", quote(&*name)), expected()))?;
            values[index] = Some(attribute.value.text().into_owned());
        }
        match values.iter().position(Option::is_none) {
            Some(missing) => Err(self.error(&format!("no {}", names[missing]), expected())),
            None => Ok(values.map(Option::unwrap_or_default)),
        }
    }

    /// The number of bytes read.
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    /// Line of the last event.
    fn line(&self) -> usize {
        line_at(self.text, self.at)
    }

    /// The last event is `found`, or holds it.
    fn error(&self, found: &str, expected: impl Into<String>) -> ParseError {
        ParseError::at_line(self.line(), found.to_owned(), expected)
    }

    /// The last event is `event`.
    fn misplaced(&self, event: &Event, expected: impl Into<String>) -> ParseError {
        self.error(&describe(event), expected)
    }
}

/// Names and content of a document: `str` to quick-xml since 0.42, and bytes before.
trait Content {
    /// The same as text. Parts of a document that is text are text, so nothing is replaced.
    fn text(&self) -> Cow<'_, str>;
}

impl Content for str {
    fn text(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl Content for [u8] {
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self)
    }
}

fn describe(event: &Event) -> String {
    match event {
        Event::Start(tag) => quote(format!("<{}>", tag.name().0.text())),
        Event::End(tag) => quote(format!("</{}>", tag.name().0.text())),
        Event::Text(text) => quote(text.text().trim_ascii()),
        Event::GeneralRef(name) => quote(format!("&{};", name.text())),
        Event::Comment(_) => "a comment".into(),
        Event::CData(_) => "<![CDATA[".into(),
        Event::Eof => "the end of the file".into(),
        Event::DocType(_) => "<!DOCTYPE".into(),
        Event::Decl(_) | Event::PI(_) | Event::Empty(_) => quote(&*event.text()),
    }
}

fn malformed(line: usize, cause: &impl ToString) -> ParseError {
    let found = files::show(cause.to_string(), REASON);
    ParseError::at_line(line, found, "well-formed XML")
}

/// Line of byte `offset` of `text`.
fn line_at(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|&byte| byte == b'\n')
        .count()
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// The number above 0 that `text` writes with digits and possibly a point.
fn positive(text: &str) -> Option<f64> {
    // The standard parser would let signs, exponents and names of numbers pass.
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|&number| is_plain && number > 0.0)
}

/// Makes a step of the level `word`: digits, leading zeros allowed.
fn step(word: &str, divisor: f64) -> Option<NonZeroU8> {
    // The standard parser would let a plus sign pass.
    if !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let level: u32 = word.parse().ok()?;
    let step = (f64::from(level) / divisor + 0.5).floor();
    // A float saturates where the integer ends.
    u8::try_from(step as u32).ok().and_then(NonZeroU8::new)
}
