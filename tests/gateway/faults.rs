// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Mistakes of the operator: one line that says what to do, and no password in it.

use std::net::TcpListener;

use crate::process::{Camera, Gateway, Process, example, free_port, h264};

/// A gateway that should end by itself, with what it said.
fn refuse(arguments: &[&str]) -> String {
    let (success, output) = Process::start(example("gateway").args(arguments)).finish();
    assert!(!success, "{output}");
    assert!(!output.contains("panicked"), "{output}");
    output
}

#[test]
fn an_occupied_port_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let camera = "--camera=door=rtsp://127.0.0.1:9/stream";
    let free = format!("127.0.0.1:{}", free_port());
    for arguments in [
        ["--listen", &address, "--metrics", &free],
        ["--listen", &free, "--metrics", &address],
    ] {
        let output = refuse(&[&arguments[..], &[camera]].concat());
        let line = output.lines().last().unwrap_or_default();
        assert!(
            line.contains(&address) && line.contains("choose another address"),
            "{output}"
        );
    }
}

#[test]
fn a_camera_that_cannot_be_used_is_told_and_others_go_on() {
    let camera = Camera::start(&h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("gateway.toml");
    let url = format!("rtsp://127.0.0.1:{}/stream", camera.port);
    let text = format!(
        "[cameras.good]\nurl = \"{url}\"\n\
         [cameras.table]\nurl = \"{url}\"\nfilter = \"table-file=/nowhere/table.txt\"\n\
         [cameras.encoder]\nurl = \"{url}\"\nencoder = \"nosuchenc\"\n\
         [cameras.coarse]\nurl = \"{url}\"\nmode = \"source\"\n\
         encoder = \"x264enc pass=quant quantizer=40 tune=zerolatency\"\n\
         [cameras.bypass]\nurl = \"{url}\"\nfilter = \"bypass=true\"\n"
    );
    std::fs::write(&config, text).expect("a file");
    let mut gateway = Gateway::start(&["--config", config.to_str().expect("a path")]);
    for (name, advice) in [
        ("table", "/nowhere/table.txt"),
        ("encoder", "nosuchenc"),
        ("coarse", "lower quantizer"),
        ("bypass", "remove it"),
    ] {
        let line = gateway.process.line(&format!("{name}: "), "not served");
        assert!(line.contains(advice), "{line}");
    }
    gateway.wait_live("good");
    for name in ["table", "encoder", "coarse", "bypass"] {
        assert_eq!(crate::rtsp::describe(gateway.port, name), 404);
    }
}

#[test]
fn nothing_is_served_where_no_camera_can_be_used() {
    let output = refuse(&[
        "--camera=door=rtsp://127.0.0.1:9/stream",
        "--filter=table-file=/nowhere/table.txt",
        &format!("--listen=127.0.0.1:{}", free_port()),
    ]);
    assert!(output.contains("no camera is left"), "{output}");
}

#[test]
fn an_unreachable_camera_is_told() {
    let gone = format!("--camera=gone=rtsp://127.0.0.1:{}/stream", free_port());
    let mut gateway = Gateway::start(&[&gone]);
    gateway.process.wait_for("check the address");
}

#[test]
fn a_missing_decoder_is_told() {
    let camera = Camera::start(&h264(160, 120));
    let mut gateway = Gateway::with(&[&camera.option("door")], |command| {
        let decoders = [
            "avdec_h264",
            "openh264dec",
            "vah264dec",
            "vaapih264dec",
            "v4l2h264dec",
        ];
        let ranks = decoders.map(|name| format!("{name}:NONE")).join(",");
        command.env("GST_PLUGIN_FEATURE_RANK", ranks);
    });
    gateway.process.wait_for("install gstreamer1.0-libav");
}

#[test]
fn a_wrong_password_is_told_and_none_is_shown() {
    let camera = Camera::start_at(free_port(), &["--login", "root:s3same"], &h264(160, 120));
    let folder = tempfile::tempdir().expect("a folder");
    let credentials = folder.path().join("credentials.toml");
    let text = "[file]\nuser = \"root\"\npassword = \"s3same\"\n[wrong]\nuser = \"root\"\npassword = \"wr0ng\"\n";
    std::fs::write(&credentials, text).expect("a file");
    let in_url = format!(
        "--camera=url=rtsp://root:s3same@127.0.0.1:{}/stream",
        camera.port
    );
    let arguments = [
        camera.option("file"),
        camera.option("wrong"),
        camera.option("none"),
        camera.option("environment"),
        in_url,
        format!("--credentials={}", credentials.display()),
    ];
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut gateway = Gateway::with(&arguments, |command| {
        command
            .env("GST_DEBUG", "*:3,featuredistill*:7")
            .env("GATEWAY_ENVIRONMENT_USER", "root")
            .env("GATEWAY_ENVIRONMENT_PASSWORD", "s3same");
    });
    for name in ["file", "environment", "url"] {
        gateway.wait_live(name);
    }
    gateway.process.wait_for("wrong: rtsp://127.0.0.1");
    let refused = gateway
        .process
        .line("wrong: ", "refuses the password of root");
    assert!(refused.contains("trying again in 300 s"), "{refused}");
    gateway.process.wait_for("wants a user and a password");
    gateway.process.wait_for("status: ");
    let command_line = gateway.process.command_line();
    assert!(command_line.contains("--camera=url"), "{command_line}");
    let output = command_line + &gateway.process.lines().join("\n");
    assert!(
        !output.contains("s3same") && !output.contains("wr0ng"),
        "{output}"
    );
}

#[test]
fn sigterm_and_sigint_end_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let camera = Camera::start(&h264(160, 120));
        let gone = format!("--camera=gone=rtsp://127.0.0.1:{}/stream", free_port());
        let gateway = Gateway::start(&[&camera.option("door"), &gone]);
        gateway.wait_live("door");
        gateway.process.signal(signal);
        let (success, output) = gateway.process.finish();
        assert!(success && output.ends_with("ended"), "{output}");
        assert!(
            !output.contains("CRITICAL") && !output.contains("panicked"),
            "{output}"
        );
    }
}
