// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Clients that watch, that read nothing, that come and go, and that may not watch.

use crate::process::{Camera, Gateway, h264, source};
use crate::rtsp::{Connection, SIZE, describe, ffmpeg_frames};

/// An encoder that loses nothing: a client gets the samples that left the filter.
const LOSSLESS: &str = "--encoder=x264enc pass=quant quantizer=0 speed-preset=ultrafast tune=zerolatency key-int-max=15";

/// RMS change of frames in a settling filter: 0 where they came out of one.
fn rms_change(frames: &[Vec<u8>]) -> f64 {
    crate::process::init();
    let filter = gst::parse::launch("featuredistill preset=certified epsilon=2").expect("a filter");
    let mut harness = gst_check::Harness::with_element(&filter, Some("sink"), Some("src"));
    let format = gst_video::VideoFormat::I420;
    let info = gst_video::VideoInfo::builder(format, SIZE.0 as u32, SIZE.1 as u32);
    harness.set_src_caps(info.build().expect("caps").to_caps().expect("caps"));
    for frame in frames {
        harness
            .push(gst::Buffer::from_slice(frame.clone()))
            .expect("a frame");
    }
    let stats: gst::Structure = gst::prelude::ObjectExt::property(&filter, "stats");
    stats.get("rms-change").expect("a number")
}

#[test]
fn every_frame_that_ffmpeg_gets_left_the_filter() {
    let camera = Camera::start(&format!(
        "{} ! x264enc tune=zerolatency speed-preset=ultrafast ! rtph264pay name=pay0",
        source(160, 120).replace("smpte100", "smpte")
    ));
    // The camera's own frames, for comparison.
    let raw =
        ffmpeg_frames(&format!("rtsp://127.0.0.1:{}/stream", camera.port), 15).expect("frames");
    assert!(rms_change(&raw) > 0.5);

    let gateway = Gateway::start(&["--mode=source", LOSSLESS, &camera.option("door")]);
    gateway.wait_live("door");
    let port = camera.port;
    let url = gateway.url("door");
    let settled = || {
        let frames = ffmpeg_frames(&url, 30).expect("frames");
        assert_eq!((frames.len(), rms_change(&frames)), (30, 0.0));
    };
    settled();

    // From the first frame on after a restart too.
    drop(camera);
    gateway.wait_until("up", "door", |up| up == 0.0);
    let _camera = Camera::start_at(port, &[], &h264(160, 120));
    gateway.wait_live("door");
    settled();
}

#[test]
fn a_client_that_reads_nothing_holds_up_nobody() {
    let camera = Camera::start(
        "videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 \
         ! jpegenc quality=95 ! rtpjpegpay name=pay0",
    );
    let gateway = Gateway::start(&["--encoder=jpegenc quality=95", &camera.option("door")]);
    gateway.wait_live("door");
    let mut idle: Vec<_> = (0..3)
        .map(|_| Connection::open(gateway.port, "door"))
        .collect();
    for client in &mut idle {
        client.play();
    }
    gateway.wait_frames("door", 25.0);
    let before = gateway.process.memory();
    gateway.wait_frames("door", 300.0);
    let url = gateway.url("door");
    ffmpeg_frames(&url, 10).expect("frames");
    let after = gateway.process.memory();
    assert!(after < before + 60, "{before} MiB became {after}");
}

#[test]
fn clients_come_and_go() {
    leave_nothing_behind(20, 60, 10);
}

/// Lets so many clients come and go after some to warm up: memory may grow by so many MiB.
pub fn leave_nothing_behind(warming_up: usize, clients: usize, mib: u64) {
    let camera = Camera::start(&h264(160, 120));
    let gateway = Gateway::start(&[&camera.option("door")]);
    gateway.wait_live("door");
    come_and_go(&gateway, warming_up);
    let (memory, threads) = (gateway.process.memory(), gateway.process.threads());
    come_and_go(&gateway, clients);
    let (memory_after, threads_after) = (gateway.process.memory(), gateway.process.threads());
    println!("{memory} MiB and {threads} threads became {memory_after} and {threads_after}");
    assert!(memory_after <= memory + mib);
    assert!(threads_after <= threads + 8);
    let frames = ffmpeg_frames(&gateway.url("door"), 3).expect("frames");
    assert_eq!(frames.len(), 3);
}

/// Clients that hang up at different points of the conversation.
fn come_and_go(gateway: &Gateway, times: usize) {
    for i in 0..times {
        let mut client = Connection::open(gateway.port, "door");
        match i % 4 {
            0 => {}
            1 => assert_eq!(client.describe().status, 200),
            2 => client.play(),
            _ => {
                client.request("OPTIONS", "", "");
            }
        }
    }
}

#[test]
fn only_named_users_may_watch() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let users = folder.path().join("users.toml");
    std::fs::write(&users, "guard = \"s3same\"\n").expect("a file");
    let users = format!("--users={}", users.display());
    for scheme in ["basic", "digest"] {
        let gateway = Gateway::start(&[&users, "--auth", scheme, &camera.option("door")]);
        gateway.wait_live("door");
        assert_eq!(describe(gateway.port, "door"), 401);
        let url = gateway.url("door");
        let with = |login: &str| url.replace("rtsp://", &format!("rtsp://{login}@"));
        ffmpeg_frames(&with("guard:wrong"), 1).expect_err("a wrong password");
        assert_eq!(
            ffmpeg_frames(&with("guard:s3same"), 3)
                .expect("frames")
                .len(),
            3
        );
    }
}
