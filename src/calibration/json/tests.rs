// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

use proptest::prelude::*;

use super::*;
use crate::codec::block::AREA;
use crate::codec::{CoefficientBlock, ColorMode, FrameStats, TableSlot};

fn frame() -> impl Strategy<Value = (Vec<CoefficientBlock>, Vec<CoefficientBlock>, FrameStats)> {
    let blocks = |least| {
        let value = prop_oneof![-8200..=8200i16, -20..=20i16];
        let block = proptest::collection::vec(value, AREA);
        let block = block.prop_map(|values| values.try_into().expect("64 values"));
        proptest::collection::vec(block, least..4usize)
    };
    (blocks(1), blocks(0), 0..5000u64).prop_map(|(luma, chroma, squared_change)| {
        let blocks = luma.len() as u64;
        let settled = FrameStats {
            samples: blocks * 64,
            squared_change,
            settled_blocks: blocks,
            moved_blocks: squared_change % (blocks + 1),
            ..FrameStats::default()
        };
        (luma, chroma, settled)
    })
}

fn gather(
    frames: &[(Vec<CoefficientBlock>, Vec<CoefficientBlock>, FrameStats)],
    settle: bool,
) -> Statistics {
    let mut statistics = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
    for (index, (luma, chroma, settled)) in frames.iter().enumerate() {
        let components = [
            (TableSlot::Luma, &luma[..]),
            (TableSlot::Chroma, &chroma[..]),
        ];
        let format = ["RGB", "I420"][index % 2];
        statistics
            .add_frame(format, components, Some(settled))
            .unwrap();
    }
    statistics
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_statistics_are_read_as_they_were(
        frames in proptest::collection::vec(frame(), 0..4),
        settle in any::<bool>(),
    ) {
        let statistics = gather(&frames, settle);
        let bytes = write(&statistics);
        prop_assert!(bytes.len() as u64 <= MAX_BYTES);
        prop_assert!(parse(&bytes).unwrap() == statistics);
    }

    /// By way of files, as on many machines.
    #[test]
    fn shards_merged_in_any_order_give_the_bytes_of_one_run(
        frames in proptest::collection::vec(frame(), 1..6),
        cuts in proptest::collection::vec(0..6usize, 3),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
        settle in any::<bool>(),
    ) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(frames.len())).collect();
        cuts.sort();
        let ends = [0, cuts[0], cuts[1], cuts[2], frames.len()];
        // The formats alternate within the whole: keep them so in the parts.
        let parts = ends.windows(2).map(|ends| {
            let mut part = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
            for index in ends[0]..ends[1] {
                let (luma, chroma, settled) = &frames[index];
                let components = [(TableSlot::Luma, &luma[..]), (TableSlot::Chroma, &chroma[..])];
                part.add_frame(["RGB", "I420"][index % 2], components, Some(settled)).unwrap();
            }
            write(&part)
        });
        let parts: Vec<_> = parts.collect();
        let nothing = Statistics::new(ColorMode::YCbCr, settle.then_some(0.7));
        let merged = order.iter().fold(nothing, |merged, &index| {
            merged.merged(&parse(&parts[index]).unwrap()).unwrap()
        });
        prop_assert!(write(&merged) == write(&gather(&frames, settle)));
    }

    #[test]
    fn damage_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = write(&example());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Some changes leave it valid (spaces, a mean); the others must be told.
        if let Ok(statistics) = parse(&bytes) {
            prop_assert_eq!(statistics.luma.blocks, 2);
        }
    }
}

fn example() -> Statistics {
    let settled = FrameStats {
        samples: 128,
        squared_change: 512,
        settled_blocks: 2,
        moved_blocks: 1,
        ..FrameStats::default()
    };
    gather(
        &[(vec![[9; AREA], [-30; AREA]], vec![[0; AREA]], settled)],
        true,
    )
}

