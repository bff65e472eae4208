// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables as text.

use gstfeaturedistill::tables::{Tables, file};

use super::{cjpeg_with_tables, error, flat, rows};

#[test]
fn one_or_two_tables_are_read() {
    let one = file::parse(rows(1).as_bytes()).unwrap();
    assert_eq!(one.luma().steps()[..9], [1, 2, 3, 4, 5, 6, 7, 8, 1]);
    assert_eq!(one, Tables::from(*one.luma()));
    let second = format!("{}{}", rows(1), flat(9));
    let two = Tables::new(*one.luma(), Some(flat(9)));
    assert_eq!(file::parse(second.as_bytes()), Ok(two));
}

#[test]
fn reads_what_cjpeg_reads() {
    let steps: Vec<_> = (1..=64).map(|step| step.to_string()).collect();
    let plain = file::parse(steps.join(" ").as_bytes()).unwrap();
    let variants = [
        steps.join(", "),
        steps.join(",") + ",",
        steps.join("\r\n"),
        steps.join("\x0b\x0c"),
        steps.join("# 7 seven\n"),
        format!("# 64 steps\n\n00{}# end", steps.join("\t")),
    ];
    for text in variants {
        assert_eq!(file::parse(text.as_bytes()), Ok(plain), "{text}");
        let jpeg = cjpeg_with_tables(&text, &["-grayscale"]);
        assert_eq!(file::parse(&jpeg), Ok(plain), "{text}");
    }
}

#[test]
fn comments_may_be_in_any_encoding() {
    let text = [b"# \xe9\xff\0\n".to_vec(), rows(1).into_bytes()].concat();
    assert!(file::parse(&text).is_ok());
}

#[test]
fn other_encodings_than_ascii_are_refused() {
    let byte_order_mark = format!("\u{feff}{}", rows(1));
    assert_eq!(
        error(byte_order_mark),
        "line 1: found `\\xef\\xbb\\xbf1`, expected a step of 1 to 255"
    );
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let utf16: Vec<_> = rows(1).encode_utf16().flat_map(unit).collect();
        error([&unit(0xfeff)[..], &utf16].concat());
        error(utf16);
    }
}

#[test]
fn errors_name_the_bad_step_and_its_line() {
    let bad = [
        "0", "256", "12345", "-5", "+5", "5.5", "0x10", "five", ",", "12;", "\0", "\u{a0}",
    ];
    for word in bad {
        let text = format!("# head\n1 2 3\r\n4 {word} 6\n{}", rows(1));
        let found = word.as_bytes().escape_ascii().to_string();
        let expected = format!("line 3: found `{found}`, expected a step of 1 to 255");
        assert_eq!(error(text), expected);
    }
    assert_eq!(
        error(b"\x89PNG\r\n\x1a\n".repeat(1000)),
        "line 1: found `\\x89PNG`, expected a step of 1 to 255"
    );
    assert_eq!(
        error("9".repeat(1000)),
        "line 1: found `9999999999999999999999999999999999999999...`, expected a step of 1 to 255"
    );
}

#[test]
fn errors_name_where_an_incomplete_table_ends() {
    let text = rows(1) + "1 2 3 4 5 6 7 8 9\n" + &"1\n".repeat(28) + "\n# end\n";
    assert_eq!(
        error(text),
        "line 37: found 37 steps of table 2 up to here, expected 64"
    );
    assert_eq!(
        error("5"),
        "line 1: found 1 steps of table 1 up to here, expected 64"
    );
}

#[test]
fn no_table_and_too_many_tables_are_errors() {
    for (text, line) in [("", 1), ("\n\n", 3), ("# 16 11 10", 1), (" \t\r\n", 2)] {
        assert_eq!(
            error(text),
            format!("line {line}: found no steps up to here, expected 1 or 2 tables of 64 steps")
        );
    }
    assert_eq!(
        error(rows(2) + "\n1"),
        "line 18: found a third table, expected at most 2: luma and chroma"
    );
}
