// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Clients of RTSP: ffmpeg, and one by hand that says no more than it must.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::process::PATIENCE;

/// Size of the frames that a client asks for.
pub const SIZE: (usize, usize) = (160, 120);

/// The first I420 frames that ffmpeg gets from a URL.
pub fn ffmpeg_frames(url: &str, count: usize) -> Result<Vec<Vec<u8>>, String> {
    let mut command = Command::new("timeout");
    command
        .args([
            "180",
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-rtsp_transport",
            "tcp",
        ])
        .args(["-i", url, "-frames:v", &count.to_string()])
        .args([
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-fps_mode",
            "passthrough",
            "-",
        ]);
    let output = command
        .output()
        .expect("ffmpeg (make deps-gateway installs it)");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let bytes = SIZE.0 * SIZE.1 * 3 / 2;
    Ok(output.stdout.chunks(bytes).map(<[u8]>::to_vec).collect())
}

/// A connection that RTSP requests are written to by hand.
pub struct Connection {
    reader: BufReader<TcpStream>,
    url: String,
    sequence: u32,
}

/// The status and the headers of an answer.
pub struct Answer {
    pub status: u16,
    pub headers: String,
}

impl Connection {
    pub fn open(port: u16, path: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self {
            reader: BufReader::new(stream),
            url: format!("rtsp://127.0.0.1:{port}/{path}"),
            sequence: 0,
        }
    }

    pub fn request(&mut self, method: &str, suffix: &str, headers: &str) -> Answer {
        self.sequence += 1;
        let request = format!(
            "{method} {}{suffix} RTSP/1.0\r\nCSeq: {}\r\n{headers}\r\n",
            self.url, self.sequence
        );
        self.reader
            .get_mut()
            .write_all(request.as_bytes())
            .expect("a request");
        let mut headers = String::new();
        while !headers.ends_with("\r\n\r\n") {
            let read = self.reader.read_line(&mut headers).expect("an answer");
            assert!(read > 0, "the connection was closed after {headers:?}");
        }
        let value = |name: &str| {
            headers
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<usize>().ok())
        };
        let mut body = vec![0; value("Content-Length:").unwrap_or(0)];
        self.reader.read_exact(&mut body).expect("a body");
        let status = headers
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Answer {
            status: status.expect("a status"),
            headers,
        }
    }

    pub fn describe(&mut self) -> Answer {
        self.request("DESCRIBE", "", "Accept: application/sdp\r\n")
    }

    /// Sets up the stream over this connection and plays it; nothing is read from then on.
    pub fn play(&mut self) {
        assert_eq!(self.describe().status, 200);
        let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
        let answer = self.request("SETUP", "/stream=0", transport);
        assert_eq!(answer.status, 200, "{}", answer.headers);
        let session = answer
            .headers
            .lines()
            .find_map(|line| line.strip_prefix("Session: ")?.split(';').next())
            .expect("a session")
            .to_string();
        let answer = self.request("PLAY", "", &format!("Session: {session}\r\n"));
        assert_eq!(answer.status, 200, "{}", answer.headers);
    }
}

/// The status of DESCRIBE for a camera.
pub fn describe(port: u16, camera: &str) -> u16 {
    Connection::open(port, camera).describe().status
}
