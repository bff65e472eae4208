// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Table files on disk.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gstfeaturedistill::files::Cause;
use gstfeaturedistill::tables::file::{self, MAX_BYTES};
use gstfeaturedistill::tables::presets;

use super::{cjpeg, rows};

fn cause(path: &Path) -> Cause {
    let error = file::read(path).unwrap_err();
    assert_eq!(error.path, path);
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: ", path.display()))
    );
    error.cause
}

#[test]
fn formats_are_recognized_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.jpg");
    let tables = presets::annex_k();
    fs::write(&path, tables.to_string()).unwrap();
    assert_eq!(file::read(&path).unwrap(), tables);
    fs::write(&path, cjpeg(&["-quality", "50"])).unwrap();
    assert_eq!(file::read(&path).unwrap(), tables);
}

#[test]
fn texts_are_limited_to_a_mebibyte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.txt");
    let mut text = rows(1).into_bytes();
    text.resize(usize::try_from(MAX_BYTES).unwrap(), b'\n');
    fs::write(&path, &text).unwrap();
    assert!(file::read(&path).is_ok());
    text.push(b'\n');
    fs::write(&path, &text).unwrap();
    assert!(matches!(cause(&path), Cause::TooLarge(MAX_BYTES)));
}

/// Nothing behind the first scan's marker is read, and no more in front of it than is needed.
#[test]
fn jpeg_files_of_any_size_are_read_up_to_the_first_scan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frame.jpg");
    let jpeg = cjpeg(&["-quality", "50"]);
    let write_with_head = |length: usize| {
        let whole = usize::from(u16::MAX) + 2;
        let mut head = [0xff, 0xe1, 0xff, 0xff].to_vec();
        head.resize(whole, 7);
        let mut head = head.repeat(length / whole);
        head.resize(length, 0xff);
        fs::write(&path, [&jpeg[..2], &head, &jpeg[2..]].concat()).unwrap();
    };
    // The first bytes read end everywhere in the tables.
    let heads = (65_300..65_536).step_by(3).chain([0, 200_000, 3 << 20]);
    for length in heads {
        write_with_head(length);
        assert_eq!(file::read(&path).unwrap(), presets::annex_k(), "{length}");
    }
    let file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    // (A file with a hole.)
    file.set_len(1 << 33).unwrap();
    assert_eq!(file::read(&path).unwrap(), presets::annex_k());
}

#[test]
fn jpeg_files_without_a_scan_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frame.jpg");
    fs::write(&path, [0xff, 0xd8]).unwrap();
    let text = || file::read(&path).unwrap_err().to_string();
    let end = ": byte 2: found the end of the file, expected 1 more bytes of a marker";
    assert!(text().ends_with(end), "{}", text());
    let file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.set_len(1 << 33).unwrap();
    let end = ": byte 67108864: found no scan up to here, expected one within 67108864 bytes";
    assert!(text().ends_with(end), "{}", text());
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.txt");
    assert!(matches!(cause(&path), Cause::Io(_)));
    assert!(matches!(cause(folder.path()), Cause::NotAFile));
    fs::write(&path, "1 2 three").unwrap();
    assert!(matches!(cause(&path), Cause::Content(_)));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(cause(&pipe), Cause::NotAFile));
    assert!(matches!(cause(Path::new("/dev/zero")), Cause::NotAFile));
}

/// Whoever may write the folder may swap the file at any time.
#[cfg(unix)]
#[test]
fn a_pipe_that_takes_the_place_of_a_file_is_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let [file, pipe, path] = ["file", "pipe", "path"].map(|name| folder.path().join(name));
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::write(&file, rows(1)).unwrap();
    std::os::unix::fs::symlink(&file, &path).unwrap();
    let (sender, done) = std::sync::mpsc::channel();
    std::thread::spawn({
        let path = path.clone();
        move || {
            let results: Vec<_> = (0..20_000).map(|_| file::read(&path)).collect();
            sender.send(results)
        }
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    let results = loop {
        for target in [&pipe, &file] {
            let new = folder.path().join("new");
            std::os::unix::fs::symlink(target, &new).unwrap();
            fs::rename(new, &path).unwrap();
        }
        match done.try_recv() {
            Ok(results) => break results,
            Err(_) => assert!(Instant::now() < deadline, "waits for the pipe"),
        }
    };
    for result in results {
        match result {
            Ok(tables) => assert_eq!(tables, file::parse(rows(1).as_bytes()).unwrap()),
            Err(error) => assert!(matches!(error.cause, Cause::NotAFile), "{error}"),
        }
    }
}
