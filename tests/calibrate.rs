// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featurecalibrate`: frames pass untouched, and what it writes at their end is whole and
//! what the frames are like, or there is an ERROR.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::calibration::json;
use gstfeaturedistill::tables::{self, presets};
use support::filter::{Filter, init, run};
use support::video::{Placement, bytes, info, scene};

/// An element with the properties of a gst-launch line.
fn calibrate(properties: &str) -> Filter {
    init();
    let line = format!("featurecalibrate {properties}");
    Filter::with_element(gst::parse::launch(&line).expect("properties"))
}

/// One that takes frames of a format.
fn calibrate_frames(properties: &str, format: VideoFormat) -> Filter {
    let mut filter = calibrate(properties);
    filter.set_caps(&info(format, WIDTH, HEIGHT));
    filter
}

const WIDTH: u32 = 37;
const HEIGHT: u32 = 21;

fn frame(format: VideoFormat, seed: u64) -> gst::Buffer {
    gst::Buffer::from_mut_slice(scene(seed, info(format, WIDTH, HEIGHT).size()))
}

/// Sends the end of the stream; returns whether it came out at the other side.
fn end(filter: &mut Filter) -> bool {
    filter.harness.push_event(gst::event::Eos::new());
    std::iter::from_fn(|| filter.harness.try_pull_event())
        .any(|event| event.type_() == gst::EventType::Eos)
}

/// The element message of a result.
fn message(filter: &Filter) -> gst::Structure {
    let message = filter.bus.pop_filtered(&[gst::MessageType::Element]);
    let message = message.expect("a message");
    let structure = message.structure().expect("a structure").to_owned();
    assert_eq!(structure.name(), "featurecalibrate");
    structure
}

