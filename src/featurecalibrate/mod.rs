// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The element `featurecalibrate`: its type and its enumeration.
//!
//! Statistics and tables are made by [`calibration`](crate::calibration). [`ColorMode`] and [`Backend`] are
//! shared with [`featuredistill`](crate::featuredistill).

/**
 * SECTION:element-featurecalibrate
 * @title: featurecalibrate
 * @short_description: derives quantization tables from footage
 * @see_also: featuredistill, featuredistillenc
 *
 * Gathers statistics of the DCT coefficients of every frame and, at the end of the stream, derives a
 * quantization table from them. `location` names the file to write it to, which `featuredistill
 * table-file` and `cjpeg -qtables` read. Frames pass through untouched, as the buffers that came.
 *
 * `mapping` selects how the standard deviations of the 64 frequencies become steps. `two-step` gives
 * `as-step` to the `as-count` frequencies of largest standard deviation, separately for luma and chroma,
 * and `md-step` to the others; it warns if a step is so fine that a perturbation of `epsilon` levels
 * changes coefficients even of settled frames (`epsilon=0` disables this check). `deepn` gives the steps
 * of DeepN-JPEG (DAC 2018), which was made for compression: its finest steps remove almost nothing.
 * `certified` gives the table of `featuredistill preset=certified`, which doesn't depend on footage, and
 * settles a copy of every frame to report the cost: the PSNR, and the share of blocks that rounding to
 * the nearest multiples doesn't settle.
 *
 * `stats-location` names a JSON file for the statistics, which are exact integers, and `merge-from` reads
 * any number of such files. Statistics of parts of the footage, merged in any order and grouping, give
 * the same bytes as one run over all of it. All parts need the same `color-mode`; for
 * `mapping=certified` they also need this mapping and the same `epsilon`. `plot-location` names a PNG
 * file for a plot of the standard deviations and the tables.
 *
 * Each file is written completely or not at all: a new one takes the place of the old one. Where that
 * can't be, as with a file that is mounted into a container or belongs to somebody else, it is written in
 * place. The stream stops with an error if a frame can't be read, if statistics don't match, if a file
 * can't be written, or if it ends without a frame and with nothing merged.
 *
 * The files are written at EOS: end a live stream with `gst-launch-1.0 -e`, so that Ctrl-C sends EOS, or
 * with an EOS event. An element that stops without EOS, or after an error, writes what it has gathered
 * since the files were written last; a file that is there therefore doesn't say that the stream was whole.
 * The action signal `write` writes the files with the statistics so far and returns TRUE on success.
 *
 * Nothing gathered is lost if a file can't be written: the statistics stay in the element until it starts
 * again. Set `location`, `stats-location` or `plot-location` to another place and emit `write`, also after
 * EOS, after an error, and in the states READY and NULL.
 *
 * With every result an element message `featurecalibrate` is posted: `frames`, `blocks`, `chroma-blocks`,
 * `luma-std` and `chroma-std` (64 each, in levels and natural order), `mapping`, `epsilon`, `table` and
 * `chroma-table`, `location`, `stats-location`, `plot-location`, and with `mapping=certified` `psnr` (dB;
 * missing if nothing changed), `settled-blocks`, `moved-share` (0..1) and `unsettled`.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 filesrc location=in.mp4 ! decodebin ! videoconvert ! featurecalibrate location=table.txt stats-location=stats.json plot-location=plot.png ! fakesink
 * ]|
 * Calibrates on a clip, for `featuredistill table-file=table.txt`.
 *
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=0 ! featurecalibrate merge-from="<a.json,b.json>" stats-location=both.json location=table.txt ! fakesink
 * ]|
 * Merges the statistics of two runs without a frame. A single file is `merge-from="<a.json>"`. Names with
 * other characters than ASCII letters, digits and `_-+/:.` need quotes inside: `merge-from='<"ä.json">'`.
 * In Python `Gst.ValueArray` needs the package python3-gst-1.0;
 * `Gst.util_set_object_arg(element, "merge-from", '<"a.json","b.json">')` does without it.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=100 ! featurecalibrate mapping=certified epsilon=2 location=table.txt ! fakesink
 * ]|
 * Writes a table that certifies 2 levels and reports the cost of settling with it.
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
mod stream;

pub use crate::element::color_mode::ColorMode;
pub use crate::element::engine::Backend;

/// Mapping from standard deviations to quantization steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureCalibrateMapping")]
#[non_exhaustive]
pub enum Mapping {
    /// `as-step` for the `as-count` frequencies of largest standard deviation, `md-step` for the others.
    #[default]
    #[enum_value(
        name = "Two-step: as-step for the as-count frequencies of largest standard deviation, md-step for the others",
        nick = "two-step"
    )]
    TwoStep,
    /// Steps that decrease with the standard deviation.
    #[enum_value(
        name = "DeepN: steps of DeepN-JPEG, which decrease with the standard deviation",
        nick = "deepn"
    )]
    DeepN,
    /// The table that certifies `epsilon`.
    #[enum_value(
        name = "Certified: the table that certifies epsilon, with the cost of settling",
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
