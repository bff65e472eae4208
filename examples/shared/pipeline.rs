// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A pipeline that returns the errors of its elements and stops when it goes out of scope.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use gst::prelude::*;

/// A pipeline that is set to NULL when dropped.
pub struct Pipeline(gst::Pipeline);

impl Pipeline {
    /// Builds the pipeline of a `gst-launch-1.0` line.
    pub fn launch(description: &str) -> Result<Self> {
        let pipeline = gst::parse::launch(description)?.downcast();
        pipeline
            .map(Self)
            .map_err(|_| anyhow!("not a pipeline: {description}"))
    }

    /// The element of that name and type.
    pub fn element<T: IsA<gst::Element>>(&self, name: &str) -> Result<T> {
        let element = self.0.by_name(name).and_downcast();
        element.with_context(|| format!("no {} called {name}", T::static_type()))
    }

    /// Sets a property of the element of that name.
    pub fn set(
        &self,
        name: &str,
        property: &str,
        value: impl Into<gst::glib::Value>,
    ) -> Result<()> {
        self.element::<gst::Element>(name)?
            .set_property(property, value);
        Ok(())
    }

    /// Sets the file that the `filesrc` of that name reads.
    pub fn read(&self, name: &str, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        self.set(name, "location", path)
    }

    /// The `stats` of the element of that name.
    pub fn stats(&self, name: &str) -> Result<gst::Structure> {
        let element = self.element::<gst::Element>(name)?;
        ensure!(
            element.has_property("stats"),
            "{} has no stats",
            element.type_()
        );
        Ok(element.property("stats"))
    }

    /// Brings the pipeline to `state`. An element that refuses says why in the error.
    pub fn start(&self, state: gst::State) -> Result<()> {
        if let Err(refused) = self.0.set_state(state) {
            self.check()?;
            return Err(refused.into());
        }
        Ok(())
    }

    /// Waits until the first frame is at the sink.
    pub fn prerolled(&self) -> Result<()> {
        let (reached, ..) = self.0.state(gst::ClockTime::from_seconds(10));
        self.check()?;
        reached?;
        Ok(())
    }

    /// The next frame, or none at the end of the stream.
    pub fn pull(&self, sink: &gst_app::AppSink) -> Result<Option<gst::Sample>> {
        self.pull_within(sink, gst::ClockTime::MAX)
    }

    /// The next frame, or none at the end of the stream. Fails if neither comes within `limit`.
    pub fn pull_within(
        &self,
        sink: &gst_app::AppSink,
        limit: gst::ClockTime,
    ) -> Result<Option<gst::Sample>> {
        const INTERVAL: gst::ClockTime = gst::ClockTime::from_mseconds(200);
        let mut waited = gst::ClockTime::ZERO;
        // After an error the end of the stream may never reach the sink: the bus has the error.
        while waited < limit {
            let sample = sink.try_pull_sample(INTERVAL);
            if sample.is_some() {
                return Ok(sample);
            }
            self.check()?;
            if sink.is_eos() {
                return Ok(None);
            }
            waited += INTERVAL;
        }
        bail!("no frame came within {} s", limit.seconds())
    }

    /// Waits for the end of the stream.
    pub fn wait(&self) -> Result<()> {
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        outcome(self.bus()?.timed_pop_filtered(gst::ClockTime::NONE, &ends))
    }

    /// Fails if an element has reported an error.
    pub fn check(&self) -> Result<()> {
        outcome(self.bus()?.pop_filtered(&[gst::MessageType::Error]))
    }

    /// The bus. The other functions throw away messages that they don't look for.
    pub fn bus(&self) -> Result<gst::Bus> {
        self.0.bus().context("a pipeline has a bus")
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Nothing can be done about a pipeline that doesn't stop.
        let _ = self.0.set_state(gst::State::Null);
    }
}

fn outcome(message: Option<gst::Message>) -> Result<()> {
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Error(error)) => {
            let source = error.src().map_or("?".into(), |source| source.name());
            bail!("{source}: {}", error.error())
        }
        _ => Ok(()),
    }
}
