// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistill`: its type, its enumerations and its bus message.
//!
//! Samples are processed by [`codec`](crate::codec) with tables from [`tables`](crate::tables).

/**
 * SECTION:element-featuredistill
 * @title: featuredistill
 * @short_description: removes adversarial perturbations from video
 * @see_also: featuredistillenc, featurecalibrate, jpegenc, jpegdec, videoconvert
 *
 * Applies a JPEG round trip to every plane of every frame, in place: 8x8 blocks, forward DCT,
 * quantization, inverse DCT. This removes most of a small perturbation that was added to mislead a
 * neural network, and a little of the detail that the network uses. The result is byte for byte that of
 * `cjpeg -dct int` and `djpeg -dct int` with the same table on each plane.
 *
 * Two passes restore frames. The first one, at the trusted source, has `settle` set: a second pass with
 * the same table leaves its frames unchanged. The second one, at the consumer, rounds off perturbations
 * that were added in between. With `preset=certified` at both ends it removes every perturbation of at
 * most `epsilon` levels per sample, as long as `stats` counts no `unsettled` blocks.
 *
 * Where only raw or lossless video lies in between, `preset=certified-samples` does the same for a larger
 * `epsilon` (a whole number of 1 or more), without a DCT: each sample goes to the nearest of the values
 * o + k*s with s = 2*floor(epsilon)+1, n = ceil(256/s), o = floor((255-(n-1)*s)/2) and k = 0..n-1. All of
 * its frames are settled and certified, also after a crop or a flip; `settle`, `quality`, `color-mode` and
 * the steps don't apply. An `epsilon` below 1 is an error at start; while playing, frames are distilled
 * as before, with a WARNING. `table-file` wins over it.
 *
 * `tamper-threshold` detects frames that were changed in between; with `tamper-action=drop` each of
 * them is replaced by a GAP event of the same time.
 *
 * With `as-selection=frame` or `stream` the accuracy-sensitive band is derived from each frame, or from
 * recent frames, over all planes; `stats` shows the table in force. Two passes need the same table at
 * both ends, so that `settle` and `tamper-threshold` are refused with it. #featurecalibrate derives a
 * table from footage that both ends can use.
 *
 * Place it directly before the elements that scale, convert and infer. Caps, timestamps, metas, alpha
 * and padding bytes stay as they are. A frame that can't be distilled stops the stream with an error:
 * no frame leaves the element undistilled unless `bypass` is set.
 *
 * A WARNING is posted where property values contradict each other, such as `preset=certified` with a
 * quality that takes back the radius of `epsilon`.
 *
 * Frames must be in system memory; download them first (`gldownload`, `vapostproc`, `cudadownload`, …)
 * where they are not. Interlaced frames are processed as stored. Like every video filter it drops
 * frames that are late for a synchronized sink; set `qos` to FALSE to keep them.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 videotestsrc pattern=ball ! featuredistill ! videoconvert ! autovideosink
 * ]|
 * Shows a test pattern after the default table.
 *
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! videoconvert ! featuredistill preset=annex-k quality=75 ! videoconvert ! x264enc ! mp4mux ! filesink location=out.mp4
 * ]|
 * Hardens a file with the table of a JPEG of quality 75.
 *
 * |[
 * gst-launch-1.0 videotestsrc ! video/x-raw,format=RGB ! featuredistill color-mode=ycbcr table-file=table.txt post-messages=true ! fakesink -m
 * ]|
 * Reads the table from a file, as `cjpeg -qtables` does, and reports every frame on the bus.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=5 ! featuredistill preset=certified settle=true ! identity ! featuredistill preset=certified tamper-threshold=0.01 post-messages=true ! fakesink
 * ]|
 * Runs two passes with nothing in between: the second one reports an RMS change of 0.
 *
 * ## Statistics
 *
 * `stats` counts since the element was started: `frames`, `bypassed`, `coefficients`, `zeroed`,
 * `rms-change` and `max-change` (levels of 0..255, over all frames), `processing-time` (nanoseconds),
 * `backend`, `n-threads`, `table` (the luma table in force, 64 steps in natural order; missing with `preset=certified-samples`), `tampered`,
 * `dropped`, `unsettled` (blocks without the radius asked for) and `certified-epsilon` (the least radius
 * of the last frame; 0 for frames that aren't settled). With `post-messages` there is also `margin`: how
 * far the last frame, as it arrived, was from being taken for another one. It is 1 less the largest distance
 * of a coefficient from its lattice point, as a share of half a step (with `preset=certified-samples`, of a
 * sample from its value). 1 is a frame that nothing has changed; near 0 something has probably been lost.
 *
 * ## Messages
 *
 * With `post-messages`, and for each tampered frame, an element message `featuredistill` is posted. It
 * has `pts`, `running-time`, `rms-change`, `max-change`, `zeroed`, `changed-blocks` (their share, 0..1),
 * `changed-x`, `changed-y`, `changed-width` and `changed-height` (the pixels that hold them),
 * `tampered`, `certified-epsilon` and `margin`.
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

pub use crate::element::color_mode::ColorMode;
pub use crate::element::engine::Backend;
pub use crate::element::table_settings::{AsSelection, Preset};
pub use report::{Area, FeatureDistillMessage, MessageError};

/// Action on a frame that exceeds `tamper-threshold`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillTamperAction")]
#[non_exhaustive]
pub enum TamperAction {
    /// Pass the distilled frame on and report it on the bus.
    #[default]
    #[enum_value(
        name = "Message: pass the distilled frame on and post a message",
        nick = "message"
    )]
    Message,
    /// Report the frame on the bus and replace it by a GAP event.
    #[enum_value(
        name = "Drop: post a message and replace the frame by a GAP event",
        nick = "drop"
    )]
    Drop,
    /// Stop the stream with an error.
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
