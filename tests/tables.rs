// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files and quality scaling, against hand-made files and against libjpeg-turbo's cjpeg.

use std::fs;
use std::path::Path;
use std::process::Command;

use gstfeaturedistill::tables::file::{self, Cause, DqtError, MAX_BYTES, ParseError, TextError};
use gstfeaturedistill::tables::{QuantTable, Tables, presets};
use proptest::prelude::*;

/// Steps in a table.
const AREA: usize = 64;

/// A small picture of three components, so that cjpeg writes tables for luma and for chroma.
fn ppm() -> Vec<u8> {
    let samples = (0..3 * 8 * 8u8).collect();
    [b"P6 8 8 255\n".to_vec(), samples].concat()
}

/// What cjpeg makes of [`ppm`].
fn cjpeg(options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.ppm"), folder.path().join("out.jpg"));
    fs::write(&input, ppm()).unwrap();
    let run = Command::new("cjpeg")
        .args(options)
        .arg("-outfile")
        .args([&output, &input])
        .output()
        .expect("cjpeg (Debian: libjpeg-turbo-progs)");
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "cjpeg {options:?}: {complaint}");
    fs::read(output).unwrap()
}

/// What cjpeg makes of [`ppm`] with the table file `text`.
fn cjpeg_with_tables(text: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tables.txt");
    fs::write(&path, text).unwrap();
    cjpeg(&[&["-qtables", path.to_str().unwrap(), "-baseline"], options].concat())
}

