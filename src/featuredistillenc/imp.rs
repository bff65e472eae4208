// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Virtual functions of the element.

use std::sync::Mutex;
use std::time::Instant;

use gst::glib;
use gst::subclass::prelude::*;
use gst_video::prelude::*;
use gst_video::subclass::prelude::*;
use gst_video::video_codec_state::Readable;
use gst_video::{VideoCodecFrame, VideoCodecFrameFlags, VideoCodecState, VideoInfo};
use once_cell::sync::Lazy;

use super::caps;
use super::encoder::{EncodeError, Encoder, Format};
use super::report::{Stats, Totals};
use super::settings::{self, Settings};
use crate::element::conflicts::{self, Warnings};
use crate::element::engine::Engine;
use crate::element::frame;
use crate::element::geometry::Geometry;
use crate::element::lock;
use crate::element::properties::{Properties, synchronize};
use crate::tables::Tables;

static CAT: Lazy<gst::DebugCategory> = Lazy::new(|| {
    gst::DebugCategory::new(
        "featuredistillenc",
        gst::DebugColorFlags::empty(),
        Some("Feature distillation, JPEG encoder"),
    )
});

/// Private data of the element.
#[derive(Default)]
pub struct FeatureDistillEnc {
    properties: Properties<Settings>,
    stream: Mutex<Stream>,
    /// Locked while a frame is encoded, by the streaming thread alone. After a panic, which may leave it half
    /// changed, the element takes no more frames.
    encoder: Mutex<Option<Encoder>>,
}

/// State that is reset in stop().
#[derive(Default)]
struct Stream {
    engine: Option<Engine>,
    format: Option<Format>,
    /// The tables of the last frame.
    tables: Option<Tables>,
    warnings: Warnings,
    totals: Totals,
}

