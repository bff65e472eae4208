// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Speed, measured in one run and printed as one table: `make bench`.
//!
//! A row has two figures and their ratio. Both sides are measured in this run, in rounds that take
//! turns, so that a machine that gets slower gets slower for both; medians count. Times of elements are
//! CPU time of the whole process per frame, less that of the pipeline without them. Frames are filled
//! anew each time, so no element finds an easier frame than the others.
//!
//! With `--goals`, ratios that miss the goals set here are named and the exit status is 1. A run of all parts
//! writes its table to `tests/bench/RESULTS.md`, and how cost grows with the size of frames to `growth.svg` beside it.

mod cameras;
mod encoder;
mod frames;
mod growth;
mod kernels;
mod memory;
#[path = "../../../examples/shared/noise.rs"]
mod noise;
mod pipeline;
mod plot;
mod report;
mod variation;

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gst_video::VideoFormat;
use gstfeaturedistill::codec::Backend;

use frames::{Content, Frames};
use pipeline::{Cost, Pace, Pipeline, median};
use report::{Figure, Goal, Row};

/// Times that everything is measured.
const ROUNDS: usize = 7;

const FULL_HD: (u32, u32) = (1920, 1080);
const ULTRA_HD: (u32, u32) = (3840, 2160);
const VGA: (u32, u32) = (640, 480);

/// The other way to the same bytes.
const JPEG: &str = "jpegenc idct-method=islow quality=75 ! jpegdec idct-method=islow";
const JPEG_NAME: &str = "jpegenc ! jpegdec";

/// One thread, the fastest backend.
const PLAIN: &str = "featuredistill preset=two-step n-threads=1";

/// Asks for exit status 1 where a goal is missed.
const GOALS: &str = "--goals";

/// Properties of the lattice of samples.
const SAMPLES: &str = "preset=certified-samples epsilon=4";

/// Time between two frames of a camera.
const PERIOD: Duration = Duration::from_nanos(1_000_000_000 / 30);

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// A pipeline to measure.
struct Case {
    elements: String,
    frames: Arc<Frames>,
    pace: Pace,
    count: usize,
}

impl Case {
    /// Frames enough for a quarter of a second or so.
    fn new(elements: impl Into<String>, frames: &Arc<Frames>) -> Self {
        let elements = elements.into();
        Self {
            count: if elements == JPEG { 30 } else { 120 },
            elements,
            frames: Arc::clone(frames),
            pace: Pace::Filled,
        }
    }

    fn paced(self, pace: Pace, count: usize) -> Self {
        Self {
            pace,
            count,
            ..self
        }
    }

    fn pipeline(&self) -> Pipeline {
        Pipeline::new(&self.elements, &self.frames, self.pace, self.count)
    }
}

/// Costs of the cases, in their order.
fn measure(rounds: usize, cases: &[Case]) -> Vec<Cost> {
    let mut costs = vec![Vec::new(); cases.len()];
    for _ in 0..rounds {
        for (case, costs) in cases.iter().zip(&mut costs) {
            costs.push(case.pipeline().run());
        }
    }
    let middle = |costs: &Vec<Cost>, part: fn(&Cost) -> f64| median(costs.iter().map(part));
    let cost = |costs| Cost {
        cpu: middle(costs, |cost| cost.cpu),
        wall: middle(costs, |cost| cost.wall),
        latency: middle(costs, |cost| cost.latency),
    };
    costs.iter().map(cost).collect()
}

/// CPU milliseconds per frame of each of `elements`, less those of the bare pipeline.
fn cpu_of(elements: &[String], frames: &Arc<Frames>) -> HashMap<String, f64> {
    let bare = Case::new("", frames);
    let cases = elements.iter().map(|elements| Case::new(elements, frames));
    let cases: Vec<_> = std::iter::once(bare).chain(cases).collect();
    let costs = measure(ROUNDS, &cases);
    let net = |cost: &Cost| cost.cpu - costs[0].cpu;
    elements
        .iter()
        .cloned()
        .zip(costs[1..].iter().map(net))
        .collect()
}

/// The backends that are worth a row, the fastest first.
fn backends() -> impl Iterator<Item = Backend> {
    Backend::available()
        .rev()
        .filter(|&backend| backend != Backend::Scalar)
}

/// `fastest` for AVX-512, `other` for AVX2.
fn by_backend(backend: Backend, fastest: f64, other: f64) -> Goal {
    Goal::AtLeast(if backend == Backend::Avx512 {
        fastest
    } else {
        other
    })
}

