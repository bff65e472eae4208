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
 * @see_also: featuredistillenc, featurecalibrate, jpegenc, jpegdec, videoconvert
 *
 * Takes every plane of every frame through the JPEG round trip, in place: 8x8 blocks, forward DCT,
 * quantisation, inverse DCT. That takes away much of a small perturbation that was added to mislead
 * a neural network, and a little of what the network needs to see. The result is byte for byte what
 * `cjpeg -dct int` and `djpeg -dct int` make of each plane with the same table.
 *
 * Used twice, it gives frames back: at the trusted source with `settle`, which makes every frame its own
 * fixed point, and at the consumer with the same table, which rounds away what was added in between.
 * With `preset=certified` at both ends no perturbation of the settled frames of at most `epsilon`
 * levels a sample survives that, whatever its shape, as long as `stats` counts no `unsettled` blocks. `tamper-threshold` tells frames that were changed on their way.
 *
 * With `as-selection=frame` or `stream` the table's accuracy-sensitive band is that of each frame, or of
 * the stream so far, over all planes; `stats` has the table in force. Such a table can't be had at the
 * other end of two passes: `settle` and `tamper-threshold` are refused with it, and `featurecalibrate`
 * makes one that both ends can have.
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
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=5 ! featuredistill preset=certified settle=true ! identity ! featuredistill preset=certified tamper-threshold=0.01 post-messages=true ! fakesink
 * ]|
 * Both ends of two passes, with nothing in between: the second one reports an RMS change of 0.
 *
 * ## Statistics
 *
 * `stats` counts since the element was started: `frames`, `bypassed`, `coefficients`, `zeroed`,
 * `rms-change` and `max-change` (levels of 0..255, over all frames), `processing-time` (nanoseconds),
 * `backend`, `n-threads`, `table` (the luma table in force, 64 steps in natural order), `tampered`,
 * `dropped`, `unsettled` (blocks without the radius asked for) and `certified-epsilon` (the least radius
 * of the last frame; 0 without `settle`).
 *
 * ## Messages
 *
 * With `post-messages`, and for each tampered frame, an element message `featuredistill` is posted. It
 * has `pts`, `running-time`, `rms-change`, `max-change`, `zeroed`, `changed-blocks` (their share, 0..1),
 * `changed-x`, `changed-y`, `changed-width` and `changed-height` (the pixels that hold them),
 * `tampered` and `certified-epsilon`.
 *
 * Since: plugin-featuredistill-0.1
 */
use gst::glib;
use gst::prelude::*;

mod imp;
mod plan;
mod report;
mod selection;
mod settings;
#[cfg(test)]
mod tests;

pub use crate::common::color::ColorMode;
pub use crate::common::engine::Backend;
pub use crate::common::tables::{AsSelection, Preset};
pub use report::{Area, FeatureDistillMessage, MessageError};

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
