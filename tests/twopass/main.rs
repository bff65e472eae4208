// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Two passes: the consumer gives back the frames that the camera side has settled byte for byte, untouched
//! or perturbed, and reports the perturbed ones.

#[path = "../support/mod.rs"]
mod support;
mod transports;

use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use gstfeaturedistill::featuredistill::{Area, FeatureDistillMessage};
use support::filter::{Filter, init};
use support::libjpeg::{self, ColorPath, Picture};
use support::noise::noise;
use support::video::{Placement, bytes, file, formats, info, scene};

/// A threshold below the RMS change of one level in one sample of any frame of these tests.
const TINY: f64 = 1e-6;

/// Both sides, with the same table.
struct Link {
    camera: Filter,
    consumer: Filter,
    info: VideoInfo,
}

impl Link {
    fn new(table: &str, consumer: &str) -> Self {
        Self::between(
            &format!("{table} settle=true"),
            &format!("{table} {consumer}"),
        )
    }

    fn between(camera: &str, consumer: &str) -> Self {
        init();
        let mut link = Self {
            camera: Filter::new(camera),
            consumer: Filter::new(&format!("{consumer} post-messages=true")),
            info: info(VideoFormat::Gray8, 64, 48),
        };
        link.set_caps(VideoFormat::Gray8, 64, 48);
        link
    }

    fn set_caps(&mut self, format: VideoFormat, width: u32, height: u32) {
        self.info = info(format, width, height);
        self.camera.set_caps(&self.info);
        self.consumer.set_caps(&self.info);
    }

    /// A frame as it leaves the camera side.
    fn settle(&mut self, frame: Vec<u8>) -> Vec<u8> {
        bytes(&self.camera.distill(gst::Buffer::from_mut_slice(frame)))
    }

    /// A frame as it leaves the consumer's pass.
    fn consume(&mut self, frame: Vec<u8>) -> Vec<u8> {
        bytes(&self.consumer.distill(gst::Buffer::from_mut_slice(frame)))
    }

    /// Pushes a frame that needn't come out.
    fn push(&mut self, frame: Vec<u8>) -> Result<gst::FlowSuccess, gst::FlowError> {
        let mut buffer = gst::Buffer::from_mut_slice(frame);
        let fresh = buffer.get_mut().expect("a fresh buffer");
        fresh.set_pts(gst::ClockTime::from_mseconds(40));
        self.consumer.harness.push(buffer)
    }

    /// The oldest report of the consumer about a tampered frame.
    fn report(&self) -> Option<FeatureDistillMessage> {
        std::iter::from_fn(|| self.consumer.bus.pop_filtered(&[gst::MessageType::Element]))
            .filter_map(|message| message.structure().map(FeatureDistillMessage::try_from))
            .flatten()
            .find(|report| report.tampered)
    }

    /// Frames of the consumer: all, tampered ones, dropped ones.
    fn counts(&self) -> [u64; 3] {
        ["frames", "tampered", "dropped"].map(|field| self.consumer.count(field))
    }

    fn rms_change(&self) -> f64 {
        self.consumer.stats().get("rms-change").expect("a number")
    }

    /// Changes the samples of a frame, alpha apart, and returns the root mean square of the changes.
    fn change(&self, frame: &mut [u8], change: impl Fn(u32, u32, u8) -> u8) -> f64 {
        let placement = Placement::plain(&self.info);
        let (mut squares, mut samples) = (0.0, 0);
        for component in 0..self.info.n_components().min(3) as u8 {
            let width = self.info.comp_width(component);
            for (i, at) in (0..).zip(placement.positions(component)) {
                let changed = change(i % width, i / width, frame[at]);
                squares += f64::from(changed.abs_diff(frame[at])).powi(2);
                samples += 1;
                frame[at] = changed;
            }
        }
        (squares / f64::from(samples)).sqrt()
    }

