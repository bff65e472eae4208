// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Numbers of a camera: one home for the status line, Prometheus and the dashboard.

use std::collections::VecDeque;
use std::sync::Mutex;

use anyhow::Result;
use prometheus::{
    Encoder, Gauge, GaugeVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

use crate::lock;
use crate::matching::Verdict;

/// Seconds that the frame rate is averaged over.
const WINDOW: usize = 5;

/// Families of numbers, each with a series a camera.
pub struct Families {
    registry: Registry,
    up: GaugeVec,
    frames: IntCounterVec,
    rate: GaugeVec,
    latency: GaugeVec,
    margin: GaugeVec,
    rms_change: GaugeVec,
    picture_age: GaugeVec,
    incidents: IntCounterVec,
    incident_active: GaugeVec,
    connections: IntCounterVec,
    digests: [IntCounterVec; 4],
}

/// Numbers of one camera.
pub struct Numbers {
    /// 1 while frames are served.
    pub up: Gauge,
    /// Frames that were encoded.
    pub frames: IntCounter,
    /// Frames a second over the last seconds.
    pub rate: Gauge,
    /// Seconds from a frame's arrival to its encoded picture.
    pub latency: Gauge,
    /// Margin of the last frame, 0..=1; NaN where it isn't measured.
    pub margin: Gauge,
    /// RMS change that the filter made, in levels, over the whole connection.
    pub rms_change: Gauge,
    /// Seconds for which the picture has been the same, byte for byte.
    pub picture_age: Gauge,
    /// Incidents of all causes.
    pub incidents: IntCounter,
    /// 1 while an incident goes on.
    pub incident_active: Gauge,
    /// Connections to the camera that were tried.
    pub connections: IntCounter,
    /// Frames by the outcome of comparing them with the source's digests, as in `Verdict::ALL`.
    digests: [IntCounter; 4],
    /// Frame counts of the last seconds.
    counts: Mutex<VecDeque<u64>>,
}

impl Families {
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let gauges = |name: &str, help: &str| -> Result<GaugeVec> {
            let family = GaugeVec::new(options(name, help), &["camera"])?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        let counters = |name: &str, help: &str| -> Result<IntCounterVec> {
            let family = IntCounterVec::new(options(name, help), &["camera"])?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        Ok(Self {
            up: gauges("up", "1 while frames of the camera are served")?,
            frames: counters("frames_total", "Frames distilled and encoded")?,
            rate: gauges(
                "frames_per_second",
                "Frames a second over the last 5 seconds",
            )?,
            latency: gauges("latency_seconds", "Time from arrival to the encoded frame")?,
            margin: gauges(
                "margin",
                "Margin of the last settled frame; NaN if not measured",
            )?,
            rms_change: gauges("rms_change", "RMS change of the filter in levels of 0..255")?,
            picture_age: gauges(
                "picture_age_seconds",
                "Seconds for which the picture has been the same",
            )?,
            incidents: counters(
                "incidents_total",
                "Incidents of tampering, small margins, unknown digests and replay",
            )?,
            incident_active: gauges("incident_active", "1 while an incident goes on")?,
            connections: counters(
                "connections_total",
                "Connections to the camera that were tried",
            )?,
            digests: [
                counters(
                    "digests_verified_total",
                    "Frames that are among the source's digests",
                )?,
                counters(
                    "digests_unknown_total",
                    "Frames that aren't among the source's digests",
                )?,
                counters(
                    "digests_replayed_total",
                    "Frames that came again after later ones",
                )?,
                counters(
                    "digests_unverified_total",
                    "Frames that no list of the source's digests could be read for",
                )?,
            ],
            registry,
        })
    }

    /// Adds the series of a camera.
    pub fn camera(&self, name: &str) -> Numbers {
        let label = &[name];
        let numbers = Numbers {
            up: self.up.with_label_values(label),
            frames: self.frames.with_label_values(label),
            rate: self.rate.with_label_values(label),
            latency: self.latency.with_label_values(label),
            margin: self.margin.with_label_values(label),
            rms_change: self.rms_change.with_label_values(label),
            picture_age: self.picture_age.with_label_values(label),
            incidents: self.incidents.with_label_values(label),
            incident_active: self.incident_active.with_label_values(label),
            connections: self.connections.with_label_values(label),
            digests: self
                .digests
                .each_ref()
                .map(|family| family.with_label_values(label)),
            counts: Mutex::default(),
        };
        numbers.forget();
        numbers
    }

    /// All numbers in Prometheus' text format.
    pub fn text(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8(text)?)
    }
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("featuredistill_gateway")
}

impl Numbers {
    /// Frames with that outcome.
    pub fn digests(&self, verdict: Verdict) -> &IntCounter {
        &self.digests[verdict as usize]
    }

    /// Brings the frame rate up to date; to be called once a second.
    pub fn tick(&self) {
        let mut counts = lock(&self.counts);
        counts.push_back(self.frames.get());
        if counts.len() > WINDOW + 1 {
            counts.pop_front();
        }
        if let (Some(first), Some(last)) = (counts.front(), counts.back())
            && counts.len() > 1
        {
            self.rate
                .set((last - first) as f64 / (counts.len() - 1) as f64);
        }
    }

    /// Clears what only a connected camera has.
    pub fn forget(&self) {
        self.up.set(0.0);
        self.latency.set(f64::NAN);
        self.margin.set(f64::NAN);
        self.rms_change.set(f64::NAN);
        self.picture_age.set(f64::NAN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let families = Families::new().unwrap();
        let numbers = families.camera("door");
        for second in 0..20 {
            numbers.tick();
            numbers.frames.inc_by(if second < 10 { 25 } else { 10 });
        }
        numbers.tick();
        assert_eq!(numbers.rate.get(), 10.0);
        let text = families.text().unwrap();
        assert!(
            text.contains("featuredistill_gateway_frames_total{camera=\"door\"} 350"),
            "{text}"
        );
        assert!(
            text.contains("featuredistill_gateway_margin{camera=\"door\"} NaN"),
            "{text}"
        );
    }
}
