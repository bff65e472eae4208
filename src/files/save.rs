// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! File writing: whole or not at all.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{Cause, FileError};
use super::place::{folder, is_pinned, resolve, target};
use super::read;

/// Prefix of temporary files; one may be left where the process is killed while it writes.
const PREFIX: &str = ".featurecalibrate-";

/// Writes `files`, each of them whole or not at all, even if the power fails in between.
///
/// All are written beside their places before the first one is put into place. A file that is there
/// already is replaced and keeps its permissions; where its path is a link, the file that it points at
/// (which is made, if it isn't there).
///
/// A file whose name can't be given to another one is written in place: one that is mounted there, or that
/// lies in a folder that takes no new file. If the disk is full it stays as it was; if the power fails it
/// may be left in part.
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
                none if none.is_empty() => cause,
                written => Cause::Partial {
                    cause: Box::new(cause),
                    written,
                },
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
    let probed = Draft::write(path, &[]).and_then(|draft| match &draft.beside {
        Some(file) if is_pinned(&draft.target, &file.as_file().metadata()?) => {
            in_place(&draft.target).map(drop)
        }
        _ => Ok(()),
    });
    probed.map_err(|cause| FileError::new(path, cause))
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

/// The content of a file that is not yet in its place.
struct Draft<'a> {
    /// It under another name, in the same folder; None if the folder takes no new file, but there is one
    /// that can be written.
    beside: Option<NamedTempFile>,
    content: &'a [u8],
    target: PathBuf,
}

impl<'a> Draft<'a> {
    fn write(path: &Path, content: &'a [u8]) -> Result<Self, Cause> {
        let (target, permissions) = target(path)?;
        let beside = match write_beside(&target, permissions, content) {
            Ok(file) => Some(file),
            Err(_) if in_place(&target).is_ok() => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            beside,
            content,
            target,
        })
    }

    fn publish(self) -> Result<(), Cause> {
        let Some(file) = self.beside else {
            return overwrite(in_place(&self.target)?, self.content);
        };
        match file.persist(&self.target) {
            Ok(_) => sync_folder(&self.target),
            Err(refused) => {
                // Makes room for it.
                drop(refused.file);
                let file = in_place(&self.target).map_err(|_| refused.error)?;
                overwrite(file, self.content)?;
            }
        }
        Ok(())
    }
}

fn write_beside(
    target: &Path,
    permissions: Option<Permissions>,
    content: &[u8],
) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    // As any other program would make it: readable to all, as far as the umask allows.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder(target))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the new name reach the disk, too. Not every system can be asked to see to that.
fn sync_folder(target: &Path) {
    if let Ok(folder) = File::open(folder(target)) {
        let _ = folder.sync_all();
    }
}

/// The file that is at `target`, opened to be written.
fn in_place(target: &Path) -> Result<File, Cause> {
    let file = read::open(target, OpenOptions::new().write(true))?;
    read::checked(file)
}

/// Replaces the content of `file`. Where there is no room for more bytes than it has, it stays as it was.
fn overwrite(mut file: File, content: &[u8]) -> Result<(), Cause> {
    let before = file.metadata()?.len();
    let kept = usize::try_from(before).map_or(content.len(), |len| len.min(content.len()));
    let (old, new) = content.split_at(kept);
    let mut extend = || {
        file.seek(SeekFrom::Start(before))?;
        file.write_all(new)?;
        file.sync_all()
    };
    if let Err(error) = extend() {
        let _ = file.set_len(before);
        return Err(error.into());
    }
    let mut replace = || {
        file.rewind()?;
        file.write_all(old)?;
        file.set_len(content.len() as u64)?;
        file.sync_all()
    };
    replace().map_err(Cause::Damaged)
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    /// As where the name of a file can't be given to another one.
    #[test]
    fn a_file_written_in_place_gets_the_new_content_whatever_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        for content in ["", "short", "longer than the one before", "short again"] {
            fs::write(&file, "old content").unwrap();
            overwrite(in_place(&file).unwrap(), content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
        }
        assert!(in_place(&folder.path().join("none")).is_err());
        assert!(matches!(
            in_place(Path::new("/dev/null")),
            Err(Cause::NotAFile)
        ));
    }
}