    /// Adds or subtracts `levels` at each sample.
    fn perturb(&self, frame: &mut [u8], levels: u8) -> f64 {
        let signs: Vec<u8> = noise(3).take(1 << 14).collect();
        self.change(frame, |x, y, sample| {
            if signs[(y * 113 + x) as usize % signs.len()] & 1 == 0 {
                sample.saturating_add(levels)
            } else {
                sample.saturating_sub(levels)
            }
        })
    }

    /// Replaces a square of 16x16 samples by noise.
    fn patch(&self, frame: &mut [u8], left: u32, top: u32) {
        let patch: Vec<u8> = noise(5).take(256).collect();
        self.change(frame, |x, y, sample| {
            match (x.checked_sub(left), y.checked_sub(top)) {
                (Some(x @ 0..16), Some(y @ 0..16)) => patch[(16 * y + x) as usize],
                _ => sample,
            }
        });
    }
}

/// Stretches of gradient, of noise and of pure black and white.
fn frame(seed: u64, size: usize) -> Vec<u8> {
    let mut frame = scene(seed, size);
    for (i, (sample, noise)) in frame.iter_mut().zip(noise(seed)).enumerate() {
        match i / 200 % 4 {
            0 => *sample = noise,
            1 => *sample = if noise % 8 < 3 { 0 } else { 255 },
            _ => {}
        }
    }
    frame
}

#[test]
fn untouched_frames_stay_as_they_are() {
    for table in [
        "preset=certified epsilon=1",
        "preset=certified epsilon=1 color-mode=ycbcr",
        "preset=two-step",
        "preset=annex-k quality=90 color-mode=ycbcr",
    ] {
        let mut link = Link::new(table, &format!("tamper-threshold={TINY}"));
        for format in formats() {
            for (width, height) in [(1, 1), (5, 9), (37, 21), (64, 48)] {
                link.set_caps(format, width, height);
                let settled = link.settle(frame(1, link.info.size()));
                let received = link.consume(settled.clone());
                assert!(received == settled, "{table}, {format} {width}x{height}");
            }
        }
        assert_eq!(link.rms_change(), 0.0, "{table}");
        assert_eq!(link.consumer.count("tampered"), 0);
        assert_eq!(link.report(), None);
        let settling: f64 = link.camera.stats().get("rms-change").expect("a number");
        assert!(settling > 1.0, "the camera's frames weren't settled before");
    }
}

#[test]
fn perturbations_within_the_radius_are_undone_and_reported() {
    for (epsilon, color) in [(1, "native"), (1, "ycbcr"), (2, "native"), (2, "ycbcr")] {
        let table = format!("preset=certified epsilon={epsilon} color-mode={color}");
        let mut link = Link::new(&table, &format!("tamper-threshold={TINY}"));
        for format in formats() {
            for (width, height) in [(37, 21), (64, 48)] {
                link.set_caps(format, width, height);
                let settled = link.settle(frame(2, link.info.size()));
                let mut tampered = settled.clone();
                let rms = link.perturb(&mut tampered, epsilon);
                assert!(link.consume(tampered) == settled, "{table}, {format}");
                let report = link.report().expect("a report of a tampered frame");
                assert!(report.tampered);
                assert_eq!(report.max_change, u32::from(epsilon));
                assert!((report.rms_change - rms).abs() < 1e-9, "{report:?}, {rms}");
            }
        }
        assert_eq!(link.camera.count("unsettled"), 0);
        assert_eq!(link.consumer.count("tampered"), 2 * formats().len() as u64);
    }
}

/// A settled gray frame of 64x48 with a patch at (20, 12), in blocks from (16, 8) on.
fn patched(link: &mut Link) -> Vec<u8> {
    let mut frame = link.settle(frame(3, link.info.size()));
    link.patch(&mut frame, 20, 12);
    frame
}

/// Checks that the report is about the patch alone.
fn assert_reports_the_patch(link: &Link) {
    let report = link.report().expect("a report");
    assert!(report.tampered);
    assert_eq!(report.pts, Some(gst::ClockTime::from_mseconds(40)));
    assert_eq!(report.running_time, report.pts);
    let area = Area {
        x: 16,
        y: 8,
        width: 24,
        height: 24,
    };
    assert_eq!(report.changed_area, area);
    assert_eq!(report.changed_blocks, 9.0 / 48.0);
    assert_eq!(report.rms_change, link.rms_change());
    assert!(
        report.rms_change > 1.0 && report.max_change > 5,
        "{report:?}"
    );
    assert_eq!(link.report(), None, "one report for one frame");
}