/// Runs a gst-launch line that has to end with an ERROR, and returns its text.
fn error_of(line: &str) -> String {
    init();
    let pipeline = gst::parse::launch(line).expect("a pipeline");
    // What fails at the start has its say on the bus, too.
    let _ = pipeline.set_state(gst::State::Playing);
    let bus = pipeline.bus().expect("a bus");
    let timeout = gst::ClockTime::from_seconds(60);
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(timeout, &ends).expect("an end");
    pipeline.set_state(gst::State::Null).expect("stopped");
    match message.view() {
        gst::MessageView::Error(error) => error.error().message().to_string(),
        _ => panic!("{line}: no error"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

/// Statistics of the frames with these seeds, by way of the element.
fn gather(path: &Path, seeds: std::ops::Range<u64>, properties: &str) {
    let location = path.display();
    let mut filter = calibrate(&format!("stats-location={location} {properties}"));
    for seed in seeds {
        // Two formats, by turns.
        let format = [VideoFormat::I420, VideoFormat::Nv12][seed as usize % 2];
        filter.set_caps(&info(format, WIDTH, HEIGHT));
        filter.distill(frame(format, seed));
    }
    assert!(end(&mut filter), "{:?}", filter.error());
}

/// Merges files without a frame, as gst-launch would.
fn merge(from: &[&PathBuf], into: &Path, properties: &str) {
    let from: Vec<_> = from.iter().map(|path| path.display().to_string()).collect();
    let pipeline = run(&format!(
        "videotestsrc num-buffers=0 ! featurecalibrate merge-from=\"<{}>\" stats-location={} {properties} ! fakesink",
        from.join(","),
        into.display()
    ));
    pipeline.set_state(gst::State::Null).expect("stopped");
}

#[test]
fn frames_pass_untouched_as_the_very_buffers() {
    for format in [
        VideoFormat::I420,
        VideoFormat::Nv12,
        VideoFormat::Yuy2,
        VideoFormat::Argb,
        VideoFormat::Gbr,
        VideoFormat::Gray8,
    ] {
        init();
        let info = info(format, WIDTH, HEIGHT);
        for placement in [Placement::plain(&info), Placement::padded(&info)] {
            for mapping in ["two-step", "certified"] {
                let properties = format!("mapping={mapping} color-mode=ycbcr");
                let mut filter = calibrate_frames(&properties, format);
                let content = scene(7, placement.size);
                let buffer = placement.buffer_with_meta(content.clone());
                // Held here too, so that a change would need a copy.
                let result = filter.distill(buffer.clone());
                assert_eq!(result.as_ptr(), buffer.as_ptr(), "{format}");
                assert!(bytes(&result) == content, "{format}");
            }
        }
    }
}

#[test]
fn only_visible_samples_count_and_components_are_told_apart() {
    for (format, mode, luma, chroma) in [
        (VideoFormat::I420, "native", 15, 2 * 6),
        (VideoFormat::Nv12, "ycbcr", 15, 2 * 6),
        (VideoFormat::Gray8, "native", 15, 0),
        (VideoFormat::Rgb, "native", 3 * 15, 0),
        (VideoFormat::Rgb, "ycbcr", 15, 2 * 15),
    ] {
        init();
        let info = info(format, WIDTH, HEIGHT);
        let mut all = Vec::new();
        for placement in [Placement::plain(&info), Placement::padded(&info)] {
            let mut filter = calibrate_frames(&format!("color-mode={mode}"), format);
            let mut content = vec![0xee; placement.size];
            let mut samples = scene(3, info.size()).into_iter();
            for component in 0..info.n_components() as u8 {
                for position in placement.positions(component) {
                    content[position] = samples.next().expect("a sample");
                }
            }
            filter.distill(placement.buffer_with_meta(content));
            assert_eq!(filter.count("frames"), 1);
            assert_eq!(filter.count("blocks"), luma, "{format} {mode}");
            assert_eq!(filter.count("chroma-blocks"), chroma, "{format} {mode}");
            let stats = filter.stats();
            let std = |field| stats.get::<gst::Array>(field).expect("an array").to_value();
            all.push(["luma-std", "chroma-std"].map(|field| std(field).serialize().expect("text")));
        }
        assert_eq!(all[0], all[1], "{format}: padding makes no difference");
    }
}

/// The textbook's DCT in floating point, and the textbook's standard deviation.
#[test]
fn deviations_are_the_textbooks() {
    let (width, height) = (64u32, 48u32);
    let mut filter = calibrate("");
    filter.set_caps(&info(VideoFormat::Gray8, width, height));
    let mut values = vec![Vec::new(); 64];
    for seed in 0..3 {
        let samples = scene(seed, (width * height) as usize);
        filter.distill(gst::Buffer::from_mut_slice(samples.clone()));
        for block in 0..(width / 8 * height / 8) as usize {
            let (left, top) = (block % 8 * 8, block / 8 * 8);
            let sample = |x, y| f64::from(samples[(top + y) * width as usize + left + x]) - 128.0;
            for (index, values) in values.iter_mut().enumerate() {
                values.push(textbook(sample, index % 8, index / 8));
            }
        }
    }
    let stats = filter.stats();
    let std = stats.get::<gst::Array>("luma-std").expect("an array");
    for (index, values) in values.iter().enumerate() {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squared = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>();
        let found: f64 = std[index].get().expect("a double");
        // The integer transform is within a fifth of a level.
        let expected = (squared / count).sqrt();
        assert!(
            (found - expected).abs() < 0.2,
            "{index}: {found}, {expected}"
        );
    }
}

fn textbook(sample: impl Fn(usize, usize) -> f64, u: usize, v: usize) -> f64 {
    let basis = |frequency: usize, at: usize| {
        let norm = if frequency == 0 { 0.125f64.sqrt() } else { 0.5 };
        norm * ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
    };
    let all = (0..64).map(|i| (i % 8, i / 8));
    all.map(|(x, y)| basis(u, x) * basis(v, y) * sample(x, y))
        .sum()
}

#[test]
fn at_the_end_there_are_a_table_statistics_and_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let [table, stats, plot] = ["t.txt", "s.json", "p.png"].map(|name| folder.path().join(name));
    let mut filter = calibrate_frames(
        &format!(
            "location={} stats-location={} plot-location={} as-count=5 as-step=17 md-step=77",
            table.display(),
            stats.display(),
            plot.display()
        ),
        VideoFormat::I420,
    );
    filter.distill(frame(VideoFormat::I420, 1));
    filter.distill(frame(VideoFormat::I420, 2));
    assert!(names(folder.path()).is_empty(), "nothing before the end");
    assert!(end(&mut filter));
    let message = message(&filter);
    assert_eq!(names(folder.path()), ["p.png", "s.json", "t.txt"]);

    let read = tables::file::read(&table).expect("a table file");
    for table in [read.luma(), read.chroma()] {
        let finer = table.steps().iter().filter(|&&step| step == 17);
        assert_eq!(finer.count(), 5);
        assert!(table.steps().iter().all(|step| [17, 77].contains(step)));
    }
    let gathered = json::read(&stats).expect("statistics");
    assert_eq!(gathered.frames(), 2);
    let picture = image::open(&plot).expect("a picture").to_rgb8();
    let colors: std::collections::HashSet<_> = picture.pixels().collect();
    assert!(colors.len() > 40, "{} colours", colors.len());

    assert_eq!(message.get::<u64>("frames"), Ok(2));
    assert_eq!(message.get::<&str>("mapping"), Ok("two-step"));
    assert_eq!(
        message.get::<&str>("location"),
        Ok(table.to_str().expect("UTF-8"))
    );
    let steps = message.get::<gst::Array>("table").expect("a table");
    let steps = steps
        .iter()
        .map(|step| step.get::<u32>().expect("a step") as u8);
    assert!(steps.eq(read.luma().steps().iter().copied()));

    // cjpeg takes both tables, and the filter the file.
    let picture = folder.path().join("in.ppm");
    fs::write(&picture, [b"P6\n8 8\n255\n", &scene(1, 192)[..]].concat()).expect("a picture");
    let jpeg = Command::new("cjpeg")
        .args(["-quality", "50", "-qslots", "0,1,1", "-qtables"])
        .args([&table, &picture])
        .output()
        .expect("cjpeg");
    assert!(
        jpeg.status.success(),
        "{}",
        String::from_utf8_lossy(&jpeg.stderr)
    );
    assert_eq!(tables::file::parse(&jpeg.stdout), Ok(read));
    let mut filter = Filter::new(&format!("table-file={}", table.display()));
    filter.set_caps(&info(VideoFormat::I420, WIDTH, HEIGHT));
    filter.distill(frame(VideoFormat::I420, 3));
}

#[test]
fn pieces_merged_in_any_order_are_one_run_byte_for_byte() {
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
fn what_cant_be_merged_is_named() {
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
        (of(&other), "", "has version 2, expected 1"),
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
fn full_counts_stop_the_stream() {
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
            .contains("the counts are full")
    );
    assert!(!end(&mut filter));
    assert!(!result.exists());
}

#[test]
fn no_frames_are_an_error_and_no_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    assert!(!end(&mut filter));
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("No frames received"), "{text}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_frame_that_cant_be_read_stops_the_stream_and_there_is_no_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    filter.distill(frame(VideoFormat::I420, 1));
    let small = gst::Buffer::from_mut_slice(vec![0u8; 10]);
    assert_eq!(filter.harness.push(small), Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 1);
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("exceeds the buffer of 10 bytes"), "{text}");
    // Good ones come too late: what would be written lacks a frame.
    let good = filter.harness.push(frame(VideoFormat::I420, 2));
    assert_eq!(good, Err(gst::FlowError::Error));
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert!(!end(&mut filter));
    assert!(names(folder.path()).is_empty());
    assert_eq!(filter.error(), None, "one ERROR is enough");
}

#[test]
fn what_cant_be_written_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none/t.txt");
    for (properties, expected) in [
        (format!("location={}", missing.display()), "No such file"),
        (
            format!("plot-location={}", folder.path().display()),
            "not a regular file",
        ),
        ("stats-location=/dev/full".to_string(), "not a regular file"),
        (
            "location=x stats-location=x".to_string(),
            "two different things",
        ),
        (
            "location=x plot-location=./x".to_string(),
            "two different things",
        ),
        (
            format!(
                "location={0}/x stats-location={0}/../{1}/x",
                folder.path().display(),
                folder.path().file_name().expect("a name").display()
            ),
            "two different things",
        ),
    ] {
        let text = error_of(&format!(
            "videotestsrc ! featurecalibrate {properties} ! fakesink"
        ));
        assert!(text.starts_with("Can't write the result: "), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_cant_be_written_any_more_stops_the_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let (kept, lost) = (folder.path().join("kept.txt"), gone.join("lost.json"));
    fs::write(&kept, "old").expect("a file");
    let properties = format!(
        "location={} stats-location={}",
        kept.display(),
        lost.display()
    );
    let mut filter = calibrate_frames(&properties, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    fs::remove_dir(&gone).expect("an empty folder");
    assert!(!end(&mut filter), "the end isn't passed on");
    let text = filter.error().expect("an ERROR");
    assert!(text.contains(&lost.display().to_string()), "{text}");
    assert_eq!(names(folder.path()), ["kept.txt"]);
    assert_eq!(fs::read_to_string(&kept).expect("a file"), "old");
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(filter.error(), None, "one ERROR is enough");
}

/// While the stream goes on, too, what can't be written stops it.
#[test]
fn no_frame_passes_once_a_result_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let properties = format!("location={}", gone.join("t.txt").display());
    let mut filter = calibrate_frames(&properties, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    fs::remove_dir(&gone).expect("an empty folder");
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert!(filter.error().is_some());
    let pushed = filter.harness.push(frame(VideoFormat::Gray8, 2));
    assert_eq!(pushed, Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 1);
}

/// Another thread writes while frames pass, and a third one always finds whole files.
#[test]
fn the_signal_writes_while_the_stream_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let stats = folder.path().join("s.json");
    let mut filter = calibrate_frames(
        &format!("stats-location={}", stats.display()),
        VideoFormat::I420,
    );
    assert_eq!(filter.warning(), None);
    filter.distill(frame(VideoFormat::I420, 0));
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
    std::thread::scope(|scope| {
        let element = filter.element.clone();
        let writer = scope.spawn(move || {
            (0..20).for_each(|_| assert!(element.emit_by_name::<bool>("write", &[])));
        });
        scope.spawn(|| {
            while !writer.is_finished() {
                let frames = json::read(&stats).expect("whole statistics").frames();
                assert!((1..=40).contains(&frames));
            }
            writer.join().expect("all written");
        });
        for seed in 1..40 {
            filter.distill(frame(VideoFormat::I420, seed));
        }
    });
    assert!(end(&mut filter));
    assert_eq!(json::read(&stats).expect("statistics").frames(), 40);
    assert_eq!(names(folder.path()), ["s.json"]);
}

#[test]
fn a_result_asked_for_too_early_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(filter.error(), None);
    assert_eq!(filter.warning(), None);
    filter.distill(frame(VideoFormat::I420, 1));
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    assert!(table.exists());
    assert!(end(&mut filter));
}

/// Who hears of a result in the thread that tells it may ask for the next one.
#[test]
fn the_signal_may_come_from_the_bus_handler() {
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut filter = calibrate_frames("as-step=10", VideoFormat::Gray8);
        filter.distill(frame(VideoFormat::Gray8, 1));
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let (answers, answered) = std::sync::mpsc::channel();
        let element = filter.element.clone();
        filter.bus.set_sync_handler(move |_, message| {
            use gst::MessageType::{Element, Warning};
            let tells = [Element, Warning].contains(&message.type_());
            if tells && asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3 {
                let written = element.emit_by_name::<bool>("write", &[]);
                answers.send((message.type_(), written)).expect("a test");
            }
            gst::BusSyncReply::Drop
        });
        assert!(end(&mut filter));
        filter.bus.unset_sync_handler();
        done.send(answered.iter().collect::<Vec<_>>())
            .expect("a test");
    });
    let answers = finished.recv_timeout(std::time::Duration::from_secs(60));
    let answers = answers.expect("no deadlock");
    let (element, warning) = (gst::MessageType::Element, gst::MessageType::Warning);
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|&(_, written)| written));
    for kind in [element, warning] {
        assert!(answers.iter().any(|&(told, _)| told == kind), "{kind:?}");
    }
}

