// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Properties that change while frames are processed: by the application, by another thread, by a
//! controller.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_controller::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::featuredistill::Preset;
use gstfeaturedistill::tables::presets;

use crate::support::filter::Filter;
use crate::support::video::{bytes, info, scene};
use crate::{filter, frame, output, output_with, step};

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

/// Checks that frames are each of one setting while another thread changes it.
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
    let distilled = output_with(presets::one_pass());
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
    assert!(result == output_with(presets::one_pass()));
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
