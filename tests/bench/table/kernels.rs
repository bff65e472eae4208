// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Kernels, as criterion has just timed them.

use std::error::Error;

use gstfeaturedistill::codec::Backend;

use super::report::{Figure, Goal, Row};
use super::{backends, by_backend, target};

/// Times that criterion has just measured.
pub fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    const BLOCKS: f64 = 64.0 * 64.0;
    let folder = target().join("criterion/gray-512x512");
    let nanoseconds = |name: &str| -> Result<f64, Box<dyn Error>> {
        let path = folder.join(name).join("new/estimates.json");
        let text = std::fs::read(&path)
            .map_err(|error| format!("{}: {error} (make bench measures it)", path.display()))?;
        let estimates: serde_json::Value = serde_json::from_slice(&text)?;
        let median = estimates["median"]["point_estimate"].as_f64();
        Ok(median.ok_or("no median")? / BLOCKS)
    };
    let other = nanoseconds("libjpeg-turbo")?;
    let name = if cfg!(target_arch = "aarch64") {
        "libjpeg-turbo's NEON functions"
    } else {
        "libjpeg-turbo's AVX2 functions"
    };
    let row = |backend: Backend| -> Result<Row, Box<dyn Error>> {
        Ok(Row::times_less(
            "round trip of an 8x8 block, 512x512 in cache",
            Figure::new(
                nanoseconds(&backend.to_string())?,
                "ns",
                backend.to_string(),
            ),
            Figure::new(other, "ns", name),
            match backend {
                Backend::AvxVnni => Goal::AtLeast(3.0),
                _ => by_backend(backend, 4.0, 2.6),
            },
        ))
    };
    backends().map(row).collect()
}
