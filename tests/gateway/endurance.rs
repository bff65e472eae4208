// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Long runs, for `make test-gateway`: memory stays flat.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::clients::leave_nothing_behind;
use crate::process::{Camera, Gateway, free_port, h264};
use crate::rtsp::Connection;

#[test]
#[ignore = "minutes"]
fn a_thousand_clients_leave_nothing_behind() {
    leave_nothing_behind(100, 1000, 20);
}

#[test]
#[ignore = "an hour; GATEWAY_SECONDS changes that"]
fn memory_stays_flat_while_cameras_and_clients_come_and_go() {
    let seconds = std::env::var("GATEWAY_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(3600);
    let steady = Camera::start(&h264(160, 120));
    let port = free_port();
    let mut changing = Some(Camera::start_at(port, &[], &h264(160, 120)));
    let option = format!("--camera=door=rtsp://127.0.0.1:{port}/stream");
    let gateway = Gateway::start(&[&steady.option("steady"), &option]);
    gateway.wait_live("steady");
    let connections = gateway.number("connections_total", "steady");

    let begin = Instant::now();
    let mut samples = Vec::new();
    let mut round = 0u64;
    while begin.elapsed() < Duration::from_secs(seconds) {
        for i in 0..5 {
            let mut client = Connection::open(gateway.port, "steady");
            if i % 2 == 0 {
                client.play();
            } else {
                client.describe();
            }
        }
        // The other camera is there for four rounds of five.
        changing = match (round % 5, changing) {
            (4, _) => None,
            (_, None) => Some(Camera::start_at(port, &[], &h264(160, 120))),
            (_, camera) => camera,
        };
        std::thread::sleep(Duration::from_secs(5));
        samples.push((begin.elapsed().as_secs_f64(), gateway.process.memory()));
        round += 1;
    }
    draw(&samples);
    // The first tenth is for warming up.
    let settled = &samples[samples.len() / 10..];
    let middle = settled.len() / 2;
    let mean = |part: &[(f64, u64)]| {
        part.iter().map(|&(_, mib)| mib as f64).sum::<f64>() / part.len() as f64
    };
    let (early, late) = (mean(&settled[..middle]), mean(&settled[middle..]));
    println!("{early:.1} MiB in the first half, {late:.1} in the second");
    assert!(late < early + 10.0, "{early:.1} MiB became {late:.1}");
    assert_eq!(gateway.number("connections_total", "steady"), connections);
}

/// Draws memory over time as demo-out/gateway-memory.svg.
fn draw(samples: &[(f64, u64)]) {
    const WIDTH: f64 = 800.0;
    const HEIGHT: f64 = 300.0;
    const MARGIN: f64 = 50.0;
    let end = samples.last().map_or(1.0, |sample| sample.0);
    let top = samples
        .iter()
        .map(|sample| sample.1)
        .max()
        .unwrap_or(1)
        .next_multiple_of(50) as f64;
    let x = |seconds: f64| MARGIN + (WIDTH - 2.0 * MARGIN) * seconds / end;
    let y = |mib: f64| HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * mib / top;
    let mut points = String::new();
    for &(seconds, mib) in samples {
        write!(points, "{:.1},{:.1} ", x(seconds), y(mib as f64)).expect("a string");
    }
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="14">
<rect width="100%" height="100%" fill="white"/>
<text x="{MARGIN}" y="30">resident memory of the gateway, MiB</text>
<path d="M{MARGIN},{MARGIN}V{bottom}H{right}" fill="none" stroke="#888"/>
<text x="10" y="{top_y:.0}">{top}</text><text x="30" y="{bottom}">0</text>
<text x="{right}" y="{below}" text-anchor="end">{end:.0} s</text>
<polyline points="{points}" fill="none" stroke="#2a6ebb" stroke-width="2"/>
</svg>
"##,
        bottom = HEIGHT - MARGIN,
        right = WIDTH - MARGIN,
        below = HEIGHT - MARGIN + 20.0,
        top_y = y(top) + 5.0,
    );
    std::fs::create_dir_all("demo-out").expect("a folder");
    std::fs::write("demo-out/gateway-memory.svg", svg).expect("a file");
}
