// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The virtual functions of the element.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::glib;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::base_transform::GenerateOutputSuccess;
use gst_video::VideoInfo;
use gst_video::prelude::*;
use gst_video::subclass::prelude::*;
use once_cell::sync::Lazy;

use super::TamperAction;
use super::plan::{Plan, TablesDiffer};
use super::report::{FeatureDistillMessage, Stats, Totals};
use super::selection::Selector;
use super::settings::{self, Settings};
use crate::codec::{FrameMut, FrameStats};
use crate::common::caps;
use crate::common::engine::Engine;
use crate::common::frame::{self, FrameError};
use crate::common::geometry::Geometry;
use crate::common::lock;
use crate::common::properties::{Properties, synchronise};

static CAT: Lazy<gst::DebugCategory> = Lazy::new(|| {
    gst::DebugCategory::new(
        "featuredistill",
        gst::DebugColorFlags::empty(),
        Some("Feature distillation"),
    )
});

/// The element's private half.
#[derive(Default)]
pub struct FeatureDistill {
    properties: Properties<Settings>,
    stream: Mutex<Stream>,
    /// Apart from the stream, so that nobody who asks for the stats waits for a frame.
    selector: Mutex<Selector>,
    #[cfg(test)]
    pub(super) fault: super::tests::Fault,
}

/// What the element forgets when it stops.
#[derive(Default)]
struct Stream {
    engine: Option<Engine>,
    geometry: Option<Arc<Geometry>>,
    plan: Option<Arc<Plan>>,
    totals: Totals,
}

impl FeatureDistill {
    fn stats(&self) -> Stats {
        let control = self.properties.control();
        let stream = lock(&self.stream);
        let plan = stream.plan.as_deref();
        let engine = stream
            .engine
            .unwrap_or_else(|| Engine::choose(&control.settings.engine).0);
        Stats {
            totals: stream.totals,
            backend: engine.backend,
            n_threads: plan.map_or(0, |plan| plan.distiller.threads()),
            table: *plan
                .map_or_else(|| control.tables(), |plan| plan.tables)
                .luma(),
        }
    }

    /// The plan for the next frame: that of the frame before unless something was changed.
    fn current_plan(&self) -> Result<Arc<Plan>, gst::FlowError> {
        let (engine, geometry, plan) = {
            let stream = lock(&self.stream);
            (stream.engine, stream.geometry.clone(), stream.plan.clone())
        };
        let revision = self.properties.revision();
        if let Some(plan) = plan.filter(|plan| plan.revision == revision) {
            return Ok(plan);
        }
        let (Some(engine), Some(geometry)) = (engine, geometry) else {
            gst::element_imp_error!(
                self,
                gst::CoreError::Negotiation,
                ("A frame came before its caps")
            );
            return Err(gst::FlowError::NotNegotiated);
        };
        let control = self.properties.control();
        let plan = Plan::new(&control, geometry, engine).map_err(|error| {
            gst::element_imp_error!(self, gst::LibraryError::Settings, ("{error}."));
            gst::FlowError::Error
        })?;
        let plan = Arc::new(plan);
        gst::debug!(
            CAT,
            imp = self,
            "New plan: {} on {} threads, {:?}",
            plan.distiller.backend(),
            plan.distiller.threads(),
            plan.tables
        );
        lock(&self.stream).plan = Some(plan.clone());
        Ok(plan)
    }

    /// Takes the planes of a frame through the round trip; how long that took comes with the rest.
    fn distill(&self, plan: &Arc<Plan>, planes: FrameMut<'_>) -> (FrameStats, Duration) {
        #[cfg(test)]
        self.fault.trip();
        let begin = Instant::now();
        let tables = lock(&self.selector).tables(plan, &planes);
        let changes = match tables {
            None => plan.distiller.process(planes),
            Some(tables) => {
                gst::debug!(CAT, imp = self, "Tables of this frame: {tables:?}");
                let plan = Arc::new(plan.with_tables(tables));
                lock(&self.stream).plan = Some(plan.clone());
                plan.distiller.process(planes)
            }
        };
        (changes, begin.elapsed())
    }

    /// Stops the stream at a frame that can't be distilled.
    fn refuse(&self, error: &FrameError) -> gst::FlowError {
        gst::element_imp_error!(
            self,
            gst::StreamError::Failed,
            (
                "A frame can't be distilled and is not passed on: {error}. {}.",
                error.advice()
            )
        );
        gst::FlowError::Error
    }

    /// Counts a distilled frame, tells the bus about it, and decides what becomes of it.
    fn conclude(
        &self,
        plan: &Plan,
        buffer: &gst::BufferRef,
        changes: &FrameStats,
        time: Duration,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let tampered = plan.counts_as_tampered(changes);
        let drop_it = tampered && plan.tamper_action == TamperAction::Drop;
        {
            let totals = &mut lock(&self.stream).totals;
            totals.work.add(changes, time);
            totals.tampered += u64::from(tampered);
            totals.dropped += u64::from(drop_it);
        }
        if tampered || plan.post_messages {
            self.post(plan, buffer, changes, tampered);
        }
        match plan.tamper_action {
            TamperAction::Error if tampered => Err(self.refuse_tampered(plan, changes)),
            _ if drop_it => Ok(gst_base::BASE_TRANSFORM_FLOW_DROPPED),
            _ => Ok(gst::FlowSuccess::Ok),
        }
    }