/// The element on 1080p I420, one thread, against other elements, contents and its own settings.
fn elements() -> Vec<Row> {
    let with = |backend: Backend| format!("{PLAIN} backend={backend}");
    let load = |content| Arc::new(Frames::new(content, VideoFormat::I420, FULL_HD));
    let own: Vec<_> = backends().map(with).collect();
    let (gamma, balance) = ("gamma gamma=1.2", "videobalance saturation=0.9");
    let settings = [
        ("settle=true", Goal::AtMost(1.5)),
        ("preset=certified epsilon=1 settle=true", Goal::AtMost(2.2)),
        ("as-selection=frame", Goal::None),
        ("as-selection=stream", Goal::None),
        ("post-messages=true", Goal::AtMost(1.15)),
        (SAMPLES, Goal::AtMost(0.25)),
    ]
    .map(|(properties, goal)| (properties, goal, format!("{PLAIN} {properties}")));
    let mut on_film = own.clone();
    on_film.extend([JPEG, gamma, balance, PLAIN].map(String::from));
    on_film.extend(settings.iter().map(|(_, _, elements)| elements.clone()));
    let film = cpu_of(&on_film, &load(Content::Film));
    let noise = cpu_of(
        &[own.clone(), vec![JPEG.into()]].concat(),
        &load(Content::Noise),
    );
    let black = cpu_of(&own, &load(Content::Black));

    let mut rows = Vec::new();
    for backend in backends() {
        let key = with(backend);
        let ours = |costs: &HashMap<_, f64>| Figure::new(costs[&key], "ms", backend.to_string());
        let theirs =
            |costs: &HashMap<String, f64>, key: &str, name| Figure::new(costs[key], "ms", name);
        rows.extend([
            Row::times_less(
                "1080p I420, film",
                ours(&film),
                theirs(&film, JPEG, JPEG_NAME),
                by_backend(backend, 14.0, 8.0),
            ),
            Row::times_less(
                "1080p I420, noise",
                ours(&noise),
                theirs(&noise, JPEG, JPEG_NAME),
                by_backend(backend, 34.0, 18.0),
            ),
            Row::times_less(
                "1080p I420, film",
                ours(&film),
                theirs(&film, gamma, gamma),
                Goal::AtLeast(1.0),
            ),
            Row::times_less(
                "1080p I420, film",
                ours(&film),
                theirs(&film, balance, balance),
                Goal::AtLeast(2.0),
            ),
        ]);
        let mut contents = [("film", &film), ("noise", &noise), ("black", &black)]
            .map(|(name, costs)| Figure::new(costs[&key], "ms", format!("{backend}, {name}")));
        contents.sort_by(|a, b| a.value.total_cmp(&b.value));
        let [least, _, most] = contents;
        rows.push(Row::times_as_much(
            "1080p I420, dearest content",
            most,
            least,
            Goal::AtMost(1.1),
        ));
    }
    for (name, goal, elements) in settings {
        let ours = Figure::new(film[&elements], "ms", name);
        if name == SAMPLES {
            rows.push(Row::times_less(
                "1080p I420, film",
                ours.clone(),
                Figure::new(film[gamma], "ms", gamma),
                Goal::AtLeast(1.0),
            ));
        }
        let plain = Figure::new(film[PLAIN], "ms", "plain");
        rows.push(Row::times_as_much("1080p I420, film", ours, plain, goal));
    }
    rows
}

/// Formats against I420, by the sample.
fn formats() -> Vec<Row> {
    let nanoseconds = |(format, properties): (VideoFormat, &str)| {
        let frames = Arc::new(Frames::new(Content::Film, format, FULL_HD));
        let elements = format!("{PLAIN} {properties}");
        let cost = cpu_of(std::slice::from_ref(&elements), &frames)[&elements];
        Figure::new(
            cost * 1e6 / frames.samples(),
            "ns",
            format!("{} {properties}", format.to_str()).trim_end(),
        )
    };
    let i420 = nanoseconds((VideoFormat::I420, ""));
    let others = [
        (VideoFormat::Nv12, ""),
        (VideoFormat::Yuy2, ""),
        (VideoFormat::Rgb, ""),
        (VideoFormat::Rgba, ""),
        (VideoFormat::Rgb, "color-mode=ycbcr"),
    ];
    let row = |figure| {
        Row::times_as_much(
            "1080p film, a sample",
            figure,
            i420.clone(),
            Goal::AtMost(1.5),
        )
    };
    others.into_iter().map(nanoseconds).map(row).collect()
}

