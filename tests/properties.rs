// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Every property: its default, that it is kept, what it does, and when.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_controller::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::featuredistill::{
    AsSelection, Backend, ColorMode, FeatureDistillMessage, Preset,
};
use gstfeaturedistill::tables::{Tables as Presets, presets};
use support::filter::{Filter, init};
use support::video::{Placement, Tables, bytes, expected, file, info, scene};

const WIDTH: u32 = 45;
const HEIGHT: u32 = 27;

fn placement() -> Placement {
    Placement::plain(&info(VideoFormat::I420, WIDTH, HEIGHT))
}

fn frame() -> Vec<u8> {
    scene(1, placement().size)
}

fn filter(properties: &str) -> Filter {
    let mut filter = Filter::new(properties);
    filter.set_caps(&info(VideoFormat::I420, WIDTH, HEIGHT));
    filter
}

/// What comes out for [`frame`].
fn output(filter: &mut Filter) -> Vec<u8> {
    bytes(&filter.distill(gst::Buffer::from_mut_slice(frame())))
}

/// What has to come out for [`frame`] with these tables.
fn output_with(tables: impl Into<Presets>) -> Vec<u8> {
    let tables = tables.into();
    let tables = Tables {
        luma: *tables.luma().steps(),
        chroma: *tables.chroma().steps(),
    };
    expected(&placement(), &frame(), &tables, false).0
}

fn step(step: u8) -> std::num::NonZeroU8 {
    std::num::NonZeroU8::new(step).expect("a step")
}

#[test]
fn defaults() {
    init();
    let element = gst::ElementFactory::make("featuredistill").build().unwrap();
    assert_eq!(element.property::<Preset>("preset"), Preset::TwoStep);
    assert_eq!(element.property::<u32>("as-step"), 26);
    assert_eq!(element.property::<u32>("md-step"), 18);
    assert_eq!(element.property::<u32>("as-count"), 15);
    let selection = element.property::<AsSelection>("as-selection");
    assert_eq!(selection, AsSelection::Zigzag);
    assert_eq!(element.property::<u32>("as-window"), 30);
    assert_eq!(element.property::<Option<String>>("table-file"), None);
    assert_eq!(element.property::<u32>("quality"), 50);
    let color_mode = element.property::<ColorMode>("color-mode");
    assert_eq!(color_mode, ColorMode::Native);
    assert_eq!(element.property::<u32>("n-threads"), 0);
    assert_eq!(element.property::<Backend>("backend"), Backend::Auto);
    assert!(!element.property::<bool>("bypass"));
    assert!(!element.property::<bool>("post-messages"));
    // Of the parent: late frames are dropped before they are distilled.
    assert!(element.property::<bool>("qos"));
}

#[test]
fn defaults_are_what_the_param_specs_say() {
    init();
    let element = gst::ElementFactory::make("featuredistill").build().unwrap();
    for spec in element.list_properties() {
        if spec.owner_type() == element.type_() && spec.name() != "stats" {
            let value = element.property_value(spec.name());
            let default = spec.default_value();
            assert_eq!(
                value.serialize().ok(),
                default.serialize().ok(),
                "{}",
                spec.name()
            );
        }
    }
}

#[test]
fn every_property_keeps_what_it_is_set_to() {
    init();
    let element = gst::ElementFactory::make("featuredistill").build().unwrap();
    for (name, values) in [
        (
            "preset",
            &[
                "released",
                "uniform",
                "one-pass",
                "certified",
                "annex-k",
                "two-step",
            ][..],
        ),
        ("as-step", &["1", "255"]),
        ("md-step", &["1", "255"]),
        ("as-count", &["0", "64"]),
        ("as-selection", &["frame", "stream", "zigzag"]),
        ("table-file", &["/some where/table.txt"]),
        ("quality", &["1", "100"]),
        ("color-mode", &["ycbcr", "native"]),
        ("n-threads", &["1", "4294967295", "0"]),
        ("backend", &["scalar", "neon", "avx2", "avx512", "auto"]),
        ("bypass", &["true", "false"]),
        ("post-messages", &["true", "false"]),
    ] {
        for value in values {
            element.set_property_from_str(name, value);
            let kept = element.property_value(name).serialize().expect("a text");
            let kept = kept.trim_matches('"').replace("\\ ", " ");
            assert_eq!(&kept, value, "{name}");
        }
    }
}