fn text_error(text: impl AsRef<[u8]>) -> TextError {
    match file::parse(text.as_ref()) {
        Err(ParseError::Text(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn dqt_error(bytes: &[u8]) -> DqtError {
    match file::parse(bytes) {
        Err(ParseError::Dqt(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// `tables` times 64 steps, eight a line.
fn rows(tables: usize) -> String {
    "1 2 3 4 5 6 7 8\n".repeat(8 * tables)
}

fn flat(step: u8) -> QuantTable {
    QuantTable::new([step; AREA]).unwrap()
}

mod text {
    use super::*;

    #[test]
    fn reads_one_to_four_tables_and_uses_two() {
        let one = file::parse(rows(1).as_bytes()).unwrap();
        assert_eq!(one.luma().steps()[..9], [1, 2, 3, 4, 5, 6, 7, 8, 1]);
        assert_eq!(one, Tables::from(*one.luma()));
        let second = format!("{}{}", rows(1), flat(9));
        let two = Tables::new(*one.luma(), Some(flat(9)));
        for more in 0..3 {
            let text = format!("{second}{}", rows(more));
            assert_eq!(file::parse(text.as_bytes()), Ok(two));
        }
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
    fn says_what_is_no_step_and_where() {
        let bad = [
            "0", "256", "12345", "-5", "+5", "5.5", "0x10", "five", ",", "12;", "\0", "\u{a0}",
        ];
        for word in bad {
            let text = format!("# head\n1 2 3\r\n4 {word} 6\n{}", rows(1));
            let found = word.as_bytes().escape_ascii().to_string();
            assert_eq!(text_error(text), TextError::NotAStep { line: 3, found });
        }
        let error = text_error("16 11\n10 256 24");
        assert_eq!(
            error.to_string(),
            "line 2: found `256`, expected a step of 1 to 255"
        );
        let error = text_error(b"\x89PNG\r\n\x1a\n".repeat(1000));
        assert_eq!(
            error.to_string(),
            "line 1: found `\\x89PNG`, expected a step of 1 to 255"
        );
        let error = text_error("9".repeat(1000)).to_string();
        assert_eq!(
            error,
            "line 1: found `9999999999999999...`, expected a step of 1 to 255"
        );
    }

    #[test]
    fn says_where_an_incomplete_table_ends() {
        let text = rows(1) + "1 2 3 4 5 6 7 8 9\n" + &"1\n".repeat(28) + "\n# end\n";
        let error = text_error(text);
        assert_eq!(
            error,
            TextError::Incomplete {
                line: 37,
                table: 2,
                steps: 37
            }
        );
        assert_eq!(
            error.to_string(),
            "table 2 ends after 37 of 64 steps at line 37"
        );
        let error = text_error("5");
        assert_eq!(
            error,
            TextError::Incomplete {
                line: 1,
                table: 1,
                steps: 1
            }
        );
    }

    #[test]
    fn says_that_there_is_no_table_or_one_too_many() {
        for text in ["", "\n\n", "# 16 11 10", " \t\r\n"] {
            let error = text_error(text);
            assert_eq!(error, TextError::NoTable);
            assert_eq!(
                error.to_string(),
                "found no steps, expected 1 to 4 tables of 64 steps"
            );
        }
        let error = text_error(rows(4) + "\n1");
        assert_eq!(error, TextError::TooManyTables { line: 34 });
        assert_eq!(
            error.to_string(),
            "line 34: found a table 5, expected at most 4 tables"
        );
    }
}

mod dqt {
    use super::*;

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

    /// What [`table`] should be read as.
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
    fn tables_alone_come_by_slot() {
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
            let error = DqtError::Step {
                offset: 7,
                found: step,
                slot: 0,
            };
            assert_eq!(dqt_error(&wide(step)), error);
        }
        let error = dqt_error(&cjpeg(&["-quality", "5"]));
        assert!(
            error.to_string().ends_with("in slot 0, expected 1 to 255"),
            "{error}"
        );
    }

    #[test]
    fn says_which_byte_is_wrong() {
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
                jpeg(&[vec![0x12]]),
                "byte 2: found 0x12, expected a marker (0xff)",
            ),
            (
                jpeg(&[vec![0xff, 0]]),
                "byte 3: found marker 0xff00, expected a table or the first scan",
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
                "byte 7: found 63 of 64 bytes of a table",
            ),
            (
                jpeg(&[vec![0xff, 0xdb, 0, 67]]),
                "byte 6: found 2 of 65 bytes of a segment",
            ),
            (
                jpeg(&[good.clone(), deep]),
                "byte 75: found samples of 12 bits, expected 8",
            ),
            (
                jpeg(&[segment(0xc0, &[8, 0, 8, 0, 8, 3, 1, 0x11])]),
                "byte 12: found 2 of 3 bytes of a component",
            ),
            (
                jpeg(&[good, frame(&[0, 1, 1])]),
                "byte 86: found slot 1 for component 2, expected one that a DQT segment ahead of \
                 the first scan fills",
            ),
        ];
        for (bytes, message) in cases {
            assert_eq!(dqt_error(&bytes).to_string(), message);
        }
    }

    #[test]
    fn every_cut_ahead_of_the_scan_is_an_error() {
        let jpeg = cjpeg(&["-quality", "75"]);
        let scan = jpeg
            .windows(2)
            .position(|pair| pair == [0xff, 0xda])
            .unwrap();
        for length in 2..scan + 2 {
            let error = dqt_error(&jpeg[..length]);
            assert!(
                matches!(error, DqtError::Truncated { .. }),
                "{length}: {error}"
            );
        }
        assert!(file::parse(&jpeg[..scan + 2]).is_ok());
    }
}

mod files {
    use super::*;

    fn cause(path: &Path) -> Cause {
        let error = file::read(path).unwrap_err();
        assert_eq!(error.path, path);
        assert!(
            error
                .to_string()
                .starts_with(&format!("{}: ", path.display()))
        );
        error.cause
    }

    #[test]
    fn reads_texts_and_jpegs_whatever_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.jpg");
        let tables = presets::annex_k();
        fs::write(&path, tables.to_string()).unwrap();
        assert_eq!(file::read(&path).unwrap(), tables);
        fs::write(&path, cjpeg(&["-quality", "50"])).unwrap();
        assert_eq!(file::read(&path).unwrap(), tables);
    }

    #[test]
    fn refuses_more_than_a_mebibyte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.txt");
        let mut text = rows(1).into_bytes();
        text.resize(usize::try_from(MAX_BYTES).unwrap(), b'\n');
        fs::write(&path, &text).unwrap();
        assert!(file::read(&path).is_ok());
        text.push(b'\n');
        fs::write(&path, &text).unwrap();
        assert!(matches!(cause(&path), Cause::TooLarge));
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.txt");
        assert!(matches!(cause(&path), Cause::Io(_)));
        assert!(matches!(cause(folder.path()), Cause::NotAFile));
        fs::write(&path, "1 2 three").unwrap();
        assert!(matches!(cause(&path), Cause::Parse(ParseError::Text(_))));
    }

    #[cfg(unix)]
    #[test]
    fn refuses_pipes_and_devices_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        assert!(matches!(cause(&pipe), Cause::NotAFile));
        assert!(matches!(cause(Path::new("/dev/zero")), Cause::NotAFile));
    }
}

#[test]
fn annex_k_at_every_quality_is_cjpegs() {
    for quality in 1..=100 {
        let jpeg = cjpeg(&["-quality", &quality.to_string(), "-baseline"]);
        let tables = presets::annex_k().scaled(quality);
        assert_eq!(file::parse(&jpeg), Ok(tables), "quality {quality}");
    }
}

fn any_table() -> impl Strategy<Value = QuantTable> {
    proptest::collection::vec(1..=u8::MAX, AREA)
        .prop_map(|steps| QuantTable::new(steps.try_into().unwrap()).unwrap())
}

fn any_tables() -> impl Strategy<Value = Tables> {
    (any_table(), proptest::option::of(any_table()))
        .prop_map(|(luma, chroma)| Tables::new(luma, chroma))
}

/// What may stand between two steps.
fn any_gap() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        " ",
        "\t",
        "\r\n",
        "\n\n",
        "  \x0b",
        "\x0c",
        ", ",
        ",",
        "# 0, 999 steps\n",
        ",#,\n\t",
    ])
}

