// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Every property: its default, its values and its effect.

mod changes;
#[path = "../support/mod.rs"]
mod support;
mod table_file;

use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::featuredistill::{
    AsSelection, AutoColorMode, Backend, DigestKind, FeatureDistillMessage, Preset,
};
use gstfeaturedistill::tables::{Tables as Presets, presets};
use support::filter::{Filter, init};
use support::video::{Placement, Tables, bytes, expected, info, scene};

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

/// The output for [`frame`].
fn output(filter: &mut Filter) -> Vec<u8> {
    bytes(&filter.distill(gst::Buffer::from_mut_slice(frame())))
}

/// The expected output for [`frame`] with these tables.
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
fn defaults_are_as_documented() {
    init();
    let element = gst::ElementFactory::make("featuredistill").build().unwrap();
    assert_eq!(element.property::<Preset>("preset"), Preset::OnePass);
    assert_eq!(element.property::<u32>("as-step"), 26);
    assert_eq!(element.property::<u32>("md-step"), 18);
    assert_eq!(element.property::<u32>("as-count"), 15);
    let selection = element.property::<AsSelection>("as-selection");
    assert_eq!(selection, AsSelection::Zigzag);
    assert_eq!(element.property::<u32>("as-window"), 30);
    assert_eq!(element.property::<Option<String>>("table-file"), None);
    assert_eq!(element.property::<u32>("quality"), 50);
    let color_mode = element.property::<AutoColorMode>("color-mode");
    assert_eq!(color_mode, AutoColorMode::Auto);
    assert_eq!(element.property::<u32>("n-threads"), 0);
    assert_eq!(element.property::<Backend>("backend"), Backend::Auto);
    assert!(!element.property::<bool>("bypass"));
    assert!(!element.property::<bool>("post-messages"));
    assert!(!element.property::<bool>("attach-meta"));
    assert_eq!(element.property::<u64>("tamper-interval"), 1_000_000_000);
    assert_eq!(element.property::<DigestKind>("digest"), DigestKind::None);
    assert_eq!(element.property::<Option<String>>("key-file"), None);
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
                "one-pass",
            ][..],
        ),
        ("as-step", &["1", "255"]),
        ("md-step", &["1", "255"]),
        ("as-count", &["0", "64"]),
        ("as-selection", &["frame", "stream", "zigzag"]),
        ("table-file", &["/some where/table.txt"]),
        ("quality", &["1", "100"]),
        ("color-mode", &["ycbcr", "native", "auto"]),
        ("n-threads", &["1", "4294967295", "0"]),
        (
            "backend",
            &["scalar", "neon", "avx2", "avx-vnni", "avx512", "auto"],
        ),
        ("bypass", &["true", "false"]),
        ("post-messages", &["true", "false"]),
        ("attach-meta", &["true", "false"]),
        ("tamper-interval", &["1", "1000000000"]),
        ("digest", &["blake3", "none"]),
        ("key-file", &["/some where/key"]),
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
fn presets_use_their_steps() {
    for (properties, table) in [
        ("", presets::one_pass()),
        (
            "preset=two-step",
            presets::two_step(step(26), step(18), 15).into(),
        ),
        (
            "preset=two-step as-step=7 md-step=90 as-count=4",
            presets::two_step(step(7), step(90), 4).into(),
        ),
        (
            "preset=two-step as-count=0",
            presets::uniform(step(18)).into(),
        ),
        (
            "preset=two-step as-count=64",
            presets::uniform(step(26)).into(),
        ),
        ("preset=one-pass", presets::one_pass()),
        ("preset=released as-step=1", presets::released().into()),
        (
            "preset=uniform md-step=17 as-step=1",
            presets::uniform(step(17)).into(),
        ),
        ("preset=annex-k", presets::annex_k()),
        ("preset=annex-k quality=80", presets::annex_k().scaled(80)),
        (
            "preset=two-step quality=10",
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
fn backends_are_limited_by_the_property_and_agree() {
    init();
    let expected = output_with(presets::released());
    let ranking = ["scalar", "neon", "avx2", "avx-vnni", "avx512"];
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

#[test]
fn stats_match_the_frames() {
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