#[test]
fn presets_and_their_steps() {
    for (properties, table) in [
        ("", presets::two_step(step(26), step(18), 15).into()),
        (
            "as-step=7 md-step=90 as-count=4",
            presets::two_step(step(7), step(90), 4).into(),
        ),
        ("as-count=0", presets::uniform(step(18)).into()),
        ("as-count=64", presets::uniform(step(26)).into()),
        ("preset=one-pass", presets::one_pass()),
        ("preset=released as-step=1", presets::released().into()),
        (
            "preset=uniform md-step=17 as-step=1",
            presets::uniform(step(17)).into(),
        ),
        ("preset=annex-k", presets::annex_k()),
        ("preset=annex-k quality=80", presets::annex_k().scaled(80)),
        (
            "quality=10",
            Presets::from(presets::two_step(step(26), step(18), 15)).scaled(10),
        ),
    ] {
        let mut filter = filter(properties);
        assert!(output(&mut filter) == output_with(table), "{properties}");
        let steps: Vec<u32> = table.luma().steps().map(u32::from).to_vec();
        assert_eq!(table_in_stats(&filter), steps, "{properties}");
    }
}

fn table_in_stats(filter: &Filter) -> Vec<u32> {
    let stats = filter.stats();
    let table = stats.get::<gst::Array>("table").expect("an array");
    table
        .iter()
        .map(|step| step.get().expect("a uint"))
        .collect()
}

#[test]
fn settings_change_between_frames() {
    let mut filter = filter("preset=uniform");
    for md_step in [1, 30, 255, 30] {
        filter.element.set_property("md-step", u32::from(md_step));
        let table = presets::uniform(step(md_step));
        assert!(output(&mut filter) == output_with(table), "{md_step}");
    }
    filter.element.set_property("preset", Preset::AnnexK);
    assert!(output(&mut filter) == output_with(presets::annex_k()));
}

#[test]
fn backends_are_at_most_what_was_asked_for_and_all_alike() {
    let expected = output_with(presets::released());
    let ranking = ["scalar", "neon", "avx2", "avx512"];
    let limits = ranking.iter().enumerate();
    for (limit, &name) in limits.chain([(ranking.len(), &"auto")]) {
        let mut filter = filter(&format!("preset=released backend={name}"));
        assert!(output(&mut filter) == expected, "{name}");
        let used = filter.stats().get::<String>("backend").expect("a name");
        let rank = ranking.iter().position(|&backend| backend == used);
        assert!(rank.expect("a known name") <= limit, "{name}: {used}");
    }
}

#[test]
fn small_frames_stay_on_the_streaming_thread() {
    let mut filter = filter("n-threads=8");
    assert_eq!(filter.stats().get("n-threads"), Ok(0u32), "no frame yet");
    output(&mut filter);
    assert_eq!(filter.stats().get("n-threads"), Ok(1u32));
}

