// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Layout of a frame: its components, and how they belong together.

use super::block::SIDE;

/// Most planes that a frame may have.
pub const MAX_PLANES: usize = 4;

/// Components that go through the round trip: luma and two chroma, or three colors.
pub const MAX_COMPONENTS: usize = 3;

/// Which of a plan's two tables a component uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableSlot {
    /// The first table: gray, luma, and the channels of RGB.
    Luma,
    /// The second table: chroma.
    Chroma,
}

/// Tables of Y, Cb and Cr.
pub(crate) const YCBCR_SLOTS: [TableSlot; 3] =
    [TableSlot::Luma, TableSlot::Chroma, TableSlot::Chroma];

/// One plane or interleaved channel of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Index of the plane that stores it.
    pub plane: usize,
    /// Byte of its first sample within a row of the plane.
    pub offset: usize,
    /// Bytes from one sample to the next.
    pub pixel_stride: usize,
    /// Visible samples in a row, at least 1.
    pub width: usize,
    /// Visible rows, at least 1.
    pub height: usize,
    /// Pixels of the frame that a sample stands for, (across, down): 1 or more where it is subsampled.
    pub pixels_per_sample: (usize, usize),
    /// The table it is quantized with.
    pub table: TableSlot,
}

impl Component {
    /// Bytes from the start of a row to the end of the last visible sample.
    pub fn row_bytes(&self) -> usize {
        self.offset + (self.width - 1) * self.pixel_stride + 1
    }
}

/// Colors in which the components go through the round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorMode {
    /// Every plane or channel as it is stored.
    #[default]
    Native,
    /// The components are R, G, B and are taken through libjpeg's YCbCr, without subsampling.
    YCbCr,
}

/// The components of a frame and how they belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    components: Vec<Component>,
    groups: Vec<Group>,
}

impl Layout {
    /// A frame of `components`, in order (with [`ColorMode::YCbCr`]: R, G, B of one size).
    ///
    /// # Panics
    /// If there are none or more than three, if a size or pixel stride is 0, if a plane index is
    /// not below [`MAX_PLANES`], if components that share a plane differ in height, or if
    /// [`ColorMode::YCbCr`] is asked for anything but three components of one size.
    pub fn new(components: Vec<Component>, color: ColorMode) -> Self {
        assert!(
            (1..=MAX_COMPONENTS).contains(&components.len()),
            "1 to 3 components"
        );
        for c in &components {
            assert!(
                c.width > 0 && c.height > 0 && c.pixel_stride > 0,
                "empty component {c:?}"
            );
            assert!(c.plane < MAX_PLANES, "plane {} of {MAX_PLANES}", c.plane);
        }
        let groups = match color {
            ColorMode::YCbCr => {
                let first = &components[0];
                let alike = |c: &Component| c.width == first.width && c.height == first.height;
                assert!(
                    components.len() == 3 && components.iter().all(alike),
                    "YCbCr takes three components of one size"
                );
                vec![Group::new(&components, color)]
            }
            ColorMode::Native => components
                .chunk_by(|a, b| a.plane == b.plane)
                .map(|stored_together| Group::new(stored_together, color))
                .collect(),
        };
        Self { components, groups }
    }

    /// Visible (rows, bytes in a row) of `plane`, or `None` where no component is stored in it.
    pub fn plane_extent(&self, plane: usize) -> Option<(usize, usize)> {
        let stored = self.components.iter().filter(|c| c.plane == plane);
        stored.fold(None, |extent, c| {
            let (rows, bytes) = extent.unwrap_or((0, 0));
            Some((c.height.max(rows), c.row_bytes().max(bytes)))
        })
    }

    /// The components, in order.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Visible samples of all components.
    pub fn samples(&self) -> usize {
        self.components.iter().map(|c| c.width * c.height).sum()
    }

    /// The blocks of each component that is transformed, in order (with [`ColorMode::YCbCr`]: Y, Cb, Cr).
    pub fn block_grids(&self) -> Vec<BlockGrid> {
        let grid = |group: &Group, index: usize| {
            let channel = &group.channels[index];
            BlockGrid {
                table: match group.color {
                    ColorMode::Native => channel.table,
                    ColorMode::YCbCr => YCBCR_SLOTS[index],
                },
                columns: channel.width.div_ceil(SIDE),
                rows: group.height.div_ceil(SIDE),
            }
        };
        let groups = self.groups.iter();
        groups
            .flat_map(|group| (0..group.channels.len()).map(move |index| grid(group, index)))
            .collect()
    }

    /// Components that are processed together, block row by block row.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

/// The 8x8 blocks of a component, those over its right and bottom edge included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockGrid {
    /// The table that they are quantized with.
    pub table: TableSlot,
    /// Blocks in a row.
    pub columns: usize,
    /// Rows of blocks.
    pub rows: usize,
}

/// Components whose block rows are processed together: those that share a plane, or the three that
/// a color conversion mixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The planes that store them, each once.
    pub planes: Vec<usize>,
    pub channels: Vec<Channel>,
    /// Visible rows.
    pub height: usize,
    pub color: ColorMode,
    /// Set if the channels are bytes side by side.
    pub pixels: Option<Pixels>,
}

