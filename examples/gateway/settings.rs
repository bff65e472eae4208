// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The command line and the configuration file, as one set of options.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser};
use serde::Deserialize;

use crate::file;
use crate::options::{CameraOptions, ENCODER, Mode, Options, Scheme, Transport, WhileGone};
use crate::secrets::{self, Address, Secret};
use crate::source_list::SourceList;

/// Serves cameras as hardened RTSP.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// A camera and the name that it is served under; may be given several times
    #[arg(long = "camera", value_name = "NAME=URL")]
    cameras: Vec<String>,
    /// TOML file with the same options, and [cameras.NAME] with url, mode, filter, encoder, transport,
    /// ca-file, source-digests
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Options as they are written; those that are missing have defaults.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Settings {
    #[arg(skip)]
    cameras: BTreeMap<String, CameraSettings>,
    /// Address of the RTSP server [127.0.0.1:8554]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Work that is done on each frame [filter]
    #[arg(long)]
    mode: Option<Mode>,
    /// Properties of featuredistill [preset=one-pass; settled sources: preset=certified epsilon=2]
    #[arg(long, value_name = "PROPERTIES")]
    filter: Option<String>,
    /// Encoder and its properties, as in gst-launch-1.0 [x264enc at quantizer 16]
    #[arg(long, value_name = "ELEMENT")]
    encoder: Option<String>,
    /// Decoder to prefer, such as a hardware decoder
    #[arg(long, value_name = "ELEMENT")]
    decoder: Option<String>,
    /// Answer to clients while a camera is gone [not-found]
    #[arg(long)]
    while_gone: Option<WhileGone>,
    /// Transport from the camera [tcp]
    #[arg(long)]
    transport: Option<Transport>,
    /// Jitter buffer in milliseconds [1000; udp: 200]
    #[arg(long, value_name = "MS")]
    latency: Option<u32>,
    /// Seconds without a frame after which a camera counts as gone [5]
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Seconds without a change of the picture after which it counts as frozen, which is shown; 0: never [60]
    #[arg(long, value_name = "SECONDS")]
    frozen: Option<u32>,
    /// Longest wait in seconds before a camera is tried again [30]
    #[arg(long, value_name = "SECONDS")]
    retry: Option<u32>,
    /// Measure the margin of settled frames (consumer)
    #[arg(long)]
    margin: bool,
    /// Margin below which settled frames are an incident, 0..1 (consumer); measures it, too [off]
    #[arg(long, value_name = "MARGIN")]
    min_margin: Option<f64>,
    /// Digest each frame, keyed with key-file in the filter; /digests/NAME beside the metrics has the latest
    #[arg(long)]
    digest: bool,
    /// Compare frames with the source's digests (consumer), such as http://HOST:9464/digests/NAME; NAME stands
    /// for the camera's name [off]
    #[arg(long, value_name = "URL")]
    source_digests: Option<String>,
    /// Address for Prometheus [off]
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// Address of the page to look at [off]
    #[arg(long, value_name = "ADDRESS:PORT")]
    dashboard: Option<SocketAddr>,
    /// TOML file with [NAME], user and password of cameras
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// PEM file with certificates of cameras on rtsps://, or of those who signed them [the system's]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// TOML file with USER = "PASSWORD" of clients [anybody]
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// RTSP authentication of clients [digest]
    #[arg(long)]
    auth: Option<Scheme>,
    /// PEM file with the server's certificate: clients use rtsps://
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the certificate's key
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
}

/// A camera of the configuration file.
#[derive(Clone, Default, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "[cameras.NAME] with url = \"...\""
)]
struct CameraSettings {
    url: Option<Secret>,
    mode: Option<Mode>,
    filter: Option<String>,
    encoder: Option<String>,
    transport: Option<Transport>,
    ca_file: Option<PathBuf>,
    source_digests: Option<String>,
}

impl Arguments {
    /// Joins the command line with the configuration file; the command line wins.
    pub fn into_options(self) -> Result<Options> {
        let file = match &self.config {
            Some(path) => file::read(path, secrets::mask_urls)?,
            None => Settings::default(),
        };
        let mut settings = self.settings.or(file);
        for camera in &self.cameras {
            let (name, url) = match camera.split_once('=') {
                Some((name, url)) => (name, Some(Secret::new(url))),
                None => (camera.as_str(), secrets::url_from_environment(camera)),
            };
            let url = url.context("--camera takes NAME=URL, such as door=rtsp://HOST/STREAM")?;
            settings.cameras.entry(name.to_string()).or_default().url = Some(url);
        }
        settings.into_options()
    }
}

