// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Properties of every content of a table file, for the tests and for the fuzz target.

use gstfeaturedistill::tables::file;

/// The longest error, in bytes.
const MAX_ERROR: usize = 300;

/// Panics unless `bytes` are read as tables that survive being written and read again, or refused
/// with a short line of printable ASCII that starts with a place in `bytes`.
pub fn check(bytes: &[u8]) {
    match file::parse(bytes) {
        Ok(tables) => assert_eq!(file::parse(tables.to_string().as_bytes()), Ok(tables)),
        Err(error) => check_error(&error.to_string(), bytes),
    }
}

fn check_error(error: &str, bytes: &[u8]) {
    let is_printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    assert!(error.bytes().all(is_printable), "{error:?}");
    assert!(error.len() <= MAX_ERROR, "{error}");
    let (place, _) = error.split_once(": ").expect(error);
    let lines = 1 + bytes.iter().filter(|&&byte| byte == b'\n').count();
    let (unit, number) = place.split_once(' ').expect(error);
    let number: usize = number.parse().expect(error);
    let is_inside = match unit {
        "line" => (1..=lines).contains(&number),
        "byte" => number <= bytes.len(),
        _ => false,
    };
    assert!(is_inside, "{error}");
}