/// Pixels in which the channels are bytes side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub packing: Packing,
    pub order: ByteOrder,
}

/// The bytes of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Two channels: the chroma plane of NV12.
    Pairs,
    /// Three channels.
    Triples,
    /// Three channels and a byte that is not of one.
    QuadsLastOther,
    /// The same with that byte first.
    QuadsFirstOther,
    /// 4:2:2: luma at the even bytes, chroma of two pixels at the two odd ones.
    EvenLuma,
    /// The same with luma at the odd bytes.
    OddLuma,
}

impl Packing {
    /// Bytes from one sample of the first channel to the next.
    #[inline(always)]
    pub(crate) fn pixel_stride(self) -> usize {
        match self {
            Self::Pairs | Self::EvenLuma | Self::OddLuma => 2,
            Self::Triples => 3,
            Self::QuadsLastOther | Self::QuadsFirstOther => 4,
        }
    }

    /// Pixels that a sample of the channel with index `channel` stands for, where one of the first channel stands for
    /// one.
    #[inline(always)]
    pub(crate) fn pixels_per_sample(self, channel: usize) -> usize {
        match self {
            Self::EvenLuma | Self::OddLuma if channel > 0 => 2,
            _ => 1,
        }
    }
}

/// The order of the channels in a pixel; in 4:2:2 that of the chroma channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    FirstToLast,
    LastToFirst,
}

impl Pixels {
    /// The pixels that `channels` make, if they do.
    fn of(channels: &[Channel]) -> Option<Self> {
        use ByteOrder::{FirstToLast, LastToFirst};
        use Packing::{EvenLuma, OddLuma, Pairs, QuadsFirstOther, QuadsLastOther, Triples};
        let places = channels.iter().map(|c| (c.pixel_stride, c.offset));
        let (packing, order) = match places.collect::<Vec<_>>()[..] {
            [(2, 0), (2, 1)] => (Pairs, FirstToLast),
            [(2, 1), (2, 0)] => (Pairs, LastToFirst),
            [(3, 0), (3, 1), (3, 2)] => (Triples, FirstToLast),
            [(3, 2), (3, 1), (3, 0)] => (Triples, LastToFirst),
            [(4, 0), (4, 1), (4, 2)] => (QuadsLastOther, FirstToLast),
            [(4, 2), (4, 1), (4, 0)] => (QuadsLastOther, LastToFirst),
            [(4, 1), (4, 2), (4, 3)] => (QuadsFirstOther, FirstToLast),
            [(4, 3), (4, 2), (4, 1)] => (QuadsFirstOther, LastToFirst),
            [(2, 0), (4, 1), (4, 3)] => (EvenLuma, FirstToLast),
            [(2, 0), (4, 3), (4, 1)] => (EvenLuma, LastToFirst),
            [(2, 1), (4, 0), (4, 2)] => (OddLuma, FirstToLast),
            [(2, 1), (4, 2), (4, 0)] => (OddLuma, LastToFirst),
            _ => return None,
        };
        let width = channels[0].width;
        let fits = |(index, c): (usize, &Channel)| {
            c.slot == 0 && c.width == width.div_ceil(packing.pixels_per_sample(index))
        };
        let all_fit = channels.iter().enumerate().all(fits);
        all_fit.then_some(Self { packing, order })
    }

    /// Puts something for each channel in the order of their bytes (luma first), and the other way round.
    #[inline(always)]
    pub(crate) fn in_order<T>(self, [a, b, c]: [T; 3]) -> [T; 3] {
        match (self.order, self.packing) {
            (ByteOrder::FirstToLast, _) => [a, b, c],
            (ByteOrder::LastToFirst, Packing::Pairs) => [b, a, c],
            (ByteOrder::LastToFirst, Packing::EvenLuma | Packing::OddLuma) => [a, c, b],
            (ByteOrder::LastToFirst, _) => [c, b, a],
        }
    }
}

/// A component as its group sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    /// Index into the group's planes.
    pub slot: usize,
    pub offset: usize,
    pub pixel_stride: usize,
    pub width: usize,
    pub pixels_per_sample: (usize, usize),
    pub table: TableSlot,
}

impl Channel {
    /// The byte of a row that holds sample `x`.
    #[inline(always)]
    pub(crate) fn byte_at(&self, x: usize) -> usize {
        self.offset + x * self.pixel_stride
    }
}

impl Group {
    fn new(components: &[Component], color: ColorMode) -> Self {
        let height = components[0].height;
        let mut planes = Vec::new();
        let channel = |c: &Component| {
            assert_eq!(
                c.height, height,
                "components processed together differ in height"
            );
            let slot = planes
                .iter()
                .position(|&plane| plane == c.plane)
                .unwrap_or_else(|| {
                    planes.push(c.plane);
                    planes.len() - 1
                });
            Channel {
                slot,
                offset: c.offset,
                pixel_stride: c.pixel_stride,
                width: c.width,
                pixels_per_sample: c.pixels_per_sample,
                table: c.table,
            }
        };
        let channels: Vec<_> = components.iter().map(channel).collect();
        Self {
            pixels: Pixels::of(&channels),
            channels,
            planes,
            height,
            color,
        }
    }
}
