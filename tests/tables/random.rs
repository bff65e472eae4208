// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Random tables, texts and damage.

use gstfeaturedistill::tables::{QuantTable, Tables, file};
use proptest::prelude::*;

use super::{AREA, cjpeg_with_tables, error};

fn any_table() -> impl Strategy<Value = QuantTable> {
    proptest::collection::vec(1..=u8::MAX, AREA)
        .prop_map(|steps| QuantTable::new(steps.try_into().unwrap()).unwrap())
}

fn any_tables() -> impl Strategy<Value = Tables> {
    (any_table(), proptest::option::of(any_table()))
        .prop_map(|(luma, chroma)| Tables::new(luma, chroma))
}

/// Text between two steps.
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
    fn written_tables_are_read_as_they_were(tables in any_tables()) {
        prop_assert_eq!(file::parse(tables.to_string().as_bytes()), Ok(tables));
    }

    #[test]
    fn any_white_space_and_comments_may_separate_steps(
        head in "(#[ -~]*\n|[ \t\n])*",
        steps in any_text(2 * AREA),
    ) {
        let tables = file::parse(format!("{head}{}", written(&steps)).as_bytes()).unwrap();
        let read = tables.luma().steps().iter().chain(tables.chroma().steps());
        prop_assert!(read.eq(steps.iter().map(|(step, _)| step)));
    }

    #[test]
    fn errors_have_the_right_line(
        steps in (0..2 * AREA).prop_flat_map(any_text),
        rest in any_text(AREA),
    ) {
        let before = written(&steps);
        let line = before.matches('\n').count() + 1;
        let text = format!("{before}wrong {}", written(&rest));
        let expected = format!("line {line}: found `wrong`, expected a step of 1 to 255");
        prop_assert_eq!(error(text), expected);
    }

    #[test]
    fn incomplete_tables_end_at_their_last_step(
        steps in (0..2usize, 1..AREA).prop_flat_map(|(whole, part)| any_text(whole * AREA + part)),
    ) {
        let up_to_last_gap = written(&steps[..steps.len() - 1]);
        let expected = format!(
            "line {}: found {} steps of table {} up to here, expected 64",
            up_to_last_gap.matches('\n').count() + 1,
            steps.len() % AREA,
            steps.len() / AREA + 1,
        );
        prop_assert_eq!(error(written(&steps)), expected);
    }
}

proptest! {
    // Each case starts a process.
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn cjpeg_reads_and_scales_written_tables(
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
