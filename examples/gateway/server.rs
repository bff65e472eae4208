// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The RTSP server: one mount a camera, users and TLS.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use gst::glib;
use gst::prelude::*;
use gst_rtsp_server::gio::TlsCertificate;
use gst_rtsp_server::gst_rtsp::RTSPAuthMethod;
use gst_rtsp_server::prelude::*;
use gst_rtsp_server::{
    RTSP_PERM_MEDIA_FACTORY_ACCESS, RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
    RTSP_TOKEN_MEDIA_FACTORY_ROLE, RTSPAuth, RTSPClient, RTSPFilterResult, RTSPMedia,
    RTSPMediaFactory, RTSPMountPoints, RTSPServer, RTSPSuspendMode, RTSPToken,
};

use crate::camera::{Camera, Mount};
use crate::options::{Options, Scheme, WhileGone};

/// Clients at a time; each has a thread.
const MAX_SESSIONS: u32 = 256;

/// Time for clients to go by themselves at the end of a stream.
const FAREWELL: Duration = Duration::from_millis(500);

/// Seconds after which a client that says nothing is let go.
const SESSION_TIMEOUT: u32 = 20;

/// Role of those who may watch.
const VIEWER: &str = "viewer";

pub struct Server {
    server: RTSPServer,
    mounts: RTSPMountPoints,
    while_gone: WhileGone,
    with_tls: bool,
}

impl Server {
    /// Listens; clients are served by the default main loop.
    pub fn listen(options: &Options) -> Result<Self> {
        // The server's own error doesn't say what is wrong with the address.
        drop(TcpListener::bind(options.listen).map_err(|error| in_use(options.listen, &error))?);
        let server = RTSPServer::new();
        server.set_address(&options.listen.ip().to_string());
        server.set_service(&options.listen.port().to_string());
        if let Some(pool) = server.thread_pool() {
            // A client who waits for a camera holds up nobody else.
            pool.set_max_threads(-1);
        }
        if let Some(pool) = server.session_pool() {
            pool.set_max_sessions(MAX_SESSIONS);
            glib::timeout_add_seconds(2, move || {
                pool.cleanup();
                glib::ControlFlow::Continue
            });
        }
        if !options.users.is_empty() || options.tls.is_some() {
            server.set_auth(Some(&auth(options)?));
        }
        server.connect_client_connected(|_, client| {
            client.connect_new_session(|_, session| session.set_timeout(SESSION_TIMEOUT));
        });
        server
            .attach(None)
            .map_err(|error| anyhow!("can't listen on {}: {error}", options.listen))?;
        Ok(Self {
            mounts: server.mount_points().context("a server has mount points")?,
            server,
            while_gone: options.while_gone,
            with_tls: options.tls.is_some(),
        })
    }

    /// Makes the mounts that are there without their cameras.
    pub fn prepare(&self, cameras: &[Arc<Camera>]) {
        if self.while_gone == WhileGone::Wait {
            for camera in cameras {
                self.mount(camera);
            }
        }
    }

    /// The URL of a camera's mount.
    pub fn url(&self, camera: &Camera) -> String {
        let scheme = if self.with_tls { "rtsps" } else { "rtsp" };
        let host = self.server.address().unwrap_or_default();
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_string()
        };
        format!(
            "{scheme}://{host}:{}{}",
            self.server.bound_port(),
            path(camera)
        )
    }

    /// Closes all connections.
    pub fn disconnect(&self) {
        self.server
            .client_filter(Some(&mut |_, _| RTSPFilterResult::Remove));
    }

    fn mount(&self, camera: &Arc<Camera>) {
        let Some(carrier) = camera.carrier else {
            return;
        };
        let factory = RTSPMediaFactory::new();
        factory.set_launch(&format!(
            "( appsrc name=frames is-live=true format=time max-bytes=0 ! {} name=pay0 pt=96 )",
            carrier.payloader
        ));
        // Each client has a media of its own: one that doesn't read holds up nobody else, and none meets
        // a media that is shutting down. The frames are encoded once all the same.
        factory.set_shared(false);
        factory.set_suspend_mode(RTSPSuspendMode::None);
        factory.set_clock(Some(&gst::SystemClock::obtain()));
        factory.add_role_from_structure(
            &gst::Structure::builder(VIEWER)
                .field(RTSP_PERM_MEDIA_FACTORY_ACCESS, true)
                .field(RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, true)
                .build(),
        );
        let camera_of_media = Arc::downgrade(camera);
        factory.connect_media_configure(move |_, media| {
            if let Some(camera) = camera_of_media.upgrade() {
                connect(&camera, media);
            }
        });
        self.mounts.add_factory(&path(camera), factory);
    }
}

