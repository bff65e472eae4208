// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Programs under test: their output, their end, the ports and memory that they use.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

/// Time that anything may take; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Registers the plugin in the test's own process, once: a second time would free the first one's factories.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer");
        gstfeaturedistill::plugin_register_static().expect("the plugin");
    });
}

/// A program that is ended when it goes out of scope.
pub struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let lines = Arc::<Mutex<Vec<String>>>::default();
        collect(child.stdout.take().expect("a pipe"), &lines);
        collect(child.stderr.take().expect("a pipe"), &lines);
        Self { child, lines }
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("lines").clone()
    }

    /// Waits for a line with `text` among those from `begin` on; returns the number of lines so far.
    pub fn wait_for_after(&mut self, begin: usize, text: &str) -> usize {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.lines();
            if let Some(at) = lines
                .iter()
                .skip(begin)
                .position(|line| line.contains(text))
            {
                return begin + at + 1;
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(
                Instant::now() < deadline && ended.is_none(),
                "no line with {text:?} ({ended:?}):\n{}",
                lines.join("\n")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for a line that begins with `start` and contains `text`.
    pub fn line(&mut self, start: &str, text: &str) -> String {
        let fits = |line: &String| line.starts_with(start) && line.contains(text);
        let mut seen = 0;
        loop {
            seen = self.wait_for_after(seen, text);
            if let Some(line) = self.lines()[..seen].iter().find(|line| fits(line)) {
                return line.clone();
            }
        }
    }

    pub fn wait_for(&mut self, text: &str) -> usize {
        self.wait_for_after(0, text)
    }

    /// Waits for the end; returns success and all output.
    pub fn finish(mut self) -> (bool, String) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child") {
                std::thread::sleep(Duration::from_millis(100));
                return (status.success(), self.lines().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no end:\n{}", self.lines().join("\n"));
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status();
        assert!(status.expect("kill").success());
    }

    /// Arguments, as everybody sees them.
    pub fn command_line(&self) -> String {
        let path = format!("/proc/{}/cmdline", self.child.id());
        std::fs::read_to_string(path)
            .expect("a process")
            .replace('\0', " ")
    }

    /// Resident memory, MiB.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.and_then(|kib| kib.parse::<u64>().ok()).expect("VmRSS") / 1024
    }

    pub fn threads(&self) -> usize {
        let path = format!("/proc/{}/task", self.child.id());
        std::fs::read_dir(path).expect("a process").count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let ended = self.child.try_wait();
            eprintln!("a process ({ended:?}) said:\n{}", self.lines().join("\n"));
        }
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(pipe: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) {
    let lines = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            lines.lock().expect("lines").push(line);
        }
    });
}

/// A port that nobody uses.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The command of an example, which `make test-gateway` has built.
pub fn example(name: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().expect("a path");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    assert!(
        path.exists(),
        "{} is missing: cargo build --features gateway --examples",
        path.display()
    );
    Command::new(path)
}

/// A gateway and the addresses that it has.
pub struct Gateway {
    pub process: Process,
    pub port: u16,
    pub metrics: u16,
}

impl Gateway {
    pub fn start(arguments: &[&str]) -> Self {
        Self::with(arguments, |_| {})
    }

    pub fn with(arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let (port, metrics) = (free_port(), free_port());
        let mut command = example("gateway");
        command
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--metrics", &format!("127.0.0.1:{metrics}")])
            .args(["--retry", "2"])
            .args(arguments);
        if !arguments.contains(&"--timeout") {
            // A camera on a busy machine may pause for seconds and isn't gone.
            command.args(["--timeout", "30"]);
        }
        change(&mut command);
        Self {
            process: Process::start(&mut command),
            port,
            metrics,
        }
    }

    pub fn url(&self, camera: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{camera}", self.port)
    }

    /// A number from the metrics; none before the gateway listens.
    pub fn number(&self, name: &str, camera: &str) -> Option<f64> {
        let text = http_get(self.metrics, "/metrics")?;
        let start = format!("featuredistill_gateway_{name}{{camera=\"{camera}\"}} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&start)?.parse().ok())
    }

    /// Waits until a number fulfils a condition.
    pub fn wait_until(&self, name: &str, camera: &str, condition: impl Fn(f64) -> bool) -> f64 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let number = self.number(name, camera);
            if let Some(number) = number.filter(|&number| condition(number)) {
                return number;
            }
            assert!(
                Instant::now() < deadline,
                "{name} of {camera} stays {number:?}:\n{}",
                self.process.lines().join("\n")
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn wait_live(&self, camera: &str) {
        self.wait_until("up", camera, |up| up == 1.0);
    }

    /// Waits for `count` frames more.
    pub fn wait_frames(&self, camera: &str, count: f64) {
        let begin = self.number("frames_total", camera).unwrap_or(0.0);
        self.wait_until("frames_total", camera, |frames| frames >= begin + count);
    }
}

/// The body of a page on loopback.
pub fn http_get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Some(answer.split_once("\r\n\r\n")?.1.to_string())
}

/// A camera that serves a gst-launch line at a port of its own.
pub struct Camera {
    pub process: Process,
    pub port: u16,
}

impl Camera {
    pub fn start(pipeline: &str) -> Self {
        Self::start_at(free_port(), &[], pipeline)
    }

    pub fn start_at(port: u16, options: &[&str], pipeline: &str) -> Self {
        let mut command = example("gateway-camera");
        command
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(options)
            .arg(pipeline);
        let mut process = Process::start(&mut command);
        process.wait_for("rtsp://");
        Self { process, port }
    }

    /// The option that names it to a gateway.
    pub fn option(&self, name: &str) -> String {
        format!("--camera={name}=rtsp://127.0.0.1:{}/stream", self.port)
    }
}

/// Live test frames, encoded in H.264 and ready for RTP.
pub fn h264(width: u32, height: u32) -> String {
    format!(
        "{} ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96",
        source(width, height)
    )
}

/// Live test frames.
pub fn source(width: u32, height: u32) -> String {
    format!(
        "videotestsrc is-live=true pattern=smpte100 ! video/x-raw,format=I420,width={width},height={height},framerate=15/1"
    )
}
