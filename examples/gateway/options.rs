// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Options as they are used, and their defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use serde::Deserialize;

use crate::secrets::{Address, Secret};
use crate::source_list::SourceList;

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Distill frames of an ordinary camera (one pass)
    #[default]
    Filter,
    /// Settle frames at the trusted end of two passes
    Source,
    /// Restore settled frames at the other end, and tell of tampering
    Consumer,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WhileGone {
    /// Clients are disconnected, and new ones get "404 Not Found"
    #[default]
    NotFound,
    /// Clients wait for frames
    Wait,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    #[default]
    Digest,
    Basic,
}

/// Options as they are used.
pub struct Options {
    pub listen: SocketAddr,
    pub while_gone: WhileGone,
    pub metrics: Option<SocketAddr>,
    pub dashboard: Option<SocketAddr>,
    pub users: BTreeMap<String, Secret>,
    pub auth: Scheme,
    /// Files with certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub decoder: Option<String>,
    pub cameras: Vec<CameraOptions>,
}

/// Options of one camera.
#[derive(Clone, Debug)]
pub struct CameraOptions {
    pub name: String,
    pub address: Address,
    pub mode: Mode,
    /// Properties of `featuredistill`.
    pub filter: String,
    pub encoder: String,
    pub transport: Transport,
    /// Jitter buffer, milliseconds.
    pub latency: u32,
    /// Time without a frame after which the camera counts as gone.
    pub timeout: Duration,
    /// Longest wait before the next try.
    pub retry: Duration,
    /// Time without a change of the picture after which it counts as frozen; none where that doesn't matter.
    pub frozen: Option<Duration>,
    pub margin: bool,
    /// Margin below which a frame is an incident.
    pub min_margin: Option<f64>,
    pub digest: bool,
    /// The source's digests, which the frames are compared with.
    pub source_digests: Option<SourceList>,
    /// File with the certificates that the camera is trusted by, instead of the system's.
    pub ca_file: Option<PathBuf>,
}

impl CameraOptions {
    /// The same is done to the frames of both cameras.
    pub fn works_like(&self, other: &Self) -> bool {
        let work = |options: &Self| (options.mode, options.margin, options.digest);
        work(self) == work(other) && self.filter == other.filter && self.encoder == other.encoder
    }
}

/// An encoder that keeps frames settled for epsilon 2, and puts back little of what was removed.
pub const ENCODER: &str =
    "x264enc pass=quant quantizer=16 speed-preset=veryfast tune=zerolatency key-int-max=50";

impl Transport {
    /// The jitter buffer unless another is asked for, milliseconds. Over TCP nothing is lost or out of
    /// order, so that it delays nothing; it takes in what comes while the machine is busy.
    pub fn latency(self) -> u32 {
        match self {
            Self::Tcp => 1000,
            Self::Udp => 200,
        }
    }
}

impl Mode {
    /// Properties of `featuredistill` unless others are asked for.
    pub fn filter(self) -> &'static str {
        match self {
            Self::Filter => "preset=one-pass",
            Self::Source => "preset=certified epsilon=2",
            Self::Consumer => "preset=certified epsilon=2 tamper-threshold=1.5",
        }
    }
}