/// What a stream was begun with, its statistics depend on; the steps are anybody's until the end.
#[test]
fn mapping_epsilon_and_color_mode_hold_until_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let [table, stats] = ["t.txt", "s.json"].map(|name| folder.path().join(name));
    let properties = format!("stats-location={} epsilon=1.5", stats.display());
    let mut filter = calibrate_frames(&properties, VideoFormat::Rgb);
    let mut other = calibrate_frames("epsilon=1.5", VideoFormat::Rgb);
    filter.distill(frame(VideoFormat::Rgb, 1));
    other.distill(frame(VideoFormat::Rgb, 1));
    for (name, value) in [
        ("mapping", "certified"),
        ("color-mode", "ycbcr"),
        ("epsilon", "3"),
        ("as-step", "30"),
        ("location", table.to_str().expect("UTF-8")),
    ] {
        filter.element.set_property_from_str(name, value);
    }
    for filter in [&mut filter, &mut other] {
        // New caps, as from a camera that was turned.
        filter.set_caps(&info(VideoFormat::Rgb, HEIGHT, WIDTH));
        let size = info(VideoFormat::Rgb, HEIGHT, WIDTH).size();
        filter.distill(gst::Buffer::from_mut_slice(scene(2, size)));
    }
    assert_eq!(filter.count("blocks"), other.count("blocks"));
    assert_eq!(filter.count("chroma-blocks"), 0);
    // (The end would keep the bench from a second stream.)
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    let result = message(&filter);
    assert_eq!(result.get::<&str>("mapping"), Ok("two-step"));
    assert_eq!(result.get::<f64>("epsilon"), Ok(1.5));
    assert!(!result.has_field("settled-blocks"));
    let steps = *tables::file::read(&table).expect("a table file").luma();
    assert!(steps.steps().contains(&30));
    assert_eq!(json::read(&stats).expect("statistics").settling(), None);

    let set = |state| filter.element.set_state(state).expect("a state");
    set(gst::State::Ready);
    set(gst::State::Playing);
    filter.set_caps(&info(VideoFormat::Rgb, WIDTH, HEIGHT));
    filter.distill(frame(VideoFormat::Rgb, 1));
    assert!(filter.count("chroma-blocks") > 0);
    assert!(filter.count("settled-blocks") > 0);
}

