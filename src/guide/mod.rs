// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Pages for users of the elements. The same files read well in any viewer, in `src/guide/`.

/// A page whose links to other pages, which name files, lead to modules here.
///
/// The definitions come first, and the first definition of a link is the one that counts.
macro_rules! page {
    ($name:ident, $file:literal) => {
        #[doc = "[two passes]: crate::guide::two_passes"]
        #[doc = "[transports]: crate::guide::transports"]
        #[doc = "[calibration]: crate::guide::calibration"]
        #[doc = "[security]: crate::guide::security"]
        #[doc = "[integrations]: crate::guide::integrations"]
        #[doc = concat!("[results]: ", env!("CARGO_PKG_REPOSITORY"), "/blob/main/examples/defense/RESULTS.md")]
        #[doc = concat!("[gateway results]: ", env!("CARGO_PKG_REPOSITORY"), "/blob/main/examples/gateway/RESULTS.md")]
        #[doc = concat!("[examples/archive]: ", env!("CARGO_PKG_REPOSITORY"), "/tree/main/examples/archive")]
        #[doc = ""]
        #[doc = include_str!($file)]
        pub mod $name {}
    };
}

page!(two_passes, "two_passes.md");
page!(transports, "transports.md");
page!(calibration, "calibration.md");
page!(security, "security.md");
page!(integrations, "integrations.md");
