// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

#![deny(rustdoc::broken_intra_doc_links)]
#![cfg_attr(
    not(all(feature = "elements", feature = "plot")),
    allow(
        dead_code,
        unused_imports,
        reason = "the elements or the plot alone use some of it"
    )
)]
//! Feature distillation for GStreamer: removes adversarial perturbations from video in front of a neural
//! network.
//!
//! The element [`featuredistill`] applies a JPEG round trip to every frame: 8x8 blocks, libjpeg's accurate
//! integer DCT, and quantization with a table that was chosen for the network rather than for the eye
//! (Liu et al., "Feature Distillation: DNN-Oriented JPEG Compression Against Adversarial Examples",
//! CVPR 2019).
//!
//! - [`codec`]: the round trip on planes of samples;
//! - [`tables`]: quantization tables, from presets and files;
//! - [`calibration`]: tables from footage;
//! - [`featuredistill`], [`featuredistillenc`] and [`featurecalibrate`]: the elements. These are a filter, a
//!   JPEG encoder whose frames decode to the output of the filter, and an analyzer that calibrates. Only
//!   they, and what they share in `element`, depend on GStreamer.
//!
//! The first three work without a pipeline:
//!
//! ```
//! use gstfeaturedistill::codec::{
//!     Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, Layout, PlaneMut,
//!     TableSlot,
//! };
//! use gstfeaturedistill::tables::presets;
//!
//! // A gray picture of 24 x 16 samples, quantized with the published two-band table.
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
//! let tables = DctTables::shared(Divisors::new(presets::released().steps()));
//! let plan = Distiller::new(layout, tables, Backend::detect(), 1);
//!
//! // Mid gray with a faint checkerboard, as a perturbation might be.
//! let mut samples: Vec<u8> = (0..24 * 16).map(|i| 128 + (i + i / 24) as u8 % 2).collect();
//! let mut frame = FrameMut::default();
//! frame.planes[0] = PlaneMut::new(&mut samples, 24);
//! let stats = plan.process(frame);
//!
//! assert!(samples.iter().all(|&sample| sample == samples[0]), "the checkerboard is removed");
//! assert_eq!(stats.max_change, 1);
//! ```

pub mod calibration;
pub mod codec;
#[cfg(feature = "elements")]
mod element;
#[cfg(feature = "elements")]
pub mod featurecalibrate;
#[cfg(feature = "elements")]
pub mod featuredistill;
#[cfg(feature = "elements")]
pub mod featuredistillenc;
pub mod files;
#[cfg(doc)]
pub mod guide;
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
