// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The Python recipes of the guide, run as they are printed there, with Debian's OpenCV.

use std::path::Path;
use std::process::Command;

use crate::process::{Camera, Gateway, h264};

const GUIDE: &str = include_str!("../../src/guide/integrations.md");

/// The first Python block under a heading of the guide.
fn recipe(heading: &str) -> &'static str {
    let (_, section) = GUIDE
        .split_once(&format!("# {heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading}"));
    let (_, block) = section.split_once("```python\n").expect("a Python block");
    block.split_once("```").expect("its end").0
}

/// Runs a recipe; what it prints, or what went wrong.
fn run(recipe: &str, arguments: &[&str]) -> Result<String, String> {
    let mut plugins = std::env::current_exe().expect("a path");
    plugins.pop();
    let registry = tempfile::NamedTempFile::new().expect("a file");
    let output = Command::new("timeout")
        .args(["180", "/usr/bin/python3", "-c", recipe])
        .args(arguments)
        .env("GST_PLUGIN_PATH", &plugins)
        .env("GST_REGISTRY", registry.path())
        .output()
        .expect("Debian's python3");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// A clip whose frames are settled up to the last ones.
fn clip(folder: &Path, tampered: u32) -> String {
    crate::process::init();
    let path = folder.join(format!("{tampered}.mkv")).display().to_string();
    let scene = |frames: u32| {
        format!(
            "videotestsrc pattern=zone-plate kx2=20 ky2=20 num-buffers={frames} ! video/x-raw,format=I420,width=160,height=120"
        )
    };
    let mut line = format!(
        "concat name=c ! avenc_ffv1 ! matroskamux ! filesink location={path} \
         {} ! featuredistill preset=certified epsilon=2 settle=true qos=false ! c. ",
        scene(20)
    );
    if tampered > 0 {
        line += &format!("{} ! c.", scene(tampered));
    }
    let pipeline = gst::parse::launch(&line).expect("a pipeline");
    let bus = gst::prelude::ElementExt::bus(&pipeline).expect("a bus");
    gst::prelude::ElementExt::set_state(&pipeline, gst::State::Playing).expect("playing");
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends);
    assert!(end.is_some_and(|end| end.type_() == gst::MessageType::Eos));
    gst::prelude::ElementExt::set_state(&pipeline, gst::State::Null).expect("stopped");
    path
}

#[test]
fn opencv_reads_frames_behind_the_filter() {
    let camera = Camera::start(&h264(160, 120));
    let url = format!("rtsp://127.0.0.1:{}/stream", camera.port);
    let printed = run(recipe("OpenCV: reading with the filter"), &[&url]).expect("frames");
    assert!(printed.contains("10 frames of 160x120"), "{printed}");
}

#[test]
fn opencv_reads_from_the_gateway() {
    let camera = Camera::start(&h264(160, 120));
    let gateway = Gateway::start(&[&camera.option("door")]);
    gateway.wait_live("door");
    let url = gateway.url("door");
    let printed = run(recipe("OpenCV: reading from the gateway"), &[&url]).expect("frames");
    assert!(printed.contains("10 frames of 160x120"), "{printed}");
}

#[test]
fn opencv_writes_settled_frames_and_reads_them_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settled.mkv").display().to_string();
    run(recipe("OpenCV: writing settled frames"), &[&path]).expect("a clip");
    let printed = run(recipe("OpenCV: an incident as an exception"), &[&path]).expect("frames");
    assert!(
        printed.contains("30 frames") && printed.contains("end of the stream"),
        "{printed}"
    );
}

#[test]
fn opencv_raises_an_exception_at_an_incident() {
    let folder = tempfile::tempdir().expect("a folder");
    let incident = recipe("OpenCV: an incident as an exception");
    let printed = run(incident, &[&clip(folder.path(), 0)]).expect("frames");
    assert!(printed.contains("20 frames"), "{printed}");
    let error = run(incident, &[&clip(folder.path(), 5)]).expect_err("an incident");
    assert!(error.contains("tampered"), "{error}");
}
