// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Cameras that die, freeze, change or send garbage, and what is served meanwhile.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use crate::process::{Camera, Gateway, free_port, h264, source};
use crate::rtsp::{Connection, describe, ffmpeg_frames};

#[test]
fn a_dead_camera_is_not_found_and_comes_back_while_others_go_on() {
    let (door, yard) = (
        Camera::start(&h264(160, 120)),
        Camera::start(&h264(160, 120)),
    );
    let mut gateway = Gateway::start(&[&door.option("door"), &yard.option("yard")]);
    gateway.wait_live("door");
    gateway.wait_live("yard");
    assert_eq!(describe(gateway.port, "door"), 200);

    let (port, seen) = (door.port, gateway.process.lines().len());
    drop(door);
    gateway.wait_until("up", "door", |up| up == 0.0);
    gateway.process.wait_for_after(seen, "door: ");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(describe(gateway.port, "door"), 404);
    gateway.wait_frames("yard", 15.0);
    assert_eq!(describe(gateway.port, "yard"), 200);

    let _door = Camera::start_at(port, &[], &h264(160, 120));
    gateway.wait_live("door");
    assert_eq!(
        ffmpeg_frames(&gateway.url("door"), 3)
            .expect("frames")
            .len(),
        3
    );
}

#[test]
fn clients_can_wait_for_a_camera() {
    let camera = Camera::start(&h264(160, 120));
    let gateway = Gateway::start(&["--while-gone", "wait", &camera.option("door")]);
    gateway.wait_live("door");
    // Frames enough that some come before and some after the gap.
    let url = gateway.url("door");
    let client = std::thread::spawn(move || ffmpeg_frames(&url, 90));
    gateway.wait_frames("door", 45.0);
    let port = camera.port;
    drop(camera);
    gateway.wait_until("up", "door", |up| up == 0.0);
    let _camera = Camera::start_at(port, &[], &h264(160, 120));
    gateway.wait_live("door");
    assert_eq!(client.join().expect("a client").expect("frames").len(), 90);
}

#[test]
fn a_frozen_camera_counts_as_gone() {
    let camera = Camera::start(&h264(160, 120));
    let mut gateway = Gateway::start(&["--timeout", "3", &camera.option("door")]);
    gateway.wait_live("door");
    camera.process.signal("STOP");
    gateway.process.wait_for("no frame for 3 s");
    gateway.wait_until("up", "door", |up| up == 0.0);
    camera.process.signal("CONT");
    gateway.wait_live("door");
}

#[test]
fn a_camera_that_repeats_one_picture_is_shown_as_frozen() {
    let scene = |pattern: &str| {
        let source = source(160, 120).replace("smpte100", pattern);
        Camera::start(&format!("{source} ! jpegenc ! rtpjpegpay name=pay0"))
    };
    let (frozen, moving) = (scene("smpte100"), scene("ball"));
    let options = [frozen.option("frozen"), moving.option("moving")];
    let mut gateway = Gateway::start(&["--frozen", "3", &options[0], &options[1]]);
    gateway.wait_until("picture_age_seconds", "frozen", |age| age >= 3.0);
    gateway.process.line("frozen: ", "look at the camera");
    gateway.process.line("status: ", "frozen frozen picture");
    // It is served on.
    assert_eq!(gateway.number("up", "frozen"), Some(1.0));
    gateway.wait_frames("frozen", 15.0);
    gateway.wait_frames("moving", 15.0);
    let age = gateway.number("picture_age_seconds", "moving");
    assert_eq!(age, Some(0.0));
}

