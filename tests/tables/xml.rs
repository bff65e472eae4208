// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Tables as ImageMagick's XML.

use std::time::Instant;

use gstfeaturedistill::tables::file::{self, MAX_BYTES};
use gstfeaturedistill::tables::{QuantTable, Tables};

use super::{AREA, error, flat, support};

/// Its levels are not steps: they are to be divided, and luma's table comes second.
const FILE: &[u8] = include_bytes!("../data/tables/imagemagick.xml");

/// The tables that ImageMagick 6.9.11 makes of [`FILE`]:
/// `convert in.ppm -quality 50 -define jpeg:q-table=imagemagick.xml imagemagick.jpg`
const JPEG: &[u8] = include_bytes!("../data/tables/imagemagick.jpg");

/// The expectation that errors name for a level.
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
fn tables_are_those_that_imagemagick_reads() {
    let tables = file::parse(FILE).unwrap();
    assert_eq!(file::parse(JPEG), Ok(tables));
    assert_eq!(tables.luma().steps()[..3], [8, 11, 14]);
    assert_eq!(tables.chroma().steps()[..3], [23, 35, 47]);
}

#[test]
fn slots_choose_their_tables_and_luma_is_required() {
    let [zero, one, two, three] = ["0", "1", "2", "3"]
        .map(|slot| table(slot, "1", &vec![slot.replace('0', "9"); AREA].join(",")));
    let read = |tables: &[&String]| {
        file::parse(document(&tables.iter().copied().cloned().collect::<String>()).as_bytes())
    };
    assert_eq!(read(&[&zero]), Ok(Tables::from(flat(9))));
    let both = Tables::new(flat(9), Some(flat(1)));
    assert_eq!(read(&[&zero, &one]), Ok(both));
    assert_eq!(read(&[&one, &zero]), Ok(both));
    for (other, slot) in [(&two, 2), (&three, 3)] {
        assert_eq!(
            error(document(&(zero.clone() + other))),
            format!("line 7: found slot `{slot}`, expected 0 (luma) or 1 (chroma)")
        );
    }
    assert_eq!(
        error(document(&one)),
        "line 7: found no table in slot 0, expected <table slot=\"0\"> for luma"
    );
    assert_eq!(
        error(document(&(zero.clone() + &zero))),
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
fn text_around_the_tables_is_skipped() {
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
            "line 4: found `<!ENTITY a '1,1'>]>`, expected <!ELEMENT, <!ATTLIST, <!--",
        ),
        (
            with(&format!(
                "{DOCTYPE}<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a; ]>"
            )),
            "line 4: found `<!ENTITY % a SYSTEM 'file:///etc/passwd'...`, expected \
             <!ELEMENT, <!ATTLIST, <!--",
        ),
        (
            with(&format!("{DOCTYPE}<!NOTATION a SYSTEM 'a'>]>")),
            "line 4: found `<!NOTATION a SYSTEM 'a'>]>`, expected <!ELEMENT, <!ATTLIST, \
             <!--",
        ),
        (
            with("<!DOCTYPE quantization-tables SYSTEM 'tables.dtd'>"),
            "line 2: found `<!DOCTYPE quantization-tables SYSTEM 'ta...`, expected \
             <!DOCTYPE quantization-tables [",
        ),
        (
            with("<!DOCTYPE quantization-tables PUBLIC 'a[' 'b' [<!ELEMENT a ANY>]>"),
            "line 2: found `<!DOCTYPE quantization-tables PUBLIC 'a`, expected <!DOCTYPE \
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
            "line 3: found slot `&#48;`, expected 0 (luma) or 1 (chroma)",
        ),
    ];
    for (text, message) in expected {
        assert_eq!(error(&text), message, "{text}");
    }
}

#[test]
fn errors_name_the_bad_level_and_its_line() {
    let with = |level: &str, divisor: &str| {
        let levels = levels(AREA).replace("\n  17,", &format!("\n \t{level} ,"));
        error(document(&table("0", divisor, &levels)))
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
fn errors_name_the_missing_or_wrong_part() {
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
            "line 3: found slot `4`, expected 0 (luma) or 1 (chroma)",
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
            "line 5: found position 40: duplicated attribute, previous declaration at position 7, expected \
             well-formed XML",
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
            "line 14: found ill-formed document: expected `</table>`, but `</levels>` was found, expected \
             well-formed XML",
        ),
        (
            good.replace("</quantization-tables>", ""),
            "line 16: found the end of the file, expected <table>",
        ),
        (
            good.replace("</quantization-tables>", "</quantization-tables"),
            "line 15: found syntax error: tag not closed: `>` not found before end of input, expected \
             well-formed XML",
        ),
        (
            good.replace("Any", "A\0ny"),
            "line 4: found byte 0x00, expected text",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(error(&text), message, "{text}");
    }
    for divisor in ["0", "0.0", "", ".", "-1", "1e3", "inf", "nan", "1 ", "0x1"] {
        assert_eq!(
            error(document(&table("0", divisor, &levels(AREA)))),
            format!("line 5: found divisor `{divisor}`, expected a number above 0")
        );
    }
}

#[test]
fn truncated_files_are_refused() {
    let end = FILE.len() - "\n".len();
    for length in 1..end {
        error(&FILE[..length]);
    }
    assert!(file::parse(&FILE[..end]).is_ok());
}

/// Files as large as they may be, each all of one part that a naive reader is slow with.
#[test]
fn parsing_takes_linear_time() {
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
