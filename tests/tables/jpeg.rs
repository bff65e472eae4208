// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables in JPEG files.

use gstfeaturedistill::tables::{QuantTable, Tables, file};

use super::{AREA, cjpeg, cjpeg_with_tables, error, flat};

/// Zig-zag position 2 is natural index 8, so this tells the two orders apart.
const SECOND_ROW: usize = 8;

const SOI: [u8; 2] = [0xff, 0xd8];
const EOI: [u8; 2] = [0xff, 0xd9];

fn segment(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, code], &length, body].concat()
}

/// A table of steps of 8 bits in zig-zag order: `step`, but `step + 1` at position 2.
fn table(slot: u8, step: u8) -> Vec<u8> {
    let mut steps = vec![step; AREA];
    steps[2] += 1;
    [vec![slot], steps].concat()
}

/// The steps of [`table`] in natural order.
fn read_table(step: u8) -> QuantTable {
    let mut steps = [step; AREA];
    steps[SECOND_ROW] += 1;
    QuantTable::new(steps).unwrap()
}

/// A frame header for one component for each of `slots`.
fn frame(slots: &[u8]) -> Vec<u8> {
    let components = slots
        .iter()
        .zip(1..)
        .flat_map(|(&slot, id)| [id, 0x11, slot]);
    let count = u8::try_from(slots.len()).unwrap();
    let body: Vec<_> = [8, 0, 8, 0, 8, count]
        .into_iter()
        .chain(components)
        .collect();
    segment(0xc0, &body)
}

fn jpeg(parts: &[Vec<u8>]) -> Vec<u8> {
    [&SOI[..], &parts.concat(), &EOI].concat()
}

#[test]
fn files_of_tables_alone_give_them_by_slot() {
    let both = segment(0xdb, &[table(3, 30), table(1, 10)].concat());
    let tables = file::parse(&jpeg(&[both])).unwrap();
    assert_eq!(tables, Tables::new(read_table(10), Some(read_table(30))));
    let tables = file::parse(&jpeg(&[segment(0xdb, &table(2, 20))])).unwrap();
    assert_eq!(tables, Tables::from(read_table(20)));
}

#[test]
fn components_choose_their_tables() {
    let slots: Vec<_> = (0..4)
        .map(|slot| segment(0xdb, &table(slot, 10 * slot + 10)))
        .collect();
    let of = |selected: &[u8]| file::parse(&jpeg(&[slots.concat(), frame(selected)])).unwrap();
    let pair = |luma, chroma| Tables::new(read_table(luma), Some(read_table(chroma)));
    assert_eq!(of(&[2]), Tables::from(read_table(30)));
    assert_eq!(of(&[1, 0, 0]), pair(20, 10));
    assert_eq!(of(&[0, 3, 3]), pair(10, 40));
    assert_eq!(of(&[3, 3, 3]), Tables::from(read_table(40)));
    // The header may also come ahead of the tables.
    let early = jpeg(&[frame(&[2, 1]), slots.concat()]);
    assert_eq!(file::parse(&early), Ok(pair(30, 20)));
}

#[test]
fn cjpegs_slots_choose_their_tables() {
    let text = Tables::new(flat(5), Some(flat(7))).to_string();
    let swapped = file::parse(&cjpeg_with_tables(&text, &["-qslots", "1,0"])).unwrap();
    assert_eq!((swapped.luma(), swapped.chroma()), (&flat(7), &flat(5)));
    let shared = file::parse(&cjpeg_with_tables(&text, &["-qslots", "1"])).unwrap();
    assert_eq!(shared, Tables::from(flat(7)));
    let progressive = file::parse(&cjpeg_with_tables(&text, &["-progressive"])).unwrap();
    assert_eq!(
        (progressive.luma(), progressive.chroma()),
        (&flat(5), &flat(7))
    );
}

#[test]
fn the_last_definition_ahead_of_the_scan_wins() {
    let (first, last) = (segment(0xdb, &table(0, 10)), segment(0xdb, &table(0, 20)));
    let late = [segment(0xda, &[]), segment(0xdb, &table(0, 30))].concat();
    let tables = file::parse(&jpeg(&[first, last, late])).unwrap();
    assert_eq!(tables, Tables::from(read_table(20)));
}

