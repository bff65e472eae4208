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
fn text_is_limited_to_a_mebibyte() {
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
