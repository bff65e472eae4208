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

/// Makes a certificate for this host and its key, signed by another one or by nobody else; returns both files.
fn certificate(folder: &Path, host: &str, signer: Option<&[String; 2]>) -> [String; 2] {
    let [certificate, key] = ["certificate", "key"].map(|name| {
        folder
            .join(format!("{host}-{name}.pem"))
            .display()
            .to_string()
    });
    let kind = if host.starts_with("127.") {
        "IP"
    } else {
        "DNS"
    };
    let mut command = Command::new("openssl");
    command
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            &format!("/CN={host}"),
            "-addext",
            &format!("subjectAltName={kind}:{host}"),
        ])
        .args(["-keyout", &key, "-out", &certificate]);
    if let Some([signer, signer_key]) = signer {
        command.args(["-CA", signer, "-CAkey", signer_key]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = command.output().expect("openssl");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
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
    let gateway = serving(&camera, &certificate(folder.path(), "localhost", None));
    ffmpeg_frames(&gateway.url("door"), 1).expect_err("plain RTSP");
    let url = gateway.url("door").replace("rtsp://", "rtsps://");
    assert_eq!(ffmpeg_frames(&url, 3).expect("frames").len(), 3);
}

#[test]
fn a_camera_with_a_certificate_of_its_own_is_trusted_where_a_file_says_so() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let own = certificate(folder.path(), "some-camera", None);
    let [other, _] = certificate(folder.path(), "another-camera", None);
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

#[test]
fn a_camera_is_trusted_by_the_signer_of_its_certificate_if_it_has_the_right_name() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let signer = certificate(folder.path(), "signer", None);
    let [right, wrong] = ["127.0.0.1", "elsewhere"].map(|host| {
        let gateway = serving(&camera, &certificate(folder.path(), host, Some(&signer)));
        let url = gateway.url("door").replace("rtsp://", "rtsps://");
        (gateway, url)
    });
    let arguments = [
        "--ca-file=signer-certificate.pem",
        &format!("--camera=right={}", right.1),
        &format!("--camera=wrong={}", wrong.1),
    ];
    let mut gateway = Gateway::with(&arguments, |command| {
        command.current_dir(folder.path());
    });
    gateway.wait_live("right");
    let line = gateway
        .process
        .line("wrong: rtsps://127.0.0.1", "trying again");
    assert!(line.contains("another host name"), "{line}");
    assert_eq!(gateway.number("up", "wrong"), Some(0.0));
}
