// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! The codecs of the experiment, and the ways that frames take through them.

use std::fmt;

use anyhow::Result;

use crate::link::{Carried, Lattice, carry};
use crate::shared::perturbation::Perturbation;

/// A way to code frames between the two passes.
#[derive(Clone, Copy)]
pub struct Codec {
    pub name: &'static str,
    pub encoder: &'static str,
    pub decoder: &'static str,
    /// The element that may be missing, and its package in Debian.
    pub element: &'static str,
    pub package: &'static str,
    pub lattices: &'static [Lattice],
    /// True if it keeps every sample: the second pass must give every frame back.
    pub lossless: bool,
}

/// The lattices that are tried.
pub const LATTICES: [Lattice; 2] = [DCT, SAMPLES];
pub const DCT: Lattice = Lattice::dct(2.0);
const SAMPLES: Lattice = Lattice::samples(8.0);

const BASE: &str = "gstreamer1.0-plugins-base";
const GOOD: &str = "gstreamer1.0-plugins-good";
const BAD: &str = "gstreamer1.0-plugins-bad";
const UGLY: &str = "gstreamer1.0-plugins-ugly";
const LIBAV: &str = "gstreamer1.0-libav";

/// VP8 at quantizers that keep both lattices.
pub const VP8: Codec = Codec {
    element: "vp8enc",
    package: GOOD,
    ..lossy(
        "VP8, quantizers 4 to 10",
        "vp8enc deadline=1 cpu-used=4 end-usage=cq cq-level=4 min-quantizer=4 max-quantizer=10 \
         target-bitrate=100000000",
        "vp8dec",
    )
};

/// H.264 at quantizers that keep both lattices.
pub const X264_FINE: Codec = x264(
    "H.264, x264, QP 12",
    "x264enc pass=quant quantizer=12 speed-preset=veryfast tune=zerolatency",
);

/// H.264 at quantizers that keep the lattice of the DCT.
pub const X264_GOOD: Codec = x264(
    "H.264, x264, QP 16",
    "x264enc pass=quant quantizer=16 speed-preset=veryfast tune=zerolatency",
);

/// H.265 at quantizers that keep the lattice of the DCT.
pub const X265: Codec = x265(
    "H.265, x265, QP 14",
    "x265enc qp=14 speed-preset=ultrafast tune=zerolatency ! h265parse",
);

/// The codecs, from lossless to rough.
pub const CODECS: [Codec; 12] = [
    Codec {
        lossless: true,
        ..lossy("raw video", "identity", "identity")
    },
    Codec {
        element: "avenc_ffv1",
        package: LIBAV,
        lossless: true,
        ..lossy("FFV1 (lossless)", "avenc_ffv1", "avdec_ffv1")
    },
    Codec {
        lattices: &[DCT],
        lossless: true,
        ..jpeg(
            "JPEG by featuredistillenc",
            "featuredistillenc preset=certified epsilon=2",
        )
    },
    VP8,
    X264_FINE,
    X264_GOOD,
    x264(
        "H.264, x264, QP 24",
        "x264enc pass=quant quantizer=24 speed-preset=veryfast tune=zerolatency",
    ),
    Codec {
        element: "openh264enc",
        package: BAD,
        // Savings in dark, busy or still areas are off.
        ..lossy(
            "H.264, OpenH264, QP 4 to 12",
            "openh264enc rate-control=bitrate bitrate=50000000 max-bitrate=100000000 qp-min=4 \
             qp-max=12 adaptive-quantization=false background-detection=false ! h264parse",
            "avdec_h264",
        )
    },
    x265(
        "H.265, x265, QP 10",
        "x265enc qp=10 speed-preset=ultrafast tune=zerolatency ! h265parse",
    ),
    X265,
    jpeg("JPEG by jpegenc, quality 95", "jpegenc quality=95"),
    jpeg("JPEG by jpegenc, quality 90", "jpegenc quality=90"),
];

const fn lossy(name: &'static str, encoder: &'static str, decoder: &'static str) -> Codec {
    Codec {
        name,
        encoder,
        decoder,
        element: "identity",
        package: BASE,
        lattices: &LATTICES,
        lossless: false,
    }
}

const fn x264(name: &'static str, encoder: &'static str) -> Codec {
    Codec {
        element: "x264enc",
        package: UGLY,
        ..lossy(name, encoder, "avdec_h264")
    }
}

const fn x265(name: &'static str, encoder: &'static str) -> Codec {
    Codec {
        element: "x265enc",
        package: BAD,
        ..lossy(name, encoder, "avdec_h265")
    }
}

const fn jpeg(name: &'static str, encoder: &'static str) -> Codec {
    Codec {
        element: "jpegenc",
        package: GOOD,
        ..lossy(name, encoder, "jpegdec idct-method=islow")
    }
}

impl Codec {
    /// The reason why the codec can't be tried here.
    pub fn missing(&self) -> Option<String> {
        let Self {
            element, package, ..
        } = self;
        match gst::ElementFactory::find(element) {
            Some(_) => None,
            None => Some(format!("no element {element}: install {package}")),
        }
    }
}

/// A way through a codec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Journey {
    /// Encoded and decoded.
    Once,
    /// Encoded and decoded, and that again.
    Twice,
    /// Decoded by an attacker, who changes every sample by this many levels and encodes again.
    Attacked(u8),
}

impl Journey {
    /// The journeys that are tried.
    pub const ALL: [Self; 3] = [Self::Once, Self::Twice, Self::Attacked(2)];

    /// Takes `first`, frames that have been through the codec once, the rest of the way.
    pub fn go_on(self, codec: &Codec, first: &Carried) -> Result<Carried> {
        let again = |frames: &[gst::Sample]| carry(frames, codec.encoder, codec.decoder);
        match self {
            Self::Once => Ok(first.clone()),
            Self::Twice => again(&first.frames),
            Self::Attacked(levels) => {
                let tampered: Result<Vec<_>> = (1..)
                    .zip(&first.frames)
                    .map(|(seed, frame)| Perturbation::Signs(levels).add_to(frame, seed))
                    .collect();
                again(&tampered?)
            }
        }
    }
}

impl fmt::Display for Journey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once => write!(f, "coded once"),
            Self::Twice => write!(f, "coded twice"),
            Self::Attacked(levels) => write!(f, "coded, ±{levels} added, coded again"),
        }
    }
}
