// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Decoders give the settled frame, which a second pass leaves as it is.

use gst_video::VideoFormat;
use gstfeaturedistill::tables::presets;

use crate::codes::scan;
use crate::frame::{Choice, Content, FORMATS, Frame, SIZES, choices, decoded};
use crate::support::libjpeg::{self, ColorPath};
use crate::support::noise::noise;
use crate::support::video::{Pass, Tables};

/// A pass that settles nothing, on the planes as they are.
fn plain(tables: &Tables) -> Pass<'_> {
    Pass {
        tables,
        ycbcr: false,
        settle: None,
    }
}

#[test]
fn jpegdec_gives_the_settled_frame() {
    Frame::each(&FORMATS, |frame| {
        for choice in choices() {
            let context = format!("{:?}, {}", frame.info(), choice.properties);
            let decoded = decoded(frame.encoded(choice.properties));
            let expected = frame.settled(&choice.tables);
            match frame.format() {
                // jpegdec gives I420 for these: luma is all that it keeps.
                VideoFormat::Y42b | VideoFormat::Y444 => {
                    assert!(decoded.planes()[0] == expected.planes()[0], "{context}");
                }
                VideoFormat::Rgb => {}
                _ => assert!(decoded.planes() == expected.planes(), "{context}"),
            }
        }
    });
}

#[test]
fn djpeg_gives_the_settled_frame() {
    Frame::each(&FORMATS, |frame| {
        for choice in &choices()[..3] {
            let decoded = libjpeg::decode(&frame.encoded(choice.properties));
            let expected = frame.settled(&choice.tables).viewed();
            assert!(
                decoded == expected,
                "{:?}, {}",
                frame.info(),
                choice.properties
            );
        }
    });
}

#[test]
fn a_second_pass_changes_no_byte() {
    Frame::each(&FORMATS[..3], |frame| {
        for Choice { properties, tables } in choices() {
            let decoded = decoded(frame.encoded(properties));
            let second = decoded.after(plain(&tables));
            assert!(
                second.bytes == decoded.bytes,
                "{:?}, {properties}",
                frame.info()
            );
        }
    });
}

/// Settling keeps the nearest lattice point where it holds: nearly everywhere in ordinary pictures.
#[test]
fn nearly_all_blocks_are_those_of_a_plain_pass() {
    let frame = Frame::new(VideoFormat::Gray8, (320, 200), Content::NoisyRamps);
    let Choice { properties, tables } = &choices()[1];
    let decoded = decoded(frame.encoded(properties)).planes().swap_remove(0);
    let plain = frame.after(plain(tables)).planes().swap_remove(0);
    let blocks = (0..200 / 8).flat_map(|y| (0..320 / 8).map(move |x| (x, y)));
    let kept = blocks.filter(|(x, y)| {
        (0..8).all(|row| {
            let first = (8 * y + row) * 320 + 8 * x;
            decoded[first..first + 8] == plain[first..first + 8]
        })
    });
    let kept = kept.count();
    assert!(kept >= 990, "{kept} of 1000");
}

#[test]
fn the_certified_radius_is_that_of_the_decoded_frame() {
    for format in &FORMATS[..3] {
        for size in SIZES {
            let frame = Frame::new(*format, size, Content::BlackAndWhite);
            let mut encoder = frame.encoder("preset=certified epsilon=1.5");
            let decoded = decoded(frame.through(&mut encoder));
            let stats = encoder.stats();
            let certified: f64 = stats.get("certified-epsilon").expect("a radius");
            assert!(certified >= 1.5, "{certified}");
            assert_eq!(stats.get::<u64>("unsettled"), Ok(0));
            assert_eq!(stats.get::<u64>("frames"), Ok(1));

            let tables = Tables::from(&presets::certified(1.5).into());
            let settling = Pass {
                settle: Some(1.5),
                ..plain(&tables)
            };
            let (_, changes) = settling.run(&decoded.placement, &decoded.bytes);
            assert_eq!(changes.squared_change, 0);
            assert_eq!(changes.certified_epsilon, Some(certified));
            // A perturbation within the radius.
            let mut perturbed = decoded.clone();
            for (sample, noise) in perturbed.bytes.iter_mut().zip(noise(5)) {
                *sample = sample
                    .saturating_add(noise & 1)
                    .saturating_sub(noise >> 1 & 1);
            }
            let restored = perturbed.after(plain(&tables));
            assert!(restored.planes() == decoded.planes());
        }
    }
}

#[test]
fn rgb_that_stays_rgb_comes_back_from_jpegdec() {
    Frame::each(&[VideoFormat::Rgb], |frame| {
        for Choice { properties, tables } in choices() {
            let file = frame.encoded(&format!("color-mode=native {properties}"));
            let expected = frame.after(Pass {
                settle: Some(0.0),
                ..plain(&tables)
            });
            let Tables { luma, chroma } = &tables;
            let reference = libjpeg::encode(&expected.viewed(), luma, chroma, ColorPath::Rgb);
            let context = format!("{:?}, {properties}", frame.info());
            assert!(scan(&file) == scan(&reference), "{context}");
            let decoded = decoded(file);
            assert_eq!(decoded.format(), VideoFormat::Rgb);
            assert!(decoded.planes() == expected.planes(), "{context}");
        }
    });
}