/// GObject refuses it as out of range, so that it never gets into a file.
#[test]
fn an_epsilon_that_is_no_number_is_refused() {
    init();
    for wrong in ["nan", "-nan"] {
        let element = gst::parse::launch(&format!("featurecalibrate epsilon=1.5 epsilon={wrong}"));
        let element = element.expect("properties");
        assert_eq!(element.property::<f64>("epsilon"), 1.5);
        let set = || element.set_property("epsilon", f64::NAN);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(set)).is_err());
        assert_eq!(element.property::<f64>("epsilon"), 1.5);
    }
}

#[test]
fn before_the_start_the_signal_does_nothing() {
    init();
    let element = gst::ElementFactory::make("featurecalibrate")
        .build()
        .expect("the element");
    assert!(!element.emit_by_name::<bool>("write", &[]));
    assert_eq!(element.property::<Option<gst::Structure>>("stats"), None);
}

/// Beside the filter itself, settling the same frames.
#[test]
fn certified_tells_what_settling_comes_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    for (format, mode) in [
        (VideoFormat::I420, "native"),
        (VideoFormat::Rgb, "native"),
        (VideoFormat::Rgb, "ycbcr"),
    ] {
        let both = format!("epsilon=1.5 color-mode={mode}");
        let location = table.display();
        let properties = format!("mapping=certified location={location} {both}");
        let mut filter = calibrate_frames(&properties, format);
        let mut settling = Filter::new(&format!("preset=certified settle=true {both}"));
        settling.set_caps(&info(format, WIDTH, HEIGHT));
        for seed in 0..4 {
            filter.distill(frame(format, seed));
            settling.distill(frame(format, seed));
        }
        assert!(end(&mut filter));
        let message = message(&filter);
        let read = tables::file::read(&table).expect("a table file");
        assert_eq!(read, presets::certified(1.5).into());
        let rms: f64 = settling.stats().get("rms-change").expect("a double");
        let psnr: f64 = message.get("psnr").expect("a double");
        assert!((psnr - 20.0 * (255.0 / rms).log10()).abs() < 1e-9);
        assert_eq!(message.get::<u64>("unsettled"), Ok(0));
        let share: f64 = message.get("moved-share").expect("a double");
        assert!(share > 0.0 && share < 1.0, "{share}");
    }
}

