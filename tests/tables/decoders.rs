// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! JPEG files with oddities: those that libjpeg decodes are read, and the tables are those it decodes with.

use std::fs;
use std::process::{Command, Output};

use gstfeaturedistill::tables::file;

use super::error;
use super::libjpeg::{ColorPath, Picture, encode};

/// A JPEG file in parts: the segments between SOI and the first scan, and what follows them.
#[derive(Clone)]
struct Parts {
    segments: Vec<Vec<u8>>,
    scan: Vec<u8>,
}

impl Parts {
    /// A plain file of cjpeg's: one table for luma, another one for chroma.
    fn plain() -> Self {
        let picture = Picture {
            width: 40,
            height: 24,
            channels: 3,
            samples: (0..40 * 24 * 3u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
        };
        let [luma, chroma] = [7, 19].map(|step| std::array::from_fn(|k| step + k as u8));
        Self::of(&encode(&picture, &luma, &chroma, ColorPath::YCbCr444))
    }

    fn of(jpeg: &[u8]) -> Self {
        let (mut segments, mut rest) = (Vec::new(), &jpeg[2..]);
        while rest[1] != 0xda {
            let length = usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 2;
            segments.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        Self {
            segments,
            scan: rest.to_vec(),
        }
    }

    fn joined(&self) -> Vec<u8> {
        [&[0xff, 0xd8], &*self.segments.concat(), &self.scan].concat()
    }

    /// The file with `bytes` ahead of each segment and of the scan.
    fn with_between(&self, bytes: &[u8]) -> Vec<u8> {
        let mut odd = self.clone();
        for segment in odd.segments.iter_mut().chain([&mut odd.scan]) {
            segment.splice(0..0, bytes.iter().copied());
        }
        odd.joined()
    }

    /// The file with every segment of a kind replaced.
    fn with_each(&self, code: u8, replace: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut odd = self.clone();
        let of_kind = |segment: &&mut Vec<u8>| segment[1] == code;
        for segment in odd.segments.iter_mut().filter(of_kind) {
            *segment = replace(segment);
        }
        odd.joined()
    }
}

fn segment(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, code], &length, body].concat()
}

fn djpeg(jpeg: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.jpg");
    fs::write(&path, jpeg).unwrap();
    let run = Command::new("djpeg")
        .args(["-dct", "int", "-pnm"])
        .arg(&path)
        .output();
    run.expect("djpeg (Debian: libjpeg-turbo-progs)")
}

/// The picture, with or without a warning.
fn decoded(jpeg: &[u8]) -> Option<Vec<u8>> {
    const WARNING: i32 = 2;
    let Output { status, stdout, .. } = djpeg(jpeg);
    [Some(0), Some(WARNING)]
        .contains(&status.code())
        .then_some(stdout)
}

#[test]
fn oddities_that_libjpeg_reads_change_no_table() {
    let plain = Parts::plain();
    let picture = decoded(&plain.joined()).expect("a picture");
    let tables = file::parse(&plain.joined()).unwrap();
    assert_ne!(tables.luma(), tables.chroma());
    let wide = |dqt: &[u8]| {
        let steps = dqt[5..].iter().flat_map(|&step| [0, step]);
        segment(0xdb, &[vec![0x10 | dqt[4]], steps.collect()].concat())
    };
    let redefined = |dqt: &[u8]| {
        let other = [&dqt[4..5], &[99; 64]].concat();
        [&segment(0xdb, &other), dqt].concat()
    };
    let moved = |code, by: &dyn Fn(&mut [u8])| {
        plain.with_each(code, |segment| {
            let mut segment = segment.to_vec();
            by(&mut segment);
            segment
        })
    };
    let mut late = plain.clone();
    late.segments
        .sort_by_key(|segment| [0xdb, 0xc4].contains(&segment[1]));
    let mut slots = Parts::of(&moved(0xdb, &|dqt| dqt[4] += 2));
    slots = Parts::of(&slots.with_each(0xc0, |frame| {
        let mut frame = frame.to_vec();
        for selector in [12, 15, 18] {
            frame[selector] += 2;
        }
        frame
    }));
    let unused = [vec![3], vec![50; 64]].concat();
    let thumbnail = [b"Exif\0\0", &*plain.joined()].concat();
    let odd = [
        ("fill bytes", plain.with_between(&[0xff; 3])),
        ("bytes between segments", plain.with_between(b"\0any\x12\n")),
        (
            "a stuffed zero",
            plain.with_between(&[0xff, 0, 7, 0xff, 0xff, 0]),
        ),
        ("lone markers", plain.with_between(&[0xff, 1, 0xff, 0xd3])),
        (
            "comments",
            plain.with_between(&segment(0xfe, &[0xff, 0xdb])),
        ),
        ("thumbnails", plain.with_between(&segment(0xe1, &thumbnail))),
        ("DNL", plain.with_between(&segment(0xdc, &[0, 24]))),
        ("DRI", plain.with_between(&segment(0xdd, &[0, 0]))),
        (
            "too short a length",
            plain.with_between(&[0xff, 0xed, 0, 1]),
        ),
        ("no length", plain.with_between(&[0xff, 0xfe, 0, 0])),
        ("steps of 16 bits", plain.with_each(0xdb, wide)),
        ("tables redefined", plain.with_each(0xdb, redefined)),
        ("tables behind the frame header", late.joined()),
        ("other slots", slots.joined()),
        (
            "an unused table",
            plain.with_between(&segment(0xdb, &unused)),
        ),
        (
            "no end",
            plain.joined()[..plain.joined().len() - 2].to_vec(),
        ),
        (
            "more behind the end",
            [plain.joined(), plain.joined()].concat(),
        ),
    ];
    for (oddity, jpeg) in odd {
        assert!(decoded(&jpeg).as_ref() == Some(&picture), "{oddity}: djpeg");
        assert_eq!(file::parse(&jpeg), Ok(tables), "{oddity}");
    }
}

