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
 * The default table is the one for a lone pass. Two passes name another preset, and restore frames. The
 * first one, at the trusted source, has `settle` set: a second pass with the same table leaves its frames
 * unchanged. The second one, at the consumer, rounds off perturbations that were added in between. With
 * `preset=certified` at both ends it removes every perturbation of at most `epsilon` levels per sample,
 * as long as `stats` counts no `unsettled` blocks.
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
 * With `preset=two-step` and `as-selection=frame` or `stream` the accuracy-sensitive band is derived from
 * each frame, or from recent frames, over all planes; `stats` shows the table in force. Two passes need
 * the same table at both ends, so that `settle` and `tamper-threshold` are refused with it.
 * #featurecalibrate derives a table from footage that both ends can use.
 *
 * RGB formats are taken through YCbCr where the tables have one for chroma, as those of
 * `preset=one-pass` do; `color-mode` overrides this.
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
 * gst-launch-1.0 videotestsrc ! video/x-raw,format=RGB ! featuredistill table-file=table.txt post-messages=true ! fakesink -m
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
 * `backend`, `n-threads`, `table` (the luma table in force, 64 steps in natural order; missing with
 * `preset=certified-samples`), `tampered`, `dropped`, `unsettled` (blocks without the radius asked for),
 * `certified-epsilon` (the least radius of the last frame; 0 for frames that aren't settled), `digest`
 * (that of the last frame) and, with `post-messages` or `attach-meta`, `margin`: how far the last frame, as
 * it arrived, was from being taken for another one. It is 1 less the largest distance of a coefficient from
 * its lattice point, as a share of half a step (with `preset=certified-samples`, of a sample from its
 * value). 1 is a frame that nothing has changed; near 0 something has probably been lost.
 *
 * ## Messages
 *
 * With `post-messages` an element message `featuredistill` is posted for each distilled frame. It has
 * `pts`, `running-time`, `rms-change`, `max-change`, `zeroed`, `changed-blocks` (their share, 0..1),
 * `changed-x`, `changed-y`, `changed-width` and `changed-height` (the pixels that hold them),
 * `tampered`, `certified-epsilon`, `margin` and, if `digest` is set, `digest` (64 hexadecimal digits).
 *
 * With a `tamper-threshold` an element message `featuredistill-tamper` is posted when tampering starts,
 * every `tamper-interval` of running time while it goes on, and when it has ended: after an interval
 * without it, and at the end of the stream, a flush, a stop and a change of caps. It has `state`
 * (`started`, `ongoing` or `ended`), `pts` and `running-time` of the first tampered frame, `duration`
 * (from that frame to the last one so far), `frames` (number of tampered ones so far), their largest
 * `rms-change` and `max-change`, and in `changed-x`, `changed-y`, `changed-width` and `changed-height` the
 * pixels that hold all their changed blocks. Time stands still while no frame comes, and tampered frames
 * with none between them are one incident, however far apart. A frame without a timestamp counts as one
 * frame later than the one before, at the framerate of the caps.
 *
 * ## Metas
 *
 * With `attach-meta` every distilled frame has a #GstCustomMeta `featuredistill` with the fields of that
 * message. It replaces an older one. Elements that convert, scale or crop keep it.
 *
 * ## Digests
 *
 * `digest=blake3` hashes each frame as it leaves. A frame that a second pass has restored has the digest
 * that it had at the source, also if it is stored in another format of the same samples. With `key-file`
 * the hash is keyed: an application that sends digests over a channel of its own, with a sequence number,
 * recognizes the frames of the source. The file is read at start, and nobody else should be able to read
 * it. The Rust documentation of `codec::digest` specifies the bytes that are hashed.
 *
 * Since: plugin-featuredistill-0.1
 */
use gst::glib;
use gst::prelude::*;

mod color_mode;
mod digest;
mod frame_message;
mod imp;
mod incident;
mod message;
mod meta;
mod outcome;
mod plan;
mod selection;
mod settings;
mod stats;
mod tamper_message;
#[cfg(test)]
mod tests;

pub use crate::element::engine::Backend;
pub use crate::element::table_settings::{AsSelection, Preset};
pub use color_mode::AutoColorMode;
pub use digest::DigestKind;
pub use frame_message::FeatureDistillMessage;
pub use message::{Area, MessageError};
pub use tamper_message::{FeatureDistillTamperMessage, TamperState};

/// Action on a frame that exceeds `tamper-threshold`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillTamperAction")]
#[non_exhaustive]
pub enum TamperAction {
    /// Pass the distilled frame on; the bus tells of the incident.
    #[default]
    #[enum_value(name = "Message: pass the distilled frame on", nick = "message")]
    Message,
    /// Replace the frame by a GAP event.
    #[enum_value(name = "Drop: replace the frame by a GAP event", nick = "drop")]
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
        AutoColorMode::static_type(),
        crate::element::color_mode::ColorMode::static_type(),
        TamperAction::static_type(),
        DigestKind::static_type(),
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
