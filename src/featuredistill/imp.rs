// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Virtual functions of the element.

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
use crate::element::conflicts::Warnings;
use crate::element::engine::Engine;
use crate::element::frame::{self, FrameError};
use crate::element::geometry::Geometry;
use crate::element::properties::{Properties, synchronize};
use crate::element::{allocation, caps, lock};

static CAT: Lazy<gst::DebugCategory> = Lazy::new(|| {
    gst::DebugCategory::new(
        "featuredistill",
        gst::DebugColorFlags::empty(),
        Some("Feature distillation"),
    )
});

/// Private data of the element.
#[derive(Default)]
pub struct FeatureDistill {
    properties: Properties<Settings>,
    stream: Mutex<Stream>,
    /// Locked while a frame is ranked; apart from the stream, so that `stats` doesn't wait for it.
    selector: Mutex<Selector>,
    #[cfg(test)]
    pub(super) fault: super::tests::Fault,
}

/// State that is reset in stop().
#[derive(Default)]
struct Stream {
    engine: Option<Engine>,
    geometry: Option<Arc<Geometry>>,
    plan: Option<Arc<Plan>>,
    warnings: Warnings,
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
                .map_or_else(|| control.table_source().tables(), |plan| plan.tables)
                .luma(),
        }
    }

    /// The engine and the geometry of the stream.
    fn negotiated(&self) -> Result<(Engine, Arc<Geometry>), gst::FlowError> {
        let stream = lock(&self.stream);
        stream.engine.zip(stream.geometry.clone()).ok_or_else(|| {
            gst::element_imp_error!(
                self,
                gst::CoreError::Negotiation,
                ("Received a frame before its caps.")
            );
            gst::FlowError::NotNegotiated
        })
    }

    /// The plan for `frame`: that of the frame before unless properties or tables have changed.
    fn plan(
        &self,
        engine: Engine,
        geometry: &Arc<Geometry>,
        frame: &FrameMut<'_>,
    ) -> Result<Arc<Plan>, TablesDiffer> {
        let last = lock(&self.stream).plan.clone();
        let revision = self.properties.revision();
        let base = match last.as_ref().filter(|plan| plan.revision == revision) {
            Some(plan) => plan.clone(),
            None => {
                let control = self.properties.control();
                let plan = Plan::new(&control, geometry.clone(), engine)?;
                let conflicts = Plan::conflicts(&control, geometry);
                let news = lock(&self.stream).warnings.news(&conflicts);
                if let Some(text) = news {
                    gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{text}"));
                }
                Arc::new(plan)
            }
        };
        let plan = match lock(&self.selector).tables(&base, frame) {
            None => base,
            Some(tables) => Arc::new(base.with_tables(tables)),
        };
        if last.is_none_or(|last| !Arc::ptr_eq(&last, &plan)) {
            gst::debug!(
                CAT,
                imp = self,
                "New plan: {} on {} threads, {:?}",
                plan.distiller.backend(),
                plan.distiller.threads(),
                plan.tables
            );
            lock(&self.stream).plan = Some(plan.clone());
        }
        Ok(plan)
    }

    /// Posts the error of a frame that can't be distilled.
    fn refuse(&self, error: &FrameError) -> gst::FlowError {
        gst::element_imp_error!(
            self,
            gst::StreamError::Failed,
            ("Can't distill a frame: {error}. {}.", error.advice())
        );
        gst::FlowError::Error
    }

    /// Counts and reports a distilled frame, and applies `tamper-action`.
    fn conclude(
        &self,
        plan: &Plan,
        buffer: &gst::BufferRef,
        changes: &FrameStats,
        time: Duration,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let tampered = plan.counts_as_tampered(changes);
        let dropped = tampered && plan.tamper_action == TamperAction::Drop;
        {
            let totals = &mut lock(&self.stream).totals;
            totals.counters.add(changes, time);
            totals.tampered += u64::from(tampered);
            totals.dropped += u64::from(dropped);
        }
        if tampered || plan.post_messages {
            self.post(plan, buffer, changes, tampered);
        }
        match plan.tamper_action {
            TamperAction::Error if tampered => Err(self.refuse_tampered(plan, changes)),
            _ if dropped => {
                self.push_gap(plan, buffer);
                Ok(gst_base::BASE_TRANSFORM_FLOW_DROPPED)
            }
            _ => Ok(gst::FlowSuccess::Ok),
        }
    }

    /// Tells downstream that no frame comes at the time of `buffer`, so that sinks and aggregators don't wait
    /// for one.
    fn push_gap(&self, plan: &Plan, buffer: &gst::BufferRef) {
        // A gap needs a timestamp, as a frame does to be waited for.
        let Some(pts) = buffer.pts() else { return };
        let fps = plan.geometry.info().fps();
        let one_frame = || match (u64::try_from(fps.numer()), u64::try_from(fps.denom())) {
            (Ok(numer @ 1..), Ok(denom)) => gst::ClockTime::SECOND.mul_div_floor(denom, numer),
            _ => None,
        };
        let duration = buffer.duration().or_else(one_frame);
        let gap = gst::event::Gap::builder(pts).duration(duration).build();
        // The result of pushing the next frame tells if downstream is gone.
        self.obj().src_pad().push_event(gap);
    }

    /// Posts the error of a frame that was tampered with.
    fn refuse_tampered(&self, plan: &Plan, changes: &FrameStats) -> gst::FlowError {
        gst::element_imp_error!(
            self,
            gst::StreamError::Failed,
            (
                "A frame was tampered with or not settled with this table: its RMS change of {:.4} \
                 levels exceeds tamper-threshold={}. Set tamper-action=drop to skip such frames.",
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
        // Fails without a bus, where nobody listens.
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
                "Removes adversarial perturbations from video by DCT quantization, as in JPEG",
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
        self.properties.start()?;
        TablesDiffer::check(&self.properties.control()).map_err(|error| {
            self.properties.stop();
            gst::error_msg!(gst::LibraryError::Settings, ("{error}."))
        })?;
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

    /// Updates controlled properties, and passthrough from `bypass`, before the base class checks it.
    fn before_transform(&self, buffer: &gst::BufferRef) {
        synchronize(&*self.obj(), *CAT, &self.obj().segment(), buffer.pts());
        self.obj()
            .set_passthrough(self.properties.settings().bypass);
    }

    /// Maps the frame itself, as the parent class would let one pass that can't be mapped.
    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (engine, geometry) = self.negotiated()?;
        let mut mapped = frame::map(buffer, &geometry).map_err(|error| self.refuse(&error))?;
        #[cfg(test)]
        self.fault.trip();
        let begin = Instant::now();
        let plan = self
            .plan(engine, &geometry, &mapped.planes())
            .map_err(|error| {
                gst::element_imp_error!(self, gst::LibraryError::Settings, ("{error}."));
                gst::FlowError::Error
            })?;
        let changes = plan.distiller.process(mapped.planes());
        let time = begin.elapsed();
        drop(mapped);
        gst::log!(CAT, imp = self, "{changes:?} in {time:?}");
        self.conclude(&plan, buffer, &changes, time)
    }

    /// Forwards the query, with `bypass` as without, so that it may be switched while playing.
    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        self.parent_propose_allocation(decide_query, query)?;
        allocation::restrict(query);
        Ok(())
    }

    /// Counts bypassed frames.
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
        let geometry = Geometry::new(in_info).map_err(|error| {
            gst::element_imp_error!(self, gst::CoreError::Negotiation, ("{error}."));
            gst::loggable_error!(CAT, "{error}: {incaps}")
        })?;
        *lock(&self.selector) = Selector::default();
        let mut stream = lock(&self.stream);
        stream.geometry = Some(Arc::new(geometry));
        stream.plan = None;
        Ok(())
    }
}
