// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Rows of pixels to rows of samples and back.

use super::layout::Packing;

/// A row of pixels to a row for each of their channels, and back.
pub(crate) trait PixelRows: Copy {
    /// Writes the samples of each channel, in the order of their bytes (luma first), into a target of its own; of
    /// pairs the third one stays as it is.
    ///
    /// `source` may end with the last sample; what else its pixel has is not looked at.
    #[inline(always)]
    fn split(self, packing: Packing, targets: [&mut [u8]; 3], source: &[u8]) {
        split_pixels(packing, targets, source);
    }

    /// Writes the samples of `sources` side by side into the pixels of `target`, which may end with the last
    /// sample.
    #[inline(always)]
    fn join(self, packing: Packing, target: &mut [u8], sources: [&[u8]; 3]) {
        join_pixels(packing, target, sources);
    }
}

/// [`PixelRows::split`], a pixel at a time.
#[inline(always)]
pub(crate) fn split_pixels(packing: Packing, targets: [&mut [u8]; 3], source: &[u8]) {
    match packing {
        Packing::Pairs => {
            let [a, b, _] = targets;
            copy_from_strided(a, source, 2);
            copy_from_strided(b, &source[1..], 2);
        }
        Packing::Triples => split_known::<3, 0>(targets, source),
        Packing::QuadsLastOther => split_known::<4, 0>(targets, source),
        Packing::QuadsFirstOther => split_known::<4, 1>(targets, source),
        Packing::EvenLuma => split_subsampled(targets, source, [0, 1, 3]),
        Packing::OddLuma => split_subsampled(targets, source, [1, 0, 2]),
    }
}

/// [`PixelRows::join`], a pixel at a time.
#[inline(always)]
pub(crate) fn join_pixels(packing: Packing, target: &mut [u8], sources: [&[u8]; 3]) {
    match packing {
        Packing::Pairs => {
            let [a, b, _] = sources;
            copy_to_strided(target, a, 2);
            copy_to_strided(&mut target[1..], b, 2);
        }
        Packing::Triples => join_triples(target, sources),
        Packing::QuadsLastOther => join_quads::<0>(target, sources),
        Packing::QuadsFirstOther => join_quads::<1>(target, sources),
        Packing::EvenLuma => join_subsampled(target, sources, [0, 1, 3]),
        Packing::OddLuma => join_subsampled(target, sources, [1, 0, 2]),
    }
}

/// Every `pixel_stride`th byte of `source` into `target`.
#[inline(always)]
pub(crate) fn copy_from_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    /// A stride that the compiler knows, so that it can vectorize.
    #[inline(always)]
    fn known<const STRIDE: usize>(target: &mut [u8], source: &[u8]) {
        let (last, body) = target.split_last_mut().expect("there are samples");
        *last = source[body.len() * STRIDE];
        for (sample, pixel) in body.iter_mut().zip(source.as_chunks::<STRIDE>().0) {
            *sample = pixel[0];
        }
    }
    match pixel_stride {
        1 => target.copy_from_slice(&source[..target.len()]),
        2 => known::<2>(target, source),
        3 => known::<3>(target, source),
        4 => known::<4>(target, source),
        stride => {
            for (sample, pixel) in target.iter_mut().zip(source.chunks(stride)) {
                *sample = pixel[0];
            }
        }
    }
}

/// `source` into every `pixel_stride`th byte of `target`.
///
/// Bytes between the samples are written back as they were: writes with gaps would go byte by byte.
#[inline(always)]
pub(crate) fn copy_to_strided(target: &mut [u8], source: &[u8], pixel_stride: usize) {
    let (&last, body) = source.split_last().expect("there are samples");
    target[body.len() * pixel_stride] = last;
    match pixel_stride {
        1 => target[..body.len()].copy_from_slice(body),
        2 => {
            for (pixel, &sample) in target.as_chunks_mut().0.iter_mut().zip(body) {
                let others = u16::from_le_bytes(*pixel) & !0xff;
                *pixel = (others | u16::from(sample)).to_le_bytes();
            }
        }
        4 => {
            for (pixel, &sample) in target.as_chunks_mut().0.iter_mut().zip(body) {
                let others = u32::from_le_bytes(*pixel) & !0xff;
                *pixel = (others | u32::from(sample)).to_le_bytes();
            }
        }
        stride => {
            for (pixel, &sample) in target.chunks_mut(stride).zip(body) {
                pixel[0] = sample;
            }
        }
    }
}

/// Bytes `FIRST`, `FIRST` + 1 and `FIRST` + 2 of each pixel of `SIZE` bytes into one target each.
#[inline(always)]
fn split_known<const SIZE: usize, const FIRST: usize>(targets: [&mut [u8]; 3], source: &[u8]) {
    let last = targets[0].len() - 1;
    let [a, b, c] = targets;
    let pixels = source.as_chunks::<SIZE>().0.iter();
    for (pixel, ((a, b), c)) in
        pixels.zip(a[..last].iter_mut().zip(&mut b[..last]).zip(&mut c[..last]))
    {
        (*a, *b, *c) = (pixel[FIRST], pixel[FIRST + 1], pixel[FIRST + 2]);
    }
    let samples = &source[last * SIZE + FIRST..][..3];
    (a[last], b[last], c[last]) = (samples[0], samples[1], samples[2]);
}

/// Luma from the first of `places` of pairs of pixels on, and chroma at the others.
#[inline(always)]
fn split_subsampled([luma, a, b]: [&mut [u8]; 3], source: &[u8], places: [usize; 3]) {
    copy_from_strided(luma, &source[places[0]..], 2);
    copy_from_strided(a, &source[places[1]..], 4);
    copy_from_strided(b, &source[places[2]..], 4);
}

/// The samples of `sources` to where [`split_subsampled`] has them from.
#[inline(always)]
fn join_subsampled(target: &mut [u8], [luma, a, b]: [&[u8]; 3], places: [usize; 3]) {
    copy_to_strided(&mut target[places[0]..], luma, 2);
    copy_to_strided(&mut target[places[1]..], a, 4);
    copy_to_strided(&mut target[places[2]..], b, 4);
}

/// The samples of `sources` side by side into `target`.
#[inline(always)]
fn join_triples(target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
    let sources = a.iter().zip(b).zip(c);
    for (pixel, ((&a, &b), &c)) in target.as_chunks_mut().0.iter_mut().zip(sources) {
        *pixel = [a, b, c];
    }
}

/// The samples of `sources` into the bytes from `FIRST` on of each pixel of four bytes.
#[inline(always)]
fn join_quads<const FIRST: usize>(target: &mut [u8], [a, b, c]: [&[u8]; 3]) {
    let last = a.len() - 1;
    let pixels = target.as_chunks_mut().0.iter_mut();
    for (pixel, ((&a, &b), &c)) in pixels.zip(a[..last].iter().zip(&b[..last]).zip(&c[..last])) {
        let samples = u32::from_le_bytes([a, b, c, 0]) << (8 * FIRST);
        let others = u32::from_le_bytes(*pixel) & !(0xff_ffff << (8 * FIRST));
        *pixel = (others | samples).to_le_bytes();
    }
    target[4 * last + FIRST..][..3].copy_from_slice(&[a[last], b[last], c[last]]);
}
