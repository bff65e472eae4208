// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Writing the results.

use super::*;

#[test]
fn table_statistics_and_picture_are_written_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let [table, stats, plot] = ["t.txt", "s.json", "p.png"].map(|name| folder.path().join(name));
    let mut filter = calibrate_frames(
        &format!(
            "location={} stats-location={} plot-location={} as-count=5 as-step=17 md-step=77",
            table.display(),
            stats.display(),
            plot.display()
        ),
        VideoFormat::I420,
    );
    filter.distill(frame(VideoFormat::I420, 1));
    filter.distill(frame(VideoFormat::I420, 2));
    assert!(names(folder.path()).is_empty(), "nothing before the end");
    assert!(end(&mut filter));
    let message = message(&filter);
    assert_eq!(names(folder.path()), ["p.png", "s.json", "t.txt"]);

    let read = tables::file::read(&table).expect("a table file");
    for table in [read.luma(), read.chroma()] {
        let finer = table.steps().iter().filter(|&&step| step == 17);
        assert_eq!(finer.count(), 5);
        assert!(table.steps().iter().all(|step| [17, 77].contains(step)));
    }
    let gathered = json::read(&stats).expect("statistics");
    assert_eq!(gathered.frames(), 2);
    let picture = image::open(&plot).expect("a picture").to_rgb8();
    let colors: std::collections::HashSet<_> = picture.pixels().collect();
    assert!(colors.len() > 40, "{} colors", colors.len());

    assert_eq!(message.get::<u64>("frames"), Ok(2));
    assert_eq!(message.get::<&str>("mapping"), Ok("two-step"));
    assert_eq!(
        message.get::<&str>("location"),
        Ok(table.to_str().expect("UTF-8"))
    );
    let steps = message.get::<gst::Array>("table").expect("a table");
    let steps = steps
        .iter()
        .map(|step| step.get::<u32>().expect("a step") as u8);
    assert!(steps.eq(read.luma().steps().iter().copied()));

    // cjpeg takes both tables, and the filter the file.
    let picture = folder.path().join("in.ppm");
    fs::write(&picture, [b"P6\n8 8\n255\n", &scene(1, 192)[..]].concat()).expect("a picture");
    let jpeg = Command::new("cjpeg")
        .args(["-quality", "50", "-qslots", "0,1,1", "-qtables"])
        .args([&table, &picture])
        .output()
        .expect("cjpeg");
    assert!(
        jpeg.status.success(),
        "{}",
        String::from_utf8_lossy(&jpeg.stderr)
    );
    assert_eq!(tables::file::parse(&jpeg.stdout), Ok(read));
    let mut filter = Filter::new(&format!("table-file={}", table.display()));
    filter.set_caps(&info(VideoFormat::I420, WIDTH, HEIGHT));
    filter.distill(frame(VideoFormat::I420, 3));
}

#[test]
fn a_stream_without_frames_ends_with_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    assert!(!end(&mut filter));
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("No frames received"), "{text}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn an_unreadable_frame_stops_the_stream_and_those_before_it_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("t.txt");
    let mut filter = calibrate_frames(&format!("location={}", table.display()), VideoFormat::I420);
    filter.distill(frame(VideoFormat::I420, 1));
    let small = gst::Buffer::from_mut_slice(vec![0u8; 10]);
    assert_eq!(filter.harness.push(small), Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 1);
    let text = filter.error().expect("an ERROR");
    assert!(text.contains("exceeds the buffer of 10 bytes"), "{text}");
    // Good ones come too late: what would be written lacks a frame.
    let good = filter.harness.push(frame(VideoFormat::I420, 2));
    assert_eq!(good, Err(gst::FlowError::Error));
    assert!(!end(&mut filter));
    assert!(names(folder.path()).is_empty());
    assert_eq!(filter.error(), None, "one ERROR is enough");
    // Whoever asks for it gets what came before.
    let stats = folder.path().join("s.json");
    assert!(write_to(&filter, "stats-location", &stats));
    assert_eq!(frames_in(&stats), 1);
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
}

