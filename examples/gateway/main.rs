// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Serves cameras as hardened RTSP: takes their streams, distills each frame, encodes it again and
//! offers the result to clients that take no plugin.
//!
//! ```text
//! cargo run --release --features gateway --example gateway -- \
//!     --camera door=rtsp://10.0.0.5/stream --camera yard=rtsp://10.0.0.6/stream
//! ffplay rtsp://127.0.0.1:8554/door
//! ```

mod camera;
mod connection;
mod digests;
mod elements;
mod file;
mod frozen;
mod http;
mod incidents;
mod matching;
mod numbers;
mod options;
mod picture;
mod probe;
mod relay;
mod restart;
mod secrets;
mod server;
mod settings;
mod source_list;
mod stills;
#[cfg(test)]
mod tests;
mod trouble;
mod trust;
mod verification;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;
use gst::glib;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use camera::Camera;
use http::{Pages, Site};
use numbers::Families;
use options::Options;
use server::Server;
use settings::Arguments;

/// Seconds between two status lines.
const STATUS: u32 = 10;

/// Time that cameras have for saying goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let options = restart::if_needed().and_then(|()| Arguments::parse().into_options());
    match options.and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    if let Some(decoder) = &options.decoder {
        elements::prefer(decoder)?;
    }
    let server = Arc::new(Server::listen(options)?);
    let families = Arc::new(Families::new()?);
    let cameras = check(options, &families)?;
    let site = Arc::new(Site {
        families,
        cameras: cameras.clone(),
    });
    listen(options, &site)?;
    warn(options);

    server.prepare(&cameras);
    let threads = connect(&cameras, &server)?;
    let main_loop = glib::MainLoop::new(None, false);
    quit_on_signal(&main_loop)?;
    report(&cameras);
    main_loop.run();
    end(&cameras, &server, threads);
    println!("ended");
    Ok(())
}

/// Tries out every camera's filter and encoder; those that can't be used are told and left alone.
fn check(options: &Options, families: &Families) -> Result<Vec<Arc<Camera>>> {
    let mut cameras: Vec<Arc<Camera>> = Vec::new();
    for options in &options.cameras {
        let alike = cameras
            .iter()
            .find(|camera| camera.options.works_like(options));
        let carrier =
            trust::check(options).and_then(|()| match alike.and_then(|camera| camera.carrier) {
                Some(carrier) => Ok(carrier),
                None => probe::check(options),
            });
        let refusal = carrier
            .as_ref()
            .err()
            .map(|error| format!("{error:#}; not served"));
        let numbers = families.camera(&options.name);
        let camera = Arc::new(Camera::new(options.clone(), carrier.ok(), numbers));
        if let Some(refusal) = refusal {
            camera.log(refusal);
        }
        cameras.push(camera);
    }
    if cameras.iter().all(|camera| camera.carrier.is_none()) {
        bail!("no camera is left to serve");
    }
    Ok(cameras)
}

fn listen(options: &Options, site: &Arc<Site>) -> Result<()> {
    let mut addresses: Vec<_> = options.metrics.iter().chain(&options.dashboard).collect();
    addresses.dedup();
    for &address in addresses {
        let pages = Pages {
            metrics: options.metrics == Some(address),
            dashboard: options.dashboard == Some(address),
        };
        http::listen(address, pages, site)?;
        if pages.dashboard {
            println!("dashboard: http://{address}/");
        }
    }
    Ok(())
}

/// Tells what the operator may not have meant.
fn warn(options: &Options) {
    if !options.listen.ip().is_loopback() && options.users.is_empty() {
        println!(
            "warning: anybody who reaches {} can watch: --users names who may",
            options.listen
        );
    }
    for address in options.metrics.iter().chain(&options.dashboard) {
        if !address.ip().is_loopback() {
            println!(
                "warning: anybody who reaches {address} can read it, stills of the cameras too on a dashboard"
            );
        }
    }
}

/// Starts a thread for each camera that can be served.
fn connect(cameras: &[Arc<Camera>], server: &Arc<Server>) -> Result<Vec<JoinHandle<()>>> {
    let served = cameras.iter().filter(|camera| camera.carrier.is_some());
    let threads = served.map(|camera| {
        println!(
            "{}: {} as {}",
            camera.options.name,
            camera.options.address,
            server.url(camera)
        );
        if let Some(list) = camera.options.source_digests.clone() {
            let camera = camera.clone();
            std::thread::Builder::new()
                .name(format!("{}-digests", camera.options.name))
                .spawn(move || verification::run(&camera, &list))
                .context("can't start a thread")?;
        }
        let (camera, server) = (camera.clone(), server.clone());
        std::thread::Builder::new()
            .name(camera.options.name.clone())
            .spawn(move || camera.run(&*server))
            .context("can't start a thread")
    });
    threads.collect()
}

/// Lets SIGINT and SIGTERM end the main loop.
fn quit_on_signal(main_loop: &glib::MainLoop) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let main_loop = main_loop.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for _ in signals.forever() {
                main_loop.quit();
            }
        })?;
    Ok(())
}

/// Counts every second and prints a line every ten.
fn report(cameras: &[Arc<Camera>]) {
    let cameras = cameras.to_vec();
    let mut seconds = 0;
    glib::timeout_add_seconds(1, move || {
        for camera in &cameras {
            camera.numbers.tick();
        }
        seconds += 1;
        if seconds % STATUS == 0 {
            let states: Vec<_> = cameras.iter().map(|camera| camera.to_string()).collect();
            println!("status: {}", states.join(" | "));
        }
        glib::ControlFlow::Continue
    });
}

/// Lets go of cameras and clients.
fn end(cameras: &[Arc<Camera>], server: &Server, threads: Vec<JoinHandle<()>>) {
    for camera in cameras {
        camera.stop();
    }
    let deadline = Instant::now() + FAREWELL;
    for thread in threads {
        // A camera that doesn't answer mustn't keep the gateway from ending.
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    server.disconnect();
}

/// Locks a mutex; the data of one that a panic left is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
