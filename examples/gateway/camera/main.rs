// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A camera for the demo and the tests: serves a pipeline, or a clip over and over, as RTSP.
//!
//! ```text
//! gateway-camera --listen 127.0.0.1:8601 "videotestsrc is-live=true ! x264enc ! rtph264pay name=pay0"
//! gateway-camera --listen 127.0.0.1:8601 --clip bikes.mp4 "appsrc name=clip ! x264enc ! rtph264pay name=pay0"
//! ```

#[path = "../../shared/mod.rs"]
mod shared;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use gst::glib;
use gst::prelude::*;
use gst_rtsp_server::gst_rtsp::RTSPAuthMethod;
use gst_rtsp_server::prelude::*;
use gst_rtsp_server::{
    RTSP_PERM_MEDIA_FACTORY_ACCESS, RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
    RTSP_TOKEN_MEDIA_FACTORY_ROLE, RTSPAuth, RTSPMedia, RTSPMediaFactory, RTSPServer,
    RTSPSuspendMode, RTSPToken,
};
use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::Signals;

use shared::pipeline::Pipeline;

/// Frames of a clip that are kept and repeated.
const MAX_FRAMES: usize = 250;

/// Serves a pipeline as rtsp://ADDRESS:PORT/stream. SIGUSR1 switches the bypass of an element named settle.
#[derive(Parser)]
struct Arguments {
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Clip whose frames an appsrc named clip gives, over and over
    #[arg(long)]
    clip: Option<PathBuf>,
    /// Login that clients need, as USER:PASSWORD
    #[arg(long)]
    login: Option<String>,
    /// Elements as in gst-launch-1.0, the last one a payloader named pay0
    pipeline: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    let clip = arguments.clip.as_ref().map(Clip::read).transpose()?;

    let factory = RTSPMediaFactory::new();
    factory.set_launch(&format!("( {} )", arguments.pipeline));
    factory.set_shared(true);
    factory.set_suspend_mode(RTSPSuspendMode::None);
    if let Some(clip) = clip.map(Arc::new) {
        factory.connect_media_configure(move |_, media| clip.feed(media));
    }
    factory.connect_media_configure(|_, media| switch_on_signal(media));

    let server = RTSPServer::new();
    server.set_address(&arguments.listen.ip().to_string());
    server.set_service(&arguments.listen.port().to_string());
    if let Some(login) = &arguments.login {
        let (user, password) = login
            .split_once(':')
            .context("--login takes USER:PASSWORD")?;
        factory.add_role_from_structure(
            &gst::Structure::builder(user)
                .field(RTSP_PERM_MEDIA_FACTORY_ACCESS, true)
                .field(RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, true)
                .build(),
        );
        let token = RTSPToken::builder()
            .field(RTSP_TOKEN_MEDIA_FACTORY_ROLE, user)
            .build();
        let auth = RTSPAuth::new();
        auth.set_supported_methods(RTSPAuthMethod::Digest);
        auth.add_digest(user, password, &token);
        server.set_auth(Some(&auth));
    }
    let mounts = server.mount_points().context("a server has mount points")?;
    mounts.add_factory("/stream", factory);
    server
        .attach(None)
        .with_context(|| format!("can't listen on {}", arguments.listen))?;
    println!("rtsp://{}/stream", arguments.listen);
    glib::MainLoop::new(None, false).run();
    Ok(())
}

/// Frames in memory.
struct Clip {
    frames: Vec<gst::Sample>,
    duration: gst::ClockTime,
}

impl Clip {
    fn read(path: &PathBuf) -> Result<Self> {
        let pipeline = Pipeline::launch(
            "filesrc name=clip ! decodebin ! videoconvert ! video/x-raw,format=I420 ! appsink name=out sync=false",
        )?;
        pipeline
            .element::<gst::Element>("clip")?
            .set_property("location", path);
        let out = pipeline.element("out")?;
        pipeline.start(gst::State::Playing)?;
        let mut frames = Vec::new();
        while let Some(frame) = pipeline.pull(&out)?
            && frames.len() < MAX_FRAMES
        {
            frames.push(frame);
        }
        ensure!(!frames.is_empty(), "{} has no frame", path.display());
        let info = shared::sheet::video_info(&frames[0])?;
        let rate = info.fps();
        let duration = gst::ClockTime::SECOND
            .mul_div_floor(rate.denom().max(1) as u64, rate.numer().max(1) as u64)
            .context("a frame rate")?;
        Ok(Self { frames, duration })
    }

    /// Gives the media's `clip` its frames, without end.
    fn feed(self: &Arc<Self>, media: &RTSPMedia) {
        let Some(source) = child(media, "clip").and_downcast::<gst_app::AppSrc>() else {
            return;
        };
        source.set_format(gst::Format::Time);
        source.set_caps(self.frames[0].caps_owned().as_ref());
        let (clip, next) = (self.clone(), AtomicUsize::new(0));
        let need_data = move |source: &gst_app::AppSrc, _| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let frame = &clip.frames[index % clip.frames.len()];
            let Some(mut buffer) = frame.buffer().map(|buffer| buffer.copy()) else {
                return;
            };
            if let Some(buffer) = buffer.get_mut() {
                buffer.set_pts(clip.duration * index as u64);
                buffer.set_dts(gst::ClockTime::NONE);
                buffer.set_duration(clip.duration);
            }
            // A media that is shutting down takes none.
            let _ = source.push_buffer(buffer);
        };
        source.set_callbacks(
            gst_app::AppSrcCallbacks::builder()
                .need_data(need_data)
                .build(),
        );
    }
}

/// Lets SIGUSR1 send frames as they came from the lens, and settled ones again.
fn switch_on_signal(media: &RTSPMedia) {
    let Some(settle) = child(media, "settle").map(|settle| settle.downgrade()) else {
        return;
    };
    let Ok(mut signals) = Signals::new([SIGUSR1]) else {
        return;
    };
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let Some(settle) = settle.upgrade() else {
                return;
            };
            settle.set_property("bypass", !settle.property::<bool>("bypass"));
        }
    });
}

fn child(media: &RTSPMedia, name: &str) -> Option<gst::Element> {
    media.element().downcast::<gst::Bin>().ok()?.by_name(name)
}
