// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Numbers for Prometheus and the page to look at, over HTTP.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use serde_json::json;
use tiny_http::{Header, Method, Request, Response, Server};

use crate::camera::Camera;
use crate::numbers::Families;
use crate::server::in_use;
use crate::stills::Side;

/// Requests that are answered at a time.
const THREADS: usize = 2;

const PAGE: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/page.js");

/// Sees to requests for what the cameras do.
pub struct Site {
    pub families: Arc<Families>,
    pub cameras: Vec<Arc<Camera>>,
}

/// Pages that an address has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    pub metrics: bool,
    pub dashboard: bool,
}

/// Answers requests from threads of its own, for as long as the program runs.
pub fn listen(address: SocketAddr, pages: Pages, site: &Arc<Site>) -> Result<()> {
    let server =
        Server::http(address).map_err(|error| match error.downcast::<std::io::Error>() {
            Ok(error) => in_use(address, &error),
            Err(error) => anyhow!("can't listen on {address}: {error}"),
        })?;
    let server = Arc::new(server);
    for _ in 0..THREADS {
        let (server, site) = (server.clone(), site.clone());
        std::thread::Builder::new()
            .name("http".into())
            .spawn(move || {
                for request in server.incoming_requests() {
                    site.answer(pages, request);
                }
            })?;
    }
    Ok(())
}

type Answer = Response<Cursor<Vec<u8>>>;

impl Site {
    fn answer(&self, pages: Pages, request: Request) {
        let path = request
            .url()
            .split('?')
            .next()
            .unwrap_or_default()
            .to_string();
        let response = match request.method() {
            Method::Get | Method::Head => self.page(pages, &path).unwrap_or_else(|error| {
                text(&format!("{error:#}\n"), "text/plain").with_status_code(500)
            }),
            _ => text("only GET\n", "text/plain").with_status_code(405),
        };
        // A client that has gone needs no answer.
        let _ = request.respond(response);
    }

    fn page(&self, pages: Pages, path: &str) -> Result<Answer> {
        let steps: Vec<_> = path.trim_start_matches('/').split('/').collect();
        Ok(match steps[..] {
            ["digests", name] if pages.metrics => self.digests(name),
            ["metrics"] => text(&self.families.text()?, "text/plain; version=0.0.4"),
            [""] if pages.dashboard => text(PAGE, "text/html; charset=utf-8"),
            ["page.js"] if pages.dashboard => text(SCRIPT, "text/javascript; charset=utf-8"),
            ["cameras.json"] if pages.dashboard => text(&self.cameras_json(), "application/json"),
            ["still", name, side] if pages.dashboard => self.still(name, side)?,
            _ => not_found(),
        })
    }

    /// The rest beside the numbers: states in words, and incidents with their times.
    fn cameras_json(&self) -> String {
        let cameras = self.cameras.iter().map(|camera| {
            json!({
                "name": camera.options.name,
                "state": camera.state_name(),
                "address": camera.options.address.to_string(),
                "filter": camera.options.filter,
                "incidents": camera.incidents(),
            })
        });
        json!({ "cameras": cameras.collect::<Vec<_>>() }).to_string()
    }

    fn digests(&self, name: &str) -> Answer {
        // Without digests there is no list, which is something else than an empty one.
        self.camera(name)
            .filter(|camera| camera.options.digest)
            .map_or_else(not_found, |camera| {
                text(&camera.digests.text(), "text/plain")
            })
    }

    fn camera(&self, name: &str) -> Option<&Arc<Camera>> {
        self.cameras
            .iter()
            .find(|camera| camera.options.name == name)
    }

    fn still(&self, name: &str, side: &str) -> Result<Answer> {
        let side = match side {
            "before.jpg" => Side::Before,
            "after.jpg" => Side::After,
            _ => return Ok(not_found()),
        };
        let picture = self
            .camera(name)
            .map_or(Ok(None), |camera| camera.stills.picture(side))?;
        Ok(picture.map_or_else(not_found, |picture| headed(picture, "image/jpeg")))
    }
}

fn not_found() -> Answer {
    text("not found\n", "text/plain").with_status_code(404)
}

fn text(text: &str, media_type: &str) -> Answer {
    headed(text.as_bytes().to_vec(), media_type)
}

fn headed(body: Vec<u8>, media_type: &str) -> Answer {
    let headers = [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        (
            "Content-Security-Policy",
            "default-src 'self'; style-src 'unsafe-inline'",
        ),
        ("X-Content-Type-Options", "nosniff"),
    ];
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Header::from_bytes(*name, *value).ok());
    headers.fold(Response::from_data(body), Response::with_header)
}