#[test]
fn fill_bytes_other_segments_and_lone_markers_are_stepped_over() {
    // A DQT inside a comment is no DQT.
    let comment = segment(0xfe, &segment(0xdb, &table(0, 99)));
    let lone = vec![0xff, 0x01, 0xff, 0xd3, 0xff, 0xff, 0xff];
    let tables = file::parse(&jpeg(&[comment, lone, segment(0xdb, &table(0, 10))]));
    assert_eq!(tables, Ok(Tables::from(read_table(10))));
}

#[test]
fn steps_of_16_bits_must_fit_8() {
    let wide = |step: u16| {
        let mut steps = vec![0x10];
        steps.extend([step; AREA].into_iter().flat_map(u16::to_be_bytes));
        jpeg(&[segment(0xdb, &steps)])
    };
    assert_eq!(file::parse(&wide(255)), Ok(Tables::from(flat(255))));
    for step in [0, 256, u16::MAX] {
        let expected = format!("byte 7: found a step of {step} in slot 0, expected 1 to 255");
        assert_eq!(error(wide(step)), expected);
    }
    let error = error(cjpeg(&["-quality", "5"]));
    assert!(error.ends_with("in slot 0, expected 1 to 255"), "{error}");
}

#[test]
fn errors_name_the_wrong_byte() {
    let good = segment(0xdb, &table(0, 10));
    let mut zero = table(2, 10);
    zero[64] = 0;
    let mut deep = frame(&[0]);
    deep[4] = 12;
    let cases = [
        (
            jpeg(&[]),
            "byte 3: found no table up to here, expected a DQT segment",
        ),
        (
            jpeg(&[vec![0x12, 0xff, 0, 0xff, 0x45]]),
            "byte 6: found marker 0xff45, expected a table or the first scan",
        ),
        (
            jpeg(&[SOI.to_vec()]),
            "byte 3: found marker 0xffd8, expected a table or the first scan",
        ),
        (
            jpeg(&[frame(&[0]), frame(&[0])]),
            "byte 16: found marker 0xffc0, expected a table or the first scan",
        ),
        (
            jpeg(&[vec![0xff, 0xdb, 0, 1]]),
            "byte 4: found a segment length of 1, expected at least 2",
        ),
        (
            jpeg(&[segment(0xdb, &[0x24])]),
            "byte 6: found element size 2 and slot 4, expected size 0 or 1 and slot 0 to 3",
        ),
        (
            jpeg(&[segment(0xdb, &zero)]),
            "byte 70: found a step of 0 in slot 2, expected 1 to 255",
        ),
        (
            jpeg(&[segment(0xdb, &table(0, 10)[..64])]),
            "byte 70: found the end of the segment, expected 1 more bytes of a table",
        ),
        (
            jpeg(&[vec![0xff, 0xdb, 0, 67]]),
            "byte 8: found the end of the file, expected 63 more bytes of a segment",
        ),
        (
            jpeg(&[good.clone(), deep]),
            "byte 75: found samples of 12 bits, expected 8",
        ),
        (
            jpeg(&[segment(0xc0, &[8, 0, 8, 0, 8, 3, 1, 0x11])]),
            "byte 14: found the end of the segment, expected 1 more bytes of a component",
        ),
        (
            jpeg(&[good, frame(&[0, 1, 1])]),
            "byte 86: found slot 1 for component 2, expected one that a DQT segment ahead of \
             the first scan fills",
        ),
    ];
    for (bytes, message) in cases {
        assert_eq!(error(bytes), message);
    }
}

#[test]
fn files_truncated_ahead_of_the_scan_are_refused() {
    let jpeg = cjpeg(&["-quality", "75"]);
    let scan = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap();
    for length in 2..scan + 2 {
        let start = format!("byte {length}: found the end of the file, expected ");
        let error = error(&jpeg[..length]);
        assert!(error.starts_with(&start), "{length}: {error}");
    }
    assert!(file::parse(&jpeg[..scan + 2]).is_ok());
}
