// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Answers to ALLOCATION queries.

use gst::glib;
use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoOverlayCompositionMeta};

use super::frame::TEXTURE_UPLOAD;

/// Bytes of a cache line, and of the largest register.
const CACHE_LINE: usize = 64;

/// Removes from `query`, which downstream has answered, all that elements refuse in buffers or can't
/// distill: metas by which other pixels are shown than those of the frame, and memory that can't be mapped.
///
/// Upstream then crops, blends or downloads by itself.
pub(crate) fn restrict(query: &mut gst::query::Allocation) {
    let metas = query
        .allocation_metas()
        .map(|(api, _)| shows_other_pixels(api));
    for index in found(metas) {
        query.remove_nth_allocation_meta(index);
    }
    let params = query.allocation_params();
    let params = params.map(|(_, params)| cant_be_mapped(&params));
    for index in found(params) {
        query.remove_nth_allocation_param(index);
    }
    let pools = query.allocation_pools().map(|(pool, ..)| {
        pool.and_then(|pool| pool.config().allocator())
            .is_some_and(|(_, params)| cant_be_mapped(&params))
    });
    for index in found(pools) {
        query.remove_nth_allocation_pool(index);
    }
}

/// Asks in `query` for memory that starts with a cache line: kernels read and write whole ones.
pub(crate) fn align(query: &mut gst::query::Allocation) {
    let offers: Vec<_> = query.allocation_params().collect();
    if offers.is_empty() {
        query.add_allocation_param(gst::Allocator::NONE, aligned(&Default::default()));
    }
    for (index, (allocator, params)) in (0..).zip(&offers) {
        query.set_nth_allocation_param(index, allocator.as_ref(), aligned(params));
    }
}

/// The same parameters, with an alignment of [`CACHE_LINE`] at least.
fn aligned(params: &gst::AllocationParams) -> gst::AllocationParams {
    // GStreamer gives an alignment as the bits of an address that are 0.
    let align = params.align() | (CACHE_LINE - 1);
    gst::AllocationParams::new(params.flags(), align, params.prefix(), params.padding())
}

fn shows_other_pixels(api: glib::Type) -> bool {
    api == VideoCropMeta::meta_api()
        || api == VideoOverlayCompositionMeta::meta_api()
        || api.name() == TEXTURE_UPLOAD
}

fn cant_be_mapped(params: &gst::AllocationParams) -> bool {
    params.flags().contains(gst::MemoryFlags::NOT_MAPPABLE)
}

/// The indices of the values that are true, last first, so that removing one leaves the others valid.
fn found(values: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut indices: Vec<_> = (0..)
        .zip(values)
        .filter(|(_, value)| *value)
        .map(|(i, _)| i)
        .collect();
    indices.reverse();
    indices
}
