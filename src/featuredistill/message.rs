// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Fields that the messages on the bus share.

use gst::glib::value::FromValue;

use crate::codec::Extent;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Area {
    /// The part of an extent that lies within a frame of this width and height.
    pub(super) fn within(extent: Extent, (width, height): (u32, u32)) -> Self {
        let clip = |position: usize, size| u32::try_from(position).map_or(size, |p| p.min(size));
        let (left, right) = (clip(extent.left, width), clip(extent.right, width));
        let (top, bottom) = (clip(extent.top, height), clip(extent.bottom, height));
        Self {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// The changed area of a message's structure, as [`describe`](Self::describe) wrote it.
    pub(super) fn read(structure: &gst::StructureRef) -> Result<Self, MessageError> {
        Ok(Self {
            x: field(structure, "changed-x")?,
            y: field(structure, "changed-y")?,
            width: field(structure, "changed-width")?,
            height: field(structure, "changed-height")?,
        })
    }

    /// Adds the changed area to a message's structure.
    pub(super) fn describe(self, structure: gst::structure::Builder) -> gst::structure::Builder {
        structure
            .field("changed-x", self.x)
            .field("changed-y", self.y)
            .field("changed-width", self.width)
            .field("changed-height", self.height)
    }
}

/// A structure that isn't the message it was taken for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It has another name.
    #[error("the structure has another name: {0}")]
    Name(String),
    /// A field is missing or of another type.
    #[error("the field {0} is missing or has another type")]
    Field(&'static str),
}

/// The field of a message's structure.
pub(super) fn field<'a, T: FromValue<'a>>(
    structure: &'a gst::StructureRef,
    name: &'static str,
) -> Result<T, MessageError> {
    structure.get(name).map_err(|_| MessageError::Field(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_clipped_to_the_frame() {
        let extent = Extent {
            left: 8,
            top: 0,
            right: 38,
            bottom: 22,
        };
        let area = Area::within(extent, (37, 21));
        assert_eq!(
            area,
            Area {
                x: 8,
                y: 0,
                width: 29,
                height: 21
            }
        );
        assert_eq!(Area::within(Extent::default(), (37, 21)), Area::default());
    }
}
