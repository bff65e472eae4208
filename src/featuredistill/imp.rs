// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Virtual functions of the element.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use gst::glib;
use gst::subclass::prelude::*;
use gst_base::subclass::BaseTransformMode;
use gst_base::subclass::base_transform::GenerateOutputSuccess;
use gst_video::VideoInfo;
use gst_video::prelude::*;
use gst_video::subclass::prelude::*;
use once_cell::sync::Lazy;

use super::digest::KeyFile;
use super::incident::Incidents;
use super::meta;
use super::plan::{Plan, PlanError};
use super::selection::Selector;
use super::settings::{self, Settings};
use super::stats::{Stats, Totals};
use crate::codec::FrameMut;
use crate::element::conflicts::{Conflict, Warnings};
use crate::element::engine::Engine;
use crate::element::frame::{self, FrameError};
use crate::element::geometry::Geometry;
use crate::element::properties::{Control, Properties, synchronize};
use crate::element::{allocation, caps, lock};
use crate::files::Key;

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
    key_file: KeyFile,
    pub(super) stream: Mutex<Stream>,
    /// Locked while a frame is ranked; apart from the stream, so that `stats` doesn't wait for it.
    selector: Mutex<Selector>,
    #[cfg(test)]
    pub(super) fault: super::tests::Fault,
}

/// State that is reset in stop().
#[derive(Default)]
pub(super) struct Stream {
    engine: Option<Engine>,
    key: Option<Key>,
    pub geometry: Option<Arc<Geometry>>,
    /// Changes of properties since the last plan, as the frame at hand found them: its `bypass` and its plan are of one
    /// moment.
    change: Option<Control<Settings>>,
    plan: Option<Arc<Plan>>,
    warnings: Warnings,
    pub totals: Totals,
    pub incidents: Incidents,
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
            table: plan
                .map_or_else(|| control.table_source().tables(), |plan| plan.tables)
                .map(|tables| *tables.luma()),
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

    /// The plan for `frame`: that of the frame before unless properties, tables or caps have changed. While there is no
    /// lattice for `epsilon`, properties and tables are those of the frame before.
    fn plan(
        &self,
        engine: Engine,
        geometry: &Arc<Geometry>,
        frame: &FrameMut<'_>,
    ) -> Result<Arc<Plan>, PlanError> {
        let (last, change) = {
            let mut stream = lock(&self.stream);
            (stream.plan.clone(), stream.change.take())
        };
        let base = match &last {
            Some(last) if change.is_none() && Arc::ptr_eq(&last.geometry, geometry) => last.clone(),
            _ => self.new_plan(engine, geometry, last.as_ref(), change)?,
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

    /// A plan that follows `last`, with the properties of `change` if they have changed.
    fn new_plan(
        &self,
        engine: Engine,
        geometry: &Arc<Geometry>,
        last: Option<&Arc<Plan>>,
        change: Option<Control<Settings>>,
    ) -> Result<Arc<Plan>, PlanError> {
        let key = lock(&self.stream).key.clone();
        let plan = |control| {
            let plan = Plan::new(control, geometry.clone(), engine, key.as_ref())?;
            Ok(Arc::new(plan.continuing(last.map(Arc::as_ref))))
        };
        let control = change.or_else(|| last.map(|last| last.control.clone()));
        let control = control.unwrap_or_else(|| self.properties.control());
        let (plan, conflicts) = match (plan(control), last) {
            (Err(PlanError::Epsilon(error)), Some(last)) => {
                let kept = if Arc::ptr_eq(&last.geometry, geometry) {
                    last.clone()
                } else {
                    plan(last.control.clone())?
                };
                (kept, vec![Conflict::Kept(error)])
            }
            (plan, _) => {
                let plan = plan?;
                let conflicts = plan.conflicts(key.as_ref());
                (plan, conflicts)
            }
        };
        let news = lock(&self.stream).warnings.news(&conflicts);
        if let Some(text) = news {
            gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{text}"));
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
        match pspec.name() {
            "key-file" => {
                let is_started = lock(&self.stream).engine.is_some();
                self.key_file.set(&*self.obj(), is_started, value);
            }
            name => self.properties.set(&*self.obj(), *CAT, name, value),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => gst::Structure::from(self.stats()).to_value(),
            "key-file" => self.key_file.get(),
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
        PlanError::check(&self.properties.control()).map_err(|error| {
            self.properties.stop();
            gst::error_msg!(gst::LibraryError::Settings, ("{error}."))
        })?;
        let key = (self.key_file.start(&*self.obj())).inspect_err(|_| self.properties.stop())?;
        meta::register();
        let engine = Engine::start(&self.properties.settings().engine, &*self.obj(), *CAT);
        *lock(&self.stream) = Stream {
            engine: Some(engine),
            key,
            ..Stream::default()
        };
        *lock(&self.selector) = Selector::default();
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.end_incident();
        self.properties.stop();
        *lock(&self.stream) = Stream::default();
        self.obj().set_passthrough(false);
        Ok(())
    }

    /// Ends an incident where no frame follows those before.
    fn sink_event(&self, event: gst::Event) -> bool {
        if matches!(
            event.type_(),
            gst::EventType::Eos | gst::EventType::FlushStop
        ) {
            self.end_incident();
        }
        self.parent_sink_event(event)
    }

    /// Updates controlled properties, and passthrough from `bypass`, before the base class checks it.
    fn before_transform(&self, buffer: &gst::BufferRef) {
        synchronize(&*self.obj(), *CAT, &self.obj().segment(), buffer.pts());
        let known = lock(&self.stream)
            .plan
            .as_ref()
            .map(|plan| plan.control.revision);
        let (settings, change) = self.properties.settings_since(known);
        lock(&self.stream).change = change;
        if settings.bypass {
            self.observe(buffer, None, settings.tamper_interval.0);
        }
        self.obj().set_passthrough(settings.bypass);
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
        let digester = plan.digester.as_ref();
        let digest = digester.map(|digester| digester.digest(&mapped.planes()));
        let time = begin.elapsed();
        drop(mapped);
        gst::log!(CAT, imp = self, "{changes:?} in {time:?}");
        self.conclude(&plan, buffer, &changes, digest, time)
    }

    /// Forwards the query, with `bypass` as without, so that it may be switched while playing.
    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        self.parent_propose_allocation(decide_query, query)?;
        allocation::restrict(query);
        allocation::align(query);
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
        self.end_incident();
        *lock(&self.selector) = Selector::default();
        let mut stream = lock(&self.stream);
        stream.geometry = Some(Arc::new(geometry));
        Ok(())
    }
}
