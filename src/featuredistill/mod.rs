// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistill`: its type, its enumerations and its bus message.
//!
//! What it does to the samples is [`codec`](crate::codec)'s, with which table is
//! [`tables`](crate::tables)'.

/**
 * SECTION:element-featuredistill
 * @title: featuredistill
 * @short_description: takes adversarial perturbations out of video
 * @see_also: jpegenc, jpegdec, videoconvert
 *
 * Takes every plane of every frame through the JPEG round trip, in place: 8x8 blocks, forward DCT,
 * quantisation, inverse DCT. Small perturbations that were added to mislead a neural network do not
 * survive the quantisation; what the network needs to see does. The result is byte for byte what
 * `cjpeg -dct int` and `djpeg -dct int` make of each plane with the same table.
 *
 * Put it right in front of the elements that scale, convert and infer. Caps, timestamps, metas,
 * alpha and padding bytes stay as they are. A frame that can't be distilled stops the stream with
 * an error: no frame leaves the element undistilled unless `bypass` is set.
 *
 * It takes video in system memory; put the element that downloads it (`gldownload`, `vapostproc`,
 * `cudadownload`, …) in front where it is elsewhere. Interlaced frames are treated as they are
 * stored. Like every video filter it drops frames that are late for a synchronised sink; set `qos`
 * to FALSE to keep them.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 videotestsrc pattern=ball ! featuredistill ! videoconvert ! autovideosink
 * ]|
 * Shows what the default table leaves of a test picture.
 *
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! videoconvert ! featuredistill preset=annex-k quality=75 ! videoconvert ! x264enc ! mp4mux ! filesink location=out.mp4
 * ]|
 * Hardens a file with the table of a JPEG of quality 75.
 *
 * |[
 * gst-launch-1.0 videotestsrc ! video/x-raw,format=RGB ! featuredistill color-mode=ycbcr table-file=table.txt post-messages=true ! fakesink -m
 * ]|
 * Reads the table from a file, as `cjpeg -qtables` would, and reports every frame on the bus.
 *
 * Since: plugin-featuredistill-0.1
 */
use gst::glib;
use gst::prelude::*;

mod caps;
mod frame;
mod imp;
mod plan;
mod report;
mod settings;
#[cfg(test)]
mod tests;

pub use report::{Area, FeatureDistillMessage, MessageError};

/// Where the table comes from when no `table-file` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillPreset")]
#[non_exhaustive]
pub enum Preset {
    /// `as-step` for the first `as-count` coefficients in zig-zag order, `md-step` for the others.
    #[default]
    #[enum_value(
        name = "Two-step: as-step for the accuracy-sensitive band, md-step for the others",
        nick = "two-step"
    )]
    TwoStep,
    /// The table in the code that the method's authors released.
    #[enum_value(
        name = "Released: 25 for the lowest 4x4 coefficients, 30 for the others",
        nick = "released"
    )]
    Released,
    /// `md-step` for every coefficient.
    #[enum_value(name = "Uniform: md-step for every coefficient", nick = "uniform")]
    Uniform,
    /// The finest table with which `settle` certifies `epsilon`.
    #[enum_value(
        name = "Certified: steps with which settled frames survive any perturbation of epsilon",
        nick = "certified"
    )]
    Certified,
    /// The tables that JPEG encoders commonly scale.
    #[enum_value(
        name = "Annex K: the luminance and chrominance tables of ITU-T T.81",
        nick = "annex-k"
    )]
    AnnexK,
}

/// Which coefficients make up the accuracy-sensitive band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillAsSelection")]
#[non_exhaustive]
pub enum AsSelection {
    /// The first ones in zig-zag order.
    #[default]
    #[enum_value(name = "Zigzag: the first as-count in zig-zag order", nick = "zigzag")]
    Zigzag,
}

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

/// What becomes of a frame that `tamper-threshold` tells was tampered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillTamperAction")]
#[non_exhaustive]
pub enum TamperAction {
    /// It is passed on, distilled, and reported on the bus.
    #[default]
    #[enum_value(
        name = "Message: pass the distilled frame on and post a message",
        nick = "message"
    )]
    Message,
    /// It is reported on the bus and not passed on.
    #[enum_value(name = "Drop: post a message and drop the frame", nick = "drop")]
    Drop,
    /// It stops the stream.
    #[enum_value(name = "Error: stop the stream with an error", nick = "error")]
    Error,
}

/// The instruction set that does the work. All of them give the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillBackend")]
#[non_exhaustive]
pub enum Backend {
    /// The fastest that the CPU has.
    #[default]
    #[enum_value(name = "Auto: the fastest that the CPU has", nick = "auto")]
    Auto,
    /// Plain code, sample by sample.
    #[enum_value(name = "Scalar: plain code, the definition", nick = "scalar")]
    Scalar,
    /// 256-bit vectors, if the CPU has them.
    #[enum_value(name = "AVX2: at most 256-bit vectors", nick = "avx2")]
    Avx2,
    /// 512-bit vectors, if the CPU has them.
    #[enum_value(name = "AVX-512: at most 512-bit vectors", nick = "avx512")]
    Avx512,
}

glib::wrapper! {
    /// The element, as a subclass of `GstVideoFilter`.
    pub struct FeatureDistill(ObjectSubclass<imp::FeatureDistill>)
        @extends gst_video::VideoFilter, gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Registers the element with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    #[cfg(feature = "doc")]
    for enumeration in [
        Preset::static_type(),
        AsSelection::static_type(),
        ColorMode::static_type(),
        TamperAction::static_type(),
        Backend::static_type(),
    ] {
        enumeration.mark_as_plugin_api(gst::PluginAPIFlags::empty());
    }
    gst::Element::register(
        Some(plugin),
        "featuredistill",
        gst::Rank::NONE,
        FeatureDistill::static_type(),
    )
}