#[test]
fn tampered_frames_pass_and_are_reported() {
    let mut link = Link::new("preset=certified", "tamper-threshold=0.5");
    let patched = patched(&mut link);
    assert_eq!(link.push(patched), Ok(gst::FlowSuccess::Ok));
    assert!(link.consumer.harness.try_pull().is_some());
    assert_reports_the_patch(&link);
    assert_eq!(link.counts(), [1, 1, 0]);
}

#[test]
fn tampered_frames_can_be_dropped() {
    let mut link = Link::new(
        "preset=certified",
        "tamper-threshold=0.5 tamper-action=drop",
    );
    let patched = patched(&mut link);
    assert_eq!(link.push(patched.clone()), Ok(gst::FlowSuccess::Ok));
    assert!(link.consumer.harness.try_pull().is_none());
    assert_reports_the_patch(&link);

    let clean = link.settle(frame(4, link.info.size()));
    assert!(link.consume(clean.clone()) == clean, "the stream goes on");
    assert_eq!(link.counts(), [2, 1, 1]);

    // A new action holds from the next frame on.
    link.consumer
        .element
        .set_property_from_str("tamper-action", "message");
    assert_eq!(link.push(patched), Ok(gst::FlowSuccess::Ok));
    assert!(link.consumer.harness.try_pull().is_some());
    assert_eq!(link.counts(), [3, 2, 1]);
}

