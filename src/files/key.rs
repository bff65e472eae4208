// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Files of keys.

use std::fmt;
use std::path::Path;

use super::error::{Cause, FileError};
use super::read::{content, load};

/// Bytes of a key.
const LEN: usize = 32;

/// A secret of 32 bytes, which is shown nowhere.
#[derive(Clone)]
pub struct Key {
    bytes: [u8; LEN],
    is_readable_by_others: bool,
}

impl Key {
    /// Reads a key from the regular file at `path`: 32 bytes, or 64 hexadecimal digits and maybe a line feed.
    ///
    /// # Errors
    /// If the file can't be read or holds something else. The error names the file and quotes nothing of it.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        load(path, |file| {
            let is_readable_by_others = is_readable_by_others(&file.metadata()?);
            // 64 digits and the longest end of a line.
            let found = content(file, 2 * LEN as u64 + 2)?;
            Ok(Self {
                bytes: parse(&found).map_err(Cause::content)?,
                is_readable_by_others,
            })
        })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; LEN] {
        &self.bytes
    }

    /// True if the file that it was read from can be read by more users than its owner.
    pub fn is_readable_by_others(&self) -> bool {
        self.is_readable_by_others
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Content that isn't a key. It quotes nothing, as what is wrong may be part of a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 bytes or 64 hexadecimal digits, found {0} bytes that are neither")]
struct NoKey(usize);

fn parse(found: &[u8]) -> Result<[u8; LEN], NoKey> {
    if let Ok(bytes) = found.try_into() {
        return Ok(bytes);
    }
    let digits = found.strip_suffix(b"\n").unwrap_or(found);
    let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(NoKey(found.len()));
    };
    let byte = |&[high, low]: &[u8; 2]| Some((digit(high)? << 4) | digit(low)?);
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(NoKey(found.len()))
}

/// The value of a hexadecimal digit.
fn digit(character: u8) -> Option<u8> {
    let value = char::from(character).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(unix)]
fn is_readable_by_others(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o044 != 0
}

/// Rights aren't known here.
#[cfg(not(unix))]
fn is_readable_by_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_or_64_digits() {
        let bytes: [u8; LEN] = std::array::from_fn(|i| 7 * i as u8 + 5);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(parse(&bytes), Ok(bytes));
        for end in ["", "\n", "\r\n"] {
            assert_eq!(parse(format!("{digits}{end}").as_bytes()), Ok(bytes));
            let upper = digits.to_uppercase() + end;
            assert_eq!(parse(upper.as_bytes()), Ok(bytes));
        }
        for wrong in [
            String::new(),
            digits[1..].to_owned(),
            digits.clone() + "0",
            digits.clone() + "\n\n",
            digits.replace('5', "g"),
            "x".repeat(31),
            "x".repeat(33),
        ] {
            assert_eq!(
                parse(wrong.as_bytes()),
                Err(NoKey(wrong.len())),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn files_that_are_no_keys_are_refused_without_a_word_of_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for content in ["secret".to_owned(), "secret".repeat(1000)] {
            std::fs::write(&path, &content).unwrap();
            let text = Key::read(&path).unwrap_err().to_string();
            assert!(!text.contains("secret"), "{text}");
            assert!(text.starts_with(path.to_str().unwrap()), "{text}");
        }
        std::fs::write(&path, [b'k'; LEN]).unwrap();
        let key = Key::read(&path).unwrap();
        assert_eq!(key.bytes(), &[b'k'; LEN]);
        assert_eq!(format!("{key:?}"), "Key");
    }

    #[cfg(unix)]
    #[test]
    fn rights_of_others_are_seen() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, [1; LEN]).unwrap();
        for (mode, expected) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let key = Key::read(&path).unwrap();
            assert_eq!(key.is_readable_by_others(), expected, "{mode:o}");
        }
    }
}
