// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The page to look at, in a real browser, while an incident goes on.

use std::process::Command;
use std::time::Duration;

use crate::digests::serve;
use crate::process::{Camera, Gateway, free_port, http_get, source};
use crate::twopass::{settling, settling_at};

/// The page as Chromium has it after a few looks; a screenshot goes to demo-out/.
fn browse(url: &str) -> String {
    std::fs::create_dir_all("demo-out").expect("a folder");
    let profile = tempfile::tempdir().expect("a folder");
    let chromium = |action: &str| {
        let output = Command::new("timeout")
            .args([
                "180",
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
            ])
            .args(["--window-size=1100,1900", "--virtual-time-budget=8000"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args([action, url])
            .output()
            .expect("chromium");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    chromium("--screenshot=demo-out/gateway-dashboard.png");
    chromium("--dump-dom")
}

#[test]
fn the_page_shows_an_incident_that_goes_on() {
    let camera = settling();
    let port = free_port();
    let dashboard = format!("--dashboard=127.0.0.1:{port}");
    let coarse = settling_at(28, "rtph264pay name=pay0");
    let still = Camera::start(&format!(
        "{} ! jpegenc ! rtpjpegpay name=pay0",
        source(160, 120)
    ));
    // A list that has none of the frames.
    let list = serve(|_| Some(String::new()));
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("gateway.toml");
    let url = |camera: &Camera| format!("url = \"rtsp://127.0.0.1:{}/stream\"\n", camera.port);
    let text = format!(
        "mode = \"consumer\"\nmin-margin = 0.1\nfrozen = 3\n\
         [cameras.door]\n{}[cameras.coarse]\n{}filter = \"preset=certified epsilon=2\"\n\
         [cameras.strange]\n{}filter = \"preset=certified epsilon=2\"\n\
         source-digests = \"http://127.0.0.1:{list}/digests/NAME\"\n\
         [cameras.still]\n{}mode = \"filter\"\n[cameras.refused]\nurl = \"rtsp://127.0.0.1:9/stream\"\nencoder = \"nosuchenc\"\n",
        url(&camera),
        url(&coarse),
        url(&camera),
        url(&still)
    );
    std::fs::write(&config, text).expect("a file");
    let config = format!("--config={}", config.display());
    let mut gateway = Gateway::start(&[&dashboard, &config]);
    gateway.wait_live("door");
    gateway.wait_until("incident_active", "coarse", |active| active == 1.0);
    gateway.wait_until("digests_unknown_total", "strange", |count| count > 0.0);
    gateway.wait_until("picture_age_seconds", "still", |age| age >= 3.0);
    gateway.wait_frames("door", 30.0);
    camera.process.signal("USR1");
    gateway.process.wait_for("door: tampering started");

    let url = format!("http://127.0.0.1:{port}/");
    let page = browse(&url);
    for state in [
        "tampering",
        "unknown digest",
        "small margin",
        "frozen picture",
        "refused",
    ] {
        let name = state.replace(' ', "-");
        let shown = format!("<span class=\"state {name}\">{state}</span>");
        assert!(page.contains(&shown), "{shown}: {page}");
    }
    assert!(page.contains("<b class=\"digests\">0 of "), "{page}");
    assert!(page.contains("1 incident in the last 10 minutes"), "{page}");
    for side in ["before", "after"] {
        assert!(page.contains(&format!("still/door/{side}.jpg")), "{page}");
    }
    assert!(!page.contains("No answer"), "{page}");
}

#[test]
fn the_page_is_off_unless_asked_for() {
    let camera = settling();
    let gateway = Gateway::start(&["--mode=consumer", &camera.option("door")]);
    gateway.wait_live("door");
    for path in ["/", "/cameras.json", "/still/door/before.jpg"] {
        assert_eq!(
            http_get(gateway.metrics, path).as_deref(),
            Some("not found\n")
        );
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(http_get(gateway.metrics, "/metrics").is_some());
}
