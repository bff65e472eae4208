// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The parts of the pipelines that the options describe: filter, encoder and what carries its stream.

use anyhow::{Context, Result, anyhow, bail, ensure};
use gst::prelude::*;

use crate::options::{CameraOptions, Mode};

/// The elements that carry one kind of stream over RTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier {
    media_type: &'static str,
    /// Behind the encoder: whole frames, headers in front of each key frame.
    pub parser: &'static str,
    /// It adds no headers: it would put them in front of every slice, and FFmpeg takes what follows
    /// for another frame.
    pub payloader: &'static str,
}

const CARRIERS: [Carrier; 5] = [
    Carrier {
        media_type: "video/x-h264",
        parser: "h264parse config-interval=-1 ! capsfilter caps=video/x-h264,stream-format=byte-stream,alignment=au",
        payloader: "rtph264pay aggregate-mode=zero-latency",
    },
    Carrier {
        media_type: "video/x-h265",
        parser: "h265parse config-interval=-1 ! capsfilter caps=video/x-h265,stream-format=byte-stream,alignment=au",
        payloader: "rtph265pay aggregate-mode=zero-latency",
    },
    Carrier {
        media_type: "video/x-vp8",
        parser: "identity",
        payloader: "rtpvp8pay",
    },
    Carrier {
        media_type: "video/x-vp9",
        parser: "identity",
        payloader: "rtpvp9pay",
    },
    Carrier {
        media_type: "image/jpeg",
        parser: "identity",
        payloader: "rtpjpegpay",
    },
];

/// Makes the `featuredistill` of a camera; nothing else can be smuggled in with its properties.
pub fn filter(options: &CameraOptions) -> Result<gst::Element> {
    let settle = match options.mode {
        Mode::Source => "settle=true",
        Mode::Filter | Mode::Consumer => "",
    };
    // A gateway has no sink that could call a frame late.
    let line = format!(
        "featuredistill name=distill {} {settle} qos=false",
        options.filter
    );
    let filter = gst::parse::launch(&line).map_err(|error| {
        anyhow!(
            "the filter \"{}\" can't be made: {}",
            options.filter,
            text(&error)
        )
    })?;
    let is_filter = filter
        .factory()
        .is_some_and(|factory| factory.name() == "featuredistill");
    ensure!(
        is_filter,
        "the filter \"{}\" is more than properties of featuredistill, such as preset=one-pass",
        options.filter
    );
    ensure!(
        !filter.property::<bool>("bypass"),
        "the filter has bypass=true, which would serve frames undistilled: remove it"
    );
    if options.digest {
        filter.set_property_from_str("digest", "blake3");
    }
    // The messages have the digests, and stats has a margin where they are on.
    if options.margin || options.digest {
        filter.set_property("post-messages", true);
    }
    Ok(filter)
}

/// Makes an encoder with what its stream needs behind it: raw video in, whole encoded frames out.
pub fn encoder(description: &str) -> Result<(gst::Element, Carrier)> {
    let bin = gst::parse::bin_from_description(description, true).map_err(|error| {
        anyhow!(
            "the encoder \"{description}\" can't be made: {}",
            text(&error)
        )
    })?;
    let src = bin.static_pad("src").context("an encoder has an output")?;
    let caps = src.query_caps(None);
    let carrier = CARRIERS.iter().find(|carrier| {
        caps.iter()
            .any(|structure| structure.name() == carrier.media_type)
    });
    let Some(carrier) = carrier else {
        bail!("the encoder \"{description}\" gives none of H.264, H.265, VP8, VP9 and JPEG");
    };
    let line = format!("videoconvert ! {description} ! {}", carrier.parser);
    let bin = gst::parse::bin_from_description(&line, true).map_err(|error| {
        anyhow!(
            "the encoder \"{description}\" can't be used: {}",
            text(&error)
        )
    })?;
    Ok((bin.upcast(), *carrier))
}

/// Prefers the decoder of that name wherever it can be used.
pub fn prefer(decoder: &str) -> Result<()> {
    let factory = gst::ElementFactory::find(decoder).with_context(|| {
        format!("no decoder {decoder} on this machine: gst-inspect-1.0 | grep dec lists them")
    })?;
    factory.set_rank(gst::Rank::PRIMARY + 1000);
    Ok(())
}

/// Sets a decoder to the arithmetic that two passes rest on.
pub fn make_exact(element: &gst::Element) {
    if element.find_property("idct-method").is_some() {
        element.set_property_from_str("idct-method", "islow");
    }
}

/// Lets a depayloader or decoder leave out frames that lost packets have damaged: a second pass can't
/// tell them from frames that somebody has tampered with.
pub fn leave_out_broken(element: &gst::Element) {
    for property in ["wait-for-keyframe", "discard-corrupted-frames"] {
        if element.find_property(property).is_some() {
            element.set_property(property, true);
        }
    }
}

/// The reason why a description can't be used, with what to do where a name in it is wrong.
fn text(error: &gst::glib::Error) -> String {
    let text = error.message();
    let name = |at| text.split('"').nth(at).unwrap_or_default();
    let advice = match error.kind::<gst::ParseError>() {
        Some(gst::ParseError::NoSuchElement) => match name(1) {
            "x264enc" => "install gstreamer1.0-plugins-ugly".into(),
            "x265enc" | "jpegparse" | "h264parse" | "h265parse" => {
                "install gstreamer1.0-plugins-bad".into()
            }
            "vp8enc" | "vp9enc" | "jpegenc" => "install gstreamer1.0-plugins-good".into(),
            _ => "gst-inspect-1.0 lists the elements that there are".into(),
        },
        Some(gst::ParseError::NoSuchProperty | gst::ParseError::CouldNotSetProperty) => {
            format!("gst-inspect-1.0 {} lists what it takes", name(3))
        }
        _ => return text.to_string(),
    };
    format!("{text}: {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::camera;

    #[test]
    fn nothing_but_the_filter_can_be_in_its_place() {
        crate::tests::init();
        for bad in [
            "! identity",
            "preset=one-pass ! identity",
            "bypass=true",
            "no-such=1",
        ] {
            let mut options = camera(Mode::Filter);
            options.filter = bad.to_string();
            filter(&options).expect_err(bad);
        }
        for mode in [Mode::Filter, Mode::Source, Mode::Consumer] {
            let element = filter(&camera(mode)).unwrap();
            assert_eq!(element.property::<bool>("settle"), mode == Mode::Source);
        }
    }

    #[test]
    fn a_missing_encoder_says_what_to_install() {
        crate::tests::init();
        let error = encoder("nosuchenc quantizer=1").unwrap_err().to_string();
        assert!(
            error.contains("nosuchenc") && !error.contains('\n'),
            "{error}"
        );
        encoder("videoconvert").unwrap_err();
        assert_eq!(encoder("jpegenc").unwrap().1.payloader, "rtpjpegpay");
    }
}
