// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The property `color-mode`.

use gst::glib;
use gst::prelude::*;

use crate::codec;

/// How the channels of RGB formats are distilled. Other formats have nothing to convert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillColorMode")]
#[non_exhaustive]
pub enum ColorMode {
    /// Each as it is stored.
    #[default]
    #[enum_value(
        name = "Native: every plane or channel as it is stored",
        nick = "native"
    )]
    Native,
    /// Converted as JPEG files are, without subsampling.
    #[enum_value(
        name = "YCbCr: RGB goes through JPEG's YCbCr, without subsampling",
        nick = "ycbcr"
    )]
    YCbCr,
}

impl ColorMode {
    /// The property; its default and when it may change is the element's affair.
    pub(crate) fn param_spec() -> glib::ParamSpecEnumBuilder<'static, Self> {
        glib::ParamSpecEnum::builder::<Self>("color-mode")
            .nick("Color Mode")
            .blurb("Whether RGB is distilled as it is stored or as YCbCr")
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
