// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! From a buffer to the planes that the codec works on: nothing in a buffer is believed unchecked.
//!
//! The caps say which samples are visible. Where they are is said by the buffer's video meta, if
//! there is one, else by the caps. Neither needs the last row of a plane to be padded.

use std::ops::Range;

use gst_video::{VideoCropMeta, VideoFormat, VideoMeta};
use smallvec::SmallVec;

use super::geometry::{Geometry, PlaneExtent};
use crate::codec::{FrameMut, MAX_PLANES, PlaneMut};

/// Something for each plane, without an allocation per frame.
type PerPlane<T> = SmallVec<[T; MAX_PLANES]>;

/// Why a buffer can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("its video meta says {meta}, the caps say {caps}")]
    Format {
        meta: VideoFormat,
        caps: VideoFormat,
    },
    #[error("it has more than one video meta")]
    SeveralMetas,
    #[error("its crop meta shows another part, (x, y, width, height) = {rectangle:?}")]
    Crop { rectangle: (u32, u32, u32, u32) },
    #[error("its video meta has {meta} planes, the format of the caps has {caps}")]
    Planes { meta: u32, caps: usize },
    #[error(
        "its video meta says {}x{}, which is smaller than the {}x{} of the caps",
        meta.0, meta.1, caps.0, caps.1
    )]
    Size { meta: (u32, u32), caps: (u32, u32) },
    #[error("plane {plane} has a stride of {stride} bytes, but {row_bytes} visible bytes in a row")]
    Stride {
        plane: usize,
        stride: i32,
        row_bytes: usize,
    },
    #[error(
        "plane {plane} (offset {offset}, stride {stride}, {rows} rows of {row_bytes} bytes) \
         reaches beyond its {size} bytes"
    )]
    TooSmall {
        plane: usize,
        offset: usize,
        stride: usize,
        rows: usize,
        row_bytes: usize,
        size: usize,
    },
    #[error(
        "plane {second} starts at byte {start}, within plane {first}, which ends at byte {end}"
    )]
    Overlap {
        first: usize,
        second: usize,
        start: usize,
        end: usize,
    },
    #[error("its memory can't be mapped for reading and writing")]
    Unmappable,
    #[error("its memory can't be mapped for reading")]
    Unreadable,
}

impl FrameError {
    /// What the user can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Unmappable | Self::Unreadable => {
                "Put the element that brings frames into system memory in front of it"
            }
            _ => "The element in front of it has to send buffers that fit its caps",
        }
    }
}

