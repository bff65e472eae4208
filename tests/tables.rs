// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files and quality scaling, against hand-made files, libjpeg-turbo's cjpeg and ImageMagick.

#[path = "support/tables.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gstfeaturedistill::tables::file::{
    self, Cause, DqtError, MAX_BYTES, ParseError, TextError, XmlError,
};
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

fn xml_error(text: impl AsRef<[u8]>) -> XmlError {
    match file::parse(text.as_ref()) {
        Err(ParseError::Xml(error)) => error,
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
    fn other_encodings_than_ascii_are_refused() {
        let byte_order_mark = format!("\u{feff}{}", rows(1));
        let error = text_error(byte_order_mark).to_string();
        assert_eq!(
            error,
            "line 1: found `\\xef\\xbb\\xbf1`, expected a step of 1 to 255"
        );
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let utf16: Vec<_> = rows(1).encode_utf16().flat_map(unit).collect();
            text_error([&unit(0xfeff)[..], &utf16].concat());
            text_error(utf16);
        }
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
            "line 1: found `9999999999999999999999999999999999999999...`, expected a step of 1 to 255"
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
            "line 37: found 37 steps of table 2 up to here, expected 64"
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
        for (text, line) in [("", 1), ("\n\n", 3), ("# 16 11 10", 1), (" \t\r\n", 2)] {
            let error = text_error(text);
            assert_eq!(error, TextError::NoTable { line });
            assert_eq!(
                error.to_string(),
                format!(
                    "line {line}: found no steps up to here, expected 1 to 4 tables of 64 steps"
                )
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

mod xml {
    use super::*;

    /// Its levels are not steps: they are to be divided, and luma's table comes second.
    const FILE: &[u8] = include_bytes!("data/tables/imagemagick.xml");

    /// What ImageMagick 6.9.11 makes of [`FILE`]:
    /// `convert in.ppm -quality 50 -define jpeg:q-table=imagemagick.xml imagemagick.jpg`
    const JPEG: &[u8] = include_bytes!("data/tables/imagemagick.jpg");

    /// What errors expect of a level.
    const STEP: &str = "a whole number of 1 to 255 times the divisor";

    /// The start of a DOCTYPE as in ImageMagick's own file.
    const DOCTYPE: &str = "<!DOCTYPE quantization-tables [\n<!ELEMENT levels (#PCDATA)>\n";

    fn levels(count: usize) -> String {
        let level = |index: usize| match index % 8 {
            0 => format!("\n  {}", index + 1),
            _ => (index + 1).to_string(),
        };
        (0..count).map(level).collect::<Vec<_>>().join(", ")
    }

    /// A table with `text` for its levels. The levels' tag stands in its third line.
    fn table(slot: &str, divisor: &str, text: &str) -> String {
        format!(
            "<table slot=\"{slot}\" alias=\"any name\">\n<description>Any</description>\n\
             <levels width=\"8\" height=\"8\" divisor=\"{divisor}\">{text}</levels>\n</table>\n"
        )
    }

    /// A document of `tables`, the first of which starts in the third line.
    fn document(tables: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<quantization-tables>\n{tables}</quantization-tables>\n")
    }

    fn counting() -> QuantTable {
        QuantTable::new(std::array::from_fn(|index| index as u8 + 1)).unwrap()
    }

    #[test]
    fn means_what_it_means_to_imagemagick() {
        let tables = file::parse(FILE).unwrap();
        assert_eq!(file::parse(JPEG), Ok(tables));
        assert_eq!(tables.luma().steps()[..3], [8, 11, 14]);
        assert_eq!(tables.chroma().steps()[..3], [23, 35, 47]);
    }

    #[test]
    fn slots_choose_their_tables_and_luma_is_a_must() {
        let [zero, one, two, three] = ["0", "1", "2", "3"]
            .map(|slot| table(slot, "1", &vec![slot.replace('0', "9"); AREA].join(",")));
        let read = |tables: &[&String]| {
            file::parse(document(&tables.iter().copied().cloned().collect::<String>()).as_bytes())
        };
        assert_eq!(read(&[&zero]), Ok(Tables::from(flat(9))));
        let both = Tables::new(flat(9), Some(flat(1)));
        assert_eq!(read(&[&zero, &one]), Ok(both));
        assert_eq!(read(&[&three, &one, &two, &zero]), Ok(both));
        assert_eq!(read(&[&two, &zero]), Ok(Tables::from(flat(9))));
        assert_eq!(
            xml_error(document(&one)).to_string(),
            "line 7: found no table in slot 0, expected <table slot=\"0\"> for luma"
        );
        assert_eq!(
            xml_error(document(&(zero.clone() + &zero))).to_string(),
            "line 7: found slot 0 again, expected another slot"
        );
    }

    #[test]
    fn levels_are_divided_and_rounded_half_up() {
        let cases = [
            ("418", "2", 209),
            ("5", "2", 3),
            ("3", "2.", 2),
            ("10", "0.5", 20),
            ("1", ".25", 4),
            ("4294967295", "16843009", 255),
            ("00016", "01", 16),
        ];
        for (level, divisor, step) in cases {
            let levels = vec![level; AREA].join(" ,\t");
            let tables = file::parse(document(&table("0", divisor, &levels)).as_bytes());
            assert_eq!(tables, Ok(Tables::from(flat(step))), "{level} / {divisor}");
        }
    }

    #[test]
    fn what_surrounds_the_tables_does_not_matter() {
        let plain = document(&table("0", "1", &levels(AREA)));
        let variants = [
            plain.replace("<?xml version=\"1.0\"?>\n", ""),
            plain.replace("<?xml version=\"1.0\"?>", " \n\t"),
            format!("\u{feff}{plain}"),
            plain.replace('\n', "\r\n"),
            plain.replace('"', "'"),
            plain.replace("<quant", &format!("{DOCTYPE}<!-- [ ' -->]>\n<quant")),
            plain.replace("<quant", "<!DOCTYPE quantization-tables>\n<quant"),
            plain.replace("<table", "<!-- <table> --><?editor some?><table"),
            plain.replace("</levels>", "</levels><!-- 65 -->"),
            plain.replace(">Any<", "><![CDATA[<levels>]]>&lt;&#48;&#x2a;<!-- any --><"),
            plain.replace("<description>Any</description>", "<description/>"),
            plain.clone() + "<!-- end -->\n\n",
            plain.replace("Any", "\u{fc}\u{20ac}"),
        ];
        for text in variants {
            let tables = file::parse(text.as_bytes());
            assert_eq!(tables, Ok(Tables::from(counting())), "{text}");
        }
    }

    #[test]
    fn nothing_is_expanded_or_fetched() {
        let document = document(&table("0", "1", &levels(AREA)));
        let with = |doctype: &str| document.replace("<quant", &format!("{doctype}\n<quant"));
        let expected = [
            (
                with(&format!("{DOCTYPE}<!ENTITY a '1,1'>]>")),
                "line 4: found `<!ENTITY a \\'1,1\\'>]>`, expected <!ELEMENT, <!ATTLIST, <!--",
            ),
            (
                with(&format!(
                    "{DOCTYPE}<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a; ]>"
                )),
                "line 4: found `<!ENTITY % a SYSTEM \\'file:///etc/passwd\\'...`, expected \
                 <!ELEMENT, <!ATTLIST, <!--",
            ),
            (
                with(&format!("{DOCTYPE}<!NOTATION a SYSTEM 'a'>]>")),
                "line 4: found `<!NOTATION a SYSTEM \\'a\\'>]>`, expected <!ELEMENT, <!ATTLIST, \
                 <!--",
            ),
            (
                with("<!DOCTYPE quantization-tables SYSTEM 'tables.dtd'>"),
                "line 2: found `<!DOCTYPE quantization-tables SYSTEM \\'ta...`, expected \
                 <!DOCTYPE quantization-tables [",
            ),
            (
                with("<!DOCTYPE quantization-tables PUBLIC 'a[' 'b' [<!ELEMENT a ANY>]>"),
                "line 2: found `<!DOCTYPE quantization-tables PUBLIC \\'a`, expected <!DOCTYPE \
                 quantization-tables [",
            ),
            (
                document.replace("Any", "\n&a;"),
                "line 5: found `&a;`, expected text or </description>",
            ),
            (
                document.replace("\n  1,", "&a;"),
                "line 5: found `&a;`, expected 64 numbers",
            ),
            (
                document.replace("64</", "&#54;4</"),
                "line 13: found ``, expected a whole number of 1 to 255 times the divisor",
            ),
            (
                document.replace("slot=\"0\"", "slot=\"&#48;\""),
                "line 3: found slot `&#48;`, expected 0, 1, 2 or 3",
            ),
        ];
        for (text, message) in expected {
            assert_eq!(xml_error(&text).to_string(), message, "{text}");
        }
    }

    #[test]
    fn says_what_is_no_step_and_where() {
        let with = |level: &str, divisor: &str| {
            let levels = levels(AREA).replace("\n  17,", &format!("\n \t{level} ,"));
            xml_error(document(&table("0", divisor, &levels))).to_string()
        };
        let bad = [
            "",
            "0",
            "256",
            "-5",
            "+5",
            "5.5",
            "0x10",
            "five",
            "1 2",
            "1;",
            "99999999999",
        ];
        for level in bad {
            let expected = format!("line 8: found `{level}`, expected {STEP}");
            assert_eq!(with(level, "1"), expected);
        }
        assert_eq!(
            with("511", "2"),
            format!("line 8: found `511`, expected {STEP}")
        );
        assert_eq!(
            with("17", "3"),
            format!("line 6: found `1`, expected {STEP}")
        );
    }

    #[test]
    fn says_which_part_is_missing_or_wrong() {
        let good = document(&table("0", "1", &levels(AREA)));
        let cases = [
            (
                document(&table("0", "1", &levels(63))),
                "line 13: found 63 numbers, expected 64, separated by commas",
            ),
            (
                document(&table("0", "1", &levels(65))),
                "line 14: found `65` as number 65, expected </levels> after 64",
            ),
            (
                document(&table("0", "1", &(levels(64) + ",\n"))),
                "line 14: found `` as number 65, expected </levels> after 64",
            ),
            (
                document(&table("0", "1", "")),
                "line 5: found `</levels>`, expected 64 numbers",
            ),
            (
                document(&table("0", "1", "<!-- 1 -->")),
                "line 5: found a comment, expected 64 numbers",
            ),
            (
                document(""),
                "line 3: found no table in slot 0, expected <table slot=\"0\"> for luma",
            ),
            (
                good.replace("8\" h", "4\" h"),
                "line 5: found width `4`, expected 8",
            ),
            (
                good.replace("t=\"8\"", "t=\"+8\""),
                "line 5: found height `+8`, expected 8",
            ),
            (
                good.replace("slot=\"0\"", "slot=\"4\""),
                "line 3: found slot `4`, expected 0, 1, 2 or 3",
            ),
            (
                good.replace("any name", "1"),
                "line 3: found alias `1`, expected a name or the slot",
            ),
            (
                good.replace(" alias=\"any name\"", ""),
                "line 3: found no alias, expected <table> with slot, alias",
            ),
            (
                good.replace("alias", "name"),
                "line 3: found attribute `name`, expected <table> with slot, alias",
            ),
            (
                good.replace("<description", "<description lang=\"en\""),
                "line 4: found attribute `lang`, expected <description> without attributes",
            ),
            (
                good.replace("divisor=\"1\"", "divisor=\"1\" width=\"8\""),
                "line 5: position 40: duplicated attribute, previous declaration at position 7",
            ),
            (
                good.replace("<description>Any</description>\n", ""),
                "line 4: found `<levels>`, expected <description>",
            ),
            (
                good.replace(">Any<", "><levels><"),
                "line 4: found `<levels>`, expected text or </description>",
            ),
            (
                good.replace("</levels>", "</levels>\n<levels>"),
                "line 14: found `<levels>`, expected </table>",
            ),
            (
                good.replace("<table", "table <table"),
                "line 3: found `table`, expected <table>",
            ),
            (
                good.replace("quantization-tables", "html"),
                "line 2: found `<html>`, expected <quantization-tables>",
            ),
            (
                good.clone() + "<quantization-tables/>",
                "line 16: found `<quantization-tables>`, expected the end of the file",
            ),
            (
                good.replace("</table>", "</levels>"),
                "line 14: ill-formed document: expected `</table>`, but `</levels>` was found",
            ),
            (
                good.replace("</quantization-tables>", ""),
                "line 16: found the end of the file, expected <table>",
            ),
            (
                good.replace("</quantization-tables>", "</quantization-tables"),
                "line 15: syntax error: tag not closed: `>` not found before end of input",
            ),
            (
                good.replace("Any", "A\0ny"),
                "line 4: found byte 0x00, expected text",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(xml_error(&text).to_string(), message, "{text}");
        }
        for divisor in ["0", "0.0", "", ".", "-1", "1e3", "inf", "nan", "1 ", "0x1"] {
            assert_eq!(
                xml_error(document(&table("0", divisor, &levels(AREA)))).to_string(),
                format!("line 5: found divisor `{divisor}`, expected a number above 0")
            );
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let end = FILE.len() - "\n".len();
        for length in 1..end {
            xml_error(&FILE[..length]);
        }
        assert!(file::parse(&FILE[..end]).is_ok());
    }

    /// Files as large as they may be, each all of one part that a naive reader is slow with.
    #[test]
    fn takes_linear_time() {
        let size = usize::try_from(MAX_BYTES).unwrap();
        let good = document(&table("0", "1", &levels(AREA)));
        let attributes: String = (0..size / 12)
            .map(|index| format!(" a{index}=\"\""))
            .collect();
        let cases = [
            "<".repeat(size),
            "<a>".repeat(size / 3),
            good.replace("<table", &format!("<table{attributes}")),
            good.replace("<levels", &format!("<levels{attributes}")),
            good.replace("<table", &"<!---->".repeat(size / 7)),
            good.replace("Any", &"&lt;".repeat(size / 4)),
            good.replace("Any", &"]]>".repeat(size / 3)),
            good.replace(
                "<quant",
                &format!("{DOCTYPE}{}]>\n<quant", "<!--->".repeat(size / 6)),
            ),
            document(&table("0", "1", &"1,".repeat(size / 2))),
            document(&table("0", "1", &"\n".repeat(size))),
        ];
        let start = Instant::now();
        for text in &cases {
            support::check(text.as_bytes());
        }
        // All take 0.2 s on an idle machine.
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
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

    /// Whoever may write the folder may swap the file at any time.
    #[cfg(unix)]
    #[test]
    fn never_waits_for_a_pipe_that_takes_the_place_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let [file, pipe, path] = ["file", "pipe", "path"].map(|name| folder.path().join(name));
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        fs::write(&file, rows(1)).unwrap();
        std::os::unix::fs::symlink(&file, &path).unwrap();
        let (sender, done) = std::sync::mpsc::channel();
        std::thread::spawn({
            let path = path.clone();
            move || {
                let results: Vec<_> = (0..20_000).map(|_| file::read(&path)).collect();
                sender.send(results)
            }
        });
        let deadline = Instant::now() + Duration::from_secs(60);
        let results = loop {
            for target in [&pipe, &file] {
                let new = folder.path().join("new");
                std::os::unix::fs::symlink(target, &new).unwrap();
                fs::rename(new, &path).unwrap();
            }
            match done.try_recv() {
                Ok(results) => break results,
                Err(_) => assert!(Instant::now() < deadline, "waits for the pipe"),
            }
        };
        for result in results {
            match result {
                Ok(tables) => assert_eq!(tables, file::parse(rows(1).as_bytes()).unwrap()),
                Err(error) => assert!(matches!(error.cause, Cause::NotAFile), "{error}"),
            }
        }
    }
}

/// The seeds of the fuzz target: whole, cut anywhere, damaged anywhere.
#[test]
fn seeds_are_read_and_their_parts_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tables");
    let seeds = fs::read_dir(folder).unwrap();
    let seeds: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
    assert!(!seeds.is_empty());
    for path in seeds {
        let mut bytes = fs::read(&path).unwrap();
        assert!(file::parse(&bytes).is_ok(), "{}", path.display());
        support::check(&bytes);
        for index in 0..bytes.len() {
            support::check(&bytes[..index]);
            for damage in *b"\0<\n9\xff" {
                let byte = std::mem::replace(&mut bytes[index], damage);
                support::check(&bytes);
                bytes[index] = byte;
            }
        }
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
