// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Digests of frames by the library.

use gst_video::VideoInfo;
use gstfeaturedistill::codec::{
    ColorFamily, ColorMode, Component, Digest, Digester, FrameMut, Layout, PlaneMut, TableSlot,
};

use super::video::Placement;

/// The color family of frames of `info`.
pub fn family(info: &VideoInfo) -> ColorFamily {
    match (info.is_rgb(), info.is_yuv()) {
        (true, _) => ColorFamily::Rgb,
        (_, true) => ColorFamily::Yuv,
        _ => ColorFamily::Gray,
    }
}

/// The digest of the frame in `bytes`, whose planes are where `placement` says.
pub fn digest(placement: &Placement, bytes: &mut [u8], key: Option<&[u8; 32]>) -> Digest {
    let info = &placement.info;
    let format = info.format_info();
    let component = |c: u8| Component {
        plane: info.comp_plane(c) as usize,
        offset: info.comp_poffset(c) as usize,
        pixel_stride: info.comp_pstride(c) as usize,
        width: info.comp_width(c) as usize,
        height: info.comp_height(c) as usize,
        pixels_per_sample: (
            1 << format.w_sub()[c as usize],
            1 << format.h_sub()[c as usize],
        ),
        table: TableSlot::Luma,
    };
    let components = (0..info.n_components().min(3) as u8).map(component);
    let layout = Layout::new(components.collect(), ColorMode::Native);
    let mut planes: Vec<_> = (0..info.n_planes() as usize).collect();
    planes.sort_by_key(|&plane| placement.offsets[plane]);
    let mut frame = FrameMut::default();
    let (mut rest, mut position) = (bytes, 0);
    for (index, &plane) in planes.iter().enumerate() {
        let end = planes.get(index + 1).map(|&next| placement.offsets[next]);
        let tail = rest
            .split_off_mut(placement.offsets[plane] - position..)
            .expect("room");
        (rest, position) = (tail, placement.offsets[plane]);
        let rows = match end {
            Some(end) => {
                let rows = rest.split_off_mut(..end - position).expect("room");
                position = end;
                rows
            }
            None => std::mem::take(&mut rest),
        };
        frame.planes[plane] = PlaneMut::new(rows, placement.strides[plane] as usize);
    }
    assert!(frame.fits(&layout));
    Digester::new(&layout, family(info), key).digest(&frame)
}
