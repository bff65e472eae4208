// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

#![deny(rustdoc::broken_intra_doc_links)]
//! Feature distillation for GStreamer: takes adversarial perturbations out of video, in front of a
//! neural network.
//!
//! The plugin `featuredistill` has an element of the same name ([`featuredistill`]). It takes every
//! frame through a JPEG round trip without the files: 8x8 blocks, libjpeg's accurate integer DCT,
//! quantisation with a table that was chosen for the network rather than for the eye (Liu et al.,
//! "Feature Distillation: DNN-Oriented JPEG Compression Against Adversarial Examples", CVPR 2019).
//!
//! Four rooms with one door between each:
//!
//! - [`codec`] is the round trip: bytes and numbers;
//! - [`tables`] is where quantisation tables come from;
//! - [`calibration`] makes tables from footage;
//! - [`featuredistill`], [`featuredistillenc`] and [`featurecalibrate`] are the elements: the filter, an
//!   encoder whose JPEG frames decode to what the filter would have left, and the analyser that
//!   calibrates. They alone know GStreamer.
//!
//! The first three are of use without a pipeline:
//!
//! ```
//! use gstfeaturedistill::codec::{
//!     Backend, ColorMode, Component, Distiller, Divisors, FrameMut, Layout, PlaneMut, TableSlot,
//! };
//! use gstfeaturedistill::tables::presets;
//!
//! // A grey picture of 24 x 16 samples, quantised with the published two-band table.
//! let layout = Layout::new(
//!     vec![Component {
//!         plane: 0,
//!         offset: 0,
//!         pixel_stride: 1,
//!         width: 24,
//!         height: 16,
//!         pixels_per_sample: (1, 1),
//!         table: TableSlot::Luma,
//!     }],
//!     ColorMode::Native,
//! );
//! let steps = Divisors::new(presets::released().steps());
//! let plan = Distiller::new(layout, steps.clone(), steps, Backend::detect(), 1);
//!
//! // Mid grey with a faint checkerboard, as a perturbation might be.
//! let mut samples: Vec<u8> = (0..24 * 16).map(|i| 128 + (i + i / 24) as u8 % 2).collect();
//! let mut frame = FrameMut::default();
//! frame.planes[0] = PlaneMut::new(&mut samples, 24);
//! let stats = plan.process(frame);
//!
//! assert!(samples.iter().all(|&sample| sample == samples[0]), "the checkerboard is gone");
//! assert_eq!(stats.max_change, 1);
//! ```

pub mod calibration;
pub mod codec;
#[cfg(feature = "elements")]
mod common;
#[cfg(feature = "elements")]
pub mod featurecalibrate;
#[cfg(feature = "elements")]
pub mod featuredistill;
#[cfg(feature = "elements")]
pub mod featuredistillenc;
pub mod tables;

#[cfg(feature = "elements")]
pub use plugin::plugin_register_static;

#[cfg(feature = "elements")]
#[allow(missing_docs, reason = "the macro documents nothing of what it makes")]
mod plugin {
    use gst::glib;

    /**
     * plugin-featuredistill:
     *
     * Removes adversarial perturbations from video in front of a neural network.
     *
     * Since: plugin-featuredistill-0.1
     */
    fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
        crate::featuredistill::register(plugin)?;
        crate::featuredistillenc::register(plugin)?;
        crate::featurecalibrate::register(plugin)
    }

    gst::plugin_define!(
        featuredistill,
        env!("CARGO_PKG_DESCRIPTION"),
        plugin_init,
        concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
        "MPL-2.0",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_REPOSITORY"),
        env!("BUILD_REL_DATE")
    );
}
