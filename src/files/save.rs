// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Atomic file writing.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{Cause, FileError};

/// Prefix of temporary files; one may be left where the process is killed while it writes.
const PREFIX: &str = ".featurecalibrate-";

/// Writes `files`, each of them whole or not at all, even if the power fails in between.
///
/// All are written beside their places before the first one is put into place. A file that is there
/// already is replaced and keeps its permissions; where its path is a link, the file that it points at
/// (which is made, if it isn't there).
///
/// # Errors
/// If a file can't be written: nothing has changed then, unless the error says so.
pub(crate) fn save(files: &[(impl AsRef<Path>, impl AsRef<[u8]>)]) -> Result<(), FileError> {
    let mut drafts = Vec::new();
    for (path, content) in files {
        let path = path.as_ref();
        let draft = Draft::write(path, content.as_ref());
        drafts.push((path, draft.map_err(|cause| FileError::new(path, cause))?));
    }
    let mut written = Vec::new();
    for (path, draft) in drafts {
        draft.publish().map_err(|cause| {
            let cause = match std::mem::take(&mut written) {
                none if none.is_empty() => Cause::Io(cause),
                written => Cause::Partial { cause, written },
            };
            FileError::new(path, cause)
        })?;
        written.push(path.to_owned());
    }
    Ok(())
}

/// Finds out whether [`save`] could write to `path`, so far.
///
/// # Errors
/// If it could not.
pub(crate) fn probe(path: &Path) -> Result<(), FileError> {
    match Draft::write(path, &[]) {
        Ok(_dropped) => Ok(()),
        Err(cause) => Err(FileError::new(path, cause)),
    }
}

/// The first of `paths` that leads to the same file as one before it.
pub(crate) fn repeated<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Option<&'a Path> {
    let mut seen = Vec::new();
    paths.into_iter().find(|path| {
        let file = resolve(path).unwrap_or_else(|_| path.to_path_buf());
        let again = seen.contains(&file);
        seen.push(file);
        again
    })
}

/// A file under another name, in the same folder.
struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    fn write(path: &Path, content: &[u8]) -> Result<Self, Cause> {
        let (target, permissions) = target(path)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        // As any other program would make it: readable to all, as far as the umask allows.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder(&target))?;
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(Self { file, target })
    }

    fn publish(self) -> io::Result<()> {
        self.file.persist(&self.target)?;
        // The new name, too, has to reach the disk. Not every system can be asked to see to that.
        if let Ok(folder) = File::open(folder(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// The file to write, and the permissions of the one that is there.
fn target(path: &Path) -> Result<(PathBuf, Option<Permissions>), Cause> {
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
fn resolve(path: &Path) -> io::Result<PathBuf> {
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

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name =
            |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_written_and_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
        save(&[(&a, &b"first"[..])]).unwrap();
        save(&[(&a, &b"second"[..]), (&b, &b"third"[..])]).unwrap();
        assert_eq!(fs::read(&a).unwrap(), b"second");
        assert_eq!(fs::read(&b).unwrap(), b"third");
        assert_eq!(names(folder.path()), ["a", "b"]);
    }

    #[test]
    fn a_failure_leaves_all_files_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        fs::write(&good, b"old").unwrap();
        for bad in ["missing/file", "good/file", "/dev/full", "."] {
            let bad = folder.path().join(bad);
            let error = save(&[(&good, &b"new"[..]), (&bad, &b"new"[..])]).unwrap_err();
            assert_eq!(error.path, bad);
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{}: ", bad.display())),
                "{error}"
            );
            assert!(probe(&bad).is_err());
            assert_eq!(fs::read(&good).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["good"]);
        }
    }

    #[test]
    fn probing_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        fs::write(&old, b"old").unwrap();
        probe(&old).unwrap();
        probe(&new).unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["old"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, b"old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        save(&[(&link, &b"new"[..])]).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn links_to_nothing_stay_and_their_targets_are_made() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let [inner, link] = ["inner", "link"].map(|name| folder.path().join(name));
        fs::create_dir(&inner).unwrap();
        symlink("inner/second", &link).unwrap();
        symlink("new", inner.join("second")).unwrap();
        probe(&link).unwrap();
        assert_eq!(names(&inner), ["second"]);
        save(&[(&link, &b"new"[..])]).unwrap();
        assert_eq!(fs::read(inner.join("new")).unwrap(), b"new");
        for link in [&link, &inner.join("second")] {
            assert!(link.symlink_metadata().unwrap().is_symlink());
        }
        for (name, to) in [("lost", "none/new"), ("circle", "circle")] {
            let link = folder.path().join(name);
            symlink(to, &link).unwrap();
            assert!(save(&[(&link, b"new")]).is_err(), "{name}");
            assert!(link.symlink_metadata().unwrap().is_symlink());
        }
    }

    #[test]
    fn the_same_file_under_two_names_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "./a"].map(|name| folder.path().join(name));
        assert_eq!(repeated([&*a, &*b]), Some(&*b));
        assert_eq!(repeated([&*a, Path::new("none/a"), Path::new("a")]), None);
    }
}