#[test]
fn tampered_frames_can_stop_the_stream() {
    let mut link = Link::new(
        "preset=certified",
        "tamper-threshold=0.5 tamper-action=error",
    );
    let patched = patched(&mut link);
    assert_eq!(link.push(patched), Err(gst::FlowError::Error));
    assert!(link.consumer.harness.try_pull().is_none());
    let messages: Vec<_> = link.consumer.bus.iter().collect();
    let reports = messages.iter().filter_map(|message| message.structure());
    let reports: Vec<_> = reports.flat_map(FeatureDistillMessage::try_from).collect();
    assert!(reports.len() == 1 && reports[0].tampered, "{messages:?}");
    let errors: Vec<_> = messages
        .iter()
        .filter_map(|message| match message.view() {
            gst::MessageView::Error(error) => Some(error.error().message().to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].contains("tampered with"), "{errors:?}");
    assert!(
        errors[0].contains("exceeds tamper-threshold=0.5"),
        "{errors:?}"
    );
}

#[test]
fn the_area_of_subsampled_planes_is_in_pixels_of_the_frame() {
    let mut link = Link::new("preset=certified", "tamper-threshold=0.01");
    link.set_caps(VideoFormat::I420, 83, 67);
    let mut frame = link.settle(scene(1, link.info.size()));
    // The last chroma sample and no other: in a block that covers the pixels from (80, 64) on.
    let last = Placement::plain(&link.info).positions(2).pop();
    frame[last.expect("a sample")] ^= 0x40;
    link.consume(frame);
    let area = Area {
        x: 80,
        y: 64,
        width: 3,
        height: 3,
    };
    assert_eq!(link.report().expect("a report").changed_area, area);
}

#[test]
fn only_changes_above_the_threshold_count() {
    // Without black and white, so that nothing is clipped: the RMS change is exactly 1.
    let gray = |link: &Link| vec![100; link.info.size()];
    for (threshold, tampered) in [(0.0, false), (1.0, false), (0.999_999, true)] {
        let mut link = Link::new(
            "preset=certified",
            &format!("tamper-threshold={threshold} tamper-action=drop"),
        );
        let mut frame = link.settle(gray(&link));
        assert_eq!(link.perturb(&mut frame, 1), 1.0);
        assert_eq!(link.push(frame), Ok(gst::FlowSuccess::Ok));
        let passed = link.consumer.harness.try_pull().is_some();
        assert_eq!(passed, !tampered, "{threshold}");
        assert_eq!(link.report().is_some(), tampered, "{threshold}");
        assert_eq!(link.consumer.count("tampered"), u64::from(tampered));
        assert_eq!(link.rms_change(), 1.0);
    }
}

/// A JPEG file that `cjpeg` has written with the camera's table.
fn jpeg_with_table_of(camera: &Filter) -> tempfile::NamedTempFile {
    let table: gst::Array = camera.stats().get("table").expect("a table");
    let table: [u8; 64] = std::array::from_fn(|i| {
        table[i]
            .get::<u32>()
            .expect("a step")
            .try_into()
            .expect("a byte")
    });
    let pixel = Picture {
        width: 1,
        height: 1,
        channels: 1,
        samples: vec![128],
    };
    file(&libjpeg::encode(&pixel, &table, &table, ColorPath::Gray))
}

#[test]
fn the_consumer_can_take_the_table_from_a_jpeg_of_the_stream() {
    let jpeg = jpeg_with_table_of(&Filter::new("preset=certified epsilon=1.5"));
    let table_file = format!("table-file={}", jpeg.path().display());
    let mut link = Link::between("preset=certified epsilon=1.5 settle=true", &table_file);
    let settled = link.settle(frame(6, link.info.size()));
    let mut tampered = settled.clone();
    link.perturb(&mut tampered, 1);
    assert!(link.consume(tampered) == settled);
    assert!(link.consume(settled.clone()) == settled);
}

/// The consumer's RMS change for an untouched frame after `meddle`.
fn rms_after(camera: &str, consumer: &str, meddle: impl Fn(Vec<u8>, &VideoInfo) -> Vec<u8>) -> f64 {
    let mut link = Link::between(&format!("{camera} settle=true"), consumer);
    link.set_caps(VideoFormat::Rgb, 64, 48);
    let settled = link.settle(scene(7, link.info.size()));
    let frame = meddle(settled, &link.info);
    link.consume(frame);
    link.rms_change()
}

#[test]
fn ends_that_do_not_fit_are_reported() {
    let table = "preset=certified epsilon=1";
    let keep = |frame: Vec<u8>, _: &VideoInfo| frame;
    assert_eq!(rms_after(table, table, keep), 0.0);
    let others = [
        "preset=certified epsilon=2",
        "preset=two-step",
        "preset=annex-k",
    ];
    for other in others {
        let rms = rms_after(table, other, keep);
        assert!(rms > 0.5, "{other}: {rms}");
    }
    let planes = rms_after(table, &format!("{table} color-mode=ycbcr"), keep);
    assert!(planes > 0.5, "other planes: {planes}");
    for (what, bytes) in [("column", 3), ("row", 64 * 3)] {
        let shifted = rms_after(table, table, |mut frame, _| {
            frame.rotate_left(bytes);
            frame
        });
        assert!(shifted > 0.5, "shifted by one {what}: {shifted}");
    }
}

#[test]
fn settling_can_be_switched_while_playing() {
    let mut link = Link::new(
        "preset=certified post-messages=true",
        &format!("tamper-threshold={TINY}"),
    );
    // A plain pass doesn't make a fixed point of this.
    let noise = noise(8).take(link.info.size());
    let black_and_white: Vec<u8> = noise.map(|noise| 255 * (noise & 1)).collect();
    for settle in [true, false, true] {
        link.camera.element.set_property("settle", settle);
        let sent = link.settle(black_and_white.clone());
        let message = link.camera.bus.pop_filtered(&[gst::MessageType::Element]);
        let message = message.expect("a report of the camera side");
        let camera = FeatureDistillMessage::try_from(message.structure().expect("a structure"));
        let radius = camera.expect("a report").certified_epsilon;
        assert_eq!(radius >= 1.0, settle, "{radius}");
        let received = link.consume(sent.clone());
        assert_eq!(received == sent, settle);
        assert_eq!(link.report().is_some(), !settle);
    }
}
