// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Sample positions of a frame, from its caps. No format needs code of its own.

use gst::prelude::MulDiv;
use gst_video::{VideoFormatInfo, VideoInfo, VideoMultiviewMode};

use crate::codec::{ColorFamily, ColorMode, Component, Layout, MAX_COMPONENTS, TableSlot};

/// The visible part of a plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaneExtent {
    pub rows: usize,
    /// Bytes from the start of a row to the end of its last visible sample.
    pub row_bytes: usize,
}

/// Caps whose buffers hold a frame per view.
#[derive(Debug, thiserror::Error)]
#[error(
    "Separated multiview isn't supported, as only the first view would be distilled. Pack the views into \
     one frame first, as glviewconvert does"
)]
pub(crate) struct SeparatedViews;

/// Layout of the frames of some caps.
#[derive(Clone, Debug)]
pub(crate) struct Geometry {
    info: VideoInfo,
    extents: Vec<PlaneExtent>,
}

impl Geometry {
    /// The layout of `info`.
    pub(crate) fn new(info: &VideoInfo) -> Result<Self, SeparatedViews> {
        if info.multiview_mode() == VideoMultiviewMode::Separated {
            return Err(SeparatedViews);
        }
        let format = info.format_info();
        let mut extents = vec![PlaneExtent::default(); format.n_planes() as usize];
        for index in 0..format.n_components() {
            let component = component(&format, index, info);
            let extent = &mut extents[component.plane];
            extent.rows = extent.rows.max(component.height);
            extent.row_bytes = extent.row_bytes.max(component.row_bytes());
        }
        Ok(Self {
            info: info.clone(),
            extents,
        })
    }

    /// The video info of the caps.
    pub(crate) fn info(&self) -> &VideoInfo {
        &self.info
    }

    /// The duration of a frame at the framerate of the caps; None where they have none.
    pub(crate) fn frame_duration(&self) -> Option<gst::ClockTime> {
        let fps = self.info.fps();
        match (u64::try_from(fps.numer()), u64::try_from(fps.denom())) {
            (Ok(numer @ 1..), Ok(denom)) => gst::ClockTime::SECOND.mul_div_floor(denom, numer),
            _ => None,
        }
    }

    /// The visible part of each plane, alpha's included.
    pub(crate) fn extents(&self) -> &[PlaneExtent] {
        &self.extents
    }

    /// The components that are distilled: all but alpha.
    pub(crate) fn components(&self) -> Vec<Component> {
        let format = self.info.format_info();
        // A fourth one is alpha.
        (0..format.n_components())
            .take(MAX_COMPONENTS)
            .map(|index| component(&format, index, &self.info))
            .collect()
    }

    /// The kind of colors of the components.
    pub(crate) fn color_family(&self) -> ColorFamily {
        let format = self.info.format_info();
        if format.is_rgb() {
            ColorFamily::Rgb
        } else if format.is_yuv() {
            ColorFamily::Yuv
        } else {
            ColorFamily::Gray
        }
    }

    /// The layout for the codec; `rgb` applies to RGB formats only.
    pub(crate) fn layout(&self, rgb: ColorMode) -> Layout {
        let color = if self.info.format_info().is_rgb() {
            rgb
        } else {
            ColorMode::Native
        };
        Layout::new(self.components(), color)
    }
}

fn component(format: &VideoFormatInfo, index: u32, info: &VideoInfo) -> Component {
    let i = index as usize;
    Component {
        plane: format.plane()[i] as usize,
        offset: format.poffset()[i] as usize,
        pixel_stride: format.pixel_stride()[i] as usize,
        width: format.scale_width(index as u8, info.width()) as usize,
        height: format.scale_height(index as u8, info.height()) as usize,
        pixels_per_sample: (1 << format.w_sub()[i], 1 << format.h_sub()[i]),
        table: if format.is_yuv() && index > 0 {
            TableSlot::Chroma
        } else {
            TableSlot::Luma
        },
    }
}
