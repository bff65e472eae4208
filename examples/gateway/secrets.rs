// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Logins of cameras and of clients, kept out of everything that is printed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use url::Url;

use crate::file;

/// A text that is never shown.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one who must have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A user and a password.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

/// The address of a camera, with the login apart.
#[derive(Clone)]
pub struct Address {
    location: Secret,
    shown: String,
    pub login: Option<Login>,
}

impl Address {
    /// Takes a URL apart; errors don't repeat it, because it may hold a password.
    pub fn parse(text: &str) -> Result<Self> {
        let schemes = ["rtsp", "rtsps", "rtspt", "rtspu"];
        let mut url = Url::parse(text)
            .ok()
            .filter(|url| schemes.contains(&url.scheme()) && url.has_host())
            .context("its url is not of the form rtsp://HOST[:PORT]/STREAM")?;
        let decode = |text: &str| {
            percent_decode(text).ok_or_else(|| anyhow!("a login that is not percent-encoded UTF-8"))
        };
        let login = match url.password() {
            Some(password) => Some(Login {
                user: decode(url.username())?,
                password: Secret::new(decode(password)?),
            }),
            None if url.username().is_empty() => None,
            None => bail!("a user without a password"),
        };
        url.set_password(None)
            .and_then(|()| url.set_username(""))
            .map_err(|()| anyhow!("not an address that can have a login"))?;
        let location = Secret::new(url.as_str());
        // Many cameras take the password as a parameter.
        if url.query().is_some() {
            url.set_query(Some("***"));
        }
        Ok(Self {
            location,
            shown: url.into(),
            login,
        })
    }

    /// The URL without user and password, for the element that connects.
    pub fn location(&self) -> &str {
        self.location.reveal()
    }

    /// The connection to the camera is encrypted.
    pub fn has_tls(&self) -> bool {
        self.location().starts_with("rtsps")
    }

    /// `text` with everything in it that nobody may read replaced.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.replace(self.location(), &self.shown);
        if let Some((_, query)) = self.location().split_once('?') {
            masked = masked.replace(query, "***");
        }
        let password = self.login.iter().map(|login| login.password.reveal());
        for secret in password.filter(|password| !password.is_empty()) {
            masked = masked.replace(secret, "***");
        }
        masked
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The explanation of a file's error that repeats nothing of it.
fn form(form: &str) -> impl FnOnce(&str) -> String {
    move |_| format!("expected TOML of the form {form}")
}

/// The logins of a TOML file: `[NAME]`, `user = "..."`, `password = "..."`.
pub fn logins(path: &Path) -> Result<BTreeMap<String, Login>> {
    file::read(path, form("[NAME], user = \"...\", password = \"...\""))
}

/// The clients of a TOML file: `USER = "PASSWORD"`.
pub fn users(path: &Path) -> Result<BTreeMap<String, Secret>> {
    let users: BTreeMap<String, Secret> = file::read(path, form("USER = \"PASSWORD\""))?;
    if users.is_empty() {
        bail!(
            "{} has no user: add a line USER = \"PASSWORD\"",
            path.display()
        );
    }
    Ok(users)
}

/// `text` without what follows the scheme of URLs: a login may be there.
pub fn mask_urls(text: &str) -> String {
    let mut parts = text.split("://");
    let mut masked = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = part.find(['"', '`', '\'', ' ', '\n']).unwrap_or(part.len());
        masked.push_str("://***");
        masked.push_str(&part[end..]);
    }
    masked
}

/// The login that the environment has for a camera: `GATEWAY_NAME_USER` and `GATEWAY_NAME_PASSWORD`,
/// the name in capitals and `_` for `-`.
pub fn login_from_environment(name: &str) -> Option<Login> {
    Some(Login {
        user: std::env::var(variable(name, "USER")).ok()?,
        password: Secret::new(std::env::var(variable(name, "PASSWORD")).ok()?),
    })
}

/// The URL that the environment has for a camera: `GATEWAY_NAME_URL`.
pub fn url_from_environment(name: &str) -> Option<Secret> {
    std::env::var(variable(name, "URL")).ok().map(Secret::new)
}

/// The environment's variable for a camera.
pub fn variable(name: &str, what: &str) -> String {
    let name = name.to_uppercase().replace('-', "_");
    format!("GATEWAY_{name}_{what}")
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(16 * digit()? + digit()?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let address = Address::parse("rtsp://root:p%40ss@cam:554/a?user=u&key=k3y").unwrap();
        assert_eq!(address.location(), "rtsp://cam:554/a?user=u&key=k3y");
        let login = address.login.clone().unwrap();
        assert_eq!(
            (login.user.as_str(), login.password.reveal()),
            ("root", "p@ss")
        );
        for shown in [
            address.to_string(),
            format!("{address:?} {login:?}"),
            address.mask("Failed: rtsp://cam:554/a?user=u&key=k3y, p@ss, user=u&key=k3y"),
        ] {
            assert!(!shown.contains("p@ss") && !shown.contains("k3y"), "{shown}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_url() {
        for bad in [
            "rtsp://a:pa:ss@",
            "http://a:pass@cam/",
            "rtsp://pass@cam/",
            "pass",
            "rtsp://a:%zzpass@cam/",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert!(!format!("{error:#}").contains("pass@"), "{error:#}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[door]\nuser = \"a\"\npassword = hunter2\n").unwrap();
        let error = format!("{:#}", logins(file.path()).unwrap_err());
        assert!(
            error.contains("line 3") && !error.contains("hunter2"),
            "{error}"
        );
    }
}
