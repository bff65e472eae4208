// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What frames are encoded by: decided between two frames, with memory that is used again.

use gst_video::VideoInfo;

use super::caps;
use super::jpeg::{Picture, Sampling};
use super::settings::Settings;
use crate::codec::{self, DctTables, Distiller, FrameStats};
use crate::common::color::ColorMode;
use crate::common::engine::Engine;
use crate::common::frame::{self, FrameError};
use crate::common::geometry::Geometry;
use crate::common::properties::Control;
use crate::common::tables::{AsSelection, divisors};
use crate::tables::Tables;

/// Why a frame can't be encoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    #[error("it came before its caps")]
    NoCaps,
    #[error("as-selection has to be zigzag (or a table-file set)")]
    TableOfEachFrame,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Jpeg(#[from] libjpeg_turbo_rs::JpegError),
}

impl EncodeError {
    /// What to do about it.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::NoCaps => "The element in front of it has to send caps first",
            Self::TableOfEachFrame => {
                "The consumer needs the same table, and would derive another one from the decoded \
                 frames: have featurecalibrate derive one from footage and set it as table-file at \
                 both ends"
            }
            Self::Frame(error) => error.advice(),
            Self::Jpeg(_) => "This is a bug",
        }
    }
}

/// Whether frames can be encoded as `control` asks for.
pub(super) fn check(control: &Control<Settings>) -> Result<(), EncodeError> {
    match control.selection() {
        AsSelection::Zigzag => Ok(()),
        _ => Err(EncodeError::TableOfEachFrame),
    }
}

/// What the frames are, and what the files are to be.
#[derive(Clone)]
pub(super) struct Format {
    pub geometry: Geometry,
    width: u16,
    height: u16,
    pub sampling: Sampling,
}

impl Format {
    /// None if such frames can't be encoded, which the caps don't let happen.
    pub(super) fn new(info: &VideoInfo, color_mode: ColorMode) -> Option<Self> {
        Some(Self {
            geometry: Geometry::new(info)?,
            width: info.width().try_into().ok()?,
            height: info.height().try_into().ok()?,
            sampling: caps::sampling(info.format(), color_mode)?,
        })
    }

    /// What the codec does with the channels of RGB.
    fn color_mode(&self) -> codec::ColorMode {
        match self.sampling {
            Sampling::Rgb => codec::ColorMode::Native,
            _ => codec::ColorMode::YCbCr,
        }
    }
}

/// Encodes frames of one geometry with one table.
pub(super) struct Encoder {
    /// The revision of the control that it was made from.
    pub revision: u64,
    pub tables: Tables,
    geometry: Geometry,
    distiller: Distiller,
    /// A copy of the frame, whose own samples stay as they are.
    samples: Vec<u8>,
    picture: Picture,
}

impl Encoder {
    pub(super) fn new(
        control: &Control<Settings>,
        format: Format,
        engine: Engine,
    ) -> Result<Self, EncodeError> {
        check(control)?;
        let tables = control.tables();
        let [luma, chroma] = divisors(&tables);
        let distiller = Distiller::new(
            format.geometry.layout(format.color_mode()),
            DctTables { luma, chroma },
            engine.backend,
            engine.n_threads,
        )
        .settling(control.settings.table.radius());
        Ok(Self {
            revision: control.revision,
            tables,
            picture: Picture::new(format.sampling, format.width, format.height, &tables),
            samples: Vec::new(),
            geometry: format.geometry,
            distiller,
        })
    }

    /// The JPEG file of a frame, and what settling has changed.
    ///
    /// The levels are those of the settled frame, so that decoding gives its very bytes.
    pub(super) fn encode(
        &mut self,
        buffer: &gst::BufferRef,
    ) -> Result<(Vec<u8>, FrameStats), EncodeError> {
        let Self {
            distiller, picture, ..
        } = self;
        let changes =
            frame::with_copied_planes(buffer, &self.geometry, &mut self.samples, |mut frame| {
                let changes = distiller.process(frame.reborrow());
                distiller.quantized_coefficients(&frame, &mut picture.levels());
                changes
            })?;
        Ok((picture.write()?, changes))
    }
}
