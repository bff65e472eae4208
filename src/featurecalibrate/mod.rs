// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featurecalibrate`: its type and its enumeration.
//!
//! What it gathers and makes of that is [`calibration`](crate::calibration)'s. It shares [`ColorMode`] and
//! [`Backend`] with [`featuredistill`](crate::featuredistill).

/**
 * SECTION:element-featurecalibrate
 * @title: featurecalibrate
 * @short_description: makes quantisation tables from footage
 * @see_also: featuredistill, featuredistillenc
 *
 * Looks at the DCT coefficients of every frame that passes and, at the end of the stream, writes a
 * quantisation table that is made for them: `location` takes a file that #featuredistill reads with
 * `table-file` and `cjpeg` with `-qtables`. Frames pass untouched: the very buffers that came.
 *
 * `mapping` says how the standard deviations of the 64 frequencies become steps. `two-step` gives
 * `as-step` to the `as-count` frequencies that deviate most, for luma and chroma apart, and `md-step`
 * to the others; it warns if a step is so fine that a perturbation of `epsilon` levels flips
 * coefficients even of settled frames (`epsilon=0` keeps it from looking). `deepn` takes the steps of
 * DeepN-JPEG (DAC 2018), made for compression: its finest steps hold back next to nothing. `certified`
 * writes the table of `featuredistill preset=certified`, which no footage can change, and settles a
 * copy of every frame to tell what that comes to: the PSNR, and the share of the blocks for which
 * rounding to the nearest multiples is not enough.
 *
 * The statistics themselves go to `stats-location` as JSON, in exact integers (only what follows from
 * them is rounded), and `merge-from` takes any number of such files. Pieces of footage, gathered
 * anywhere and merged in any order and grouping, give the same bytes as one run over all of it. They
 * have to be gathered with the same `color-mode`, and those for `mapping=certified` with that mapping
 * and the same `epsilon`. `plot-location` takes a picture (PNG) of the standard deviations and of the
 * table.
 *
 * Files appear whole or not at all: they are written beside their places and put there at the end, all
 * together. What can't be done (a frame that can't be read, statistics that don't belong together, a
 * file that can't be written) stops the stream with an error; so does the end of a stream without a
 * frame and with nothing merged.
 *
 * For streams that never end, the action signal `write` writes the files with what has been gathered
 * so far; it returns whether it could. Then and at the end, an element message `featurecalibrate` tells
 * the result: `frames`, `blocks`, `chroma-blocks`, `luma-std` and `chroma-std` (64 each, in levels and
 * natural order), `mapping`, `epsilon`, `table` and `chroma-table`, `location`, `stats-location`,
 * `plot-location`, and with `mapping=certified` `psnr` (dB; missing if nothing changed),
 * `settled-blocks`, `moved-share` (0..1) and `unsettled`.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! videoconvert ! featurecalibrate location=table.txt stats-location=stats.json plot-location=plot.png ! fakesink
 * ]|
 * Calibrates on a clip. `featuredistill table-file=table.txt` then uses the table.
 *
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=0 ! featurecalibrate merge-from="<a.json,b.json>" stats-location=both.json location=table.txt ! fakesink
 * ]|
 * Merges the statistics of two runs; no frame is needed. One file alone is `merge-from="<a.json>"`.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=100 ! featurecalibrate mapping=certified epsilon=1.5 location=table.txt ! fakesink
 * ]|
 * Writes a table that certifies 1.5 levels and reports what settling with it comes to.
 *
 * Since: plugin-featuredistill-0.1
 */
use gst::glib;
use gst::prelude::*;

mod gatherer;
mod imp;
mod merge;
mod outputs;
mod report;
mod settings;

pub use crate::common::color::ColorMode;
pub use crate::common::engine::Backend;

/// How standard deviations become steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureCalibrateMapping")]
#[non_exhaustive]
pub enum Mapping {
    /// `as-step` for the `as-count` that deviate most, `md-step` for the others.
    #[default]
    #[enum_value(
        name = "Two-step: as-step for the as-count frequencies that deviate most, md-step for the others",
        nick = "two-step"
    )]
    TwoStep,
    /// Steps that fall with the standard deviation.
    #[enum_value(
        name = "DeepN: the steps of DeepN-JPEG, which fall with the standard deviation",
        nick = "deepn"
    )]
    DeepN,
    /// The table that certifies `epsilon`.
    #[enum_value(
        name = "Certified: the table that certifies epsilon, and what settling comes to",
        nick = "certified"
    )]
    Certified,
}

glib::wrapper! {
    /// The element, as a subclass of `GstBaseTransform`.
    pub struct FeatureCalibrate(ObjectSubclass<imp::FeatureCalibrate>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Registers the element with `plugin`.
pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    #[cfg(feature = "doc")]
    Mapping::static_type().mark_as_plugin_api(gst::PluginAPIFlags::empty());
    gst::Element::register(
        Some(plugin),
        "featurecalibrate",
        gst::Rank::NONE,
        FeatureCalibrate::static_type(),
    )
}
