// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Everything that the README says about speed, measured in one run and printed as one table:
//! `make bench`.
//!
//! A row has two figures and their ratio. Both sides are measured in this run, in rounds that take
//! turns, so that a machine that gets slower gets slower for both; medians count. Times of elements are
//! CPU time of the whole process per frame, less that of the pipeline without them. Frames are filled
//! anew each time, so no element finds an easier frame than the others.

mod frames;
#[path = "../../../examples/shared/noise.rs"]
mod noise;
mod pipeline;
mod report;

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gst_video::VideoFormat;
use gstfeaturedistill::codec::{
    Backend, ColorMode, Component, DctTables, Distiller, Divisors, FrameMut, Layout, PlaneMut,
    TableSlot,
};

use frames::{Content, Frames};
use pipeline::{Cost, Pace, Pipeline, Reading, median, quantile};
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
const PLAIN: &str = "featuredistill n-threads=1";

/// Properties of the lattice of samples.
const SAMPLES: &str = "preset=certified-samples epsilon=4";

/// Time between two frames of a camera.
const PERIOD: Duration = Duration::from_nanos(1_000_000_000 / 30);

/// Cameras on one box.
const CAMERAS: usize = 16;

/// Tells a child process that it is to show its memory use.
const MEMORY_CHILD: &str = "--memory";

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

/// What each of the cases costs, in their order.
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

/// What criterion measured just before.
fn kernels() -> Result<Vec<Row>, Box<dyn Error>> {
    const BLOCKS: f64 = 64.0 * 64.0;
    let folder = target().join("criterion/gray-512x512");
    let nanoseconds = |name: &str| -> Result<f64, Box<dyn Error>> {
        let path = folder.join(name).join("new/estimates.json");
        let text = std::fs::read(&path)
            .map_err(|error| format!("{}: {error} (make bench measures it)", path.display()))?;
        let estimates: serde_json::Value = serde_json::from_slice(&text)?;
        let median = estimates["median"]["point_estimate"].as_f64();
        Ok(median.ok_or("no median")? / BLOCKS)
    };
    let other = nanoseconds("libjpeg-turbo")?;
    let row = |backend: Backend| -> Result<Row, Box<dyn Error>> {
        Ok(Row::times_less(
            "round trip of an 8x8 block, 512x512 in cache",
            Figure::new(
                nanoseconds(&backend.to_string())?,
                "ns",
                backend.to_string(),
            ),
            Figure::new(other, "ns", "libjpeg-turbo's AVX2 functions"),
            by_backend(backend, 4.0, 2.6),
        ))
    };
    backends().map(row).collect()
}