#[test]
fn unwritable_locations_are_errors_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none/t.txt");
    for (properties, expected) in [
        (format!("location={}", missing.display()), "No such file"),
        (
            format!("plot-location={}", folder.path().display()),
            "not a regular file",
        ),
        ("stats-location=/dev/full".to_string(), "not a regular file"),
        (
            "location=x stats-location=x".to_string(),
            "is used for two outputs",
        ),
        (
            "location=x plot-location=./x".to_string(),
            "is used for two outputs",
        ),
        (
            format!(
                "location={0}/x stats-location={0}/../{1}/x",
                folder.path().display(),
                folder.path().file_name().expect("a name").display()
            ),
            "is used for two outputs",
        ),
    ] {
        let text = error_of(&format!(
            "videotestsrc ! featurecalibrate {properties} ! fakesink"
        ));
        assert!(text.starts_with("Can't write the result: "), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_location_that_becomes_unwritable_stops_the_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let (kept, lost) = (folder.path().join("kept.txt"), gone.join("lost.json"));
    fs::write(&kept, "old").expect("a file");
    let properties = format!(
        "location={} stats-location={}",
        kept.display(),
        lost.display()
    );
    let mut filter = calibrate_frames(&properties, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    fs::remove_dir(&gone).expect("an empty folder");
    assert!(!end(&mut filter), "the end isn't passed on");
    let text = filter.error().expect("an ERROR");
    assert!(text.contains(&lost.display().to_string()), "{text}");
    assert_eq!(names(folder.path()), ["kept.txt"]);
    assert_eq!(fs::read_to_string(&kept).expect("a file"), "old");
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert_eq!(filter.error(), None, "one ERROR is enough");
}

/// While the stream goes on, too, what can't be written stops it.
#[test]
fn no_frame_passes_once_a_result_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let properties = format!("location={}", gone.join("t.txt").display());
    let mut filter = calibrate_frames(&properties, VideoFormat::Gray8);
    filter.distill(frame(VideoFormat::Gray8, 1));
    fs::remove_dir(&gone).expect("an empty folder");
    assert!(!filter.element.emit_by_name::<bool>("write", &[]));
    assert!(filter.error().is_some());
    let pushed = filter.harness.push(frame(VideoFormat::Gray8, 2));
    assert_eq!(pushed, Err(gst::FlowError::Error));
    assert_eq!(filter.harness.buffers_received(), 1);
    // It is found, and more can be gathered.
    assert!(write_to(&filter, "location", &folder.path().join("t.txt")));
    filter.distill(frame(VideoFormat::Gray8, 3));
    assert!(end(&mut filter));
    let frames = [message(&filter), message(&filter)].map(|message| message.get("frames"));
    assert_eq!(frames, [Ok(1u64), Ok(2)]);
}

#[test]
fn too_fine_steps_give_one_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let location = format!("location={}", folder.path().join("t.txt").display());
    let warning = |properties: &str| {
        let mut filter = calibrate_frames(&format!("{location} {properties}"), VideoFormat::Gray8);
        filter.distill(frame(VideoFormat::Gray8, 1));
        assert!(filter.element.emit_by_name::<bool>("write", &[]));
        assert!(end(&mut filter));
        let warning = filter.warning();
        assert_eq!(filter.warning(), None, "once is enough");
        warning
    };
    let text = warning("as-step=10").expect("a WARNING");
    assert!(
        text.contains("Step 10 at (u=0, v=0) is too fine for epsilon=1"),
        "{text}"
    );
    assert!(
        text.contains("at least 17 is needed. Raise as-step or md-step"),
        "{text}"
    );
    for fine in [
        "",
        "as-step=10 epsilon=0",
        "as-step=17",
        "mapping=deepn",
        "mapping=certified",
    ] {
        assert_eq!(warning(fine), None, "{fine}");
    }
}

#[test]
fn without_a_location_there_is_a_warning() {
    let mut filter = calibrate_frames("", VideoFormat::Gray8);
    let text = filter.warning().expect("a WARNING");
    assert!(text.starts_with("No output file: set location"), "{text}");
    filter.distill(frame(VideoFormat::Gray8, 1));
    assert!(end(&mut filter));
    assert_eq!(message(&filter).get::<u64>("frames"), Ok(1));
}
