// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Planes of a buffer. Nothing in a buffer is used unchecked.
//!
//! The caps give the visible samples; the buffer's video meta, or else the caps, their offsets and strides.
//! The last row of a plane need not be padded.

use std::ops::Range;

use gst_video::{VideoCropMeta, VideoFormat, VideoMeta, VideoOverlayCompositionMeta};
use smallvec::SmallVec;

use super::geometry::{Geometry, PlaneExtent};
use crate::codec::{FrameMut, FrameRef, MAX_PLANES, PlaneMut, PlaneRef};

/// The API of a meta whose pixels come from the producer's texture; it has no type in the bindings.
pub(super) const TEXTURE_UPLOAD: &str = "GstVideoGLTextureUploadMetaAPI";

/// A value per plane, without an allocation per frame.
type PerPlane<T> = SmallVec<[T; MAX_PLANES]>;

/// A buffer that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the video meta says {meta}, the caps say {caps}")]
    Format {
        meta: VideoFormat,
        caps: VideoFormat,
    },
    #[error("more than one video meta")]
    SeveralMetas,
    #[error("the crop meta selects (x, y, width, height) = {rectangle:?} and not the whole frame")]
    Crop { rectangle: (u32, u32, u32, u32) },
    #[error("an overlay composition is attached, which would be drawn over the frame undistilled")]
    Overlay,
    #[error("a texture is attached, which would be shown in place of the frame")]
    Texture,
    #[error("the video meta has {meta} planes, the format of the caps has {caps}")]
    Planes { meta: u32, caps: usize },
    #[error(
        "the video meta says {}x{}, smaller than the {}x{} of the caps",
        meta.0, meta.1, caps.0, caps.1
    )]
    Size { meta: (u32, u32), caps: (u32, u32) },
    #[error("plane {plane} has a stride of {stride} bytes, but rows of {row_bytes} bytes")]
    Stride {
        plane: usize,
        stride: i32,
        row_bytes: usize,
    },
    #[error(
        "plane {plane} (offset {offset}, stride {stride}, {rows} rows of {row_bytes} bytes) \
         exceeds the buffer of {size} bytes"
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
        "plane {second} starts at byte {start}, inside plane {first}, which ends at byte {end}"
    )]
    Overlap {
        first: usize,
        second: usize,
        start: usize,
        end: usize,
    },
    #[error("the memory can't be mapped for reading and writing")]
    Unmappable,
    #[error("the memory can't be mapped for reading")]
    Unreadable,
}

impl FrameError {
    /// Advice for the user.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Unmappable | Self::Unreadable | Self::Texture => {
                "Download frames to system memory first"
            }
            Self::Overlay => "Blend overlays into the frames first",
            Self::TooSmall {
                stride, row_bytes, ..
            } if stride > row_bytes && *stride == row_bytes.next_multiple_of(4) => {
                "Pad rows to a multiple of 4 bytes, or give their stride in a GstVideoMeta"
            }
            _ => "The upstream element must send buffers that match its caps",
        }
    }
}

/// A frame mapped for reading and writing; unmapped when dropped.
pub(crate) struct MappedFrame<'a> {
    map: gst::BufferMap<'a, gst::buffer::Writable>,
    spans: PerPlane<Span>,
}

impl MappedFrame<'_> {
    /// The planes.
    pub(crate) fn planes(&mut self) -> FrameMut<'_> {
        split(&mut self.map, &self.spans)
    }
}

/// Maps `buffer`, whose caps are those of `geometry`. Several memories are merged into one first.
pub(crate) fn map<'a>(
    buffer: &'a mut gst::BufferRef,
    geometry: &Geometry,
) -> Result<MappedFrame<'a>, FrameError> {
    let size = buffer.size();
    let spans = spans(buffer, geometry)?;
    let map = buffer.map_writable().map_err(|_| FrameError::Unmappable)?;
    // Where one of several memories can't be mapped, GStreamer reports success with no bytes.
    if map.len() != size {
        return Err(FrameError::Unmappable);
    }
    Ok(MappedFrame { map, spans })
}

/// A frame mapped for reading; unmapped when dropped.
pub(crate) struct ReadableFrame<'a> {
    map: gst::BufferMap<'a, gst::buffer::Readable>,
    spans: PerPlane<Span>,
}

impl ReadableFrame<'_> {
    /// The planes.
    pub(crate) fn planes(&self) -> FrameRef<'_> {
        let mut frame = FrameRef::default();
        for span in &self.spans {
            frame.planes[span.plane] = PlaneRef::new(&self.map[span.bytes.clone()], span.stride);
        }
        frame
    }
}

/// Maps `buffer`, whose caps are those of `geometry`, for reading.
pub(crate) fn map_readable<'a>(
    buffer: &'a gst::BufferRef,
    geometry: &Geometry,
) -> Result<ReadableFrame<'a>, FrameError> {
    let spans = spans(buffer, geometry)?;
    let map = buffer.map_readable().map_err(|_| FrameError::Unreadable)?;
    // As in `map`.
    if map.len() != buffer.size() {
        return Err(FrameError::Unreadable);
    }
    Ok(ReadableFrame { map, spans })
}

/// Copies `buffer`, whose caps are those of `geometry`, to `samples` and gives the planes of the copy.
pub(crate) fn copy<'a>(
    buffer: &gst::BufferRef,
    geometry: &Geometry,
    samples: &'a mut Vec<u8>,
) -> Result<FrameMut<'a>, FrameError> {
    let ReadableFrame { map, spans } = map_readable(buffer, geometry)?;
    // Bytes after the last plane are left out.
    let end = spans.iter().map(|span| span.bytes.end).max().unwrap_or(0);
    samples.clear();
    samples.extend_from_slice(&map[..end]);
    Ok(split(samples, &spans))
}

/// Checks that `buffer` holds a frame of the caps of `geometry`.
pub(crate) fn check(buffer: &gst::BufferRef, geometry: &Geometry) -> Result<(), FrameError> {
    spans(buffer, geometry).map(drop)
}

/// The bytes of each plane of `buffer`, in the order of their place in memory.
fn spans(buffer: &gst::BufferRef, geometry: &Geometry) -> Result<PerPlane<Span>, FrameError> {
    Placement::of(buffer, geometry)?.spans(geometry.extents(), buffer.size())
}

/// Offsets and strides that a buffer claims for its planes.
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
        let overlays = buffer.iter_meta::<VideoOverlayCompositionMeta>();
        // One without rectangles draws nothing.
        if overlays
            .into_iter()
            .any(|meta| meta.overlay().n_rectangles() > 0)
        {
            return Err(FrameError::Overlay);
        }
        let mut metas = buffer.iter_meta::<gst::Meta>();
        if metas.any(|meta| meta.api().name() == TEXTURE_UPLOAD) {
            return Err(FrameError::Texture);
        }
        // Another element could use the other one.
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
        // Checked before the arrays of the meta are read, which have room for four planes only.
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

/// The bytes of a plane, from the first visible one to the last.
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

/// Splits `bytes` into planes. `spans` are in order, disjoint and within `bytes`.
fn split<'a>(bytes: &'a mut [u8], spans: &[Span]) -> FrameMut<'a> {
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
