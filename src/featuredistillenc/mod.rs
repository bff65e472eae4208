// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featuredistillenc`: its type.
//!
//! Coefficients come from [`codec`](crate::codec), tables from [`tables`](crate::tables). [`Preset`],
//! [`AsSelection`] and [`Backend`] are shared with [`featuredistill`](crate::featuredistill).

/**
 * SECTION:element-featuredistillenc
 * @title: featuredistillenc
 * @short_description: encodes JPEG frames that a second pass leaves unchanged
 * @see_also: featuredistill, jpegenc, jpegdec, rtpjpegpay
 *
 * Encodes every frame as a baseline JPEG file that is settled: decoded with the accurate integer DCT
 * (`jpegdec idct-method=islow`), it is byte for byte the output of `featuredistill settle=true` with the
 * same properties and planes, and a second pass with the same table leaves it unchanged. This is the
 * trusted end of a two-pass defense for frames that have to travel. The consumer decodes them, and its
 * #featuredistill with the same table (`table-file` reads it from any of the frames) rounds off
 * perturbations that were added in between. With `preset=certified`, `certified-epsilon` in `stats` is
 * the largest perturbation that is certain to be removed.
 *
 * Planes are encoded as they are: chroma is not resampled, and limited-range video stays limited,
 * although viewers take JPEG files for full range. RGB becomes YCbCr without subsampling, as in any
 * JFIF file and as with `featuredistill color-mode=ycbcr`; with `color-mode=native` the file holds R, G
 * and B.
 *
 * `preset=certified-samples` of #featuredistill is refused, as JPEG can't carry its frames.
 *
 * Frames have sides of at most 65500, which is the limit of libjpeg. A WARNING is posted where property
 * values contradict each other.
 *
 * The decoder must keep the samples. The jpegdec of GStreamer 1.22 does so for GRAY8, I420, NV12 and,
 * with `color-mode=native`, RGB. It converts all other files to I420 and drops chroma samples, which a
 * second pass needs. RTP carries 4:2:0 and 4:2:2 only and rounds sizes up to multiples of 8.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! video/x-raw,format=I420 ! featuredistillenc preset=certified ! rtpjpegpay ! udpsink host=consumer port=5004
 * ]|
 * Runs at the trusted end, with a camera.
 *
 * |[
 * gst-launch-1.0 udpsrc port=5004 caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=JPEG,payload=26 ! rtpjpegdepay ! jpegdec idct-method=islow ! featuredistill preset=certified ! videoconvert ! autovideosink
 * ]|
 * Runs at the consumer.
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

pub use crate::element::color_mode::ColorMode;
pub use crate::element::engine::Backend;
pub use crate::element::table_settings::{AsSelection, Preset};

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
