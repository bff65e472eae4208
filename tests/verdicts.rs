// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Verdicts on frames: the meta of `attach-meta`.

mod support;

use std::path::PathBuf;
use std::process::Command;

use gst::meta::CustomMeta;
use gst::prelude::*;
use gst_video::VideoFormat;
use gstfeaturedistill::featuredistill::FeatureDistillMessage;
use support::filter::{Filter, Running, init};
use support::video::{info, scene};

const NAME: &str = "featuredistill";

fn filter(properties: &str) -> Filter {
    let mut filter = Filter::launch(properties);
    filter.set_caps(&info(VideoFormat::I420, 64, 48));
    filter
}

fn frame() -> gst::Buffer {
    let bytes = scene(1, info(VideoFormat::I420, 64, 48).size());
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    let target = buffer.get_mut().expect("a fresh buffer");
    target.set_pts(gst::ClockTime::SECOND);
    buffer
}

/// The verdicts on a frame.
fn verdicts(buffer: &gst::BufferRef) -> Vec<FeatureDistillMessage> {
    let metas = buffer.iter_meta::<gst::Meta>();
    let ours = metas.filter_map(|meta| {
        meta.try_as_custom_meta()
            .map(|meta| meta.structure().to_owned())
    });
    ours.map(|structure| FeatureDistillMessage::try_from(structure.as_ref()).expect("a verdict"))
        .collect()
}

#[test]
fn a_verdict_has_the_fields_of_the_message() {
    let properties =
        "preset=certified tamper-threshold=0.1 digest=blake3 post-messages=true attach-meta=true";
    let mut filter = filter(&format!("featuredistill {properties}"));
    let result = filter.distill(frame());
    let named = |message: &gst::Message| message.structure().is_some_and(|s| s.name() == NAME);
    let message = std::iter::from_fn(|| filter.bus.pop_filtered(&[gst::MessageType::Element]))
        .find(named)
        .expect("a message");
    let message = FeatureDistillMessage::try_from(message.structure().expect("a structure"));
    let message = message.expect("a message of ours");
    assert_eq!(verdicts(&result), [message]);
    assert!(message.tampered && message.digest.is_some());
    assert_eq!(message.running_time, Some(gst::ClockTime::SECOND));
}

#[test]
fn a_second_pass_replaces_the_verdict_of_the_first() {
    let first = "featuredistill preset=certified settle=true attach-meta=true";
    let mut both = filter(&format!(
        "{first} ! featuredistill preset=certified attach-meta=true"
    ));
    let verdict = |result: &gst::BufferRef| match verdicts(result)[..] {
        [verdict] => verdict,
        ref verdicts => panic!("{verdicts:?}"),
    };
    let after_first = verdict(&filter(first).distill(frame()));
    assert!(after_first.rms_change > 1.0 && after_first.certified_epsilon >= 1.0);
    let after_both = verdict(&both.distill(frame()));
    assert_eq!(
        (after_both.rms_change, after_both.certified_epsilon),
        (0.0, 0.0)
    );
}

#[test]
fn several_older_verdicts_are_replaced_and_other_metas_stay() {
    let mut filter = filter("featuredistill attach-meta=true");
    // Registers the meta.
    filter.distill(frame());
    let mut buffer = frame();
    let target = buffer.get_mut().expect("a fresh buffer");
    for _ in 0..2 {
        CustomMeta::add(target, NAME).expect("a meta");
    }
    let (format, size) = (VideoFormat::I420, (64, 48));
    gst_video::VideoMeta::add(
        target,
        gst_video::VideoFrameFlags::empty(),
        format,
        size.0,
        size.1,
    )
    .expect("a meta");
    let result = filter.distill(buffer);
    assert_eq!(verdicts(&result).len(), 1);
    assert_eq!(result.iter_meta::<gst::Meta>().count(), 2);
}

#[test]
fn frames_have_no_verdict_unless_asked_for_and_none_if_bypassed() {
    for properties in ["post-messages=true", "attach-meta=true bypass=true"] {
        let mut filter = filter(&format!("featuredistill {properties}"));
        let result = filter.distill(frame());
        assert_eq!(verdicts(&result), [], "{properties}");
    }
    let mut filter = filter("featuredistill");
    for attach in [true, false, true] {
        filter.element.set_property("attach-meta", attach);
        assert_eq!(
            verdicts(&filter.distill(frame())).len(),
            usize::from(attach)
        );
    }
}

/// Elements that convert, scale and crop the frames of a verdict.
const BEHIND: &str = "videoconvert ! video/x-raw,format=RGB ! videoscale ! video/x-raw,width=160,height=120 \
                      ! videocrop left=7 bottom=3 ! queue ! appsink name=sink sync=false";

#[test]
fn verdicts_are_kept_by_elements_that_convert_scale_and_crop() {
    init();
    let running = Running::start(&format!(
        "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=320,height=240 \
         ! featuredistill attach-meta=true qos=false ! {BEHIND}"
    ));
    let samples = running.samples("sink");
    let changes: Vec<f64> = samples
        .map(|sample| {
            let buffer = sample.buffer().expect("a buffer");
            let meta = CustomMeta::from_buffer(buffer, NAME).expect("a verdict");
            meta.structure().get("rms-change").expect("a field")
        })
        .collect();
    assert_eq!(changes.len(), 3);
    assert!(changes.iter().all(|&change| change > 0.0));
}

/// The plugin that cargo builds beside the tests.
fn plugin() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.with_file_name("libgstfeaturedistill.so");
    assert!(built.is_file(), "{} is missing", built.display());
    built
}

/// Debian's Python, which has GStreamer's bindings (python3-gi, gir1.2-gst-plugins-base-1.0).
#[test]
fn verdicts_are_read_from_python() {
    const PROGRAM: &str = r#"
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=320,height=240 "
    "! featuredistill attach-meta=true digest=blake3 qos=false ! " + sys.argv[1]
)
pipeline.set_state(Gst.State.PLAYING)
sink = pipeline.get_by_name("sink")
while sample := sink.emit("pull-sample"):
    verdict = sample.get_buffer().get_custom_meta("featuredistill").get_structure()
    assert verdict.get_double("rms-change")[1] > 0, verdict.to_string()
    print(verdict.get_value("max-change"), verdict.get_boolean("tampered")[1], verdict.get_string("digest"))
pipeline.set_state(Gst.State.NULL)
"#;
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(plugin(), folder.path().join("libgstfeaturedistill.so"))
        .expect("a link");
    let output = Command::new("/usr/bin/python3")
        .args(["-c", PROGRAM, BEHIND])
        .env("GST_PLUGIN_PATH", folder.path())
        .env("GST_REGISTRY", folder.path().join("registry.bin"))
        .output()
        .expect("python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<Vec<_>> = lines
        .lines()
        .map(|line| line.split(' ').collect())
        .collect();
    assert_eq!(lines.len(), 3, "{said}");
    for line in lines {
        assert!(
            line[0].parse::<u32>().is_ok_and(|change| change > 0),
            "{line:?}"
        );
        assert_eq!((line[1], line[2].len()), ("False", 64));
    }
}