impl FeatureDistillEnc {
    /// Puts the encoder for `buffer` into `slot`: that of the frame before unless properties have changed.
    fn prepare<'a>(
        &self,
        slot: &'a mut Option<Encoder>,
        buffer: &gst::BufferRef,
    ) -> Result<&'a mut Encoder, EncodeError> {
        let revision = self.properties.revision();
        match slot.take().filter(|encoder| encoder.revision == revision) {
            Some(encoder) => Ok(slot.insert(encoder)),
            None => {
                let (format, engine) = {
                    let stream = lock(&self.stream);
                    (stream.format.clone(), stream.engine)
                };
                let (format, engine) = format.zip(engine).ok_or(EncodeError::NoCaps)?;
                // The encoder allocates in proportion to the caps: check that the frame is as large.
                frame::check(buffer, &format.geometry)?;
                let control = self.properties.control();
                let color_mode = control.settings.color_mode;
                let conflicts = conflicts::find(
                    &control.table_source(),
                    &format.geometry,
                    color_mode,
                    color_mode != settings::DEFAULT_COLOR_MODE,
                );
                let encoder = Encoder::new(&control, format, engine)?;
                let news = {
                    let mut stream = lock(&self.stream);
                    stream.tables = Some(encoder.tables);
                    stream.warnings.news(&conflicts)
                };
                if let Some(text) = news {
                    gst::element_imp_warning!(self, gst::LibraryError::Settings, ("{text}"));
                }
                Ok(slot.insert(encoder))
            }
        }
    }

    /// Encodes a frame as a JPEG file.
    fn encode(&self, frame: &VideoCodecFrame) -> Result<Vec<u8>, EncodeError> {
        let begin = Instant::now();
        let buffer = frame.input_buffer().ok_or(EncodeError::NoCaps)?;
        let mut slot = lock(&self.encoder);
        let (file, changes) = self.prepare(&mut slot, buffer)?.encode(buffer)?;
        let (bytes, time) = (file.len(), begin.elapsed());
        gst::log!(CAT, imp = self, "{bytes} bytes, {changes:?} in {time:?}");
        let totals = &mut lock(&self.stream).totals;
        totals.counters.add(&changes, time);
        totals.bytes += bytes as u64;
        Ok(file)
    }

    /// Reads the table file and chooses an engine, if frames can be encoded with the properties.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        self.properties.start()?;
        super::encoder::check(&self.properties.control()).map_err(|error| {
            self.properties.stop();
            let advice = error.advice();
            gst::error_msg!(
                gst::LibraryError::Settings,
                ("Can't encode: {error}. {advice}.")
            )
        })?;
        let engine = Engine::start(&self.properties.settings().engine, &*self.obj(), *CAT);
        *lock(&self.stream) = Stream {
            engine: Some(engine),
            ..Stream::default()
        };
        *lock(&self.encoder) = None;
        Ok(())
    }

    fn stats(&self) -> Stats {
        let control = self.properties.control();
        let stream = lock(&self.stream);
        let engine = stream
            .engine
            .unwrap_or_else(|| Engine::choose(&control.settings.engine).0);
        Stats {
            totals: stream.totals,
            backend: engine.backend,
            table: stream
                .tables
                .or_else(|| control.table_source().tables())
                .map(|tables| *tables.luma()),
        }
    }

    /// Posts the error of a frame that can't be encoded.
    fn refuse(&self, error: &EncodeError) -> gst::FlowError {
        let advice = error.advice();
        gst::element_imp_error!(
            self,
            gst::StreamError::Encode,
            ("Can't encode a frame: {error}. {advice}.")
        );
        gst::FlowError::Error
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FeatureDistillEnc {
    const NAME: &'static str = "GstFeatureDistillEnc";
    type Type = super::FeatureDistillEnc;
    type ParentType = gst_video::VideoEncoder;
}

impl ObjectImpl for FeatureDistillEnc {
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

impl GstObjectImpl for FeatureDistillEnc {}

impl ElementImpl for FeatureDistillEnc {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: Lazy<gst::subclass::ElementMetadata> = Lazy::new(|| {
            gst::subclass::ElementMetadata::new(
                "Feature distillation JPEG encoder",
                "Codec/Encoder/Image",
                "Encodes JPEG frames that a second pass of featuredistill leaves unchanged",
                "The gst-plugin-featuredistill authors",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: Lazy<Vec<gst::PadTemplate>> = Lazy::new(caps::pad_templates);
        &TEMPLATES
    }

    /// Starts before the base class does, which would post an error of its own beside that of a start that fails.
    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            self.start().map_err(|error| {
                self.post_error_message(error);
                gst::StateChangeError
            })?;
        }
        self.parent_change_state(transition)
    }
}

impl VideoEncoderImpl for FeatureDistillEnc {
    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.properties.stop();
        *lock(&self.stream) = Stream::default();
        *lock(&self.encoder) = None;
        Ok(())
    }

    fn set_format(
        &self,
        state: &VideoCodecState<'static, Readable>,
    ) -> Result<(), gst::LoggableError> {
        let info = state.info();
        gst::debug!(CAT, imp = self, "Format: {info:?}");
        let color_mode = self.properties.settings().color_mode;
        let geometry = Geometry::new(info).map_err(|error| {
            gst::element_imp_error!(self, gst::CoreError::Negotiation, ("{error}."));
            gst::loggable_error!(CAT, "{error}")
        })?;
        let format = Format::new(geometry, color_mode)
            .ok_or_else(|| gst::loggable_error!(CAT, "{} can't be encoded", info.format()))?;
        let obj = self.obj();
        let mut output = obj
            .set_output_state(caps::output_caps(format.sampling), Some(state))
            .map_err(|error| gst::loggable_error!(CAT, "No output state: {error}"))?;
        if let Some(colorimetry) = caps::converted_colorimetry(info, format.sampling) {
            let info = VideoInfo::builder_from_info(output.info()).colorimetry(&colorimetry);
            output.set_info(info.build()?);
        }
        obj.negotiate(output)
            .map_err(|error| gst::loggable_error!(CAT, "Negotiation failed: {error}"))?;
        lock(&self.stream).format = Some(format);
        *lock(&self.encoder) = None;
        Ok(())
    }

    fn handle_frame(&self, mut frame: VideoCodecFrame) -> Result<gst::FlowSuccess, gst::FlowError> {
        let segment = self.obj().input_segment();
        synchronize(&*self.obj(), *CAT, &segment, frame.pts());
        let file = self.encode(&frame).map_err(|error| self.refuse(&error))?;
        // Every frame can be decoded on its own.
        frame.set_flags(VideoCodecFrameFlags::SYNC_POINT);
        frame.set_output_buffer(gst::Buffer::from_mut_slice(file));
        self.obj().finish_frame(frame)
    }

    /// Frames may come with any stride.
    fn propose_allocation(
        &self,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        self.parent_propose_allocation(query)
    }
}
