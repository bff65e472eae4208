// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! Places where a file's name can't be given to another one, and full disks: in mount namespaces and under
//! a user of their own, for which root is needed.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;

/// Set in the process that has mounts of its own.
const OWN_MOUNTS: &str = "CALIBRATE_OWN_MOUNTS";

/// Somebody who owns nothing.
const NOBODY: &str = "65534";

/// Tells whether this process has mounts of its own. If not, runs the test called `name` in one that has,
/// where that is possible.
fn has_own_mounts(name: &str) -> bool {
    if std::env::var_os(OWN_MOUNTS).is_some() {
        return true;
    }
    let unshare = |program: &Path| {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private"])
            .arg(program);
        command
    };
    if !unshare(Path::new("true"))
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("SKIPPED: {name} needs root, to mount");
        return false;
    }
    let test = std::env::current_exe().expect("the path of this test");
    let mut command = unshare(&test);
    command
        .args(["--exact", &format!("mounts::{name}"), "--nocapture"])
        .env(OWN_MOUNTS, "1");
    assert!(command.status().expect("a test").success(), "see above");
    false
}

fn mount(arguments: &[&str]) {
    let status = Command::new("mount")
        .args(arguments)
        .status()
        .expect("mount");
    assert!(status.success(), "mount {arguments:?}");
}

/// As a file that is mounted into a container.
#[test]
fn a_mounted_file_is_written_in_place() {
    if !has_own_mounts("a_mounted_file_is_written_in_place") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // A name that the list of mounts escapes.
    let [outside, inside] = ["outside", "in side.txt"].map(|name| folder.path().join(name));
    fs::write(&outside, "x".repeat(100_000)).expect("a file");
    fs::write(&inside, "").expect("a file");
    let [from, to] = [&outside, &inside].map(|path| path.to_str().expect("UTF-8"));
    mount(&["--bind", from, to]);
    let line = format!("location=\"{to}\"");
    let mut filter = calibrate_frames(&line, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    assert!(end(&mut filter), "{:?}", filter.error());
    tables::file::read(&outside).expect("a table");
    assert_eq!(names(folder.path()), ["in side.txt", "outside"]);

    mount(&["-o", "remount,bind,ro", to]);
    let text = error_of(&format!(
        "videotestsrc ! featurecalibrate {line} ! fakesink"
    ));
    assert!(
        text.contains("Read-only file system"),
        "told at the start: {text}"
    );
}

#[test]
fn a_full_disk_leaves_old_files_alone_and_the_statistics_in_hand() {
    if !has_own_mounts("a_full_disk_leaves_old_files_alone_and_the_statistics_in_hand") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    mount(&[
        "-t",
        "tmpfs",
        "-o",
        "size=64k",
        "none",
        disk.to_str().expect("UTF-8"),
    ]);
    let [table, stats, filler] = ["t.txt", "s.json", "filler"].map(|name| disk.join(name));
    for path in [&table, &stats] {
        fs::write(path, "old").expect("a file");
    }
    let properties = format!(
        "location={} stats-location={}",
        table.display(),
        stats.display()
    );
    let mut filter = calibrate_frames(&properties, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    assert!(
        fs::write(&filler, vec![1; 1 << 20]).is_err(),
        "the disk is full"
    );
    assert!(!end(&mut filter));
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("s.json: No space left on device"), "{text}");
    assert_eq!(names(&disk), ["filler", "s.json", "t.txt"]);
    assert_eq!(fs::read(&stats).expect("a file"), b"old");

    let elsewhere = folder.path().join("s.json");
    assert!(write_to(&filter, "stats-location", &elsewhere));
    assert_eq!(frames_in(&elsewhere), 1);
    // The page that the file has is enough for it.
    tables::file::read(&table).expect("a table");
    fs::remove_file(&filler).expect("removed");
    assert!(write_to(&filter, "stats-location", &stats));
    assert_eq!(frames_in(&stats), 1);
}

/// Another user's file in a folder like /tmp can't be replaced, only written, where its mode allows that.
#[test]
fn another_users_file_in_a_sticky_folder_is_written_in_place_or_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    if folder.path().metadata().expect("a folder").uid() != 0 {
        eprintln!("SKIPPED: another user's file needs root");
        return;
    }
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    set_mode(folder.path(), 0o755);
    let plugin = folder.path().join("plugin");
    plugin_in(&plugin);
    let sticky = folder.path().join("sticky");
    fs::create_dir(&sticky).expect("a folder");
    set_mode(&sticky, 0o1777);
    let table = sticky.join("t.txt");
    fs::write(&table, "old").expect("a file");
    let launch = || {
        let line = "videotestsrc num-buffers=2 ! featurecalibrate location=t.txt ! fakesink";
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid",
            NOBODY,
            "--regid",
            NOBODY,
            "--clear-groups",
            "gst-launch-1.0",
        ]);
        command.args(line.split(' ')).current_dir(&sticky);
        command
            .env("GST_PLUGIN_PATH", &plugin)
            .env("GST_REGISTRY", sticky.join("registry"));
        command.output().expect("gst-launch-1.0")
    };
    set_mode(&table, 0o644);
    let refused = launch();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && text.contains("Permission denied"),
        "{text}"
    );
    assert!(!text.contains("PREROLL"), "{text}");
    assert_eq!(fs::read(&table).expect("a file"), b"old");
    set_mode(&table, 0o666);
    let written = launch();
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    tables::file::read(&table).expect("a table");
    assert_eq!(table.metadata().expect("a file").uid(), 0);
}
