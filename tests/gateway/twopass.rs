// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Two gateways, one at each end: settled frames come back, and tampering is told.

use std::time::Duration;

use crate::process::{Camera, Gateway, source};

/// Frames that a trusted camera settles; SIGUSR1 makes it send frames as they came from the lens.
pub fn settling() -> Camera {
    settling_at(16, "rtph264pay name=pay0")
}

/// The same at another quantizer, and sent in another way.
pub fn settling_at(quantizer: u32, payloader: &str) -> Camera {
    let pipeline = format!(
        "{} ! featuredistill name=settle preset=certified epsilon=2 settle=true qos=false \
         ! x264enc pass=quant quantizer={quantizer} speed-preset=veryfast tune=zerolatency key-int-max=15 ! {payloader}",
        source(160, 120).replace("smpte100", "zone-plate kx2=20 ky2=20 kt=10")
    );
    Camera::start(&pipeline)
}

#[test]
fn tampering_is_one_incident_with_a_beginning_and_an_end() {
    let camera = settling();
    let mut gateway = Gateway::start(&["--mode=consumer", &camera.option("door")]);
    gateway.wait_live("door");
    gateway.wait_frames("door", 30.0);
    assert_eq!(gateway.number("incidents_total", "door"), Some(0.0));

    camera.process.signal("USR1");
    gateway.process.wait_for("door: tampering started");
    gateway.wait_until("incident_active", "door", |active| active == 1.0);
    gateway.wait_frames("door", 30.0);
    camera.process.signal("USR1");
    gateway.process.wait_for("door: tampering ended");
    assert_eq!(gateway.number("incidents_total", "door"), Some(1.0));
    assert_eq!(gateway.number("incident_active", "door"), Some(0.0));
}

#[test]
fn lost_packets_are_no_incident() {
    let lossy = "rtph264pay pt=96 mtu=500 ! identity drop-probability=0.01 name=pay0";
    let camera = settling_at(16, lossy);
    let gateway = Gateway::start(&["--mode=consumer", &camera.option("door")]);
    gateway.wait_live("door");
    gateway.wait_frames("door", 100.0);
    assert_eq!(gateway.number("incidents_total", "door"), Some(0.0));
}

#[test]
fn a_machine_that_pauses_sees_no_tampering() {
    let camera = settling();
    let gateway = Gateway::start(&["--mode=consumer", &camera.option("door")]);
    gateway.wait_live("door");
    gateway.wait_frames("door", 15.0);
    for process in [&gateway.process, &camera.process] {
        process.signal("STOP");
        std::thread::sleep(Duration::from_secs(3));
        process.signal("CONT");
        gateway.wait_frames("door", 30.0);
    }
    assert_eq!(gateway.number("incidents_total", "door"), Some(0.0));
}

#[test]
fn a_source_gateway_that_pauses_gives_no_incident() {
    let scene = source(160, 120).replace("smpte100", "ball");
    let codec = "x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0";
    let camera = Camera::start(&format!("{scene} ! {codec}"));
    let source = Gateway::start(&["--mode=source", &camera.option("door")]);
    source.wait_live("door");
    let upstream = format!("--camera=door={}", source.url("door"));
    let consumer = Gateway::start(&["--mode=consumer", &upstream]);
    consumer.wait_live("door");
    consumer.wait_frames("door", 30.0);
    source.process.signal("STOP");
    std::thread::sleep(Duration::from_secs(5));
    source.process.signal("CONT");
    consumer.wait_frames("door", 150.0);
    assert_eq!(consumer.number("incidents_total", "door"), Some(0.0));
}

#[test]
fn a_codec_that_is_too_coarse_is_seen_in_the_margin() {
    let (coarse, fine) = (
        settling_at(28, "rtph264pay name=pay0"),
        settling_at(4, "rtph264pay name=pay0"),
    );
    let mut gateway = Gateway::start(&[
        "--mode=consumer",
        "--filter=preset=certified epsilon=2",
        "--min-margin=0.1",
        &coarse.option("coarse"),
        &fine.option("fine"),
    ]);
    let line = gateway.process.line("coarse: ", "is too small");
    assert!(line.contains("lower quantizer"), "{line}");
    gateway.wait_until("margin", "coarse", |margin| margin < 0.1);
    gateway.wait_until("margin", "fine", |margin| margin > 0.1);
    let status = gateway.process.line("status: ", "coarse live");
    let coarse_part = status.split(" | ").find(|part| part.contains("coarse"));
    let coarse_part = coarse_part.expect("its part");
    assert!(
        coarse_part.contains("margin 0.0") && coarse_part.contains("(going on)"),
        "{status}"
    );
    gateway.wait_frames("fine", 30.0);
    let incidents = ["coarse", "fine"].map(|name| gateway.number("incidents_total", name));
    assert_eq!(incidents, [Some(1.0), Some(0.0)]);
}

#[test]
fn a_gateway_restores_what_another_settled() {
    let camera = Camera::start(&crate::process::h264(160, 120));
    let source = Gateway::start(&["--mode=source", &camera.option("door")]);
    source.wait_live("door");
    let lossless =
        "--encoder=x264enc pass=quant quantizer=0 speed-preset=ultrafast tune=zerolatency";
    let upstream = format!("--camera=door={}", source.url("door"));
    let consumer = Gateway::start(&["--mode=consumer", lossless, &upstream]);
    consumer.wait_live("door");
    consumer.wait_frames("door", 45.0);
    assert_eq!(consumer.number("incidents_total", "door"), Some(0.0));
    let change = consumer.number("rms_change", "door").expect("a number");
    assert!(
        change > 0.0 && change < 2.0,
        "the codec's error is what was taken out: {change}"
    );
}