impl Settings {
    /// These, and `other` where they say nothing.
    fn or(self, other: Self) -> Self {
        Self {
            cameras: other.cameras,
            listen: self.listen.or(other.listen),
            mode: self.mode.or(other.mode),
            filter: self.filter.or(other.filter),
            encoder: self.encoder.or(other.encoder),
            decoder: self.decoder.or(other.decoder),
            while_gone: self.while_gone.or(other.while_gone),
            transport: self.transport.or(other.transport),
            latency: self.latency.or(other.latency),
            timeout: self.timeout.or(other.timeout),
            frozen: self.frozen.or(other.frozen),
            retry: self.retry.or(other.retry),
            margin: self.margin || other.margin,
            min_margin: self.min_margin.or(other.min_margin),
            digest: self.digest || other.digest,
            source_digests: self.source_digests.or(other.source_digests),
            metrics: self.metrics.or(other.metrics),
            dashboard: self.dashboard.or(other.dashboard),
            credentials: self.credentials.or(other.credentials),
            ca_file: self.ca_file.or(other.ca_file),
            users: self.users.or(other.users),
            auth: self.auth.or(other.auth),
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
        }
    }

    fn into_options(self) -> Result<Options> {
        ensure!(
            !self.cameras.is_empty(),
            "no camera: name one with --camera NAME=URL or in --config FILE"
        );
        let logins = match &self.credentials {
            Some(path) => secrets::logins(path)?,
            None => BTreeMap::new(),
        };
        if let Some(name) = logins.keys().find(|&name| !self.cameras.contains_key(name)) {
            bail!("the credentials have a login for {name}, but there is no such camera");
        }
        self.check_source_digests()?;
        let cameras = self.cameras.iter().map(|(name, camera)| {
            let mut options = self
                .camera(name, camera)
                .with_context(|| format!("camera {name}"))?;
            let login = secrets::login_from_environment(name).or_else(|| logins.get(name).cloned());
            options.address.login = login.or(options.address.login);
            Ok(options)
        });
        Ok(Options {
            cameras: cameras.collect::<Result<_>>()?,
            listen: self
                .listen
                .unwrap_or((IpAddr::V4(Ipv4Addr::LOCALHOST), 8554).into()),
            while_gone: self.while_gone.unwrap_or_default(),
            metrics: self.metrics,
            dashboard: self.dashboard,
            users: self
                .users
                .as_deref()
                .map_or(Ok(BTreeMap::new()), secrets::users)?,
            auth: self.auth.unwrap_or_default(),
            tls: match (self.tls_certificate, self.tls_key) {
                (Some(certificate), Some(key)) => Some((certificate, key)),
                (None, None) => None,
                _ => bail!("--tls-certificate and --tls-key need each other"),
            },
            decoder: self.decoder,
        })
    }

