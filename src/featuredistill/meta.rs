// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The meta that carries the verdict on a frame.

use std::sync::Once;

use super::frame_message::FeatureDistillMessage;

/// Its name, which is that of the message with the same fields.
const NAME: &str = FeatureDistillMessage::NAME;

/// Makes the meta known to GStreamer, once in a process. Without tags it is kept by elements that convert,
/// scale or crop.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another copy of the plugin may have done so.
        if !gst::meta::CustomMeta::is_registered(NAME) {
            gst::meta::CustomMeta::register(NAME, &[]);
        }
    });
}

/// Attaches `verdict` to `buffer` in the place of all older ones.
pub(super) fn attach(
    buffer: &mut gst::BufferRef,
    verdict: FeatureDistillMessage,
) -> Result<(), gst::glib::BoolError> {
    while let Ok(older) = gst::meta::CustomMeta::from_mut_buffer(buffer, NAME) {
        older.remove()?;
    }
    let mut meta = gst::meta::CustomMeta::add(buffer, NAME)?;
    let target = meta.mut_structure();
    for (name, value) in gst::Structure::from(verdict).iter() {
        target.set_value(name, value.clone());
    }
    Ok(())
}
