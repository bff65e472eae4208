// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Samples of a frame that can be seen.

use gst_video::VideoFrameRef;
use gst_video::prelude::*;

/// Rows of all planes, without the bytes that only fill them up.
pub fn rows<'a>(frame: &'a VideoFrameRef<&gst::BufferRef>) -> impl Iterator<Item = &'a [u8]> {
    (0..frame.n_planes()).flat_map(|plane| {
        let row_bytes = (frame.comp_width(plane) * frame.comp_pstride(plane) as u32) as usize;
        let stride = frame.plane_stride()[plane as usize] as usize;
        // A frame that is mapped has all its planes.
        let data = frame.plane_data(plane).unwrap_or_default();
        data.chunks(stride.max(1))
            .take(frame.comp_height(plane) as usize)
            .map(move |row| &row[..row_bytes.min(row.len())])
    })
}
