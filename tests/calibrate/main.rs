// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featurecalibrate`: frames pass untouched, and what it writes at their end is whole and
//! what the frames are like, or there is an ERROR.

mod endings;
mod merge;
mod mounts;
mod outputs;
mod signal;
#[path = "../support/mod.rs"]
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

/// Statistics in the file at `path`: how many frames.
fn frames_in(path: &Path) -> u64 {
    json::read(path).expect("statistics").frames()
}

/// Sets a location and writes the files.
fn write_to(filter: &Filter, property: &str, path: &Path) -> bool {
    filter.element.set_property(property, path.to_str());
    filter.element.emit_by_name::<bool>("write", &[])
}

/// Makes a folder with the plugin as it was built, for other programs.
fn plugin_in(folder: &Path) -> &Path {
    let test = std::env::current_exe().expect("the path of this test");
    fs::create_dir(folder).expect("a folder");
    let name = "libgstfeaturedistill.so";
    fs::copy(test.with_file_name(name), folder.join(name)).expect("the plugin");
    folder
}

/// Stops the element.
fn stop(filter: &Filter) {
    filter.element.set_state(gst::State::Null).expect("stopped");
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
fn only_visible_samples_count_and_components_are_separate() {
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
fn deviations_equal_those_of_the_definition() {
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

/// Statistics depend on the settings at the start of the stream; steps may change until its end.
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
fn an_epsilon_of_nan_is_refused() {
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

/// Beside the filter itself, settling the same frames.
#[test]
fn certified_reports_psnr_and_moved_share() {
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
fn a_restart_resets_the_statistics() {
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
