// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The property `table-file`.

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::tables::presets;

use crate::support::filter::{Filter, init};
use crate::support::video::{file, info};
use crate::{HEIGHT, WIDTH, filter, output, output_with, step};

/// A table file for a uniform table.
fn uniform_file(step: u8) -> tempfile::NamedTempFile {
    file(format!("{step} ").repeat(64).as_bytes())
}

#[test]
fn a_table_file_wins_until_it_is_unset() {
    let (first, second) = (uniform_file(40), uniform_file(80));
    let mut filter = filter("preset=annex-k");
    for (file, table) in [
        (None, presets::annex_k()),
        (Some(&first), presets::uniform(step(40)).into()),
        (Some(&second), presets::uniform(step(80)).into()),
        (None, presets::annex_k()),
    ] {
        let path = file.map(|file| file.path().to_str().unwrap());
        filter.element.set_property("table-file", path);
        assert_eq!(
            filter.element.property::<Option<String>>("table-file"),
            path.map(str::to_owned)
        );
        assert!(output(&mut filter) == output_with(table), "{path:?}");
    }
    let path = first.path().to_str().unwrap();
    filter.element.set_property("table-file", path);
    filter.element.set_property("table-file", "");
    assert_eq!(
        filter.element.property::<Option<String>>("table-file"),
        None
    );
    assert!(output(&mut filter) == output_with(presets::annex_k()));
    assert_eq!(filter.warning(), None);
}

#[test]
fn quality_scales_the_table_of_a_file() {
    let file = uniform_file(40);
    let mut filter = filter(&format!("quality=25 table-file={}", file.path().display()));
    assert!(output(&mut filter) == output_with(presets::uniform(step(80))));
}

#[test]
fn setting_the_same_path_again_reads_the_file_again() {
    let file = uniform_file(40);
    let path = file.path().to_str().unwrap().to_owned();
    let mut filter = filter(&format!("table-file={path}"));
    assert!(output(&mut filter) == output_with(presets::uniform(step(40))));
    std::fs::write(file.path(), "90 ".repeat(64)).unwrap();
    assert!(output(&mut filter) == output_with(presets::uniform(step(40))));
    filter.element.set_property("table-file", &path);
    assert!(output(&mut filter) == output_with(presets::uniform(step(90))));
}

#[test]
fn a_bad_table_file_while_playing_is_a_warning_and_changes_nothing() {
    let (good, bad) = (uniform_file(40), file(b"1 2\n3 four"));
    let good = good.path().to_str().unwrap();
    let mut filter = filter(&format!("table-file={good}"));
    for (path, complaint) in [
        (bad.path().to_str().unwrap(), "line 2"),
        ("/nonexistent/table", "No such file"),
    ] {
        filter.element.set_property("table-file", path);
        let warning = filter.warning().expect("a WARNING");
        assert!(warning.contains(path), "{warning}");
        assert!(warning.contains(complaint), "{warning}");
        assert_eq!(filter.element.property::<String>("table-file"), good);
        assert!(output(&mut filter) == output_with(presets::uniform(step(40))));
    }
    assert_eq!(filter.error(), None);
}

#[test]
fn a_bad_table_file_is_not_looked_at_before_the_start() {
    init();
    let element = gst::ElementFactory::make("featuredistill").build().unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    element.set_property("table-file", "/nonexistent/table");
    assert_eq!(
        element.property::<String>("table-file"),
        "/nonexistent/table"
    );
    assert!(bus.pop().is_none());
}

#[test]
fn a_handler_of_the_warning_may_set_another_table_file() {
    let file = uniform_file(40);
    let good = file.path().to_str().unwrap().to_owned();
    let mut filter = filter("");
    let element = filter.element.clone();
    filter.bus.set_sync_handler(move |_, message| {
        if message.type_() == gst::MessageType::Warning {
            element.set_property("table-file", &good);
        }
        gst::BusSyncReply::Pass
    });
    filter.element.set_property("table-file", "/nonexistent");
    filter.bus.unset_sync_handler();
    assert!(output(&mut filter) == output_with(presets::uniform(step(40))));
}

/// Starts an element with a table file that can't be read, and returns the text of the ERROR.
fn start_refusal(path: &std::path::Path) -> String {
    init();
    let element = gst::ElementFactory::make("featuredistill")
        .property("table-file", path.to_str().unwrap())
        .build()
        .expect("an element");
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err());
    let message = bus
        .pop_filtered(&[gst::MessageType::Error])
        .expect("an ERROR");
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!("filtered");
    };
    let text = error.error().message().to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    element.set_state(gst::State::Null).expect("stopped");
    text
}

#[test]
fn a_missing_file_is_refused_at_start() {
    let text = start_refusal(std::path::Path::new("/nonexistent/table.txt"));
    assert!(text.contains("No such file"), "{text}");
}

#[test]
fn a_directory_is_refused_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let text = start_refusal(directory.path());
    assert!(text.contains("not a regular file"), "{text}");
}

#[test]
fn a_device_is_refused_at_start() {
    let text = start_refusal(std::path::Path::new("/dev/zero"));
    assert!(text.contains("not a regular file"), "{text}");
}

#[test]
fn a_file_that_is_too_large_is_refused_at_start() {
    let file = file(&vec![b' '; (1 << 20) + 1]);
    let text = start_refusal(file.path());
    assert!(text.contains("larger than 1048576 bytes"), "{text}");
}

#[test]
fn malformed_files_are_refused_at_start() {
    for (content, part) in [
        (&b"1 2 3\n4 x 6\n"[..], "line 2"),
        (b"# a comment\n0 1 2", "line 2"),
        (b"# a comment\n\n256 1 2", "line 3"),
        (b"1 2 3\n", "64"),
        (b"", "no steps"),
    ] {
        let file = file(content);
        let text = start_refusal(file.path());
        assert!(text.contains(part), "{text}");
    }
    let jpeg = file(b"\xff\xd8\xff\xdb\x00\x43\x00\x01");
    start_refusal(jpeg.path());
}

#[test]
fn an_element_that_failed_to_start_starts_without_the_bad_file() {
    init();
    let element = gst::ElementFactory::make("featuredistill")
        .property("table-file", "/nonexistent")
        .build()
        .unwrap();
    assert!(element.set_state(gst::State::Paused).is_err());
    element.set_state(gst::State::Null).unwrap();
    element.set_property("table-file", None::<String>);
    let mut filter = Filter::with_element(element);
    filter.set_caps(&info(VideoFormat::I420, WIDTH, HEIGHT));
    output(&mut filter);
}
