// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Encoding of a frame; buffers are reused from frame to frame.

use super::caps;
use super::jpeg::{Picture, Sampling};
use super::settings::Settings;
use crate::codec::{self, Distiller, FrameStats};
use crate::element::color_mode::ColorMode;
use crate::element::engine::Engine;
use crate::element::frame::{self, FrameError};
use crate::element::geometry::Geometry;
use crate::element::properties::Control;
use crate::element::table_settings::AsSelection;
use crate::element::table_source::dct_tables;
use crate::tables::Tables;

/// A frame that can't be encoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    #[error("it arrived before its caps")]
    NoCaps,
    #[error("as-selection derives the table from the frames, which the consumer can't repeat")]
    TableOfEachFrame,
    #[error("JPEG files can't hold what preset=certified-samples rounds to")]
    Samples,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Jpeg(#[from] libjpeg_turbo_rs::JpegError),
}

impl EncodeError {
    /// Advice for the user.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::NoCaps => "The upstream element must send caps first",
            Self::TableOfEachFrame => "Set as-selection=zigzag or a table-file",
            Self::Samples => {
                "Set preset=certified, or send raw or lossless video from featuredistill"
            }
            Self::Frame(error) => error.advice(),
            Self::Jpeg(_) => "Please report this bug",
        }
    }
}

/// Checks that frames can be encoded with the properties in `control`.
pub(super) fn check(control: &Control<Settings>) -> Result<(), EncodeError> {
    let source = control.table_source();
    if source.selection() != AsSelection::Zigzag {
        return Err(EncodeError::TableOfEachFrame);
    }
    source.tables().map(drop).ok_or(EncodeError::Samples)
}

/// Format of the frames and of the files made from them.
#[derive(Clone)]
pub(super) struct Format {
    pub geometry: Geometry,
    width: u16,
    height: u16,
    pub sampling: Sampling,
}

impl Format {
    /// The format for frames of `geometry`; None if such frames can't be encoded, which the caps exclude.
    pub(super) fn new(geometry: Geometry, color_mode: ColorMode) -> Option<Self> {
        let info = geometry.info();
        Some(Self {
            width: info.width().try_into().ok()?,
            height: info.height().try_into().ok()?,
            sampling: caps::sampling(info.format(), color_mode)?,
            geometry,
        })
    }

    /// The color conversion of RGB.
    fn color_mode(&self) -> codec::ColorMode {
        match self.sampling {
            Sampling::Rgb => codec::ColorMode::Native,
            _ => codec::ColorMode::YCbCr,
        }
    }
}

/// Encoder for frames of one format with one pair of tables.
pub(super) struct Encoder {
    /// The revision of the properties that the encoder was made from.
    pub revision: u64,
    pub tables: Tables,
    geometry: Geometry,
    distiller: Distiller,
    picture: Picture,
}

impl Encoder {
    pub(super) fn new(
        control: &Control<Settings>,
        format: Format,
        engine: Engine,
    ) -> Result<Self, EncodeError> {
        check(control)?;
        let tables = control
            .table_source()
            .tables()
            .ok_or(EncodeError::Samples)?;
        let distiller = Distiller::new(
            format.geometry.layout(format.color_mode()),
            dct_tables(&tables),
            engine.backend,
            engine.n_threads,
        )
        .settling(control.settings.table.radius());
        Ok(Self {
            revision: control.revision,
            tables,
            picture: Picture::new(format.sampling, format.width, format.height, &tables),
            geometry: format.geometry,
            distiller,
        })
    }

    /// Encodes a frame as a JPEG file; the statistics are those of settling.
    ///
    /// The coefficients are those of the settled frame, so that decoding gives its bytes.
    pub(super) fn encode(
        &mut self,
        buffer: &gst::BufferRef,
    ) -> Result<(Vec<u8>, FrameStats), EncodeError> {
        let frame = frame::map_readable(buffer, &self.geometry)?;
        let mut coefficients = self.picture.coefficients();
        let changes = (self.distiller).settled_coefficients(&frame.planes(), &mut coefficients);
        Ok((self.picture.write()?, changes))
    }
}
