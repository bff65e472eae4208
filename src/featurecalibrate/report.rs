// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The `stats` property and the bus message.

use gst::glib;
use gst::structure::Builder;

use super::settings::Settings;
use crate::calibration::{Calibration, Spectrum, Statistics};
use crate::tables::QuantTable;

/// The name of the message's structure.
const MESSAGE: &str = "featurecalibrate";

/// The value of the `stats` property.
pub(super) fn stats(statistics: &Statistics) -> gst::Structure {
    describe(
        gst::Structure::builder("featurecalibrate-stats"),
        statistics,
    )
    .build()
}

/// The message that is posted when the files have been written.
pub(super) fn message(settings: &Settings, calibration: &Calibration) -> gst::Structure {
    let (tables, outputs) = (&calibration.tables, &settings.outputs);
    let mapping = settings.get("mapping");
    let (_, mapping) = glib::EnumValue::from_value(&mapping).expect("mapping is an enumeration");
    let structure = gst::Structure::builder(MESSAGE)
        .field("mapping", mapping.nick())
        .field("epsilon", settings.epsilon)
        .field("table", steps(tables.luma()))
        .field("chroma-table", steps(tables.chroma()))
        .field_if_some("location", outputs.location.as_ref())
        .field_if_some("stats-location", outputs.stats_location.as_ref())
        .field_if_some("plot-location", outputs.plot_location.as_ref());
    describe(structure, &calibration.statistics).build()
}

fn describe(structure: Builder, statistics: &Statistics) -> Builder {
    let std = |spectrum: &Spectrum| gst::Array::new(spectrum.deviations());
    let structure = structure
        .field("frames", statistics.frames())
        .field("blocks", statistics.luma().blocks())
        .field("chroma-blocks", statistics.chroma().blocks())
        .field("luma-std", std(statistics.luma()))
        .field("chroma-std", std(statistics.chroma()));
    match statistics.settling() {
        Some(settling) => structure
            .field_if_some("psnr", settling.psnr())
            .field("settled-blocks", settling.blocks())
            .field("moved-share", settling.moved_share())
            .field("unsettled", settling.unsettled()),
        None => structure,
    }
}

fn steps(table: &QuantTable) -> gst::Array {
    gst::Array::new(table.steps().iter().map(|&step| u32::from(step)))
}