#[test]
fn steps_that_are_too_fine_are_warned_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let location = format!("location={}", folder.path().join("t.txt").display());
    let warning = |properties: &str| {
        let mut filter = calibrate_frames(&format!("{location} {properties}"), VideoFormat::Gray8);
        filter.distill(frame(VideoFormat::Gray8, 1));
        assert!(filter.element.emit_by_name::<bool>("write", &[]));
        assert!(end(&mut filter));
        let warning = filter.warning();
        assert_eq!(filter.warning(), None, "once is enough");
        warning
    };
    let text = warning("as-step=10").expect("a WARNING");
    assert!(text.contains("is too fine for epsilon=1"), "{text}");
    assert!(text.contains("at least 17 is needed"), "{text}");
    for fine in [
        "",
        "as-step=10 epsilon=0",
        "as-step=17",
        "mapping=deepn",
        "mapping=certified",
    ] {
        assert_eq!(warning(fine), None, "{fine}");
    }
}

#[test]
fn without_a_location_there_is_a_warning() {
    let mut filter = calibrate_frames("", VideoFormat::Gray8);
    let text = filter.warning().expect("a WARNING");
    assert!(text.starts_with("No output file: set location"), "{text}");
    filter.distill(frame(VideoFormat::Gray8, 1));
    assert!(end(&mut filter));
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
}

#[test]
fn a_restart_starts_from_nothing() {
    let mut filter = calibrate_frames("", VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    assert_eq!(filter.count("frames"), 1);
    filter
        .element
        .set_state(gst::State::Ready)
        .expect("stopped");
    filter
        .element
        .set_state(gst::State::Playing)
        .expect("started");
    assert_eq!(filter.count("frames"), 0);
}