    /// Stops the stream at a frame that was tampered with.
    fn refuse_tampered(&self, plan: &Plan, changes: &FrameStats) -> gst::FlowError {
        gst::element_imp_error!(
            self,
            gst::StreamError::Failed,
            (
                "A frame was tampered with, or was not settled with this table, size and format: \
                 its RMS change of {:.4} levels is above tamper-threshold, {}. Set tamper-action to \
                 message or drop to carry on.",
                changes.rms_change(),
                plan.tamper_threshold
            )
        );
        gst::FlowError::Error
    }

    fn post(&self, plan: &Plan, buffer: &gst::BufferRef, changes: &FrameStats, tampered: bool) {
        let segment = self.obj().segment();
        let running_time = segment
            .downcast_ref::<gst::ClockTime>()
            .and_then(|segment| segment.to_running_time(buffer.pts()));
        let info = plan.geometry.info();
        let size = (info.width(), info.height());
        let report =
            FeatureDistillMessage::new(buffer.pts(), running_time, changes, size, tampered);
        let message = gst::message::Element::builder(report.into())
            .src(&*self.obj())
            .build();
        // Without a bus there is nobody to tell.
        let _ = self.obj().post_message(message);
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FeatureDistill {
    const NAME: &'static str = "GstFeatureDistill";
    type Type = super::FeatureDistill;
    type ParentType = gst_video::VideoFilter;
}

impl ObjectImpl for FeatureDistill {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: Lazy<Vec<glib::ParamSpec>> = Lazy::new(settings::param_specs);
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        self.properties.set(&*self.obj(), *CAT, pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => gst::Structure::from(self.stats()).to_value(),
            name => self.properties.get(name),
        }
    }
}

impl GstObjectImpl for FeatureDistill {}

impl ElementImpl for FeatureDistill {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: Lazy<gst::subclass::ElementMetadata> = Lazy::new(|| {
            gst::subclass::ElementMetadata::new(
                "Feature distillation",
                "Filter/Effect/Video",
                "Removes adversarial perturbations from video with JPEG's DCT and quantisation",
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

impl BaseTransformImpl for FeatureDistill {
    const MODE: BaseTransformMode = BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        TablesDiffer::check(&self.properties.control())
            .map_err(|error| gst::error_msg!(gst::LibraryError::Settings, ("{error}.")))?;
        self.properties.start()?;
        let engine = Engine::start(&self.properties.settings().engine, &*self.obj(), *CAT);
        *lock(&self.stream) = Stream {
            engine: Some(engine),
            ..Stream::default()
        };
        *lock(&self.selector) = Selector::default();
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.properties.stop();
        *lock(&self.stream) = Stream::default();
        self.obj().set_passthrough(false);
        Ok(())
    }

    /// Brings controlled properties up to date and decides whether the frame is bypassed: here,
    /// because the base class is about to look.
    fn before_transform(&self, buffer: &gst::BufferRef) {
        synchronise(&*self.obj(), *CAT, &self.obj().segment(), buffer.pts());
        self.obj()
            .set_passthrough(self.properties.settings().bypass);
    }

    /// Maps the frame itself: the parent class would let one that can't be mapped through.
    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let plan = self.current_plan()?;
        let (changes, time) =
            frame::with_planes(buffer, &plan.geometry, |planes| self.distill(&plan, planes))
                .map_err(|error| self.refuse(&error))?;
        gst::log!(CAT, imp = self, "{changes:?} in {time:?}");
        self.conclude(&plan, buffer, &changes, time)
    }

    /// Counts the frames that leave as they came.
    fn generate_output(&self) -> Result<GenerateOutputSuccess, gst::FlowError> {
        let output = self.parent_generate_output()?;
        if matches!(output, GenerateOutputSuccess::Buffer(_)) && self.obj().is_passthrough() {
            lock(&self.stream).totals.bypassed += 1;
        }
        Ok(output)
    }
}

impl VideoFilterImpl for FeatureDistill {
    fn set_info(
        &self,
        incaps: &gst::Caps,
        in_info: &VideoInfo,
        _outcaps: &gst::Caps,
        _out_info: &VideoInfo,
    ) -> Result<(), gst::LoggableError> {
        gst::debug!(CAT, imp = self, "Caps: {incaps}");
        let geometry = Geometry::new(in_info)
            .ok_or_else(|| gst::loggable_error!(CAT, "Buffers of several views: {incaps}"))?;
        *lock(&self.selector) = Selector::default();
        let mut stream = lock(&self.stream);
        stream.geometry = Some(Arc::new(geometry));
        stream.plan = None;
        Ok(())
    }
}
