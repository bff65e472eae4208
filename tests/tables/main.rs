// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files and quality scaling, against hand-made files, libjpeg-turbo's cjpeg and ImageMagick.

mod decoders;
mod files;
mod jpeg;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "../support/libjpeg.rs"]
mod libjpeg;
mod random;
#[path = "../support/tables.rs"]
mod support;
mod text;
mod xml;

use std::fs;
use std::path::Path;
use std::process::Command;

use gstfeaturedistill::tables::{QuantTable, file, presets};

/// Steps in a table.
const AREA: usize = 64;

/// A small picture of three components, so that cjpeg writes tables for luma and for chroma.
fn ppm() -> Vec<u8> {
    let samples = (0..3 * 8 * 8u8).collect();
    [b"P6 8 8 255\n".to_vec(), samples].concat()
}

/// The file that cjpeg makes of [`ppm`].
fn cjpeg(options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.ppm"), folder.path().join("out.jpg"));
    fs::write(&input, ppm()).unwrap();
    let run = Command::new("cjpeg")
        .args(options)
        .arg("-outfile")
        .args([&output, &input])
        .output()
        .expect("cjpeg (Debian: libjpeg-turbo-progs)");
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "cjpeg {options:?}: {complaint}");
    fs::read(output).unwrap()
}

/// The file that cjpeg makes of [`ppm`] with the table file `text`.
fn cjpeg_with_tables(text: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tables.txt");
    fs::write(&path, text).unwrap();
    cjpeg(&[&["-qtables", path.to_str().unwrap(), "-baseline"], options].concat())
}

/// The message for content that is refused.
fn error(content: impl AsRef<[u8]>) -> String {
    file::parse(content.as_ref()).unwrap_err().to_string()
}

/// `tables` times 64 steps, eight a line.
fn rows(tables: usize) -> String {
    "1 2 3 4 5 6 7 8\n".repeat(8 * tables)
}

fn flat(step: u8) -> QuantTable {
    QuantTable::new([step; AREA]).unwrap()
}

/// The seeds of the fuzz target: whole, cut anywhere, damaged anywhere.
#[test]
fn damaged_seeds_are_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tables");
    let seeds = fs::read_dir(folder).unwrap();
    let seeds: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
    assert!(!seeds.is_empty());
    for path in seeds {
        let mut bytes = fs::read(&path).unwrap();
        assert!(file::parse(&bytes).is_ok(), "{}", path.display());
        support::check(&bytes);
        for index in 0..bytes.len() {
            support::check(&bytes[..index]);
            for damage in *b"\0<\n9\xff" {
                let byte = std::mem::replace(&mut bytes[index], damage);
                support::check(&bytes);
                bytes[index] = byte;
            }
        }
    }
}

#[test]
fn annex_k_equals_cjpegs_tables_at_every_quality() {
    for quality in 1..=100 {
        let jpeg = cjpeg(&["-quality", &quality.to_string(), "-baseline"]);
        let tables = presets::annex_k().scaled(quality);
        assert_eq!(file::parse(&jpeg), Ok(tables), "quality {quality}");
    }
}
