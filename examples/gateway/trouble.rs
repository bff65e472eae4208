// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Reasons why a camera can't be served, each as one line that says what to do.

use std::fmt;

use anyhow::{Error, anyhow};
use gst::prelude::*;

use crate::options::CameraOptions;

/// The line about a camera that refuses the login.
#[derive(Debug)]
pub struct LoginRefused(String);

impl fmt::Display for LoginRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoginRefused {}

/// Collects what is known about a failure until it is told.
#[derive(Default)]
pub struct Trouble {
    /// The codec that no element decodes.
    missing: Option<String>,
}

impl Trouble {
    /// Takes an element message; those about missing decoders matter.
    pub fn hear(&mut self, message: &gst::StructureRef) {
        if message.name() == "missing-plugin" {
            self.missing = message.get("name").ok();
        }
    }

    /// The line for an error message of a camera that has been live or not.
    pub fn explain(
        &self,
        options: &CameraOptions,
        error: &gst::message::Error,
        was_live: bool,
    ) -> Error {
        if let Some(missing) = &self.missing {
            let other = match missing.contains("H.264") {
                true => "",
                false => ", or set the camera to H.264",
            };
            return anyhow!("no {missing} on this machine: install gstreamer1.0-libav{other}");
        }
        let glib_error = error.error();
        let address = &options.address;
        let text = match glib_error.kind::<gst::ResourceError>() {
            Some(gst::ResourceError::NotAuthorized) => {
                let text = match &address.login {
                    Some(login) => format!(
                        "{address} refuses the password of {}: correct it in --credentials or the environment",
                        login.user
                    ),
                    None => format!(
                        "{address} wants a user and a password: give them in --credentials FILE"
                    ),
                };
                return LoginRefused(address.mask(&text)).into();
            }
            Some(gst::ResourceError::NotFound) => {
                format!("{address} has no such stream, or the host is unknown: check the address")
            }
            Some(gst::ResourceError::Read | gst::ResourceError::Write) if was_live => {
                format!("the connection to {address} broke")
            }
            Some(
                gst::ResourceError::OpenRead
                | gst::ResourceError::OpenReadWrite
                | gst::ResourceError::OpenWrite
                | gst::ResourceError::Read
                | gst::ResourceError::Write,
            ) => {
                format!("{address} can't be reached: check the address, the camera and the network")
            }
            _ if glib_error.matches(gst::StreamError::Failed) => {
                format!("the stream of {address} can't be read")
            }
            _ => {
                let source = error.src().map_or("?".into(), |source| source.name());
                format!("{source}: {}", glib_error.message())
            }
        };
        // An element may repeat the address.
        anyhow!(address.mask(&text.replace('\n', " ")))
    }
}