#[test]
fn files_that_libjpeg_refuses_are_refused() {
    let plain = Parts::plain();
    let frame = |segment: &[u8]| [segment, segment].concat();
    let no_table = |_: &[u8]| Vec::new();
    let no_slot = |dqt: &[u8]| {
        let mut dqt = dqt.to_vec();
        dqt[4] = 4;
        dqt
    };
    let odd = [
        ("two starts", plain.with_between(&[0xff, 0xd8])),
        ("two frame headers", plain.with_each(0xc0, frame)),
        ("a reserved marker", plain.with_between(&[0xff, 0x45, 0, 2])),
        ("an extension", plain.with_between(&[0xff, 0xf3, 0, 2])),
        ("a hierarchy", plain.with_between(&[0xff, 0xde, 0, 2])),
        ("no table", plain.with_each(0xdb, no_table)),
        ("a slot of none", plain.with_each(0xdb, no_slot)),
    ];
    for (oddity, jpeg) in odd {
        assert_eq!(decoded(&jpeg), None, "{oddity}: djpeg");
        error(&jpeg);
    }
}

/// The plain file with a table for each of the slots 0 to 3 and a frame header with these components.
fn components(names: &[u8], slots: &[u8], extra: &[u8]) -> Vec<u8> {
    let tables = (0..4).flat_map(|slot| [vec![slot], vec![10 * (slot + 1); 64]].concat());
    let selectors = names.iter().zip(slots);
    let selectors = selectors.flat_map(|(&name, &slot)| [name, 0x11, slot]);
    let count = u8::try_from(names.len()).unwrap();
    let frame: Vec<_> = [8, 0, 8, 0, 8, count]
        .into_iter()
        .chain(selectors)
        .collect();
    let parts = [
        vec![0xff, 0xd8],
        extra.to_vec(),
        segment(0xdb, &tables.collect::<Vec<_>>()),
        segment(0xc0, &frame),
        vec![0xff, 0xda],
    ];
    parts.concat()
}

#[test]
fn every_component_gets_its_own_table_or_the_file_is_refused() {
    let adobe = |transform| segment(0xee, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
    let jfif = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let ycbcr: &[u8] = &[1, 2, 3];
    let four: &[u8] = &[1, 2, 3, 4];
    let read = [
        (ycbcr, &[0, 1, 1][..], vec![], (10, 20)),
        (ycbcr, &[3, 0, 0], vec![], (40, 10)),
        (b"RGB", &[2, 2, 2], vec![], (30, 30)),
        (b"RGB", &[0, 1, 1], jfif, (10, 20)),
        (ycbcr, &[2, 2, 2], adobe(0), (30, 30)),
        (four, &[0, 1, 1, 0], adobe(2), (10, 20)),
        (four, &[1, 1, 1, 1], adobe(0), (20, 20)),
    ];
    for (names, slots, extra, (luma, chroma)) in read {
        let tables = file::parse(&components(names, slots, &extra)).unwrap();
        let steps = (tables.luma().steps()[0], tables.chroma().steps()[0]);
        assert_eq!(steps, (luma, chroma), "{names:?} {slots:?}");
    }
    let refused = [
        (ycbcr, &[0, 1, 2][..], vec![], (3, 2, 2)),
        (ycbcr, &[0, 1, 0], vec![], (3, 0, 2)),
        (b"RGB", &[0, 1, 1], vec![], (2, 1, 1)),
        (ycbcr, &[0, 1, 1], adobe(0), (2, 1, 1)),
        (four, &[0, 1, 1, 2], adobe(2), (4, 2, 1)),
        (four, &[0, 1, 1, 0], adobe(0), (2, 1, 1)),
        (four, &[0, 0, 0, 1], vec![], (4, 1, 1)),
    ];
    for (names, slots, extra, (component, slot, same)) in refused {
        let text = error(components(names, slots, &extra));
        let expected = format!(
            "found another table (slot {slot}) for component {component}, expected that of component {same} \
             (only luma and chroma have tables of their own)"
        );
        assert!(text.ends_with(&expected), "{text}");
    }
}

#[test]
fn three_tables_without_a_frame_header_are_refused() {
    let tables = (0..3).flat_map(|slot| [vec![slot], vec![9; 64]].concat());
    let tables = segment(0xdb, &tables.collect::<Vec<_>>());
    assert_eq!(
        error([&[0xff, 0xd8], &*tables, &[0xff, 0xd9]].concat()),
        "byte 202: found 3 tables and no frame header up to here, expected at most 2 tables: luma and chroma"
    );
}
