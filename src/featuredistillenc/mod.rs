// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistillenc`: its type.
//!
//! Which levels a frame has is [`codec`](crate::codec)'s, with which table is
//! [`tables`](crate::tables)'. It shares [`Preset`], [`AsSelection`], [`ColorMode`] and [`Backend`] with
//! [`featuredistill`](crate::featuredistill).

/**
 * SECTION:element-featuredistillenc
 * @title: featuredistillenc
 * @short_description: encodes JPEG frames with a table made against adversarial perturbations
 * @see_also: featuredistill, jpegenc, jpegdec, rtpjpegpay
 *
 * Encodes every frame as a baseline JPEG file that is settled: decoded with the accurate integer DCT
 * (`jpegdec idct-method=islow`), it is byte for byte what `featuredistill settle=true` with the same
 * properties makes of the same planes, and a second pass changes no byte of it. So this is the trusted
 * end of a two-pass defence where the frames have to travel: the consumer decodes them, and its
 * #featuredistill with the same table (`table-file` takes it out of any of the frames) rounds away a
 * perturbation that was added in between. With `preset=certified`, `stats` tells in `certified-epsilon`
 * which one it withstands for certain.
 *
 * The planes are encoded as they are: chroma is never resampled, and studio-range video stays so,
 * although viewers take JPEG files for full range. RGB becomes YCbCr without subsampling, as in any
 * JFIF file, which corresponds to `featuredistill color-mode=ycbcr`; with `color-mode=native` the file
 * holds R, G and B.
 *
 * What the decoder does next matters. The jpegdec of GStreamer 1.22 keeps the samples of GRAY8, I420,
 * NV12 and, with `color-mode=native`, RGB. From all other files it makes I420, for which it drops
 * chroma samples: they are not what a second pass would find again. RTP carries 4:2:0 and 4:2:2
 * alone, and rounds sizes up to multiples of 8.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! video/x-raw,format=I420 ! featuredistillenc ! rtpjpegpay ! udpsink host=consumer port=5004
 * ]|
 * The trusted end of a camera.
 *
 * |[
 * gst-launch-1.0 udpsrc port=5004 caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=JPEG,payload=26 ! rtpjpegdepay ! jpegdec idct-method=islow ! featuredistill ! videoconvert ! autovideosink
 * ]|
 * The consumer's end.
 *
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=1 ! featuredistillenc preset=annex-k quality=75 ! filesink location=frame.jpg
 * ]|
 * Writes a file that any viewer opens.
 *
 * Since: plugin-featuredistill-0.1
 */
use gst::glib;
use gst::prelude::*;

mod caps;
mod encoder;
mod imp;
mod jpeg;
mod report;
mod settings;

pub use crate::common::color::ColorMode;
pub use crate::common::engine::Backend;
pub use crate::common::tables::{AsSelection, Preset};

glib::wrapper! {
    /// The element, as a subclass of `GstVideoEncoder`.
    pub struct FeatureDistillEnc(ObjectSubclass<imp::FeatureDistillEnc>)
        @extends gst_video::VideoEncoder, gst::Element, gst::Object,
        @implements gst::Preset;
}

/// Registers the element with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "featuredistillenc",
        gst::Rank::NONE,
        FeatureDistillEnc::static_type(),
    )
}
