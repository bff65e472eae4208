// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The list of commands that pages show.

/// Treatment of a command in the test.
#[derive(Debug)]
pub enum How {
    /// As it stands.
    Run,
    /// With parts replaced, so that it needs no camera or screen, or ends sooner.
    Edited(&'static [(&'static str, &'static str)]),
    /// Beside the next command, with parts replaced; it has to end by itself.
    Beside(&'static [(&'static str, &'static str)]),
    /// Not at all, for this reason.
    Skip(&'static str),
}

use How::{Beside, Edited, Run, Skip};

const INSTALLS: &str = "installs packages, builds a release and fetches data";
const OWN_PLUGIN: &str = "the test has its own plugin and clips";
const GATEWAY: &str = "needs the feature gateway and cameras; make test-gateway runs the same";
const CLUSTER: &str = "needs packages from PyPI; make test-archive runs the same";
const WHEEL: &str = "builds a release; make test-wheel runs the same";
const NETWORK: &str = "needs a network's weights, and packages from PyPI";
const PACKAGE: &str = "needs root, and builds a release; make test-deb runs the same";
const CARGO_C: &str = "needs cargo-c, and builds a release";

/// Commands by their beginnings; the longest beginning counts.
pub const COMMANDS: &[(&str, How)] = &[
    ("make demo #", Skip(INSTALLS)),
    ("make test #", Skip("runs this test")),
    ("make build", Skip(INSTALLS)),
    ("make demo-", Skip(INSTALLS)),
    ("make measure-tamper", Skip(INSTALLS)),
    ("make wheel", Skip(WHEEL)),
    ("python3 -m venv --system-site-packages", Skip(WHEEL)),
    ("~/featuredistill/bin/", Skip(WHEEL)),
    (
        "make evaluate",
        Skip("needs pictures of ImageNet, and minutes to an hour"),
    ),
    ("make classify", Skip(NETWORK)),
    (
        "make test-",
        Skip("a test of its own, with packages from PyPI"),
    ),
    (
        "PYTHONPATH=examples $(examples/shared/venv.sh",
        Skip(NETWORK),
    ),
    ("export GST_PLUGIN_PATH=", Skip(OWN_PLUGIN)),
    ("python=$(examples/shared/venv.sh", Skip(CLUSTER)),
    ("$python -m archive", Skip(CLUSTER)),
    ("dask ", Skip(CLUSTER)),
    ("sudo make install", Skip("needs root")),
    ("make deps-gateway", Skip(INSTALLS)),
    ("cargo run --release --features gateway", Skip(GATEWAY)),
    ("ffplay -rtsp_transport tcp", Skip(GATEWAY)),
    ("ffmpeg -rtsp_transport tcp", Skip(GATEWAY)),
    ("yolo predict", Skip(NETWORK)),
    ("make deb", Skip(PACKAGE)),
    ("sudo apt install ./target/packages/", Skip(PACKAGE)),
    ("cargo install --locked cargo-c", Skip(CARGO_C)),
    ("cargo cinstall", Skip(CARGO_C)),
    ("find target/root -type f", Skip(CARGO_C)),
    ("GST_PLUGIN_PATH=target/root/", Skip(CARGO_C)),
    ("gst-inspect-1.0 featuredistill", Run),
    (
        "gst-launch-1.0 rtspsrc",
        Edited(&[
            (
                "rtspsrc location=rtsp://CAMERA/STREAM latency=100 ! rtph264depay",
                "videotestsrc num-buffers=5 ! openh264enc",
            ),
            ("autovideosink", "fakesink"),
        ]),
    ),
    ("gst-launch-1.0 filesrc location=.footage/", Run),
    ("(umask 077; head -c 32 /dev/urandom > demo-out/key)", Run),
    ("gst-launch-1.0 -m videotestsrc num-buffers=3", Run),
    ("gst-launch-1.0 videotestsrc num-buffers=10", Run),
    ("gst-launch-1.0 -m filesrc location=demo-out/raw.mkv", Run),
    (
        "cargo run --release --example twopass -- probe",
        Skip("builds a release, and needs x264enc"),
    ),
    ("cmp demo-out/sent.yuv demo-out/restored.yuv", Run),
    ("gst-launch-1.0 -m videotestsrc num-buffers=5", Run),
    (
        "gst-launch-1.0 -m udpsrc port=5004",
        Beside(&[("udpsrc ", "udpsrc num-buffers=40 ")]),
    ),
    (
        "gst-launch-1.0 videotestsrc is-live=true",
        Edited(&[("is-live=true", "is-live=true num-buffers=60")]),
    ),
    (
        "gst-launch-1.0 videotestsrc num-buffers=0 ! featurecalibrate",
        Run,
    ),
    ("{ echo '# 30 everywhere'", Run),
];
