// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Digests of frames at both ends of two passes, by hand and as a consumer compares them.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::process::{Camera, Gateway, free_port, h264, http_get};

/// A picture that moves.
fn picture() -> String {
    h264(160, 120).replace("smpte100", "zone-plate kx2=20 ky2=20 kt=10")
}

fn moving() -> Camera {
    Camera::start(&picture())
}

/// The gateway that settles its frames.
fn settling(camera: &Camera, key: &str) -> Gateway {
    let filter = format!("--filter=preset=certified epsilon=2 {key}");
    let gateway = Gateway::start(&["--mode=source", "--digest", &filter, &camera.option("door")]);
    gateway.wait_live("door");
    gateway
}

/// The gateway that restores them and compares them with a list on loopback.
fn comparing(source: &Gateway, list: u16, key: &str) -> Gateway {
    let gateway = Gateway::start(&[
        "--mode=consumer",
        &format!("--filter=preset=certified epsilon=2 tamper-threshold=1.5 {key}"),
        &format!("--source-digests=http://127.0.0.1:{list}/digests/NAME"),
        &format!("--camera=door={}", source.url("door")),
    ]);
    gateway.wait_live("door");
    gateway
}

/// Serves what `answer` gives for a path; without an answer the connection is closed.
pub fn serve(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> u16 {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]);
            if let Some(body) = request.split(' ').nth(1).and_then(&answer) {
                // The client may have ended.
                let _ = write!(stream, "HTTP/1.0 200 OK\r\n\r\n{body}");
            }
        }
    });
    port
}

/// A server between consumer and source that can go away and come back.
struct Between {
    port: u16,
    gone: Arc<AtomicBool>,
}

impl Between {
    fn start(source: &Gateway) -> Self {
        let gone = Arc::<AtomicBool>::default();
        let (is_gone, to) = (gone.clone(), source.metrics);
        let port = serve(move |path| {
            let is_there = !is_gone.load(Ordering::Relaxed);
            is_there.then(|| http_get(to, path)).flatten()
        });
        Self { port, gone }
    }

    fn set_gone(&self, gone: bool) {
        self.gone.store(gone, Ordering::Relaxed);
    }
}

/// Frames of the door by that outcome.
fn count(gateway: &Gateway, verdict: &str) -> f64 {
    let name = format!("digests_{verdict}_total");
    gateway.number(&name, "door").expect("a number")
}

/// Waits for `more` frames of that outcome.
fn wait_more(gateway: &Gateway, verdict: &str, more: f64) {
    let begin = count(gateway, verdict);
    let name = format!("digests_{verdict}_total");
    gateway.wait_until(&name, "door", |count| count >= begin + more);
}

fn lines_with(gateway: &Gateway, text: &str) -> usize {
    let lines = gateway.process.lines();
    lines.iter().filter(|line| line.contains(text)).count()
}

#[test]
fn restored_frames_have_the_digests_of_the_source() {
    let camera = moving();
    let source = settling(&camera, "");
    let upstream = format!("--camera=door={}", source.url("door"));
    let consumer = Gateway::start(&["--mode=consumer", "--digest", &upstream]);
    consumer.wait_live("door");
    consumer.wait_frames("door", 45.0);

    // The consumer's first: the source has all of them by then.
    let [received, sent] = [&consumer, &source].map(|gateway| {
        let text = http_get(gateway.metrics, "/digests/door").expect("digests");
        text.lines().map(str::to_owned).collect::<HashSet<_>>()
    });
    assert!(received.len() >= 30, "{} frames differ", received.len());
    assert!(received.iter().all(|digest| digest.len() == 64));
    let strange = received.difference(&sent).count();
    assert_eq!(strange, 0, "of {} frames", received.len());
}

#[test]
fn a_consumer_finds_each_frame_among_the_digests_of_the_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = ["ours", "theirs"].map(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, name.repeat(32).as_bytes().get(..32).expect("a key"))
            .expect("a file");
        format!("key-file={}", path.display())
    });
    let camera = moving();
    let source = settling(&camera, &keys[0]);
    let consumer = comparing(&source, source.metrics, &keys[0]);
    let mut stranger = comparing(&source, source.metrics, &keys[1]);
    wait_more(&consumer, "verified", 60.0);
    assert_eq!(count(&consumer, "unknown"), 0.0);
    assert_eq!(count(&consumer, "replayed"), 0.0);
    assert_eq!(consumer.number("incidents_total", "door"), Some(0.0));

    // Another key gives other digests: one incident, which goes on.
    let line = stranger
        .process
        .line("door: ", "isn't among the source's digests");
    assert!(line.contains("keys differ"), "{line}");
    wait_more(&stranger, "unknown", 30.0);
    assert_eq!(count(&stranger, "verified"), 0.0);
    assert_eq!(stranger.number("incidents_total", "door"), Some(1.0));
    assert_eq!(stranger.number("incident_active", "door"), Some(1.0));
    let status = stranger.process.line("status: ", " unknown ");
    assert!(status.contains(" verified 0 "), "{status}");
}

#[test]
fn frames_without_a_list_are_unverified_and_no_incident() {
    let camera = moving();
    let source = settling(&camera, "");
    let between = Between::start(&source);
    let mut consumer = comparing(&source, between.port, "");
    wait_more(&consumer, "verified", 15.0);

    between.set_gone(true);
    let told = "can't be read, so that no frame is verified";
    let seen = consumer.process.wait_for(told);
    wait_more(&consumer, "unverified", 60.0);
    consumer.process.wait_for_after(seen, "door unverified");
    let verified = count(&consumer, "verified");
    wait_more(&consumer, "unverified", 15.0);
    assert_eq!(count(&consumer, "verified"), verified);

    between.set_gone(false);
    consumer.process.wait_for("can be read again");
    wait_more(&consumer, "verified", 60.0);
    assert_eq!(lines_with(&consumer, told), 1);
    assert_eq!(count(&consumer, "unknown"), 0.0);
    assert_eq!(consumer.number("incidents_total", "door"), Some(0.0));
}

#[test]
fn a_source_without_digests_verifies_nothing() {
    let camera = moving();
    let source = Gateway::start(&["--mode=source", &camera.option("door")]);
    source.wait_live("door");
    let mut consumer = comparing(&source, source.metrics, "");
    let line = consumer.process.line("door: ", "can't be read");
    assert!(line.contains("404") && line.contains("--digest"), "{line}");
    wait_more(&consumer, "unverified", 15.0);
    assert_eq!(count(&consumer, "verified"), 0.0);
}

#[test]
fn a_pause_and_a_camera_that_starts_again_make_no_frame_unknown() {
    let camera = moving();
    let source = settling(&camera, "");
    let consumer = comparing(&source, source.metrics, "");
    wait_more(&consumer, "verified", 15.0);
    consumer.process.signal("STOP");
    std::thread::sleep(Duration::from_secs(3));
    consumer.process.signal("CONT");
    wait_more(&consumer, "verified", 60.0);
    let port = camera.port;
    drop(camera);
    source.wait_until("up", "door", |up| up == 0.0);
    let _camera = Camera::start_at(port, &[], &picture());
    wait_more(&consumer, "verified", 60.0);
    assert_eq!(count(&consumer, "unknown"), 0.0);
    assert_eq!(count(&consumer, "replayed"), 0.0);
    assert_eq!(consumer.number("incidents_total", "door"), Some(0.0));
}
