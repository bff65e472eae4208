// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Consequences of a frame: counts, messages, its meta and `tamper-action`.

use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;

use super::TamperAction;
use super::frame_message::FeatureDistillMessage;
use super::imp::FeatureDistill;
use super::incident::{Evidence, FrameTime};
use super::meta;
use super::plan::Plan;
use crate::codec::{Digest, FrameStats};
use crate::element::lock;

impl FeatureDistill {
    /// Takes in a frame, with the evidence if it was tampered with, and reports incidents.
    pub(super) fn observe(
        &self,
        buffer: &gst::BufferRef,
        evidence: Option<Evidence<'_>>,
        interval: gst::ClockTime,
    ) {
        let running_time = self.running_time(buffer);
        let messages = {
            let mut stream = lock(&self.stream);
            let geometry = stream.geometry.as_ref();
            let time = FrameTime {
                pts: buffer.pts(),
                running_time,
                nominal_duration: geometry.and_then(|geometry| geometry.frame_duration()),
            };
            stream.incidents.frame(&time, evidence, interval)
        };
        for message in messages {
            self.post(message);
        }
    }

    /// Ends the incident that goes on, if there is one, as no frame follows those before.
    pub(super) fn end_incident(&self) {
        let mut incidents = std::mem::take(&mut lock(&self.stream).incidents);
        if let Some(message) = incidents.end() {
            self.post(message);
        }
    }

    /// Counts and reports a distilled frame, and applies `tamper-action`.
    pub(super) fn conclude(
        &self,
        plan: &Plan,
        buffer: &mut gst::BufferRef,
        changes: &FrameStats,
        digest: Option<Digest>,
        time: Duration,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let settings = &plan.control.settings;
        let tampered = plan.counts_as_tampered(changes);
        let dropped = tampered && settings.tamper_action == TamperAction::Drop;
        {
            let totals = &mut lock(&self.stream).totals;
            totals.counters.add(changes, time);
            totals.tampered += u64::from(tampered);
            totals.dropped += u64::from(dropped);
            totals.digest = digest;
        }
        let info = plan.geometry.info();
        let size = (info.width(), info.height());
        let evidence = tampered.then_some(Evidence { changes, size });
        self.observe(buffer, evidence, settings.tamper_interval.0);
        if settings.post_messages || settings.attach_meta {
            let times = (buffer.pts(), self.running_time(buffer));
            let message = FeatureDistillMessage::new(times, changes, size, tampered, digest);
            if settings.post_messages {
                self.post(message);
            }
            if settings.attach_meta {
                meta::attach(buffer, message).map_err(|error| self.refuse_meta(&error))?;
            }
        }
        match settings.tamper_action {
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
        let duration = buffer.duration().or_else(|| plan.geometry.frame_duration());
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
                plan.control.settings.tamper_threshold
            )
        );
        gst::FlowError::Error
    }

    /// Posts the error of a frame without the meta that was asked for.
    fn refuse_meta(&self, error: &glib::BoolError) -> gst::FlowError {
        gst::element_imp_error!(
            self,
            gst::StreamError::Failed,
            ("Can't attach the verdict to a frame: {error}. Set attach-meta=false.")
        );
        gst::FlowError::Error
    }

    fn running_time(&self, buffer: &gst::BufferRef) -> Option<gst::ClockTime> {
        let segment = self.obj().segment();
        let segment = segment.downcast_ref::<gst::ClockTime>()?;
        segment.to_running_time(buffer.pts())
    }

    /// Posts an element message.
    fn post(&self, message: impl Into<gst::Structure>) {
        let message = gst::message::Element::builder(message.into())
            .src(&*self.obj())
            .build();
        // Fails without a bus, where nobody listens.
        let _ = self.obj().post_message(message);
    }
}
