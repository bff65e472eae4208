// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Runs the commands that pages show, in a folder of their own.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::commands::{COMMANDS, How};
use crate::page::{Page, Part};

/// Names of the clips that pages use, for which a short test picture stands in.
const CLIPS: [&str; 2] = ["bikes.mp4", "carphone_pristine.mp4"];

/// The commands of a page: lines that end with a backslash go on in the next one.
pub fn commands(page: &Page) -> Vec<String> {
    let blocks = page.parts.iter().filter_map(|part| match part {
        Part::Code { language, text } if language == "sh" => Some(text.replace("\\\n", " ")),
        _ => None,
    });
    blocks
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The entry of the list for a command: the one that has most of its beginning.
pub fn entry(command: &str) -> Option<&'static (&'static str, How)> {
    (COMMANDS.iter())
        .filter(|(beginning, _)| command.starts_with(beginning))
        .max_by_key(|(beginning, _)| beginning.len())
}

/// A folder in which commands run.
pub struct Folder {
    dir: TempDir,
    /// A UDP port that nobody else uses.
    port: u16,
    /// Commands that run beside the others.
    beside: Vec<(String, Child)>,
}

impl Folder {
    /// Makes a folder with the plugin, short clips and a place for results.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["plugin", ".footage", "demo-out"] {
            fs::create_dir(dir.path().join(name)).expect("a folder");
        }
        symlink(plugin(), dir.path().join("plugin/libgstfeaturedistill.so")).expect("a link");
        let mut folder = Self {
            dir,
            port: free_port(),
            beside: Vec::new(),
        };
        folder.run_whole(
            "gst-launch-1.0 -q videotestsrc num-buffers=6 pattern=ball ! video/x-raw,format=I420,width=320,height=176 \
             ! jpegenc ! qtmux ! filesink location=.footage/clip",
        );
        for clip in CLIPS {
            symlink("clip", folder.dir.path().join(".footage").join(clip)).expect("a link");
        }
        folder
    }

    /// Removes what the commands of one page have written, so that those of the next don't find it.
    pub fn clear(&self) {
        let written = self.dir.path().join("demo-out");
        fs::remove_dir_all(&written)
            .and_then(|()| fs::create_dir(&written))
            .expect("an empty folder");
    }

    /// Runs a command as the list says.
    ///
    /// # Panics
    /// If it fails, or one that ran beside it.
    pub fn run(&mut self, command: &str, how: &How) {
        match how {
            How::Run => self.run_whole(command),
            How::Edited(edits) => self.run_whole(&edited(command, edits)),
            How::Beside(edits) => {
                let command = edited(command, edits);
                let child = self.start(&command).expect("bash");
                self.beside.push((command, child));
            }
            How::Skip(reason) => println!("SKIPPED: {command}\n    {reason}"),
        }
    }

    fn run_whole(&mut self, command: &str) {
        let child = self.start(command).expect("bash");
        check(command, &child.wait_with_output().expect("its output"));
        for (command, child) in self.beside.drain(..) {
            check(&command, &child.wait_with_output().expect("its output"));
        }
    }

    fn start(&self, command: &str) -> std::io::Result<Child> {
        let command = command.replace("port=5004", &format!("port={}", self.port));
        Command::new("timeout")
            .args(["20", "bash", "-euc", &command])
            .current_dir(&self.dir)
            .env("GST_PLUGIN_PATH", self.dir.path().join("plugin"))
            .env("GST_REGISTRY", self.dir.path().join("registry.bin"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
}

fn free_port() -> u16 {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a UDP port");
    socket.local_addr().expect("its address").port()
}

/// The plugin that cargo builds beside the tests.
fn plugin() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.with_file_name("libgstfeaturedistill.so");
    assert!(built.is_file(), "{} is missing", built.display());
    built
}

fn edited(command: &str, edits: &[(&str, &str)]) -> String {
    edits
        .iter()
        .fold(command.to_owned(), |command, (from, to)| {
            assert!(
                command.contains(from),
                "nothing to replace: {from} in {command}"
            );
            command.replace(from, to)
        })
}

fn check(command: &str, output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]]
        .map(String::from_utf8_lossy)
        .concat();
    assert!(
        output.status.success() && !said.contains("ERROR"),
        "{command}\n{}\n{said}",
        output.status
    );
}

/// The complaint of Python about a program that it can't compile. Nothing is run.
pub fn fault_of_python(program: &str) -> Option<String> {
    let compile = "import sys; compile(sys.argv[1], 'recipe', 'exec')";
    let output = Command::new("python3")
        .args(["-c", compile, program])
        .output()
        .expect("python3");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The targets of the Makefile.
pub fn make_targets(root: &Path) -> Vec<String> {
    let makefile = fs::read_to_string(root.join("Makefile")).expect("the Makefile");
    let rules = makefile
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    rules
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(targets, _)| {
            targets
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}
