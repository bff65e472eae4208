// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Places of files that are to be written.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::error::Cause;

/// The file to write, and the permissions of the one that is there.
pub(super) fn target(path: &Path) -> Result<(PathBuf, Option<Permissions>), Cause> {
    let target = resolve(path)?;
    match fs::metadata(&target) {
        Ok(found) if found.is_file() => Ok((target, Some(found.permissions()))),
        // Renaming would put a file in the place of a device.
        Ok(_) => Err(Cause::NotAFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((target, None)),
        Err(error) => Err(error.into()),
    }
}

/// The one name of the file that `path` leads to, be it there or not: absolute, all links followed.
///
/// # Errors
/// If the folder that the file is in isn't there, or links go in circles.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let missing = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => error,
        found => return found,
    };
    let folder = folder(path).canonicalize()?;
    match (fs::read_link(path), path.file_name()) {
        // (The system has refused links that go in circles.)
        (Ok(to), _) => resolve(&folder.join(to)),
        (Err(_), Some(name)) => Ok(folder.join(name)),
        (Err(_), None) => Err(missing),
    }
}

/// The folder that the file at `path` is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// True if the name `target` can't be given to another file, `own`: a file is mounted there, or it belongs to
/// somebody else in a folder where that protects it.
#[cfg(unix)]
pub(super) fn is_pinned(target: &Path, own: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    /// The sticky bit of a folder.
    const STICKY: u32 = 0o1000;
    let (Ok(found), Ok(folder)) = (fs::metadata(target), fs::metadata(folder(target))) else {
        return false;
    };
    let owners = [found.uid(), folder.uid()];
    let is_protected =
        folder.mode() & STICKY != 0 && own.uid() != 0 && !owners.contains(&own.uid());
    is_protected || is_mount_point(target)
}

/// A folder in which no name is protected.
#[cfg(not(unix))]
pub(super) fn is_pinned(_target: &Path, _own: &Metadata) -> bool {
    false
}

/// True if something is mounted at `path`, as far as Linux tells.
#[cfg(unix)]
fn is_mount_point(path: &Path) -> bool {
    /// Field of a line that has the mount point: proc_pid_mountinfo(5).
    const MOUNT_POINT: usize = 4;
    let escaped = |byte: &u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
        byte => vec![*byte],
    };
    let path = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    let path: Vec<u8> = path.iter().flat_map(escaped).collect();
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    mounts
        .split(|&byte| byte == b'\n')
        .filter_map(|line| line.split(|&byte| byte == b' ').nth(MOUNT_POINT))
        .any(|point| point == path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_told_from_other_places() {
        assert!(is_mount_point(Path::new("/proc")));
        assert!(!is_mount_point(Path::new("/proc/self")));
        let own = fs::metadata("/proc/self/status").unwrap();
        assert!(!is_pinned(Path::new("/proc/none"), &own));
    }
}
