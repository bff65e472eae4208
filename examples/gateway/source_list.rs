// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The list of digests that the gateway at a camera's source has, over HTTP.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gstfeaturedistill::codec::Digest;
use url::Url;

/// The part of an address that stands for the camera's name.
const NAME: &str = "NAME";

/// Time for a request and its answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Largest list, bytes: those of more than a minute at 100 frames a second.
const MAX_SIZE: u64 = 1 << 19;

/// The address of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceList(Url);

impl SourceList {
    /// Takes the address of the list of the camera `name`. Errors don't repeat it: it may hold a password
    /// that shouldn't be there.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let form = "source-digests is not of the form http://HOST:PORT/digests/NAME";
        let mut url = Url::parse(text).ok().context(form)?;
        let is_plain = url.scheme() == "http" && url.has_host() && url.query().is_none();
        let has_login = !url.username().is_empty() || url.password().is_some();
        ensure!(is_plain && !has_login, form);
        let path = url.path().replace(NAME, name);
        url.set_path(&path);
        Ok(Self(url))
    }

    /// True if cameras of different names have different lists.
    pub fn has_name(text: &str) -> bool {
        Url::parse(text).is_ok_and(|url| url.path().contains(NAME))
    }

    /// Reads the list, the oldest digest first.
    pub fn read(&self) -> Result<Vec<Digest>> {
        // A proxy of the environment is not part of the channel that the operator has chosen.
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build();
        let mut answer = config.new_agent().get(self.0.as_str()).call()?;
        ensure!(answer.status() == 200, "HTTP status {}", answer.status());
        let body = answer.body_mut().with_config().limit(MAX_SIZE);
        let text = body.read_to_string()?;
        let digests = text.lines().map(|line| Ok(line.trim().parse()?));
        digests.collect()
    }
}

impl fmt::Display for SourceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// The list as read from a server that gives that answer.
    fn read(answer: &'static str) -> Result<Vec<Digest>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            // The client may have enough before it ends.
            let _ = stream.write_all(answer.as_bytes());
        });
        let list = SourceList::parse(&format!("http://{address}/digests/NAME"), "door").unwrap();
        let result = list.read();
        server.join().unwrap();
        result
    }

    #[test]
    fn the_name_of_the_camera_is_put_in() {
        let list = |text| SourceList::parse(text, "door").unwrap().to_string();
        assert_eq!(
            list("http://edge:9464/digests/NAME"),
            "http://edge:9464/digests/door"
        );
        assert_eq!(list("http://edge/digests/gate"), "http://edge/digests/gate");
    }

    #[test]
    fn an_address_with_a_login_is_refused_and_not_repeated() {
        for bad in [
            "http://root:s3same@edge/digests/NAME",
            "https://edge/digests/s3same",
            "http://edge/digests/NAME?key=s3same",
            "s3same",
        ] {
            let error = SourceList::parse(bad, "door").unwrap_err().to_string();
            assert!(!error.contains("s3same"), "{error}");
        }
    }

    #[test]
    fn only_a_whole_list_is_one() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(read(ok).unwrap(), []);
        for bad in [
            "",
            "nonsense",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ] {
            read(bad).expect_err(bad);
        }
    }

    #[test]
    fn a_list_without_end_is_refused() {
        let line = format!("{:064}\n", 0);
        let body = line.repeat(9000);
        let answer = format!("HTTP/1.0 200 OK\r\n\r\n{body}");
        let error = read(answer.leak()).unwrap_err().to_string();
        assert!(error.contains("large"), "{error}");
    }
}
