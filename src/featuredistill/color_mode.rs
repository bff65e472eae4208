// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The property `color-mode` of the filter, which may leave the choice to the tables.

use gst::glib;
use gst::prelude::*;

use crate::element::color_mode::ColorMode;
use crate::tables::Tables;

/// Color conversion of RGB formats. Other formats have nothing to convert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillAutoColorMode")]
#[non_exhaustive]
pub enum AutoColorMode {
    /// [`YCbCr`](Self::YCbCr) with tables that have one for chroma, else [`Native`](Self::Native).
    #[default]
    #[enum_value(
        name = "Auto: ycbcr with a table of its own for chroma, else native",
        nick = "auto"
    )]
    Auto,
    /// None: R, G and B are distilled as they are stored.
    #[enum_value(name = "Native: R, G and B as they are stored", nick = "native")]
    Native,
    /// That of JFIF files, without subsampling.
    #[enum_value(
        name = "YCbCr: the conversion of JPEG files, without subsampling",
        nick = "ycbcr"
    )]
    YCbCr,
}

impl AutoColorMode {
    /// The property.
    pub(super) fn param_spec() -> glib::ParamSpec {
        glib::ParamSpecEnum::builder::<Self>("color-mode")
            .nick("Color Mode")
            .blurb("Color space in which RGB formats are quantized")
            .mutable_playing()
            .build()
    }

    /// The conversion of RGB formats with `tables`; without any, samples are rounded as they are stored.
    pub(super) fn with(self, tables: Option<&Tables>) -> ColorMode {
        let Some(tables) = tables else {
            return ColorMode::Native;
        };
        match self {
            Self::Native => ColorMode::Native,
            Self::YCbCr => ColorMode::YCbCr,
            Self::Auto if tables.own_chroma().is_some() => ColorMode::YCbCr,
            Self::Auto => ColorMode::Native,
        }
    }
}
