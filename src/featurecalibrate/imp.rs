// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The virtual functions of the element.

use std::sync::Mutex;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use once_cell::sync::Lazy;

use super::gatherer::{GatherError, Gatherer};
use super::outputs::{MergeFromError, OutputError};
use super::report;
use super::settings::{self, Settings};
use crate::calibration::{Derived, Statistics, TooFine};
use crate::common::engine::Engine;
use crate::common::geometry::Geometry;
use crate::common::{caps, lock};

static CAT: Lazy<gst::DebugCategory> = Lazy::new(|| {
    gst::DebugCategory::new(
        "featurecalibrate",
        gst::DebugColorFlags::empty(),
        Some("Feature distillation, calibration"),
    )
});

/// The action signal that writes the files before the stream ends.
const WRITE: &str = "write";

/// The element's private half.
#[derive(Default)]
pub struct FeatureCalibrate {
    settings: Mutex<Settings>,
    stream: Mutex<Stream>,
    /// Held while a frame is looked at, by the streaming thread alone.
    gatherer: Mutex<Option<Gatherer>>,
    /// Held while files are written, so that one result comes after the other.
    writing: Mutex<()>,
}

/// What the element forgets when it stops.
#[derive(Default)]
struct Stream {
    engine: Option<Engine>,
    /// There once the element is started.
    statistics: Option<Statistics>,
    /// The settings that the statistics were begun with.
    at_start: Settings,
    /// Whether an error has stopped the stream: what is gathered then may lack something.
    failed: bool,
    /// What was last warned of.
    warned: Option<TooFine>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("The element isn't started.")]
    NotStarted,
    #[error("An error has stopped the stream before.")]
    Stopped,
    #[error(
        "There is nothing to calibrate on: no frame came, and merge-from names no statistics of any."
    )]
    NoFrames,
    #[error("A result can't be written: {0}.")]
    Output(#[from] OutputError),
}

impl WriteError {
    fn code(&self) -> gst::ResourceError {
        match self {
            Self::Output(error) => output_error_code(error),
            _ => gst::ResourceError::Failed,
        }
    }
}

fn output_error_code(error: &OutputError) -> gst::ResourceError {
    match error {
        OutputError::Save(_) => gst::ResourceError::OpenWrite,
        OutputError::Twice { .. } | OutputError::NoPlot => gst::ResourceError::Settings,
    }
}

fn merge_error_code(error: &MergeFromError) -> gst::ResourceError {
    match error {
        MergeFromError::File(_) => gst::ResourceError::Read,
        _ => gst::ResourceError::Settings,
    }
}