/// Steps with a gap behind each.
fn any_text(steps: usize) -> impl Strategy<Value = Vec<(u8, &'static str)>> {
    proptest::collection::vec((1..=u8::MAX, any_gap()), steps)
}

fn written(steps: &[(u8, &str)]) -> String {
    steps
        .iter()
        .map(|(step, gap)| format!("{step}{gap}"))
        .collect()
}

proptest! {
    #[test]
    fn parsing_never_panics(
        jpeg: bool,
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
    ) {
        let start: &[u8] = if jpeg { &[0xff, 0xd8] } else { b"" };
        let _ = file::parse(&[start, &bytes].concat());
    }

    #[test]
    fn parsing_damaged_tables_never_panics(
        tables in any_tables(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut jpeg = vec![0xff, 0xd8];
        for (slot, table) in [tables.luma(), tables.chroma()].into_iter().enumerate() {
            jpeg.extend([0xff, 0xdb, 0, 67, slot as u8]);
            jpeg.extend(table.steps());
        }
        jpeg.extend([0xff, 0xd9]);
        for mut bytes in [jpeg, tables.to_string().into_bytes()] {
            prop_assert!(file::parse(&bytes).is_ok());
            for (index, byte) in &damage {
                let index = index.index(bytes.len());
                bytes[index] = *byte;
            }
            let _ = file::parse(&bytes);
        }
    }

    #[test]
    fn what_is_written_is_read(tables in any_tables()) {
        prop_assert_eq!(file::parse(tables.to_string().as_bytes()), Ok(tables));
    }

    #[test]
    fn any_white_space_and_comments_may_separate(
        head in "(#[ -~]*\n|[ \t\n])*",
        steps in any_text(2 * AREA),
    ) {
        let tables = file::parse(format!("{head}{}", written(&steps)).as_bytes()).unwrap();
        let read = tables.luma().steps().iter().chain(tables.chroma().steps());
        prop_assert!(read.eq(steps.iter().map(|(step, _)| step)));
    }

    #[test]
    fn errors_have_the_right_line(
        steps in (0..4 * AREA).prop_flat_map(any_text),
        rest in any_text(AREA),
    ) {
        let before = written(&steps);
        let line = before.matches('\n').count() + 1;
        let text = format!("{before}wrong {}", written(&rest));
        prop_assert_eq!(text_error(text), TextError::NotAStep { line, found: "wrong".into() });
    }

    #[test]
    fn incomplete_tables_end_at_their_last_step(
        steps in (0..4usize, 1..AREA).prop_flat_map(|(whole, part)| any_text(whole * AREA + part)),
    ) {
        let up_to_last_gap = written(&steps[..steps.len() - 1]);
        let expected = TextError::Incomplete {
            line: up_to_last_gap.matches('\n').count() + 1,
            table: steps.len() / AREA + 1,
            steps: steps.len() % AREA,
        };
        prop_assert_eq!(text_error(written(&steps)), expected);
    }
}

proptest! {
    // Each case starts a process.
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn cjpeg_reads_and_scales_what_is_written(
        luma in any_table(),
        chroma in any_table(),
        quality in 1..=100u8,
    ) {
        let tables = Tables::new(luma, Some(chroma));
        let read = |options: &[&str]| file::parse(&cjpeg_with_tables(&tables.to_string(), options));
        prop_assert_eq!(read(&[]), Ok(tables));
        let scaled = read(&["-quality", &quality.to_string()]);
        prop_assert_eq!(scaled, Ok(tables.scaled(quality)));
    }
}
