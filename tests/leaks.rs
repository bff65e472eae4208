// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! GStreamer's leaks tracer finds nothing after elements were started, stopped and made to fail, each
//! time in a process of its own.

mod support;

use std::process::Command;

use gst::prelude::*;
use support::filter::{Filter, init, run};

/// Beginning of the tracer's line about an object that is still alive at the end.
const ALIVE: &str = "object-alive, type-name=(string)Gst";

/// Environment variable that is set in the child process.
const CHILD: &str = "FEATUREDISTILL_LEAKS_CHILD";

#[test]
fn no_object_is_left_alive() {
    let report = trace("elements_in_proper_use");
    assert!(!report.contains(ALIVE), "{report}");
}

#[test]
fn a_leaked_element_is_reported() {
    let report = trace("a_forgotten_element");
    let leaked = format!("{ALIVE}FeatureDistill");
    assert!(report.contains(&leaked), "{report}");
}

/// Runs one of the ignored tests below under the tracer and returns its report.
fn trace(test: &str) -> String {
    let this_binary = std::env::current_exe().expect("this binary");
    let output = Command::new(this_binary)
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(CHILD, "1")
        .env("GST_TRACERS", "leaks")
        .env("GST_DEBUG", "GST_TRACER:7")
        .env("GST_DEBUG_NO_COLOR", "1")
        .env_remove("GST_DEBUG_FILE")
        // G_DEBUG=fatal-warnings would end the process at the tracer's first warning.
        .env_remove("G_DEBUG")
        .output()
        .expect("the child process");
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{report}");
    report
}

/// Ends GStreamer, which makes the tracer report.
fn finish() {
    #[allow(unsafe_code, reason = "there is no safe way to end GStreamer")]
    // SAFETY: the process runs one test, which holds no object of GStreamer any more.
    unsafe {
        gst::deinit();
    }
}

#[test]
#[ignore = "the child process of another test"]
fn elements_in_proper_use() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    for round in 0..3 {
        for format in ["I420", "RGBA", "NV12"] {
            let pipeline = run(&format!(
                "videotestsrc num-buffers=3 ! video/x-raw,format={format},width=37,height=21 \
                 ! featuredistill name=distill post-messages=true attach-meta=true digest=blake3 qos=false ! fakesink"
            ));
            let distill = pipeline.by_name("distill").expect("the element");
            distill.set_property("quality", 10u32 + round);
            let _stats: gst::Structure = distill.property("stats");
            for state in [gst::State::Null, gst::State::Paused, gst::State::Null] {
                pipeline.set_state(state).expect("a change of state");
            }
        }
        let mut filter = Filter::new("");
        filter
            .harness
            .set_src_caps_str("video/x-raw,format=GRAY8,width=64,height=64,framerate=25/1");
        let bad = gst::Buffer::from_mut_slice(vec![0u8; 9]);
        assert!(filter.harness.push(bad).is_err());
        filter.element.set_property("table-file", "/nonexistent");
    }
    finish();
}

#[test]
#[ignore = "the child process of another test"]
fn a_forgotten_element() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    init();
    let element = gst::ElementFactory::make("featuredistill").build();
    std::mem::forget(element);
    finish();
}
