// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The properties `digest` and `key-file`.

use std::path::PathBuf;
use std::sync::Mutex;

use gst::glib;
use gst::prelude::*;

use crate::element::lock;
use crate::element::properties::error_code;
use crate::element::value;
use crate::files::Key;

/// Digest of the frames that leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillDigest")]
#[non_exhaustive]
pub enum DigestKind {
    /// None.
    #[default]
    #[enum_value(name = "None", nick = "none")]
    None,
    /// BLAKE3, keyed with `key-file`. [`codec::digest`](crate::codec::digest) has its format.
    #[enum_value(name = "BLAKE3: 256 bits, keyed with key-file", nick = "blake3")]
    Blake3,
}

/// The property `key-file`: the path of a key.
#[derive(Default)]
pub(super) struct KeyFile(Mutex<Option<PathBuf>>);

impl KeyFile {
    pub(super) fn get(&self) -> glib::Value {
        lock(&self.0).to_value()
    }

    /// Sets the path, which has no effect on an element that `is_started`: a warning says so.
    pub(super) fn set(
        &self,
        element: &impl IsA<gst::Element>,
        is_started: bool,
        value: &glib::Value,
    ) {
        *lock(&self.0) = value::path(value);
        if is_started {
            gst::element_warning!(
                element,
                gst::LibraryError::Settings,
                ("key-file is read at start: the key stays as it is. Restart the element.")
            );
        }
    }

    /// Reads the key of an element that starts, if there is a path. Warns of a file that others can read.
    pub(super) fn start(
        &self,
        element: &impl IsA<gst::Element>,
    ) -> Result<Option<Key>, gst::ErrorMessage> {
        let Some(path) = lock(&self.0).clone() else {
            return Ok(None);
        };
        let key = Key::read(&path).map_err(|error| {
            gst::error_msg!(error_code(&error), ("Can't read the key file: {error}"))
        })?;
        if key.is_readable_by_others() {
            gst::element_warning!(
                element,
                gst::ResourceError::Settings,
                (
                    "Others can read the key file {}. Let only its owner read it (chmod 600).",
                    path.display()
                )
            );
        }
        Ok(Some(key))
    }
}

/// The two properties.
pub(super) fn param_specs() -> Vec<glib::ParamSpec> {
    vec![
        glib::ParamSpecEnum::builder::<DigestKind>("digest")
            .nick("Digest")
            .blurb("Digest of each frame that leaves, in message, meta and stats")
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("key-file")
            .nick("Key File")
            .blurb("File with the key of the digest: 32 bytes, or 64 hexadecimal digits; read at start")
            .mutable_ready()
            .build(),
    ]
}