#[test]
fn a_camera_may_change_its_size_in_mid_stream() {
    let scene = |size: &str, frames: &str| {
        format!("videotestsrc {frames} ! video/x-raw,format=I420,{size},framerate=15/1 ! c. ")
    };
    let camera = Camera::start(&format!(
        "concat name=c ! identity sync=true ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 \
         ! rtph264pay name=pay0 config-interval=-1 {}{}",
        scene("width=160,height=120", "num-buffers=90"),
        scene("width=320,height=240", "num-buffers=100000"),
    ));
    let gateway = Gateway::start(&[&camera.option("door")]);
    gateway.wait_live("door");
    let connections = gateway.number("connections_total", "door");
    gateway.wait_frames("door", 120.0);
    assert_eq!(gateway.number("connections_total", "door"), connections);
    let mut client = Connection::open(gateway.port, "door");
    assert_eq!(client.describe().status, 200);
}

#[test]
fn a_camera_may_come_back_with_another_codec() {
    let camera = Camera::start(&h264(160, 120));
    let gateway = Gateway::start(&[&camera.option("door")]);
    gateway.wait_live("door");
    let port = camera.port;
    drop(camera);
    gateway.wait_until("up", "door", |up| up == 0.0);
    for codec in [
        "jpegenc ! rtpjpegpay name=pay0",
        "vp8enc deadline=1 ! rtpvp8pay name=pay0",
    ] {
        let _camera = Camera::start_at(port, &[], &format!("{} ! {codec}", source(160, 120)));
        gateway.wait_live("door");
        assert_eq!(
            ffmpeg_frames(&gateway.url("door"), 3)
                .expect("frames")
                .len(),
            3
        );
        drop(_camera);
        gateway.wait_until("up", "door", |up| up == 0.0);
    }
}

#[test]
fn garbage_in_the_stream_ends_nothing() {
    // Every thousandth byte behind the encoder is wrong.
    let broken = "x264enc tune=zerolatency key-int-max=15 ! breakmydata probability=0.001 ! rtph264pay name=pay0";
    let (bad, good) = (
        Camera::start(&format!("{} ! {broken}", source(160, 120))),
        Camera::start(&h264(160, 120)),
    );
    let gateway = Gateway::start(&[&bad.option("bad"), &good.option("good")]);
    gateway.wait_live("good");
    gateway.wait_live("bad");
    // On a busy machine the first try may have failed.
    let connections = gateway.number("connections_total", "good");
    gateway.wait_frames("bad", 30.0);
    gateway.wait_frames("good", 75.0);
    assert_eq!(gateway.number("connections_total", "good"), connections);
    assert_eq!(
        ffmpeg_frames(&gateway.url("good"), 3)
            .expect("frames")
            .len(),
        3
    );
}

#[test]
fn a_camera_that_speaks_no_rtsp_is_told_and_tried_again() {
    let listener = TcpListener::bind(("127.0.0.1", free_port())).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The client may hang up on it.
            let _ = stream.read(&mut [0; 100]);
            let _ = stream.write_all(&[0xa5; 100_000]);
        }
    });
    let good = Camera::start(&h264(160, 120));
    let bad = format!("--camera=bad=rtsp://127.0.0.1:{port}/stream");
    let mut gateway = Gateway::start(&[&bad, &good.option("good")]);
    gateway.process.wait_for("bad: ");
    gateway.process.wait_for("trying again in");
    gateway.wait_until("connections_total", "bad", |tries| tries >= 3.0);
    gateway.wait_live("good");
    assert_eq!(describe(gateway.port, "bad"), 404);
}

#[test]
fn ten_cameras_are_served_at_once() {
    let small = "videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=5/1 \
                 ! jpegenc ! rtpjpegpay name=pay0";
    let cameras: Vec<_> = (0..10).map(|_| Camera::start(small)).collect();
    let options: Vec<_> = cameras
        .iter()
        .enumerate()
        .map(|(i, camera)| camera.option(&format!("c{i}")))
        .collect();
    let gateway = Gateway::start(&options.iter().map(String::as_str).collect::<Vec<_>>());
    for i in 0..10 {
        gateway.wait_live(&format!("c{i}"));
    }
    for i in [0, 4, 9] {
        let url = gateway.url(&format!("c{i}"));
        assert_eq!(ffmpeg_frames(&url, 3).expect("frames").len(), 3);
    }
}