#[test]
fn each_frequency_has_a_line() {
    let text = String::from_utf8(write(&example())).unwrap();
    let lines: Vec<_> = text.lines().collect();
    // Two braces, eight parts, 64 frequencies of luma and of chroma.
    assert_eq!(lines.len(), 2 + 8 + 2 * AREA);
    assert_eq!(lines[1], r#""format":"featuredistill-calibration","#);
    assert_eq!(
        lines[8],
        r#"{"u":1,"v":0,"mean":-1.3125,"std":2.4375,"sum":-21,"sum-of-squares":981,"histogram":{"first":-4,"counts":[1,0,0,0,0,1]}},"#
    );
    assert!(text.ends_with("}\n}\n"));
}

/// The example with a part of it replaced.
fn refusal(from: &str, to: &str) -> String {
    let text = String::from_utf8(write(&example())).unwrap();
    assert!(text.contains(from), "{from}");
    parse(text.replacen(from, to, 1).as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn contradictions_are_errors_that_name_the_place() {
    for (from, to, expected) in [
        ("{\n", "[\n", "line 2"),
        (
            r#"calibration","#,
            r#"photo","#,
            "format is `featuredistill-photo`",
        ),
        (
            r#""version":1"#,
            r#""version":2"#,
            "version is 2, expected 1",
        ),
        (
            r#""frames":1"#,
            r#""frames":2"#,
            "formats has 1 frames, expected frames=2",
        ),
        (
            r#""frames":1"#,
            r#""frames":-1"#,
            "invalid value: integer `-1`, expected u64 at line 5",
        ),
        (r#""formats""#, r#""colours""#, "unknown field `colours`"),
        (r#""native""#, r#""grey""#, "unknown variant `grey`"),
        (
            r#""sum":-21,"#,
            r#""sum":-99,"#,
            "luma u=0 v=0: sum=-99 can't be with this histogram",
        ),
        (
            r#""sum-of-squares":981"#,
            r#""sum-of-squares":9"#,
            "sum-of-squares=9 can't be",
        ),
        (
            r#"{"u":1,"v":0"#,
            r#"{"u":8,"v":0"#,
            "luma u=1 v=0: found u=8 v=0 in its place",
        ),
        (
            r#"{"u":1,"v":0"#,
            r#"{"u":0,"v":1"#,
            "luma u=1 v=0: found u=0 v=1 in its place",
        ),
        (r#""first":-4"#, r#""first":-1051"#, "histogram from -1051"),
        (
            r#"[1,0,0,0,0,1]"#,
            r#"[1,0,0,0,0,1,0]"#,
            "starts or ends with 0",
        ),
        (
            r#"[1,0,0,0,0,1]"#,
            r#"[1,0,0,0,0,18446744073709551615]"#,
            "add up to 2^64",
        ),
        (
            r#""luma":{"blocks":2"#,
            r#""luma":{"blocks":3"#,
            "luma u=0 v=0: the histogram counts 2, expected blocks=3",
        ),
        (
            r#""epsilon":0.7"#,
            r#""epsilon":17"#,
            "certified: epsilon=17, expected 0 to 15",
        ),
        (
            r#""table":["#,
            r#""table":[0,"#,
            "expected 64 steps of 1 to 255",
        ),
        (r#""moved":1"#, r#""moved":3"#, "moved=3 of blocks=2"),
        (
            r#""squared-change":512"#,
            r#""squared-change":9999999"#,
            "squared-change=9999999",
        ),
        (
            r#""samples":128"#,
            r#""samples":1"#,
            "blocks=2 of samples=1",
        ),
    ] {
        let from = if from.contains("native") {
            r#""ycbcr""#
        } else {
            from
        };
        let text = refusal(from, to);
        assert!(text.contains(expected), "{text}\ndoesn't say: {expected}");
    }
}

#[test]
fn hostile_text_is_quoted_on_one_short_line() {
    // JSON for line feeds, bells and a letter that isn't ASCII.
    let long = r"\n\u0007\u00e9".repeat((1 << 20) / 14);
    for (from, to, expected) in [
        (
            "featuredistill-calibration".to_string(),
            long.clone(),
            r"format is `\n\x07\xc3\xa9\n",
        ),
        (
            r#""formats""#.to_string(),
            format!(r#""{long}""#),
            r"unknown field `\n\x07",
        ),
        (
            r#""ycbcr""#.to_string(),
            format!(r#""{long}""#),
            r"unknown variant `\n\x07",
        ),
    ] {
        let text = refusal(&from, &to);
        assert!(text.contains(expected), "{expected}");
        assert!(text.len() <= SHOWN + 100, "{} characters", text.len());
        let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        assert!(text.bytes().all(printable), "{text}");
        // However long it is, one learns where to look.
        assert!(!expected.starts_with("unknown") || text.contains(" at line "));
    }
}

#[test]
fn truncated_files_are_refused() {
    let bytes = write(&example());
    for end in 0..bytes.len() - 2 {
        assert!(parse(&bytes[..end]).is_err(), "{end}");
    }
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.json");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(MAX_BYTES + 1)
        .unwrap();
    let cases = [
        (folder.path().join("none.json"), "No such file"),
        (folder.path().to_owned(), "not a regular file"),
        (large, "larger than 16777216 bytes"),
    ];
    for (path, expected) in cases {
        let text = read(&path).unwrap_err().to_string();
        assert!(text.starts_with(&format!("{}: ", path.display())), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

/// Other programs may round them, or leave them out.
#[test]
fn derived_values_are_not_read() {
    let text = String::from_utf8(write(&example())).unwrap();
    for (from, to) in [
        (r#""mean":-1.3125,"#, r#""mean":-1.3,"#),
        (r#""std":2.4375,"#, ""),
        (r#""moved-share":0.5"#, r#""moved-share":1"#),
    ] {
        assert!(text.contains(from), "{from}");
        let read = parse(text.replace(from, to).as_bytes());
        assert!(read.unwrap() == example(), "{to}");
    }
}