impl Mount for Server {
    fn open(&self, camera: &Arc<Camera>) {
        match self.while_gone {
            WhileGone::NotFound => self.mount(camera),
            WhileGone::Wait => camera.relay.request_key(),
        }
    }

    fn close(&self, camera: &Arc<Camera>) {
        if self.while_gone == WhileGone::Wait {
            return;
        }
        let path = path(camera);
        self.mounts.remove_factory(&path);
        camera.relay.end();
        std::thread::sleep(FAREWELL);
        self.server.client_filter(Some(&mut |_, client| {
            if watches(client, &path) {
                RTSPFilterResult::Remove
            } else {
                RTSPFilterResult::Keep
            }
        }));
    }
}

fn path(camera: &Camera) -> String {
    format!("/{}", camera.options.name)
}

/// Feeds a new media with the camera's frames until it is unprepared.
fn connect(camera: &Arc<Camera>, media: &RTSPMedia) {
    let source = media
        .element()
        .downcast::<gst::Bin>()
        .ok()
        .and_then(|bin| bin.by_name("frames"))
        .and_downcast::<gst_app::AppSrc>();
    let Some(source) = source else {
        return;
    };
    camera.relay.add(source.clone());
    let camera = Arc::downgrade(camera);
    let source = source.downgrade();
    media.connect_unprepared(move |_| {
        if let (Some(camera), Some(source)) = (camera.upgrade(), source.upgrade()) {
            camera.relay.remove(&source);
        }
    });
}

/// The client has set up the media of that mount.
fn watches(client: &RTSPClient, path: &str) -> bool {
    let mut found = false;
    client.session_filter(Some(&mut |_, session| {
        session.filter(Some(&mut |_, media| {
            found |= media
                .matches(path)
                .is_some_and(|length| length as usize == path.len());
            RTSPFilterResult::Keep
        }));
        RTSPFilterResult::Keep
    }));
    found
}

fn auth(options: &Options) -> Result<RTSPAuth> {
    let auth = RTSPAuth::new();
    let token = RTSPToken::builder()
        .field(RTSP_TOKEN_MEDIA_FACTORY_ROLE, VIEWER)
        .build();
    if options.users.is_empty() {
        auth.set_default_token(Some(&mut token.clone()));
    }
    auth.set_supported_methods(match options.auth {
        Scheme::Digest => RTSPAuthMethod::Digest,
        Scheme::Basic => RTSPAuthMethod::Basic,
    });
    for (user, password) in &options.users {
        match options.auth {
            Scheme::Digest => auth.add_digest(user, password.reveal(), &token),
            Scheme::Basic => auth.add_basic(&RTSPAuth::make_basic(user, password.reveal()), &token),
        }
    }
    if let Some((certificate, key)) = &options.tls {
        auth.set_tls_certificate(Some(&certificate_of(certificate, key)?));
    }
    Ok(auth)
}

fn certificate_of(certificate: &Path, key: &Path) -> Result<TlsCertificate> {
    TlsCertificate::from_files(certificate, key).map_err(|error| {
        anyhow!(
            "can't use the certificate {} with the key {}: {} (TLS needs the package glib-networking)",
            certificate.display(),
            key.display(),
            error.message()
        )
    })
}

/// The error of an address that can't be listened on.
pub fn in_use(address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => "End what uses it or choose another address",
        ErrorKind::PermissionDenied => "Choose a port from 1024 on",
        _ => "Choose another address",
    };
    anyhow!("can't listen on {address}: {error}. {advice}")
}
