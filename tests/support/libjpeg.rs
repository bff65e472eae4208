// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! libjpeg-turbo's command-line tools, an independent definition of the round trip.

use std::path::Path;
use std::process::Command;

/// Rows of `channels` interleaved 8-bit samples, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub samples: Vec<u8>,
}

impl Picture {
    fn write_pnm(&self, path: &Path) {
        let magic = if self.channels == 1 { "P5" } else { "P6" };
        let mut file = format!("{magic}\n{} {}\n255\n", self.width, self.height).into_bytes();
        file.extend(&self.samples);
        std::fs::write(path, file).expect("write a PNM file");
    }

    /// Reads a file of `djpeg`: three header lines without comments, then the samples.
    fn parse_pnm(bytes: &[u8]) -> Self {
        let mut parts = bytes.splitn(4, |&byte| byte == b'\n');
        let mut line = || std::str::from_utf8(parts.next().expect("a header line")).expect("ASCII");
        let channels = match line() {
            "P5" => 1,
            "P6" => 3,
            other => panic!("djpeg wrote a {other} file"),
        };
        let size: Vec<usize> = line()
            .split(' ')
            .map(|n| n.parse().expect("a size"))
            .collect();
        assert_eq!(line(), "255");
        let samples = parts.next().expect("samples").to_vec();
        assert_eq!(samples.len(), size[0] * size[1] * channels);
        Self {
            width: size[0],
            height: size[1],
            channels,
            samples,
        }
    }
}

/// Color conversion and tables of cjpeg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorPath {
    /// One gray plane.
    Gray,
    /// R, G, B stored as they are, all with the first table.
    Rgb,
    /// YCbCr without subsampling.
    YCbCr444,
}

/// `djpeg -dct int (cjpeg -dct int -qtables … (picture))`.
pub fn round_trip(
    picture: &Picture,
    luma: &[u8; 64],
    chroma: &[u8; 64],
    path: ColorPath,
) -> Picture {
    decode(&encode(picture, luma, chroma, path))
}

/// The file that `cjpeg -dct int -qtables …` makes of a picture.
pub fn encode(picture: &Picture, luma: &[u8; 64], chroma: &[u8; 64], path: ColorPath) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (pnm, tables) = (dir.path().join("in.pnm"), dir.path().join("tables.txt"));
    picture.write_pnm(&pnm);
    std::fs::write(&tables, table_text(luma) + &table_text(chroma)).expect("write tables");

    let mut cjpeg = Command::new("cjpeg");
    cjpeg
        .args(["-dct", "int", "-baseline", "-quality", "50", "-qtables"])
        .arg(&tables);
    match path {
        ColorPath::Gray => cjpeg.arg("-grayscale"),
        ColorPath::Rgb => cjpeg.args(["-rgb", "-qslots", "0,0,0", "-sample", "1x1"]),
        ColorPath::YCbCr444 => cjpeg.args(["-qslots", "0,1,1", "-sample", "1x1"]),
    };
    run(cjpeg.arg(&pnm))
}

/// The picture that `djpeg -dct int` makes of a file; subsampled chroma is repeated, not interpolated.
pub fn decode(jpeg: &[u8]) -> Picture {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("in.jpg");
    std::fs::write(&path, jpeg).expect("write a JPEG file");
    Picture::parse_pnm(&run(Command::new("djpeg")
        .args(["-dct", "int", "-nosmooth", "-pnm"])
        .arg(&path)))
}

fn table_text(table: &[u8; 64]) -> String {
    table.iter().map(|step| format!("{step}\n")).collect()
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error} (is libjpeg-turbo-progs installed? `make deps` does it)")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
