// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Certificates of cameras on rtsps://.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow, ensure};
use gst::prelude::*;
use gst_rtsp_server::gio::prelude::*;
use gst_rtsp_server::gio::{TlsBackend, TlsCertificate, TlsCertificateFlags, TlsFileDatabase};

use crate::lock;
use crate::options::CameraOptions;

/// The faults of a certificate that was refused.
#[derive(Clone, Default)]
pub struct Refusal(Arc<Mutex<Option<TlsCertificateFlags>>>);

/// Lets the element that talks to a camera trust those certificates that the options say.
pub fn set(source: &gst::Element, options: &CameraOptions) -> Result<Refusal> {
    let refusal = Refusal::default();
    if !options.address.has_tls() {
        return Ok(refusal);
    }
    let mut pinned = Vec::new();
    if let Some(path) = &options.ca_file {
        pinned = certificates(path)?;
        // It takes no relative path.
        let database = TlsFileDatabase::new(std::path::absolute(path)?)
            .map_err(|error| unusable(path, &error))?;
        source.set_property("tls-database", &database);
    }
    let refused = refusal.clone();
    // Asked about certificates with a fault only.
    source.connect("accept-certificate", false, move |values| {
        let certificate = values.get(2)?.get::<TlsCertificate>().ok()?;
        // One that is in the file itself is good for every name and time.
        let is_pinned = certificate
            .certificate_pem()
            .is_some_and(|pem| pinned.contains(&pem.to_string()));
        if !is_pinned {
            *lock(&refused.0) = values.get(3)?.get().ok();
        }
        Some(is_pinned.to_value())
    });
    Ok(refusal)
}

/// Checks what TLS needs before a camera is tried.
pub fn check(options: &CameraOptions) -> Result<()> {
    if options.address.has_tls() {
        ensure!(
            TlsBackend::default().supports_tls(),
            "no TLS on this machine: install glib-networking"
        );
        if let Some(path) = &options.ca_file {
            certificates(path)?;
        }
    }
    Ok(())
}

/// The certificates of a file, in PEM.
fn certificates(path: &Path) -> Result<Vec<String>> {
    let list = TlsCertificate::list_new_from_file(path).map_err(|error| unusable(path, &error))?;
    ensure!(
        !list.is_empty(),
        "{} has no certificate in PEM",
        path.display()
    );
    let texts = list.iter().filter_map(TlsCertificate::certificate_pem);
    Ok(texts.map(Into::into).collect())
}

fn unusable(path: &Path, error: &gst::glib::Error) -> anyhow::Error {
    anyhow!(
        "can't use the certificates of {}: {}",
        path.display(),
        error.message()
    )
}

impl Refusal {
    /// The line about a certificate that was refused.
    pub fn explain(&self, options: &CameraOptions) -> Option<String> {
        let faults = (*lock(&self.0))?;
        let fault = if faults.contains(TlsCertificateFlags::UNKNOWN_CA) {
            "nobody known has signed it"
        } else if faults.contains(TlsCertificateFlags::BAD_IDENTITY) {
            "it is for another host name"
        } else if faults.contains(TlsCertificateFlags::EXPIRED) {
            "it has expired"
        } else {
            "it is not valid"
        };
        Some(format!(
            "{} has a certificate that isn't trusted: {fault}. If it is the camera's, name its file in ca-file",
            options.address
        ))
    }
}