/// Maps `buffer`, whose caps are those of `geometry`, and calls `visit` with its planes.
///
/// A buffer of several memories is merged into one first.
pub(crate) fn with_planes<T>(
    buffer: &mut gst::BufferRef,
    geometry: &Geometry,
    visit: impl FnOnce(FrameMut<'_>) -> T,
) -> Result<T, FrameError> {
    let size = buffer.size();
    let spans = Placement::of(buffer, geometry)?.spans(geometry.extents(), size)?;
    let mut map = buffer.map_writable().map_err(|_| FrameError::Unmappable)?;
    // Where one of several memories can't be mapped, GStreamer makes it a success of no bytes.
    if map.len() != size {
        return Err(FrameError::Unmappable);
    }
    Ok(visit(split(&mut map, spans)))
}

/// Copies `buffer`, whose caps are those of `geometry`, to `copy` and calls `visit` with the copy's
/// planes.
pub(crate) fn with_copied_planes<T>(
    buffer: &gst::BufferRef,
    geometry: &Geometry,
    copy: &mut Vec<u8>,
    visit: impl FnOnce(FrameMut<'_>) -> T,
) -> Result<T, FrameError> {
    let size = buffer.size();
    let spans = Placement::of(buffer, geometry)?.spans(geometry.extents(), size)?;
    let map = buffer.map_readable().map_err(|_| FrameError::Unreadable)?;
    // As above.
    if map.len() != size {
        return Err(FrameError::Unreadable);
    }
    // Not what follows the last plane.
    let end = spans.iter().map(|span| span.bytes.end).max().unwrap_or(0);
    copy.clear();
    copy.extend_from_slice(&map[..end]);
    drop(map);
    Ok(visit(split(copy, spans)))
}

/// Whether `buffer` has room for what the caps of `geometry` say.
pub(crate) fn check(buffer: &gst::BufferRef, geometry: &Geometry) -> Result<(), FrameError> {
    Placement::of(buffer, geometry)?.spans(geometry.extents(), buffer.size())?;
    Ok(())
}

/// Where a buffer claims to keep its planes.
struct Placement {
    offsets: PerPlane<usize>,
    strides: PerPlane<i32>,
}

impl Placement {
    fn of(buffer: &gst::BufferRef, geometry: &Geometry) -> Result<Self, FrameError> {
        let info = geometry.info();
        if let Some(crop) = buffer.meta::<VideoCropMeta>()
            && crop.rect() != (0, 0, info.width(), info.height())
        {
            return Err(FrameError::Crop {
                rectangle: crop.rect(),
            });
        }
        // Which one is meant is not for a defence to guess.
        if buffer.iter_meta::<VideoMeta>().count() > 1 {
            return Err(FrameError::SeveralMetas);
        }
        let Some(meta) = buffer.meta::<VideoMeta>() else {
            return Ok(Self {
                offsets: info.offset().into(),
                strides: info.stride().into(),
            });
        };
        if meta.format() != info.format() {
            return Err(FrameError::Format {
                meta: meta.format(),
                caps: info.format(),
            });
        }
        // Before anything looks at the meta's arrays: they have room for four planes only.
        if meta.n_planes() as usize != geometry.extents().len() {
            return Err(FrameError::Planes {
                meta: meta.n_planes(),
                caps: geometry.extents().len(),
            });
        }
        if meta.width() < info.width() || meta.height() < info.height() {
            return Err(FrameError::Size {
                meta: (meta.width(), meta.height()),
                caps: (info.width(), info.height()),
            });
        }
        Ok(Self {
            offsets: meta.offset().into(),
            strides: meta.stride().into(),
        })
    }

    /// The bytes of each plane within `size` bytes, in the order of their place in memory.
    fn spans(&self, extents: &[PlaneExtent], size: usize) -> Result<PerPlane<Span>, FrameError> {
        let places = self.offsets.iter().zip(&self.strides).zip(extents);
        let mut spans = places
            .enumerate()
            .map(|(plane, ((&offset, &stride), &extent))| {
                Span::new(plane, offset, stride, extent, size)
            })
            .collect::<Result<PerPlane<_>, _>>()?;
        spans.sort_unstable_by_key(|span| span.bytes.start);
        for pair in spans.windows(2) {
            if pair[1].bytes.start < pair[0].bytes.end {
                return Err(FrameError::Overlap {
                    first: pair[0].plane,
                    second: pair[1].plane,
                    start: pair[1].bytes.start,
                    end: pair[0].bytes.end,
                });
            }
        }
        Ok(spans)
    }
}

/// A plane's bytes, from the first visible one to the last.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    plane: usize,
    bytes: Range<usize>,
    stride: usize,
}

impl Span {
    fn new(
        plane: usize,
        offset: usize,
        stride: i32,
        PlaneExtent { rows, row_bytes }: PlaneExtent,
        size: usize,
    ) -> Result<Self, FrameError> {
        let stride = usize::try_from(stride)
            .ok()
            .filter(|&bytes| bytes >= row_bytes)
            .ok_or(FrameError::Stride {
                plane,
                stride,
                row_bytes,
            })?;
        let end = (rows - 1)
            .checked_mul(stride)
            .and_then(|last_row| last_row.checked_add(row_bytes))
            .and_then(|len| len.checked_add(offset))
            .filter(|&end| end <= size)
            .ok_or(FrameError::TooSmall {
                plane,
                offset,
                stride,
                rows,
                row_bytes,
                size,
            })?;
        Ok(Self {
            plane,
            bytes: offset..end,
            stride,
        })
    }
}

/// Gives each plane its bytes. `spans` are in order, disjoint, and lie within `bytes`.
fn split(bytes: &mut [u8], spans: PerPlane<Span>) -> FrameMut<'_> {
    let mut frame = FrameMut::default();
    let (mut rest, mut position) = (bytes, 0);
    for span in spans {
        let (_gap, tail) = rest.split_at_mut(span.bytes.start - position);
        let (rows, tail) = tail.split_at_mut(span.bytes.len());
        frame.planes[span.plane] = PlaneMut::new(rows, span.stride);
        (rest, position) = (tail, span.bytes.end);
    }
    frame
}
