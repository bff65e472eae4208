// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The compiled part of the Python package `featuredistill`: settings to plans, and arrays through them. The
//! arrays' types and shapes are checked in Python, which words its errors.

mod plan;
mod report;
mod settings;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::plan::Plan;
    #[pymodule_export]
    use super::report::Report;
}