/// Two threads against one: the rate of frames that come back to back, and the latency at 30 a second.
fn threads() -> Vec<Row> {
    const RATES: [(&str, (u32, u32)); 2] = [("1080p", FULL_HD), ("4K", ULTRA_HD)];
    const LATENCIES: [(&str, (u32, u32)); 4] = [
        ("640x480", VGA),
        ("720p", (1280, 720)),
        ("1080p", FULL_HD),
        ("4K", ULTRA_HD),
    ];
    let measured = |(name, size): (&'static str, _), rounds, pace, count| {
        let frames = Arc::new(Frames::new(Content::Film, VideoFormat::I420, size));
        let case = |elements: &str| Case::new(elements, &frames).paced(pace, count);
        let [one, two] = ["featuredistill n-threads=1", "featuredistill n-threads=2"].map(case);
        let costs = measure(rounds, &[case(""), one, two]);
        let net = |cost: Cost| Cost {
            cpu: cost.cpu - costs[0].cpu,
            ..cost
        };
        (name, net(costs[1]), net(costs[2]))
    };
    let rate = |(name, one, two): (_, Cost, Cost)| {
        let figure = |cost: Cost, of| Figure::new(1000.0 / cost.wall, "frames/s", of);
        Row::times_as_much(
            &format!("{name} I420 back to back"),
            figure(two, "2 threads"),
            figure(one, "1 thread"),
            Goal::AtLeast(1.85),
        )
    };
    let camera = |(name, one, two): (_, Cost, Cost)| {
        let row = |what, part: fn(&Cost) -> f64, most| {
            Row::times_as_much(
                &format!("{what}, {name} I420 at 30 frames/s"),
                Figure::new(part(&two), "ms", "2 threads"),
                Figure::new(part(&one), "ms", "1 thread"),
                Goal::AtMost(most),
            )
        };
        [
            row("latency", |cost| cost.latency, 1.03),
            row("CPU time", |cost| cost.cpu, 1.15),
        ]
    };
    let rates = RATES.map(|size| rate(measured(size, ROUNDS, Pace::BackToBack, 150)));
    let cameras = LATENCIES.map(|size| camera(measured(size, 5, Pace::Every(PERIOD), 30)));
    let cameras = cameras.into_iter().flatten();
    rates.into_iter().chain(cameras).collect()
}

/// Cargo's target folder.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from)
}

/// The machine, for those who compare.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    // Arm machines don't name their CPU there.
    let board = read("/proc/device-tree/model");
    let name = match cpu.map(|name| name.trim_start_matches([' ', '\t', ':'])) {
        Some(name) => name,
        None if board.is_empty() => "unknown CPU",
        None => board.trim_end_matches('\0'),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    format!("{name}, {cores} cores; load {load} when the table began")
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Puts the table into the page of results, under its heading.
fn publish(text: &str) -> Result<(), Box<dyn Error>> {
    const HEADING: &str = "## Table\n";
    let path = Path::new("tests/bench/RESULTS.md");
    let page = std::fs::read_to_string(path)?;
    let (preface, _) = page
        .split_once(HEADING)
        .ok_or_else(|| format!("{}: no {HEADING:?}", path.display()))?;
    write(path, &format!("{preface}{HEADING}\n{text}"))
}

/// A part of the table.
type Part = (&'static str, fn() -> Result<Vec<Row>, Box<dyn Error>>);

const PARTS: [Part; 9] = [
    ("kernels", kernels::rows),
    ("elements", || Ok(elements())),
    ("encoder", || Ok(encoder::rows())),
    ("formats", || Ok(formats())),
    ("threads", || Ok(threads())),
    ("cameras", || Ok(cameras::rows())),
    ("growth", growth::draw),
    ("memory", memory::rows),
    ("total variation", || Ok(vec![variation::row()?])),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    if let [flag, elements] = &arguments[..]
        && flag == memory::CHILD
    {
        return memory::show(elements);
    }
    // Cargo adds --bench; anything else names the parts that are wanted.
    let wanted: Vec<_> = arguments
        .iter()
        .filter(|name| !name.starts_with('-'))
        .collect();
    let machine = machine();
    let mut rows = Vec::new();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| name == *wanted) {
            let begin = Instant::now();
            rows.extend(part()?);
            eprintln!("{name}: {:.0} s", begin.elapsed().as_secs_f64());
        }
    }
    let table = report::markdown(&rows);
    write(&target().join("bench.md"), &format!("{machine}\n\n{table}"))?;
    write(
        &target().join("bench.json"),
        &report::json(&machine, &rows).to_string(),
    )?;
    println!("{machine}\n\n{table}");
    if wanted.is_empty() {
        std::fs::copy(growth::picture(), "tests/bench/growth.svg")?;
        publish(&format!("{machine}\n\n{table}"))?;
    }
    let missed = report::missed(&rows);
    if arguments.iter().any(|argument| argument == GOALS) && !missed.is_empty() {
        return Err(format!("missed goals:\n{}", missed.join("\n")).into());
    }
    Ok(())
}
