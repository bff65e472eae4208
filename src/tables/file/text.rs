// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The text that `cjpeg -qtables` reads: 64 whole numbers a table in natural order, separated by
//! white space, with comments from `#` to the end of the line.
//!
//! cjpeg swallows the one character behind a number, whatever it is. Of that, only the comma of
//! `16, 11, 10` is taken here: `16.5` and `16x11` would be misread as two steps. Steps that cjpeg
//! clamps (0, and above 255) are refused too.

use std::num::NonZeroU8;

use super::error::{ParseError, quote};
use crate::codec::block::AREA;
use crate::tables::table::{QuantTable, Tables};

/// Tables in a file, at most.
const MAX_TABLES: usize = 2;

/// Reads 1 or 2 tables.
pub(super) fn parse(bytes: &[u8]) -> Result<Tables, ParseError> {
    let mut steps = Vec::with_capacity(MAX_TABLES * AREA);
    let mut last_line = 1;
    for (line, content) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        if steps.is_empty() {
            last_line = line;
        }
        for word in words(content) {
            let step = step(word)
                .ok_or_else(|| ParseError::at_line(line, quote(word), "a step of 1 to 255"))?;
            if steps.len() == MAX_TABLES * AREA {
                let expected = "at most 2: luma and chroma";
                return Err(ParseError::at_line(line, "a third table", expected));
            }
            steps.push(step);
            last_line = line;
        }
    }
    pair(&steps, last_line)
}

/// The tables of `steps`, the last of which stands in `last_line`; without any, the text
/// ends there.
fn pair(steps: &[NonZeroU8], last_line: usize) -> Result<Tables, ParseError> {
    let (tables, rest) = steps.as_chunks::<AREA>();
    if !rest.is_empty() {
        let (count, table) = (rest.len(), tables.len() + 1);
        let found = format!("{count} steps of table {table} up to here");
        return Err(ParseError::at_line(last_line, found, AREA.to_string()));
    }
    let mut tables = tables.iter().map(|&steps| QuantTable::from(steps));
    let luma = tables.next().ok_or_else(|| {
        let expected = format!("1 or {MAX_TABLES} tables of {AREA} steps");
        ParseError::at_line(last_line, "no steps up to here", expected)
    })?;
    Ok(Tables::new(luma, tables.next()))
}

/// The words of a line without its comment. A comma stays with the word that it ends.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b'#')
        .take(1)
        .flat_map(|content| content.split(|&byte| is_space(byte)))
        .flat_map(|word| word.split_inclusive(|&byte| byte == b','))
}

/// C's `isspace`, which has a vertical tab that `is_ascii_whitespace` lacks.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

/// Parses a step: digits, leading zeros allowed, then possibly a comma.
fn step(word: &[u8]) -> Option<NonZeroU8> {
    let digits = word.strip_suffix(b",").unwrap_or(word);
    // The standard parser would let a plus sign pass.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_digits_with_at_most_one_comma() {
        let good: [(&[u8], u8); 4] = [(b"1", 1), (b"255", 255), (b"00016", 16), (b"16,", 16)];
        for (word, value) in good {
            assert_eq!(step(word).map(NonZeroU8::get), Some(value));
        }
        let bad: [&[u8]; 11] = [
            b"",
            b",",
            b"0",
            b"256",
            b"99999999999999999999999",
            b"+16",
            b"-16",
            b"16.5",
            b"0x10",
            b"16;",
            b"\xff",
        ];
        for word in bad {
            assert_eq!(step(word), None, "{}", word.escape_ascii());
        }
    }

    #[test]
    fn words_end_at_white_space_commas_and_comments() {
        let line = b"1,2 3\t4\x0b5,\r\x0c6# 7 #8";
        let expected: [&[u8]; 6] = [b"1,", b"2", b"3", b"4", b"5,", b"6"];
        assert!(words(line).eq(expected));
        assert!(words(b"# nothing").eq([] as [&[u8]; 0]));
        assert!(words(b"1,,2").eq([b"1," as &[u8], b",", b"2"]));
    }
}
