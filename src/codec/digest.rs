// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Digest of a frame: a hash of what its samples say, however they are stored.
//!
//! # Format
//! The digest is the 256-bit BLAKE3 hash, or with a key of 32 bytes its keyed hash (BLAKE3 specification,
//! 2020), of these bytes:
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of this format: 1 |
//! | 1 | color family: 0 gray, 1 luma and chroma, 2 RGB |
//! | 1 | pixels across that a chroma sample stands for: 1, 2 or 4; 1 for gray and RGB |
//! | 1 | pixels down that it stands for: 1 or 2; 1 for gray and RGB |
//! | 4 | visible width of the frame in pixels, least significant byte first |
//! | 4 | visible height, likewise |
//! | the rest | one byte a visible sample: row by row from the top, each row from the left, first all of Y (or R), then all of Cb (G), then all of Cr (B) |
//!
//! A subsampled component has its width and height divided by the pixels that a sample stands for, rounded
//! up. There is no alpha, and nothing between rows and components. So I420, YV12 and NV12 agree, RGB, BGR,
//! BGRA and planar GBR do, and any stride does.

use std::fmt;
use std::str::FromStr;

use super::layout::{Component, Layout};
use super::planes::FrameMut;

/// Version of the format.
const VERSION: u8 = 1;

/// Bytes that are hashed at once: what BLAKE3 needs for all of its parallelism, within the nearest caches.
const BLOCK: usize = 32 << 10;

/// Length of a key in bytes.
pub const KEY_LEN: usize = blake3::KEY_LEN;

/// Kind of colors that the components of a frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ColorFamily {
    /// One component.
    Gray = 0,
    /// Luma and chroma.
    Yuv = 1,
    /// Red, green and blue.
    Rgb = 2,
}

/// The digest of a frame. Displays as 64 hexadecimal digits. Equality takes the same time for all values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(blake3::Hash);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that isn't a digest in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct ParseDigestError;

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = blake3::Hash::from_hex(text);
        hash.map(Self).map_err(|_| ParseDigestError)
    }
}

/// Computes digests of the frames of one layout.
#[derive(Clone)]
pub struct Digester {
    components: Vec<Component>,
    header: [u8; 12],
    /// The empty hash, keyed if there is a key. It shows no key in its Debug.
    empty: blake3::Hasher,
}

impl Digester {
    /// Computes digests of frames of `layout`, whose components are of `family`, with the key if there is one.
    ///
    /// # Panics
    /// If the frame is larger than 2^32 - 1 pixels in a direction.
    pub fn new(layout: &Layout, family: ColorFamily, key: Option<&[u8; KEY_LEN]>) -> Self {
        let components = layout.components().to_vec();
        // The first component has a sample for every pixel, the last one is chroma if there is any.
        let (first, last) = (&components[0], &components[components.len() - 1]);
        let (across, down) = last.pixels_per_sample;
        let mut header = [0; 12];
        header[..4].copy_from_slice(&[VERSION, family as u8, across as u8, down as u8]);
        let size = |pixels: usize| u32::try_from(pixels).expect("below 2^32").to_le_bytes();
        header[4..8].copy_from_slice(&size(first.width));
        header[8..].copy_from_slice(&size(first.height));
        Self {
            components,
            header,
            empty: key.map_or_else(blake3::Hasher::new, blake3::Hasher::new_keyed),
        }
    }

    /// The digest of `frame`.
    ///
    /// # Panics
    /// If the frame doesn't fit the layout ([`FrameMut::fits`]).
    pub fn digest(&self, frame: &FrameMut<'_>) -> Digest {
        let mut blocks = Blocks {
            hasher: self.empty.clone(),
            block: [0; BLOCK],
            filled: 0,
        };
        blocks.add(&self.header, 1, self.header.len());
        for component in &self.components {
            let plane = &frame.planes[component.plane];
            for row in 0..component.height {
                let samples = plane.bytes_from(row, component.offset);
                blocks.add(samples, component.pixel_stride, component.width);
            }
        }
        Digest(blocks.finish())
    }
}

/// Bytes on their way into the hash. Whole blocks go in, as pieces that don't end with a chunk of BLAKE3 would
/// be hashed one chunk after the other.
struct Blocks {
    hasher: blake3::Hasher,
    block: [u8; BLOCK],
    filled: usize,
}

impl Blocks {
    /// Adds `count` bytes of `bytes`, the first and from there on each that is `stride` further.
    fn add(&mut self, mut bytes: &[u8], stride: usize, mut count: usize) {
        while count > 0 {
            let room = &mut self.block[self.filled..];
            let now = room.len().min(count);
            gather(&mut room[..now], bytes, stride);
            self.filled += now;
            count -= now;
            if self.filled == BLOCK {
                self.hasher.update(&self.block);
                self.filled = 0;
            }
            if count > 0 {
                bytes = &bytes[now * stride..];
            }
        }
    }

    fn finish(mut self) -> blake3::Hash {
        self.hasher.update(&self.block[..self.filled]);
        self.hasher.finalize()
    }
}

/// Fills `to`, which isn't empty, with every byte of `from` that is a multiple of `stride` from the first.
fn gather(to: &mut [u8], from: &[u8], stride: usize) {
    match stride {
        1 => to.copy_from_slice(&from[..to.len()]),
        2 => gather_every::<2>(to, from),
        3 => gather_every::<3>(to, from),
        4 => gather_every::<4>(to, from),
        _ => {
            for (to, from) in to.iter_mut().zip(from.iter().step_by(stride)) {
                *to = *from;
            }
        }
    }
}

/// The same for a stride that the compiler knows.
fn gather_every<const STRIDE: usize>(to: &mut [u8], from: &[u8]) {
    let last = to.len() - 1;
    // A row may end with its last sample.
    let (pixels, _) = from[..last * STRIDE].as_chunks::<STRIDE>();
    for (to, pixel) in to.iter_mut().zip(pixels) {
        *to = pixel[0];
    }
    to[last] = from[last * STRIDE];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stride_gathers_the_same() {
        for stride in 1..=6 {
            for count in [1, 2, 31, 64] {
                let from: Vec<u8> = (0..=u8::MAX)
                    .cycle()
                    .take((count - 1) * stride + 1)
                    .collect();
                let mut to = vec![0xa5; count];
                gather(&mut to, &from, stride);
                let expected: Vec<u8> = from.iter().copied().step_by(stride).collect();
                assert_eq!(to, expected, "{stride}");
            }
        }
    }

    #[test]
    fn blocks_change_nothing() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 77).map(|i| (i / 7 % 251) as u8).collect();
        let mut blocks = Blocks {
            hasher: blake3::Hasher::new(),
            block: [0; BLOCK],
            filled: 0,
        };
        let mut rest = &bytes[..];
        for size in [1, BLOCK - 1, 5, 2 * BLOCK + 3, 69] {
            blocks.add(rest, 1, size);
            rest = &rest[size..];
        }
        assert!(rest.is_empty());
        assert_eq!(blocks.finish(), blake3::hash(&bytes));
    }

    #[test]
    fn digests_are_read_back_from_their_digits() {
        let digest = Digest(blake3::hash(b"frame"));
        let text = digest.to_string();
        assert_eq!(text.len(), 64);
        assert_eq!(text.parse(), Ok(digest));
        for wrong in [
            &text[1..],
            &format!("{text}0"),
            &text.replace(|_| true, "g"),
        ] {
            assert_eq!(wrong.parse::<Digest>(), Err(ParseDigestError));
        }
    }
}
