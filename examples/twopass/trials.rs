// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The trials of the experiment: transports and attacks between the two passes.

use crate::shared::perturbation::Perturbation::{self, Patch, Pattern, Signs, Sparse};

/// The table of both ends: it certifies perturbations of up to one level.
pub const TABLE: &str = "preset=certified epsilon=1";

/// Frames that are sent.
#[derive(Clone, Copy)]
pub enum Sent {
    /// Frames as the camera gives them, for a transport that quantizes them itself.
    Camera,
    /// Settled frames, in I420.
    Settled,
    /// Settled frames, in RGB.
    SettledRgb,
}

/// Way of the frames to the consumer.
#[derive(Clone, Copy)]
pub enum Transport {
    Elements(&'static str),
    /// RTP over UDP: the elements before and after the network.
    Udp(&'static str, &'static str),
}

/// Frames that the consumer's are compared with.
#[derive(Clone, Copy, PartialEq)]
pub enum Reference {
    /// The settled frames, as `featuredistill` leaves them.
    Settled,
    /// The frames that arrive without tampering.
    Delivered,
}

/// One row of the table.
pub struct Trial {
    pub name: &'static str,
    pub sent: Sent,
    pub transport: Transport,
    pub reference: Reference,
    pub attack: Perturbation,
    /// Elements that the attacker uses after that.
    pub cover_up: Option<&'static str>,
    pub consumer: &'static str,
    /// The result that is guaranteed.
    pub promise: Option<Promise>,
    /// The caption, for trials that the picture shows.
    pub caption: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub enum Promise {
    /// Every sample as it left the camera, no frame flagged.
    Untouched,
    /// Every sample as it left the camera, every frame flagged.
    RestoredAndFlagged,
}

/// Settled frames over raw video, untampered.
const RAW: Trial = Trial {
    name: "raw",
    sent: Sent::Settled,
    transport: Transport::Elements("identity"),
    reference: Reference::Settled,
    attack: Perturbation::None,
    cover_up: None,
    consumer: TABLE,
    promise: None,
    caption: None,
};

/// A transport that keeps every sample, and a perturbation within the radius.
const fn certified(name: &'static str, transport: Transport, attack: Perturbation) -> Trial {
    let promise = if matches!(attack, Perturbation::None) {
        Promise::Untouched
    } else {
        Promise::RestoredAndFlagged
    };
    Trial {
        name,
        transport,
        attack,
        promise: Some(promise),
        ..RAW
    }
}

/// A perturbation beyond the radius.
const fn beyond(name: &'static str, attack: Perturbation) -> Trial {
    Trial {
        name,
        attack,
        ..RAW
    }
}

/// A transport that changes samples, without any tampering.
const fn misfit(name: &'static str, sent: Sent, transport: &'static str) -> Trial {
    Trial {
        name,
        sent,
        transport: Transport::Elements(transport),
        ..RAW
    }
}

const FFV1: Transport =
    Transport::Elements("avenc_ffv1 ! matroskamux ! matroskademux ! avdec_ffv1");
const JPEG: Transport = Transport::Elements(
    "featuredistillenc preset=certified epsilon=1 ! jpegparse ! jpegdec idct-method=islow",
);
const RTP_JPEG: Transport = Transport::Udp(
    "featuredistillenc preset=certified epsilon=1 ! rtpjpegpay",
    "rtpjpegdepay ! jpegdec idct-method=islow",
);
// Jumbo packets: five a frame.
const RTP_RAW: Transport = Transport::Udp("rtpvrawpay mtu=60000", "rtpvrawdepay");

const H264_FINE: &str = "openh264enc bitrate=4000000 rate-control=bitrate ! h264parse ! avdec_h264";
const H264: &str = "openh264enc bitrate=1000000 rate-control=bitrate ! h264parse ! avdec_h264";

/// Transports that keep every sample, and perturbations within the certified radius.
pub fn certified_trials() -> Vec<Trial> {
    const WITHIN: &str = "within the radius: ±1 level at random";
    let encoded = |name, transport, attack| Trial {
        sent: Sent::Camera,
        ..certified(name, transport, attack)
    };
    vec![
        certified("raw", RAW.transport, Perturbation::None),
        Trial {
            caption: Some(WITHIN),
            ..certified("raw", RAW.transport, Signs(1))
        },
        certified("raw", RAW.transport, Pattern(1)),
        certified("FFV1 in Matroska", FFV1, Signs(1)),
        encoded("JPEG, same table", JPEG, Perturbation::None),
        encoded("JPEG, same table", JPEG, Signs(1)),
        encoded("JPEG, same table", JPEG, Pattern(1)),
        encoded("RTP/JPEG over UDP", RTP_JPEG, Signs(1)),
        certified("raw RTP over UDP", RTP_RAW, Signs(1)),
    ]
}

/// Trials without a guarantee: stronger attacks, and ends or transports that don't fit.
pub fn uncovered_trials() -> Vec<Trial> {
    vec![
        beyond("raw", Signs(2)),
        beyond("raw", Pattern(2)),
        beyond("raw", Signs(4)),
        Trial {
            caption: Some("four times the radius: ±4 levels in the worst pattern"),
            ..beyond("raw", Pattern(4))
        },
        beyond("raw", Sparse(1000)),
        Trial {
            caption: Some("a patch of 16x16 pixels"),
            ..beyond("raw", Patch(16))
        },
        Trial {
            cover_up: Some("featuredistill preset=certified epsilon=1 settle=true"),
            ..beyond("raw, then settled by the attacker", Patch(16))
        },
        misfit(
            "JPEG, same table, other decoder",
            Sent::Camera,
            "featuredistillenc preset=certified epsilon=1 ! jpegparse ! avdec_mjpeg",
        ),
        misfit("H.264, 4 Mbit/s", Sent::Settled, H264_FINE),
        Trial {
            caption: Some("H.264 at 1 Mbit/s between the ends, no tampering"),
            ..misfit("H.264, 1 Mbit/s", Sent::Settled, H264)
        },
        misfit(
            "RGB by way of 4:2:0",
            Sent::SettledRgb,
            "videoconvert ! video/x-raw,format=I420 ! videoconvert ! video/x-raw,format=RGB",
        ),
        Trial {
            reference: Reference::Delivered,
            ..misfit(
                "RGB, one column cropped",
                Sent::SettledRgb,
                "videocrop left=1",
            )
        },
        Trial {
            consumer: "preset=certified epsilon=1.5",
            ..beyond("raw, another table at the consumer", Perturbation::None)
        },
    ]
}
