// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Files: reading what others wrote, writing whole or not at all.
//!
//! Nothing here knows what the files hold, keys apart.

mod error;
mod key;
mod place;
mod read;
mod save;

pub(crate) use error::show;
pub use error::{Cause, FileError};
pub use key::Key;
pub(crate) use read::{content, load};
pub(crate) use save::{probe, repeated, save};
