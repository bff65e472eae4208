// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Virtual functions of the element.

use std::sync::Mutex;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use once_cell::sync::Lazy;

use super::gatherer::{GatherError, Gatherer};
use super::merge::merge_all;
use super::report;
use super::settings::{self, Settings};
use super::stream::{Stream, Trouble, WriteError, merge_error_code, output_error_code};
use crate::calibration::{Calibration, Statistics, TooFine};
use crate::element::conflicts::Warnings;
use crate::element::engine::Engine;
use crate::element::geometry::Geometry;
use crate::element::{allocation, caps, lock};

static CAT: Lazy<gst::DebugCategory> = Lazy::new(|| {
    gst::DebugCategory::new(
        "featurecalibrate",
        gst::DebugColorFlags::empty(),
        Some("Feature distillation, calibration"),
    )
});

/// Action signal that writes the files with the statistics so far.
const WRITE: &str = "write";

/// Private data of the element.
#[derive(Default)]
pub struct FeatureCalibrate {
    settings: Mutex<Settings>,
    stream: Mutex<Stream>,
    /// Locked while a frame is read, by the streaming thread alone.
    gatherer: Mutex<Option<Gatherer>>,
    /// Locked while files are written, so that results don't mix.
    writing: Mutex<()>,
}

impl FeatureCalibrate {
    /// Adds a frame to the statistics.
    fn gather(&self, buffer: &gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
        if lock(&self.stream).trouble.is_some() {
            return Err(gst::FlowError::Error);
        }
        let mut slot = lock(&self.gatherer);
        let Some(gatherer) = &mut *slot else {
            gst::element_imp_error!(
                self,
                gst::CoreError::Negotiation,
                ("Received a frame before its caps.")
            );
            return Err(gst::FlowError::NotNegotiated);
        };
        let looked = gatherer.look(buffer).map_err(GatherError::from);
        let added = looked.and_then(|frame| {
            let stream = &mut *lock(&self.stream);
            if let Some(statistics) = &mut stream.statistics {
                frame.add_to(statistics)?;
                stream.is_unsaved = true;
            }
            Ok(())
        });
        added.map_err(|error| {
            lock(&self.stream).trouble = Some(Trouble::Frame);
            gst::element_imp_error!(self, gst::StreamError::Failed, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }

    /// Writes the files and posts the result.
    fn write(&self) -> Result<(), WriteError> {
        let guard = lock(&self.writing);
        let settings = lock(&self.settings).clone();
        let (settings, statistics, has_stopped) = {
            let stream = lock(&self.stream);
            let statistics = stream.statistics.clone().ok_or(WriteError::NotStarted)?;
            let settings = settings.within_stream(&stream.at_start);
            (settings, statistics, stream.engine.is_none())
        };
        if statistics.frames() == 0 {
            return Err(WriteError::NoFrames);
        }
        let calibration = Calibration::new(statistics, settings.mapping());
        if has_stopped {
            // No better moment may come.
            settings.outputs.write_each(&calibration)?;
        } else {
            settings.outputs.write(&calibration)?;
        }
        self.note_saved(calibration.statistics.frames());
        // A handler of the message may emit the signal again.
        drop(guard);
        self.log(&calibration);
        self.warn_of_fine_steps(&settings, &calibration);
        let message = report::message(&settings, &calibration);
        let message = gst::message::Element::builder(message)
            .src(&*self.obj())
            .build();
        // Fails without a bus, where nobody listens.
        let _ = self.obj().post_message(message);
        Ok(())
    }

    /// Notes that the statistics of the first `frames` frames are in files.
    fn note_saved(&self, frames: u64) {
        let stream = &mut *lock(&self.stream);
        let gathered = stream.statistics.as_ref().map(Statistics::frames);
        stream.is_unsaved &= gathered != Some(frames);
        stream.trouble = stream.trouble.filter(|&trouble| trouble != Trouble::Files);
    }

    /// Writes the files. On failure posts an error, unless a later attempt may succeed, and returns false.
    fn write_or_stop(&self, at_end: bool) -> bool {
        let Err(error) = self.write() else {
            return true;
        };
        match &error {
            WriteError::NotStarted => gst::warning!(CAT, imp = self, "{error}"),
            WriteError::NoFrames if !at_end => {
                gst::warning!(CAT, imp = self, "Nothing written yet: {error}");
            }
            _ => self.post(&error),
        }
        false
    }

    /// Posts an error that stops the stream; as a warning if one was posted before.
    fn post(&self, error: &WriteError) {
        let has_trouble = {
            let trouble = &mut lock(&self.stream).trouble;
            let before = trouble.is_some();
            trouble.get_or_insert(Trouble::Files);
            before
        };
        if has_trouble {
            gst::element_imp_warning!(self, error.code(), ("{error}."));
        } else {
            gst::element_imp_error!(self, error.code(), ("{error}."));
        }
    }

    /// Writes the files if frames were gathered since the last time, as without EOS.
    fn write_rest(&self) {
        if !lock(&self.stream).is_unsaved {
            return;
        }
        if let Err(error) = self.write() {
            self.post(&error);
            // Nobody may read the bus by now: gst-launch-1.0 doesn't.
            glib::g_warning!("featurecalibrate", "{}: {error}.", self.obj().name());
        }
    }

    fn log(&self, calibration: &Calibration) {
        let Calibration {
            statistics, tables, ..
        } = calibration;
        let frames = statistics.frames();
        gst::info!(CAT, imp = self, "From {frames} frames: {tables:?}");
        if let Some(settling) = statistics.settling() {
            gst::info!(
                CAT,
                imp = self,
                "Settled for epsilon={}: PSNR {:.2} dB; {:.3} % of {} blocks needed more than rounding, \
                 {} lack the radius",
                settling.epsilon(),
                settling.psnr().unwrap_or(f64::INFINITY),
                100.0 * settling.moved_share(),
                settling.blocks(),
                settling.unsettled()
            );
        }
    }

    /// Warns once of a step that is too fine for `epsilon`.
    fn warn_of_fine_steps(&self, settings: &Settings, calibration: &Calibration) {
        let Some(epsilon) = settings.withstands() else {
            return;
        };
        let tables = [calibration.tables.luma(), calibration.tables.chroma()];
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
                ("{fine}. Raise as-step or md-step, set mapping=certified, or set epsilon=0 to \
                  disable this check.")
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
                "Derives quantization tables from the DCT statistics of video",
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

    /// Reads the files of `merge-from` and checks that the output files can be written.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let empty = Statistics::new(settings.color_mode.into(), settings.settle_for());
        let statistics = merge_all(empty, &settings.merge_from).map_err(|error| {
            gst::error_msg!(
                merge_error_code(&error),
                ("Can't merge statistics: {error}")
            )
        })?;
        settings.outputs.check().map_err(|error| {
            gst::error_msg!(
                output_error_code(&error),
                ("Can't write the result: {error}")
            )
        })?;
        if settings.outputs.is_empty() {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                ("No output file: set location, stats-location or plot-location. The result is only \
                  in stats and in an element message.")
            );
        }
        if let Some(text) = Warnings::default().news(&settings.conflicts()) {
            gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{text}"));
        }
        let engine = Engine::start(&settings.engine, &*self.obj(), *CAT);
        *lock(&self.gatherer) = None;
        let last = std::mem::replace(
            &mut *lock(&self.stream),
            Stream {
                engine: Some(engine),
                statistics: Some(statistics),
                at_start: settings,
                ..Stream::default()
            },
        );
        if last.is_unsaved {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Failed,
                ("The statistics of the last stream are given up: they could not be written.")
            );
        }
        Ok(())
    }

    /// Writes what was gathered since the files were written last. What can't be written is kept.
    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.gatherer) = None;
        lock(&self.stream).engine = None;
        self.write_rest();
        let mut stream = lock(&self.stream);
        if !stream.is_unsaved {
            *stream = Stream::default();
        }
        Ok(())
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        gst::debug!(CAT, imp = self, "Caps: {incaps}");
        let info = VideoInfo::from_caps(incaps)?;
        let geometry = Geometry::new(&info).map_err(|error| {
            gst::element_imp_error!(self, gst::CoreError::Negotiation, ("{error}."));
            gst::loggable_error!(CAT, "{error}: {incaps}")
        })?;
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

    /// Writes the result before it forwards EOS, which it doesn't after an error.
    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            let is_broken = lock(&self.stream).trouble == Some(Trouble::Frame);
            if is_broken || !self.write_or_stop(true) {
                return false;
            }
        }
        self.parent_sink_event(event)
    }

    /// Forwards the query, without metas that frames can't be read with.
    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        self.parent_propose_allocation(decide_query, query)?;
        allocation::restrict(query);
        Ok(())
    }

    fn transform_ip_passthrough(
        &self,
        buffer: &gst::Buffer,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.gather(buffer)
    }

    /// Serves applications that have disabled passthrough.
    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.gather(buffer)
    }
}
