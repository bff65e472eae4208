// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! Ends that keep the result from its files: nothing that was gathered is lost.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use super::*;

const FORMAT: VideoFormat = VideoFormat::Gray8;

/// An element with one frame gathered, and outputs in `folder`, which is made.
fn gathered(folder: &Path, properties: &str) -> Filter {
    fs::create_dir_all(folder).expect("a folder");
    let [table, stats] = ["t.txt", "s.json"].map(|name| folder.join(name).display().to_string());
    let outputs = format!("location={table} stats-location={stats} {properties}");
    let mut filter = calibrate_frames(&outputs, FORMAT);
    filter.distill(frame(FORMAT, 1));
    filter
}

/// gst-launch-1.0 without `-e`, on a source that never ends, until it has gathered some frames.
fn launched(outputs: &str, folder: &Path) -> Child {
    let line = format!(
        "-m videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=50/1 \
         ! featurecalibrate {outputs} ! featuredistill post-messages=true ! fakesink"
    );
    let mut child = Command::new("gst-launch-1.0")
        .args(line.split_whitespace())
        .env("GST_PLUGIN_PATH", plugin_in(&folder.join("plugin")))
        .env("GST_REGISTRY", folder.join("registry"))
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("gst-launch-1.0");
    let lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let frames = lines.filter(|line| line.as_ref().expect("text").contains("featuredistill, "));
    assert_eq!(frames.take(3).count(), 3, "frames pass");
    child
}

/// Sends SIGINT, as Ctrl-C does, and returns what was said.
fn interrupted(mut child: Child) -> String {
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill").success());
    let mut text = String::new();
    let output = child.stdout.take().expect("a pipe");
    std::thread::spawn(move || std::io::copy(&mut { output }, &mut std::io::sink()));
    let mut errors = child.stderr.take().expect("a pipe");
    errors.read_to_string(&mut text).expect("text");
    child.wait().expect("an end");
    text
}

#[test]
fn without_eos_the_files_are_written_when_the_element_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let filter = gathered(folder.path(), "");
    assert!(names(folder.path()).is_empty());
    filter
        .element
        .set_state(gst::State::Ready)
        .expect("stopped");
    assert_eq!(frames_in(&folder.path().join("s.json")), 1);
    tables::file::read(&folder.path().join("t.txt")).expect("a table");
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
    assert_eq!(filter.error(), None);
    assert_eq!(
        filter.element.property::<Option<gst::Structure>>("stats"),
        None
    );
}

#[test]
fn what_is_written_already_is_not_written_again_by_stopping() {
    let folder = tempfile::tempdir().expect("a folder");
    for by_signal in [false, true] {
        let mut filter = gathered(folder.path(), "");
        if by_signal {
            assert!(filter.element.emit_by_name::<bool>("write", &[]));
        } else {
            assert!(end(&mut filter));
        }
        names(folder.path())
            .iter()
            .for_each(|name| fs::remove_file(folder.path().join(name)).expect("removed"));
        stop(&filter);
        assert!(names(folder.path()).is_empty());
    }
    // Frames after the signal are.
    let mut filter = gathered(folder.path(), "");
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    filter.distill(frame(FORMAT, 2));
    stop(&filter);
    assert_eq!(frames_in(&folder.path().join("s.json")), 2);
}

#[test]
fn stopping_without_frames_writes_nothing_and_says_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let stats = folder.path().join("s.json");
    gather(&stats, 0..1, "");
    let result = folder.path().join("t.txt");
    let filter = calibrate_frames(
        &format!(
            "merge-from=\"<{}>\" location={}",
            stats.display(),
            result.display()
        ),
        FORMAT,
    );
    stop(&filter);
    assert_eq!((filter.error(), filter.warning()), (None, None));
    assert!(!result.exists());
}

#[test]
fn an_unreadable_frame_doesnt_cost_those_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut filter = gathered(folder.path(), "");
    assert!(
        filter
            .harness
            .push(gst::Buffer::from_mut_slice(vec![0u8; 10]))
            .is_err()
    );
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    let good = filter.harness.push(frame(FORMAT, 2));
    assert_eq!(good, Err(gst::FlowError::Error), "the stream has stopped");
    let mut filter = gathered(folder.path(), "");
    let stats = folder.path().join("s.json");
    fs::remove_file(&stats).expect("removed");
    assert!(
        filter
            .harness
            .push(gst::Buffer::from_mut_slice(vec![0u8; 10]))
            .is_err()
    );
    stop(&filter);
    assert_eq!(frames_in(&stats), 1);
}

#[test]
fn after_an_end_that_failed_the_result_can_be_written_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    let mut filter = gathered(&gone, "");
    fs::remove_dir(&gone).expect("an empty folder");
    assert!(!end(&mut filter));
    let text = filter.error().expect("an ERROR");
    assert!(
        text.contains("set another location and emit write"),
        "{text}"
    );
    let [table, stats] = ["t.txt", "s.json"].map(|name| folder.path().join(name));
    assert!(
        !write_to(&filter, "location", &table),
        "the statistics' folder is gone, too"
    );
    let text = filter.warning().expect("a WARNING, as one ERROR is enough");
    assert!(text.contains("gone/s.json"), "{text}");
    assert!(names(folder.path()).is_empty(), "all files or none");
    assert!(write_to(&filter, "stats-location", &stats));
    assert_eq!(frames_in(&stats), 1);
    tables::file::read(&table).expect("a table");
    // All is saved: stopping has nothing to add.
    stop(&filter);
    assert_eq!((filter.error(), filter.warning()), (None, None));
}

#[test]
fn what_cant_be_written_at_a_stop_stays_in_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    let plot = folder.path().join("p.png");
    let filter = gathered(&gone, &format!("plot-location={}", plot.display()));
    fs::remove_dir(&gone).expect("an empty folder");
    // (Its bus forgets messages with the state NULL.)
    filter
        .element
        .set_state(gst::State::Ready)
        .expect("stopped");
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("gone/t.txt"), "{text}");
    assert!(plot.exists(), "what can be written is");
    assert_eq!(filter.count("frames"), 1);
    stop(&filter);
    let [table, stats] = ["t.txt", "s.json"].map(|name| folder.path().join(name));
    filter.element.set_property("location", table.to_str());
    assert!(write_to(&filter, "stats-location", &stats));
    assert_eq!(frames_in(&stats), 1);
    assert!(table.exists());

    // Who starts it all the same is told.
    let filter = gathered(&gone, "");
    fs::remove_dir(&gone).expect("an empty folder");
    stop(&filter);
    filter.bus.set_flushing(true);
    filter.bus.set_flushing(false);
    fs::create_dir(&gone).expect("a folder");
    filter
        .element
        .set_state(gst::State::Playing)
        .expect("started");
    assert!(
        filter
            .warning()
            .expect("a WARNING")
            .contains("are given up")
    );
    assert_eq!(filter.count("frames"), 0);
}

/// Ctrl-C.
#[test]
fn an_interrupted_gst_launch_writes_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = launched("location=t.txt stats-location=s.json", folder.path());
    let text = interrupted(child);
    assert!(!text.contains("write"), "{text}");
    assert!(frames_in(&folder.path().join("s.json")) >= 3);
    tables::file::read(&folder.path().join("t.txt")).expect("a table");
}

#[test]
fn an_interrupted_gst_launch_tells_what_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let child = launched("location=gone/t.txt", folder.path());
    fs::remove_dir(&gone).expect("an empty folder");
    let text = interrupted(child);
    assert!(
        text.contains("Can't write the result: gone/t.txt: No such file"),
        "{text}"
    );
}
