// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Merging statistics.

use super::*;

#[test]
fn pieces_merged_in_any_order_equal_one_run_byte_for_byte() {
    for properties in ["", "mapping=certified epsilon=1.5"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let [a, b, c, ab] = ["a.json", "b.json", "c.json", "ab.json"].map(path);
        gather(&path("all.json"), 0..5, properties);
        gather(&a, 0..1, properties);
        gather(&b, 1..4, properties);
        gather(&c, 4..5, properties);
        let all = fs::read(path("all.json")).expect("statistics");
        // As a tree, and the other way round.
        merge(&[&a, &b], &ab, properties);
        merge(&[&c, &ab], &path("tree.json"), properties);
        merge(&[&c, &b, &a], &path("flat.json"), properties);
        assert!(fs::read(path("tree.json")).expect("statistics") == all);
        assert!(fs::read(path("flat.json")).expect("statistics") == all);
        // Frames on top of what was merged.
        let from = format!(
            "merge-from=\"<{},{}>\" {properties}",
            c.display(),
            a.display()
        );
        gather(&path("more.json"), 1..4, &from);
        assert!(fs::read(path("more.json")).expect("statistics") == all);
    }
}

#[test]
fn files_that_cant_be_merged_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let [good, cut, other] = ["good.json", "cut.json", "other.json"].map(path);
    gather(&good, 0..1, "");
    let text = fs::read_to_string(&good).expect("statistics");
    fs::write(&cut, &text[..text.len() / 2]).expect("a file");
    fs::write(&other, text.replacen(":1,", ":2,", 1)).expect("a file");
    let start = |from: &str, properties: &str| {
        error_of(&format!(
            "videotestsrc num-buffers=1 ! featurecalibrate merge-from=\"<{from}>\" {properties} ! fakesink"
        ))
    };
    let of = |path: &Path| path.display().to_string();
    for (from, properties, expected) in [
        (of(&cut), "", "line "),
        (of(&other), "", "version is 2, expected 1"),
        (of(&path("none.json")), "", "No such file"),
        (of(folder.path()), "", "not a regular file"),
        (
            of(&good),
            "color-mode=ycbcr",
            "gathered with color-mode=native, not ycbcr",
        ),
        (
            of(&good),
            "mapping=certified",
            "gathered without mapping=certified",
        ),
        (format!("{},{}", of(&good), of(&good)), "", "named twice"),
    ] {
        let text = start(&from, properties);
        let file = from.split(',').next().expect("a name");
        let head = format!("Can't merge statistics: {file}: ");
        assert!(text.starts_with(&head) && text.contains(expected), "{text}");
    }
    gather(&good, 0..1, "mapping=certified epsilon=1");
    let text = start(&of(&good), "mapping=certified epsilon=2");
    assert!(text.contains("gathered with epsilon=1, not 2"), "{text}");
    // Another mapping has no use for what settling came to.
    merge(&[&good], &path("plain.json"), "mapping=deepn");
    let plain = json::read(&path("plain.json")).expect("statistics");
    assert_eq!(plain.settling(), None);
}

#[test]
fn counter_overflow_stops_the_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = folder.path().join("full.json");
    let mut filter = calibrate(&format!("stats-location={}", full.display()));
    filter.set_caps(&info(VideoFormat::Gray8, 8, 8));
    filter.distill(gst::Buffer::from_mut_slice(scene(1, 64)));
    assert!(end(&mut filter));
    // 2^64 - 1 times the one block.
    let mut power = json::read(&full).expect("statistics");
    let mut sum = power.clone();
    for _ in 1..64 {
        power = power.clone().merged(&power).expect("below 2^64");
        sum = sum.merged(&power).expect("below 2^64");
    }
    fs::write(&full, json::write(&sum)).expect("a file");

    let result = folder.path().join("result.json");
    let from = format!(
        "merge-from=\"<{}>\" stats-location={}",
        full.display(),
        result.display()
    );
    let mut filter = calibrate(&from);
    filter.set_caps(&info(VideoFormat::Gray8, 8, 8));
    let pushed = filter
        .harness
        .push(gst::Buffer::from_mut_slice(scene(1, 64)));
    assert_eq!(pushed, Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 0);
    assert!(
        filter
            .error()
            .expect("an ERROR")
            .contains("counter overflow")
    );
    assert!(!end(&mut filter));
    assert!(!result.exists());
}