impl FeatureCalibrate {
    /// Adds a frame to the statistics.
    fn gather(&self, buffer: &gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
        if lock(&self.stream).failed {
            return Err(gst::FlowError::Error);
        }
        let mut slot = lock(&self.gatherer);
        let Some(gatherer) = &mut *slot else {
            gst::element_imp_error!(
                self,
                gst::CoreError::Negotiation,
                ("A frame came before its caps")
            );
            return Err(gst::FlowError::NotNegotiated);
        };
        let looked = gatherer.look(buffer).map_err(GatherError::from);
        let added = looked.and_then(|frame| {
            let statistics = &mut lock(&self.stream).statistics;
            Ok(statistics
                .as_mut()
                .map_or(Ok(()), |all| frame.add_to(all))?)
        });
        added.map_err(|error| {
            lock(&self.stream).failed = true;
            gst::element_imp_error!(self, gst::StreamError::Failed, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }

    /// Writes the files and tells the result.
    fn write(&self) -> Result<(), WriteError> {
        let one_after_the_other = lock(&self.writing);
        let settings = lock(&self.settings).clone();
        let (settings, statistics) = {
            let stream = lock(&self.stream);
            if stream.failed {
                return Err(WriteError::Stopped);
            }
            let statistics = stream.statistics.clone().ok_or(WriteError::NotStarted)?;
            (settings.within_stream(&stream.at_start), statistics)
        };
        if statistics.frames() == 0 {
            return Err(WriteError::NoFrames);
        }
        let derived = settings.mapping().derive(&statistics);
        settings.write_outputs(&statistics, &derived)?;
        // Whoever hears of the result on the bus may have the next one written right there.
        drop(one_after_the_other);
        self.log(&statistics, &derived);
        self.warn_of_fine_steps(&settings, &derived);
        let message = report::message(&settings, &statistics, &derived);
        let message = gst::message::Element::builder(message)
            .src(&*self.obj())
            .build();
        // Without a bus there is nobody to tell.
        let _ = self.obj().post_message(message);
        Ok(())
    }

    /// Writes the files, or stops the stream unless the result may still come.
    fn write_or_stop(&self, at_end: bool) -> bool {
        let Err(error) = self.write() else {
            return true;
        };
        match &error {
            // The bus knows of it.
            WriteError::Stopped => return false,
            WriteError::NotStarted => gst::warning!(CAT, imp = self, "{error}"),
            WriteError::NoFrames if !at_end => {
                gst::warning!(CAT, imp = self, "Nothing is written yet: {error}");
            }
            _ => {
                lock(&self.stream).failed = true;
                gst::element_imp_error!(self, error.code(), ("{error}"));
            }
        }
        false
    }

    fn log(&self, statistics: &Statistics, derived: &Derived) {
        let (frames, tables) = (statistics.frames(), &derived.tables);
        gst::info!(CAT, imp = self, "From {frames} frames: {tables:?}");
        if let Some(settling) = statistics.settling() {
            gst::info!(
                CAT,
                imp = self,
                "Settled for epsilon={}: PSNR {:.2} dB; {:.3} % of {} blocks took more than rounding, \
                 {} lack the radius",
                settling.epsilon(),
                settling.psnr().unwrap_or(f64::INFINITY),
                100.0 * settling.moved_share(),
                settling.blocks(),
                settling.unsettled()
            );
        }
    }

    /// Warns, once, of a step that is too fine for the perturbation given.
    fn warn_of_fine_steps(&self, settings: &Settings, derived: &Derived) {
        let Some(epsilon) = settings.withstands() else {
            return;
        };
        let tables = [derived.tables.luma(), derived.tables.chroma()];
        let fine = tables
            .into_iter()
            .find_map(|table| TooFine::find(table, epsilon));
        let last = std::mem::replace(&mut lock(&self.stream).warned, fine);
        if let Some(fine) = fine
            && last != Some(fine)
        {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                ("The table doesn't hold back what it should: {fine} or more (as-step, md-step), \
                     or mapping=certified. Set epsilon to what the table is to withstand, 0 for nothing.")
            );
        }
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FeatureCalibrate {
    const NAME: &'static str = "GstFeatureCalibrate";
    type Type = super::FeatureCalibrate;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for FeatureCalibrate {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: Lazy<Vec<glib::ParamSpec>> = Lazy::new(settings::param_specs);
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
        gst::info!(CAT, imp = self, "{} -> {value:?}", pspec.name());
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => {
                let stream = lock(&self.stream);
                stream.statistics.as_ref().map(report::stats).to_value()
            }
            name => lock(&self.settings).get(name),
        }
    }

    fn signals() -> &'static [glib::subclass::Signal] {
        static SIGNALS: Lazy<Vec<glib::subclass::Signal>> = Lazy::new(|| {
            let write = glib::subclass::Signal::builder(WRITE)
                .action()
                .return_type::<bool>()
                .class_handler(|args| {
                    let element: super::FeatureCalibrate = args[0].get().expect("the element");
                    Some(element.imp().write_or_stop(false).to_value())
                });
            vec![write.build()]
        });
        &SIGNALS
    }
}

impl GstObjectImpl for FeatureCalibrate {}

impl ElementImpl for FeatureCalibrate {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: Lazy<gst::subclass::ElementMetadata> = Lazy::new(|| {
            gst::subclass::ElementMetadata::new(
                "Feature distillation calibration",
                "Filter/Analyzer/Video",
                "Makes quantisation tables from the DCT statistics of video, which passes untouched",
                "The gst-plugin-featuredistill authors",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: Lazy<Vec<gst::PadTemplate>> = Lazy::new(caps::pad_templates);
        &TEMPLATES
    }
}

impl BaseTransformImpl for FeatureCalibrate {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = true;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = true;

    /// Reads what is to be merged, and sees to it that the result won't fail for want of a folder.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let nothing = Statistics::new(settings.color_mode.into(), settings.settle_for());
        let statistics = settings.merge_all(nothing).map_err(|error| {
            gst::error_msg!(
                merge_error_code(&error),
                ("Statistics can't be merged: {error}")
            )
        })?;
        settings.check_outputs().map_err(|error| {
            gst::error_msg!(
                output_error_code(&error),
                ("A result couldn't be written: {error}")
            )
        })?;
        if !settings.has_outputs() {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                ("Nothing will be written: set location, stats-location or plot-location (the result \
                     is in stats and in a message all the same)")
            );
        }
        let engine = Engine::start(&settings.engine, &*self.obj(), *CAT);
        *lock(&self.gatherer) = None;
        *lock(&self.stream) = Stream {
            engine: Some(engine),
            statistics: Some(statistics),
            at_start: settings,
            ..Stream::default()
        };
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.stream) = Stream::default();
        *lock(&self.gatherer) = None;
        Ok(())
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        gst::debug!(CAT, imp = self, "Caps: {incaps}");
        let info = VideoInfo::from_caps(incaps)?;
        let geometry = Geometry::new(&info)
            .ok_or_else(|| gst::loggable_error!(CAT, "Buffers of several views: {incaps}"))?;
        let gatherer = {
            let Stream {
                engine, at_start, ..
            } = &*lock(&self.stream);
            let engine =
                engine.ok_or_else(|| gst::loggable_error!(CAT, "Caps before the start"))?;
            let color_mode = at_start.color_mode.into();
            Gatherer::new(geometry, color_mode, at_start.settle_for(), engine)
        };
        *lock(&self.gatherer) = Some(gatherer);
        Ok(())
    }

    /// Writes the result before anybody hears of the end.
    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos && !self.write_or_stop(true) {
            return false;
        }
        self.parent_sink_event(event)
    }

    fn transform_ip_passthrough(
        &self,
        buffer: &gst::Buffer,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.gather(buffer)
    }

    /// Should an application have switched passing through off.
    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.gather(buffer)
    }
}