    fn camera(&self, name: &str, camera: &CameraSettings) -> Result<CameraOptions> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(
            !name.is_empty() && name.len() <= 64 && name.chars().all(plain),
            "a name has 1 to 64 letters, digits, - and _"
        );
        ensure!(
            self.min_margin
                .is_none_or(|margin| (0.0..=1.0).contains(&margin)),
            "min-margin is a number from 0 to 1"
        );
        let url = camera.url.as_ref().context("it has no url")?;
        let mode = camera.mode.or(self.mode).unwrap_or_default();
        let transport = camera.transport.or(self.transport).unwrap_or_default();
        let filter = camera.filter.as_ref().or(self.filter.as_ref());
        let encoder = camera.encoder.as_ref().or(self.encoder.as_ref());
        let source_digests = self.source_digests(name, camera, mode)?;
        Ok(CameraOptions {
            name: name.to_string(),
            address: Address::parse(url.reveal())?,
            mode,
            filter: filter.map_or(mode.filter(), String::as_str).to_string(),
            encoder: encoder.map_or(ENCODER, String::as_str).to_string(),
            transport,
            latency: self.latency.unwrap_or(transport.latency()),
            timeout: Duration::from_secs(self.timeout.unwrap_or(5).max(1).into()),
            retry: Duration::from_secs(self.retry.unwrap_or(30).max(1).into()),
            frozen: match self.frozen.unwrap_or(60) {
                0 => None,
                seconds => Some(Duration::from_secs(seconds.into())),
            },
            margin: mode == Mode::Consumer && (self.margin || self.min_margin.is_some()),
            min_margin: self.min_margin.filter(|_| mode == Mode::Consumer),
            digest: self.digest || source_digests.is_some(),
            source_digests,
            ca_file: camera.ca_file.as_ref().or(self.ca_file.as_ref()).cloned(),
        })
    }

    /// The list that a camera's frames are compared with.
    fn source_digests(
        &self,
        name: &str,
        camera: &CameraSettings,
        mode: Mode,
    ) -> Result<Option<SourceList>> {
        let is_consumer = mode == Mode::Consumer;
        ensure!(
            is_consumer || camera.source_digests.is_none(),
            "source-digests needs mode consumer"
        );
        let own = camera.source_digests.as_ref();
        let text = own.or(self.source_digests.as_ref()).filter(|_| is_consumer);
        text.map(|text| SourceList::parse(text, name)).transpose()
    }

    /// Fails if the list for all cameras is one that can't be meant.
    fn check_source_digests(&self) -> Result<()> {
        let Some(text) = &self.source_digests else {
            return Ok(());
        };
        let consumers = self.cameras.values().filter(|camera| {
            let mode = camera.mode.or(self.mode).unwrap_or_default();
            mode == Mode::Consumer && camera.source_digests.is_none()
        });
        let count = consumers.count();
        ensure!(
            count > 0,
            "no camera needs source-digests: it is for those in mode consumer"
        );
        ensure!(
            count == 1 || SourceList::has_name(text),
            "source-digests has one list for several cameras: write NAME where their names are"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options> {
        let program = std::iter::once(&"gateway");
        Arguments::try_parse_from(program.chain(arguments))?.into_options()
    }

    #[test]
    fn the_file_says_the_same_as_the_command_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "mode = \"source\"\nlisten = \"127.0.0.1:9000\"\nlatency = 50\n\
                    [cameras.door]\nurl = \"rtsp://a/1\"\n[cameras.yard]\nurl = \"rtsp://b/2\"\nmode = \"consumer\"\n";
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap();
        let read = options(&["--config", path, "--latency", "70"]).unwrap();
        assert_eq!(read.listen.port(), 9000);
        let [door, yard] = &read.cameras[..] else {
            panic!("{} cameras", read.cameras.len());
        };
        assert_eq!((door.mode, door.latency), (Mode::Source, 70));
        assert_eq!(
            (yard.mode, yard.address.location()),
            (Mode::Consumer, "rtsp://b/2")
        );
    }

    #[test]
    fn a_url_in_the_wrong_place_is_not_repeated() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in [
            "[cameras]\ndoor = \"rtsp://root:s3same@a/1\"\n",
            "mode = 'rtsp://root:s3same@a/1'\n",
            "[cameras.door]\nurl = \"rtsp://root:s3same@a/1\n",
            "[cameras.door]\nurl = rtsp://root:s3same@a/1\n",
        ] {
            std::fs::write(file.path(), text).unwrap();
            let error = options(&["--config", file.path().to_str().unwrap()]).err();
            let error = format!("{:#}", error.expect("an error"));
            assert!(
                error.contains("line") && !error.contains("s3same"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_guide_shows_a_file_that_can_be_used() {
        let guide = include_str!("../../src/guide/integrations.md");
        let (_, block) = guide.split_once("```toml\n").expect("a block of TOML");
        let (text, _) = block.split_once("```").expect("its end");
        let settings: Settings = toml::from_str(text).unwrap();
        // Its secrets are in files that aren't here.
        let settings = Settings {
            credentials: None,
            users: None,
            ..settings
        };
        let options = settings.into_options().unwrap();
        let modes: Vec<_> = options.cameras.iter().map(|camera| camera.mode).collect();
        assert_eq!(modes, [Mode::Filter, Mode::Consumer]);
        for camera in &options.cameras {
            crate::tests::init();
            crate::elements::filter(camera).unwrap();
        }
    }

    #[test]
    fn digests_are_compared_at_the_consumer_alone() {
        let list = "--source-digests=http://edge:9464/digests/NAME";
        let [a, b] = ["--camera=a=rtsp://a/1", "--camera=b=rtsp://b/1"];
        let read = options(&["--mode=consumer", list, a, b]).unwrap();
        let lists: Vec<_> = read
            .cameras
            .iter()
            .map(|camera| {
                assert!(camera.digest);
                camera.source_digests.as_ref().unwrap().to_string()
            })
            .collect();
        assert_eq!(
            lists,
            ["http://edge:9464/digests/a", "http://edge:9464/digests/b"]
        );
        let one = "--source-digests=http://edge:9464/digests/gate";
        options(&["--mode=consumer", one, a]).unwrap();
        for (arguments, expected) in [
            (&["--mode=consumer", one, a, b][..], "write NAME"),
            (&[one, a], "mode consumer"),
            (
                &["--mode=consumer", "--source-digests=edge", a],
                "http://HOST",
            ),
        ] {
            let error = options(arguments).err().expect("an error");
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let text =
            "[cameras.door]\nurl = \"rtsp://a/1\"\nsource-digests = \"http://e/digests/gate\"\n";
        std::fs::write(file.path(), text).unwrap();
        let read = options(&["--config", path, "--mode=consumer"]).unwrap();
        let list = read.cameras[0].source_digests.as_ref().unwrap();
        assert_eq!(list.to_string(), "http://e/digests/gate");
        let error = options(&["--config", path]).err().expect("an error");
        assert!(
            format!("{error:#}").contains("needs mode consumer"),
            "{error:#}"
        );
    }

    #[test]
    fn loopback_is_the_default() {
        let options = options(&["--camera", "door=rtsp://a/1"]).unwrap();
        assert!(options.listen.ip().is_loopback());
        assert!(options.metrics.is_none() && options.dashboard.is_none());
    }

    #[test]
    fn mistakes_are_named() {
        let bad: [(&[&str], &str); 6] = [
            (&[], "no camera"),
            (&["--camera", "door"], "NAME=URL"),
            (&["--camera", "a/b=rtsp://a/1"], "letters"),
            (&["--camera", "door=http://a/1"], "rtsp://HOST"),
            (
                &["--camera", "door=rtsp://a/1", "--tls-key", "k"],
                "need each other",
            ),
            (
                &["--camera", "door=rtsp://a/1", "--users", "/nowhere"],
                "can't read /nowhere",
            ),
        ];
        for (arguments, expected) in bad {
            let error = options(arguments).err().expect("an error");
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
    }
}
