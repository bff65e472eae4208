// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The property `color-mode` of elements whose output depends on it beyond a frame.

use gst::glib;
use gst::prelude::*;

use crate::codec;

/// Color conversion of RGB formats. Other formats have nothing to convert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillColorMode")]
#[non_exhaustive]
pub enum ColorMode {
    /// None: R, G and B are distilled as they are stored.
    #[default]
    #[enum_value(name = "Native: R, G and B as they are stored", nick = "native")]
    Native,
    /// That of JFIF files, without subsampling.
    #[enum_value(
        name = "YCbCr: the conversion of JPEG files, without subsampling",
        nick = "ycbcr"
    )]
    YCbCr,
}

impl ColorMode {
    /// The property, without its default and its mutability, which differ between elements.
    pub(crate) fn param_spec() -> glib::ParamSpecEnumBuilder<'static, Self> {
        glib::ParamSpecEnum::builder::<Self>("color-mode")
            .nick("Color Mode")
            .blurb("Color space in which RGB formats are quantized")
    }
}

impl From<ColorMode> for codec::ColorMode {
    fn from(mode: ColorMode) -> Self {
        match mode {
            ColorMode::Native => Self::Native,
            ColorMode::YCbCr => Self::YCbCr,
        }
    }
}
