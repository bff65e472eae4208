// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Encrypted streams, to clients and from cameras.

use std::path::Path;
use std::process::Command;

use crate::process::{Camera, Gateway, h264};
use crate::rtsp::ffmpeg_frames;

/// Makes a certificate for this host name that nobody has signed, and its key; returns both files.
fn certificate(folder: &Path, host: &str) -> [String; 2] {
    let [certificate, key] = ["certificate", "key"].map(|name| {
        folder
            .join(format!("{host}-{name}.pem"))
            .display()
            .to_string()
    });
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            &format!("/CN={host}"),
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
        .output()
        .expect("openssl");
    assert!(made.status.success());
    [certificate, key]
}

/// A gateway that serves `door` over TLS.
fn serving(camera: &Camera, [certificate, key]: &[String; 2]) -> Gateway {
    let gateway = Gateway::start(&[
        "--tls-certificate",
        certificate,
        "--tls-key",
        key,
        &camera.option("door"),
    ]);
    gateway.wait_live("door");
    gateway
}

#[test]
fn tls_keeps_the_stream_private() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = serving(&camera, &certificate(folder.path(), "localhost"));
    ffmpeg_frames(&gateway.url("door"), 1).expect_err("plain RTSP");
    let url = gateway.url("door").replace("rtsp://", "rtsps://");
    assert_eq!(ffmpeg_frames(&url, 3).expect("frames").len(), 3);
}

#[test]
fn a_camera_with_a_certificate_of_its_own_is_trusted_where_a_file_says_so() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let own = certificate(folder.path(), "some-camera");
    let [other, _] = certificate(folder.path(), "another-camera");
    // What it serves over TLS stands for a camera that does.
    let upstream = serving(&camera, &own);
    let url = upstream.url("door").replace("rtsp://", "rtsps://");
    let cameras = [
        ("pinned", Some(own[0].as_str())),
        ("unknown", None),
        ("other", Some(&other)),
        ("missing", Some("/nowhere/ca.pem")),
    ];
    let text: String = cameras
        .iter()
        .map(|(name, file)| {
            let file = file.map_or(String::new(), |file| format!("ca-file = \"{file}\"\n"));
            format!("[cameras.{name}]\nurl = \"{url}\"\n{file}")
        })
        .collect();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, text).expect("a file");
    let mut gateway = Gateway::start(&["--config", config.to_str().expect("a path")]);
    gateway.wait_live("pinned");
    for name in ["unknown", "other"] {
        let line = gateway
            .process
            .line(&format!("{name}: rtsps://127.0.0.1"), "trying again");
        assert!(
            line.contains("isn't trusted") && line.contains("ca-file"),
            "{line}"
        );
        assert_eq!(gateway.number("up", name), Some(0.0));
    }
    let line = gateway.process.line("missing: ", "not served");
    assert!(line.contains("/nowhere/ca.pem"), "{line}");
}
