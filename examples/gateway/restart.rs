// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The start of the program in an environment of its own.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::secrets;

/// Setting of the C library: the number of heaps that threads share out among them. With the usual eight a core, the
/// parts that camera after camera leaves in them add up to tens of megabytes.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

/// Starts the program again where its environment or its arguments have to be others; returns where they are
/// right.
///
/// URLs that may hold a login leave the arguments, which everybody may list, for the environment, which nobody
/// else may read.
pub fn if_needed() -> Result<()> {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let (shown, mut environment) = hide(arguments);
    let hides = !environment.is_empty();
    if std::env::var_os(ARENAS.0).is_none() {
        environment.push((ARENAS.0.into(), ARENAS.1.into()));
    }
    if environment.is_empty() {
        return Ok(());
    }
    let again = std::env::current_exe().map(|path| {
        let mut command = Command::new(path);
        // It comes back with an error only.
        command.arg0(program).args(shown).envs(environment).exec()
    });
    match again {
        Ok(error) | Err(error) if hides => {
            Err(error).context("can't hide the logins of --camera: use --credentials FILE")
        }
        // More memory is no reason not to start.
        _ => Ok(()),
    }
}

/// The arguments without URLs that may hold a login, and variables that hold these.
fn hide(arguments: impl Iterator<Item = OsString>) -> (Vec<OsString>, Vec<(String, String)>) {
    let mut shown = Vec::new();
    let mut hidden = Vec::new();
    for argument in arguments {
        let follows = shown.last().is_some_and(|last| last == "--camera");
        let camera = argument.to_str().and_then(|text| {
            let (option, text) = match text.strip_prefix("--camera=") {
                Some(text) => ("--camera=", text),
                None => ("", follows.then_some(text)?),
            };
            let (name, url) = text.split_once('=')?;
            let may_have_login = url.contains(['@', '?']);
            may_have_login.then(|| {
                (
                    format!("{option}{name}"),
                    secrets::variable(name, "URL"),
                    url,
                )
            })
        });
        match camera {
            Some((without_url, variable, url)) => {
                hidden.push((variable, url.to_string()));
                shown.push(without_url.into());
            }
            None => shown.push(argument),
        }
    }
    (shown, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_with_logins_leave_the_arguments() {
        let arguments = [
            "--camera",
            "door=rtsp://a:b@c/1",
            "--camera=back-yard=rtsp://c/1?key=k",
            "--camera=hall=rtsp://c/2",
            "--filter",
            "preset=one-pass",
        ];
        let (shown, hidden) = hide(arguments.iter().map(OsString::from));
        let expected = [
            "--camera",
            "door",
            "--camera=back-yard",
            "--camera=hall=rtsp://c/2",
            "--filter",
            "preset=one-pass",
        ];
        assert_eq!(shown, expected);
        let expected = [
            ("GATEWAY_DOOR_URL", "rtsp://a:b@c/1"),
            ("GATEWAY_BACK_YARD_URL", "rtsp://c/1?key=k"),
        ];
        assert_eq!(
            hidden,
            expected.map(|(name, url)| (name.to_string(), url.to_string()))
        );
    }
}