/// Frames on which settings are changed all the time by another thread are each of one setting.
fn whole_plans(properties: &str, width: u32, height: u32, change: [(&str, &str); 2]) -> Filter {
    let info = info(VideoFormat::I420, width, height);
    let frame = scene(9, info.size());
    let alternatives = change.map(|(name, value)| {
        let mut filter = Filter::new(&format!("{properties} {name}={value}"));
        filter.set_caps(&info);
        bytes(&filter.distill(gst::Buffer::from_mut_slice(frame.clone())))
    });
    assert!(alternatives[0] != alternatives[1]);

    let mut filter = Filter::new(properties);
    filter.set_caps(&info);
    let (element, done) = (filter.element.clone(), AtomicBool::new(false));
    element.set_property_from_str(change[0].0, change[0].1);
    let (mut seen, mut mixed) = ([0, 0], false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for (name, value) in change {
                    element.set_property_from_str(name, value);
                    std::thread::yield_now();
                }
            }
        });
        // As many as it takes to see both; a moment, unless the other thread gets no time at all.
        let patience = Instant::now() + Duration::from_secs(60);
        while seen.iter().any(|&count| count < 4) && Instant::now() < patience {
            let result = filter.distill(gst::Buffer::from_mut_slice(frame.clone()));
            let map = result.map_readable().expect("readable");
            match alternatives.iter().position(|whole| map[..] == whole[..]) {
                Some(which) => seen[which] += 1,
                None => {
                    mixed = true;
                    break;
                }
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(!mixed, "a frame of neither setting");
    assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
    filter
}

#[test]
fn another_thread_changes_a_step() {
    whole_plans(
        "preset=uniform",
        160,
        120,
        [("md-step", "9"), ("md-step", "99")],
    );
}

#[test]
fn another_thread_changes_the_preset_of_large_frames_on_two_threads() {
    let change = [("preset", "released"), ("preset", "annex-k")];
    let filter = whole_plans("n-threads=2", 1920, 1080, change);
    assert_eq!(filter.stats().get("n-threads"), Ok(2u32));
}

#[test]
fn another_thread_changes_bypass() {
    whole_plans("", 160, 120, [("bypass", "true"), ("bypass", "false")]);
}

#[test]
fn bypass_takes_effect_with_the_next_frame_both_ways() {
    let mut filter = filter("");
    let distilled = output_with(presets::two_step(step(26), step(18), 15));
    assert!(distilled != frame());
    let pattern = [false, true, true, false, false, true, false];
    for bypass in pattern {
        filter.element.set_property("bypass", bypass);
        let result = output(&mut filter);
        assert!(result == if bypass { frame() } else { distilled.clone() });
    }
    assert_eq!(filter.count("frames"), 4);
    assert_eq!(filter.count("bypassed"), 3);
}

#[test]
fn bypass_hands_on_the_very_buffer() {
    let mut filter = filter("bypass=true");
    let buffer = gst::Buffer::from_mut_slice(frame());
    let address = buffer.as_ptr();
    assert_eq!(filter.distill(buffer).as_ptr(), address);
}

#[test]
fn bypass_from_the_start_ends_at_the_switch() {
    let mut filter = filter("bypass=true");
    // Shared buffers, which must be copied the moment that bypass ends.
    let buffer = gst::Buffer::from_mut_slice(frame());
    assert!(bytes(&filter.distill(buffer.clone())) == frame());
    filter.element.set_property("bypass", false);
    let result = bytes(&filter.distill(buffer.clone()));
    assert!(result == output_with(presets::two_step(step(26), step(18), 15)));
    assert!(bytes(&buffer) == frame());
}

#[test]
fn bypass_passes_on_what_would_stop_the_stream() {
    let mut filter = filter("bypass=true");
    filter.distill(gst::Buffer::from_mut_slice(vec![0u8; 3]));
    filter.element.set_property("bypass", false);
    let short = gst::Buffer::from_mut_slice(vec![0u8; 3]);
    assert_eq!(filter.harness.push(short), Err(gst::FlowError::Error));
    assert!(filter.harness.try_pull().is_none());
}

#[test]
fn controlled_quality_follows_the_stream_time() {
    let mut filter = filter("preset=annex-k");
    let source = gst_controller::InterpolationControlSource::new();
    source.set_mode(gst_controller::InterpolationMode::Linear);
    source.set(gst::ClockTime::ZERO, 10.0);
    source.set(gst::ClockTime::from_seconds(8), 90.0);
    let binding =
        gst_controller::DirectControlBinding::new_absolute(&filter.element, "quality", &source);
    filter.element.add_control_binding(&binding).expect("bound");
    for second in 0..=8u64 {
        let mut buffer = gst::Buffer::from_mut_slice(frame());
        let pts = gst::ClockTime::from_seconds(second);
        buffer.get_mut().unwrap().set_pts(pts);
        let result = bytes(&filter.distill(buffer));
        let quality = 10 + 10 * second as u8;
        assert!(result == output_with(presets::annex_k().scaled(quality)));
        assert_eq!(
            filter.element.property::<u32>("quality"),
            u32::from(quality)
        );
    }
}

#[test]
fn controlled_bypass_follows_the_stream_time() {
    let mut filter = filter("");
    let source = gst_controller::InterpolationControlSource::new();
    source.set_mode(gst_controller::InterpolationMode::None);
    for (second, value) in [(0, 0.0), (2, 1.0), (4, 0.0)] {
        source.set(gst::ClockTime::from_seconds(second), value);
    }
    let binding =
        gst_controller::DirectControlBinding::new_absolute(&filter.element, "bypass", &source);
    filter.element.add_control_binding(&binding).expect("bound");
    for second in 0..6 {
        let mut buffer = gst::Buffer::from_mut_slice(frame());
        let pts = gst::ClockTime::from_seconds(second);
        buffer.get_mut().unwrap().set_pts(pts);
        let unchanged = bytes(&filter.distill(buffer)) == frame();
        assert_eq!(unchanged, (2..4).contains(&second), "second {second}");
    }
}

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

#[test]
fn stats_are_what_the_frames_show() {
    let mut filter = filter("preset=uniform md-step=60");
    let steps = [60; 64];
    let tables = Tables {
        luma: steps,
        chroma: steps,
    };
    let (mut samples, mut squares, mut max) = (0u64, 0u64, 0u32);
    let (mut coefficients, mut zeroed) = (0, 0);
    for (frame, (width, height)) in [(45, 27), (8, 8), (1, 1)].into_iter().enumerate() {
        // Grey without padding: every byte is a sample.
        let info = gst_video::VideoInfo::builder(VideoFormat::Gray8, width, height)
            .stride(&[width as i32])
            .build()
            .expect("a size");
        filter.set_caps(&info);
        let placement = Placement {
            size: (width * height) as usize,
            ..Placement::plain(&info)
        };
        let before = scene(frame as u64, placement.size);
        let buffer = placement.buffer_with_meta(before.clone());
        let after = bytes(&filter.distill(buffer));
        for (old, new) in before.iter().zip(&after) {
            let change = u32::from(old.abs_diff(*new));
            samples += 1;
            squares += u64::from(change * change);
            max = max.max(change);
        }
        coefficients += u64::from(width.div_ceil(8) * height.div_ceil(8) * 64);
        zeroed += expected(&placement, &before, &tables, false).1.zeroed;
    }
    let stats = filter.stats();
    assert_eq!(stats.get("frames"), Ok(3u64));
    assert_eq!(stats.get("bypassed"), Ok(0u64));
    assert_eq!(stats.get("coefficients"), Ok(coefficients));
    assert_eq!(stats.get("zeroed"), Ok(zeroed));
    let rms = (squares as f64 / samples as f64).sqrt();
    assert_eq!(stats.get("rms-change"), Ok(rms));
    assert_eq!(stats.get("max-change"), Ok(max));
    assert!(stats.get::<u64>("processing-time").unwrap() > 0);
    assert_eq!(table_in_stats(&filter), [60; 64]);
}

/// The element messages on the bus.
fn messages(filter: &Filter) -> Vec<FeatureDistillMessage> {
    std::iter::from_fn(|| filter.bus.pop_filtered(&[gst::MessageType::Element]))
        .map(|message| {
            assert_eq!(message.src(), Some(filter.element.upcast_ref()));
            let structure = message.structure().expect("a structure");
            FeatureDistillMessage::try_from(structure).expect("a message of ours")
        })
        .collect()
}

#[test]
fn messages_are_posted_when_asked_for() {
    let mut filter = filter("");
    output(&mut filter);
    assert!(messages(&filter).is_empty());

    filter.element.set_property("post-messages", true);
    // Running time starts at 2 s of the stream.
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    segment.set_start(gst::ClockTime::from_seconds(2));
    filter
        .harness
        .push_event(gst::event::Segment::new(&segment));
    let mut buffer = gst::Buffer::from_mut_slice(frame());
    let pts = gst::ClockTime::from_seconds(5);
    buffer.get_mut().unwrap().set_pts(pts);
    filter.distill(buffer);
    let posted = messages(&filter);
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].pts, Some(pts));
    let running_time = gst::ClockTime::from_seconds(3);
    assert_eq!(posted[0].running_time, Some(running_time));

    // Both frames were the same, so that the totals tell what this one did.
    let stats = filter.stats();
    assert_eq!(stats.get("rms-change"), Ok(posted[0].rms_change));
    assert_eq!(stats.get("max-change"), Ok(posted[0].max_change));
    assert_eq!(stats.get("zeroed"), Ok(2 * posted[0].zeroed));

    output(&mut filter);
    let without_time = messages(&filter);
    assert_eq!(without_time[0].pts, None);
    assert_eq!(without_time[0].running_time, None);
    filter.element.set_property("post-messages", false);
    output(&mut filter);
    assert!(messages(&filter).is_empty());
}

#[test]
fn bypassed_frames_post_no_messages() {
    let mut filter = filter("bypass=true post-messages=true");
    output(&mut filter);
    assert!(messages(&filter).is_empty());
}
