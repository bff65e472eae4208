// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The action signal `write`.

use super::*;

/// Another thread writes while frames pass, and a third one always finds whole files.
#[test]
fn the_signal_writes_while_the_stream_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let stats = folder.path().join("s.json");
    let mut filter = calibrate_frames(
        &format!("stats-location={}", stats.display()),
        VideoFormat::I420,
    );
    assert_eq!(filter.warning(), None);
    filter.distill(frame(VideoFormat::I420, 0));
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
    std::thread::scope(|scope| {
        let element = filter.element.clone();
        let writer = scope.spawn(move || {
            (0..20).for_each(|_| assert!(element.emit_by_name::<bool>("write", &[])));
        });
        scope.spawn(|| {
            while !writer.is_finished() {
                let frames = json::read(&stats).expect("whole statistics").frames();
                assert!((1..=40).contains(&frames));
            }
            writer.join().expect("all written");
        });
        for seed in 1..40 {
            filter.distill(frame(VideoFormat::I420, seed));
        }
    });
    assert!(end(&mut filter));
    assert_eq!(json::read(&stats).expect("statistics").frames(), 40);
    assert_eq!(names(folder.path()), ["s.json"]);
}

#[test]
fn the_signal_without_frames_writes_nothing_and_harms_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(filter.error(), None);
    assert_eq!(filter.warning(), None);
    filter.distill(frame(VideoFormat::I420, 1));
    assert!(filter.element.emit_by_name::<bool>("write", &[]));
    assert!(table.exists());
    assert!(end(&mut filter));
}

/// Who hears of a result in the thread that tells it may ask for the next one.
#[test]
fn the_signal_may_come_from_the_bus_handler() {
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut filter = calibrate_frames("as-step=10", VideoFormat::Gray8);
        filter.distill(frame(VideoFormat::Gray8, 1));
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let (answers, answered) = std::sync::mpsc::channel();
        let element = filter.element.clone();
        filter.bus.set_sync_handler(move |_, message| {
            use gst::MessageType::{Element, Warning};
            let tells = [Element, Warning].contains(&message.type_());
            if tells && asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3 {
                let written = element.emit_by_name::<bool>("write", &[]);
                answers.send((message.type_(), written)).expect("a test");
            }
            gst::BusSyncReply::Drop
        });
        assert!(end(&mut filter));
        filter.bus.unset_sync_handler();
        done.send(answered.iter().collect::<Vec<_>>())
            .expect("a test");
    });
    let answers = finished.recv_timeout(std::time::Duration::from_secs(60));
    let answers = answers.expect("no deadlock");
    let (element, warning) = (gst::MessageType::Element, gst::MessageType::Warning);
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|&(_, written)| written));
    for kind in [element, warning] {
        assert!(answers.iter().any(|&(told, _)| told == kind), "{kind:?}");
    }
}

#[test]
fn before_the_start_the_signal_does_nothing() {
    init();
    let element = gst::ElementFactory::make("featurecalibrate")
        .build()
        .expect("the element");
    assert!(!element.emit_by_name::<bool>("write", &[]));
    assert_eq!(element.property::<Option<gst::Structure>>("stats"), None);
}