/// The element on 1080p I420, one thread, against other elements, contents and its own settings.
fn elements() -> Vec<Row> {
    let with = |backend: Backend| format!("{PLAIN} backend={backend}");
    let load = |content| Arc::new(Frames::new(content, VideoFormat::I420, FULL_HD));
    let own: Vec<_> = backends().map(with).collect();
    let (gamma, balance) = ("gamma gamma=1.2", "videobalance saturation=0.9");
    let settings = [
        ("settle=true", Goal::None),
        ("preset=certified epsilon=1 settle=true", Goal::None),
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
    let pair = |(name, size): (&'static str, _), rounds, pace, count| {
        let frames = Arc::new(Frames::new(Content::Film, VideoFormat::I420, size));
        let case = |threads| {
            Case::new(format!("featuredistill n-threads={threads}"), &frames).paced(pace, count)
        };
        let costs = measure(rounds, &[case(1), case(2)]);
        (name, costs[0], costs[1])
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
    let latency = |(name, one, two): (_, Cost, Cost)| {
        let figure = |cost: Cost, of| Figure::new(cost.latency, "ms", of);
        Row::times_as_much(
            &format!("latency, {name} I420 at 30 frames/s"),
            figure(two, "2 threads"),
            figure(one, "1 thread"),
            Goal::AtMost(1.0),
        )
    };
    let rates = RATES.map(|size| rate(pair(size, ROUNDS, Pace::BackToBack, 150)));
    let latencies = LATENCIES.map(|size| latency(pair(size, 3, Pace::Every(PERIOD), 30)));
    rates.into_iter().chain(latencies).collect()
}

/// Many cameras in one process against one.
fn cameras() -> Vec<Row> {
    const WARM_UP: Duration = Duration::from_millis(500);
    const TIME: Duration = Duration::from_secs(2);
    let frames = Arc::new(Frames::new(Content::Film, VideoFormat::I420, VGA));
    let count = (WARM_UP + TIME + WARM_UP).as_millis() as usize / 33;
    let case = |elements| Case::new(elements, &frames).paced(Pace::Every(PERIOD), count);
    let (bare, element) = (case(""), case("featuredistill"));
    let mut latencies = Vec::new();
    let mut milliseconds = |case: &Case, cameras: usize| {
        let pipelines: Vec<_> = (0..cameras).map(|_| case.pipeline()).collect();
        pipelines.iter().for_each(Pipeline::start);
        std::thread::sleep(WARM_UP);
        let reading = Reading::now();
        std::thread::sleep(TIME);
        let cpu = reading.cost(1).cpu / TIME.as_secs_f64();
        pipelines.iter().for_each(|pipeline| _ = pipeline.finish());
        if cameras > 1 {
            latencies.extend(pipelines.iter().flat_map(Pipeline::latencies));
        }
        cpu
    };
    let mut one = Vec::new();
    let mut all = Vec::new();
    for _ in 0..5 {
        one.push(milliseconds(&element, 1) - milliseconds(&bare, 1));
        all.push(milliseconds(&element, CAMERAS) - milliseconds(&bare, CAMERAS));
    }
    let times_one = median(one) * CAMERAS as f64;
    let p99 = quantile(
        latencies.iter().map(|time| time.as_secs_f64() * 1000.0),
        0.99,
    );
    let name = "16 pipelines of 640x480 at 30 frames/s";
    vec![
        Row::times_as_much(
            name,
            Figure::new(median(all), "ms CPU a second", "together"),
            Figure::new(times_one, "ms CPU a second", "16 times one"),
            Goal::AtMost(1.1),
        ),
        Row::times_as_much(
            name,
            Figure::new(p99, "ms", "latency, 99th percentile"),
            Figure::new(5.0, "ms", "allowed"),
            Goal::AtMost(1.0),
        ),
    ]
}

/// What a child process with `elements` between source and sink says: peak memory in bytes, and
/// allocations (of Rust) per frame.
fn memory_of(elements: &str) -> Result<(f64, f64), Box<dyn Error>> {
    let child = Command::new(std::env::current_exe()?)
        .args([MEMORY_CHILD, elements])
        .output()?;
    let text = String::from_utf8(child.stdout)?;
    let (peak, allocations) = text
        .trim()
        .split_once(' ')
        .ok_or("no answer of the child")?;
    Ok((peak.parse()?, allocations.parse()?))
}

/// The child process.
fn show_memory(elements: &str) -> Result<(), Box<dyn Error>> {
    const COUNT: usize = 100;
    let frames = Arc::new(Frames::new(Content::Noise, VideoFormat::I420, FULL_HD));
    let run = |count| _ = Pipeline::new(elements, &frames, Pace::Filled, count).run();
    let _profiler = dhat::Profiler::builder().testing().build();
    let allocations = |count| {
        let before = dhat::HeapStats::get().total_blocks;
        run(count);
        (dhat::HeapStats::get().total_blocks - before) as f64
    };
    // What is allocated once for all pipelines, and what starting and stopping one takes, is not a
    // frame's.
    run(COUNT);
    let (few, many) = (allocations(COUNT), allocations(2 * COUNT));
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmHWM")?;
    println!(
        "{} {}",
        peak.parse::<u64>()? * 1024,
        (many - few) / COUNT as f64
    );
    Ok(())
}

/// Memory of the element and of the pipeline without it.
fn memory() -> Result<Vec<Row>, Box<dyn Error>> {
    const FRAME: f64 = 1920.0 * 1080.0 * 1.5;
    let name = "memory, 1080p I420";
    let (bare_peak, bare_allocations) = memory_of("")?;
    let (peak, allocations) = memory_of(PLAIN)?;
    let (_, shared) = memory_of("featuredistill n-threads=2")?;
    let row = |figure, of: &str, allowed, unit| {
        let goal = Goal::AtMost(1.0);
        Row::times_as_much(
            name,
            Figure::new(figure, unit, of),
            Figure::new(allowed, unit, "allowed"),
            goal,
        )
    };
    let over = |allocations: f64| (allocations - bare_allocations).max(0.0);
    let mut rows = vec![row(
        (peak - bare_peak) / FRAME,
        "peak over the bare pipeline",
        2.0,
        "frames",
    )];
    for (threads, allocations) in [("1 thread", over(allocations)), ("2 threads", over(shared))] {
        rows.push(Row {
            ratio: allocations,
            ..row(allocations, threads, 0.0, "allocations/frame")
        });
    }
    for row in &mut rows[1..] {
        row.goal = Goal::AtMost(0.0);
    }
    Ok(rows)
}

/// One pass over a 224x224 RGB picture against minimising its total variation.
fn total_variation() -> Result<Row, Box<dyn Error>> {
    let frames = Frames::new(Content::Film, VideoFormat::Rgb, (224, 224));
    let stride = frames.info.stride()[0] as usize;
    let component = |offset| Component {
        plane: 0,
        offset,
        pixel_stride: 3,
        width: 224,
        height: 224,
        pixels_per_sample: (1, 1),
        table: TableSlot::Luma,
    };
    let layout = Layout::new((0..3).map(component).collect(), ColorMode::Native);
    let tables = DctTables::shared(Divisors::new(&[30; 64]));
    let distiller = Distiller::new(layout, tables, Backend::detect(), 1);
    let picture = &frames.raw[frames.raw.len() / 2];
    let mut copy = picture.clone();
    let mut pass = || {
        copy.copy_from_slice(picture);
        let begin = Instant::now();
        let mut frame = FrameMut::default();
        frame.planes[0] = PlaneMut::new(&mut copy, stride);
        std::hint::black_box(distiller.process(frame));
        begin.elapsed().as_secs_f64() * 1000.0
    };
    let ours = median((0..2000).map(|_| pass()));
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, picture)?;
    let python = std::env::var_os("BENCH_PYTHON").unwrap_or("python3".into());
    let output = Command::new(python)
        .arg("tests/bench/total_variation.py")
        .arg(file.path())
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let other = String::from_utf8(output.stdout)?;
    let other = other
        .trim()
        .parse()
        .map_err(|_| format!("total_variation.py: {errors}"))?;
    Ok(Row::times_less(
        "one 224x224 RGB picture",
        Figure::new(ours, "ms", "this"),
        Figure::new(other, "ms", "scikit-image's denoise_tv_chambolle"),
        Goal::None,
    ))
}

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from)
}

/// The machine, for those who compare.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("unknown CPU", |name| {
        name.trim_start_matches([' ', '\t', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{name}, {cores} cores; load {load} when the table began")
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// A part of the table.
type Part = (&'static str, fn() -> Result<Vec<Row>, Box<dyn Error>>);

const PARTS: [Part; 7] = [
    ("kernels", kernels),
    ("elements", || Ok(elements())),
    ("formats", || Ok(formats())),
    ("threads", || Ok(threads())),
    ("cameras", || Ok(cameras())),
    ("memory", memory),
    ("total variation", || Ok(vec![total_variation()?])),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    gst::init()?;
    gstfeaturedistill::plugin_register_static()?;
    if let [flag, elements] = &arguments[..]
        && flag == MEMORY_CHILD
    {
        return show_memory(elements);
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
    Ok(())
}
