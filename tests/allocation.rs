// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! ALLOCATION queries: nothing is offered upstream that an element would refuse in a buffer.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gst::prelude::*;
use gst_video::{
    VideoCropMeta, VideoFormat, VideoFrameFlags, VideoMeta, VideoOverlayComposition,
    VideoOverlayCompositionMeta, VideoOverlayFormatFlags, VideoOverlayRectangle,
    VideoRegionOfInterestMeta,
};
use support::filter::{Filter, frames_of, init};
use support::video::{bytes, info};

/// The elements with the properties of a gst-launch line.
const ELEMENTS: [&str; 5] = [
    "featuredistill",
    "featuredistill bypass=true",
    "featuredistill settle=true",
    "featurecalibrate",
    "featuredistillenc",
];

/// Makes the peer of `pad` answer ALLOCATION queries as a sink that takes every meta and has memory that can
/// be mapped and some that can't.
fn offer_everything(pad: &gst::Pad) {
    pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| {
        let Some(gst::QueryViewMut::Allocation(query)) =
            info.query_mut().map(|query| query.view_mut())
        else {
            return gst::PadProbeReturn::Ok;
        };
        let caps = query.get_owned().0.expect("caps");
        // Of JPEG frames it doesn't matter.
        let size = gst_video::VideoInfo::from_caps(&caps).map_or(4096, |info| info.size() as u32);
        query.add_allocation_meta::<VideoCropMeta>(None);
        query.add_allocation_meta::<VideoMeta>(None);
        query.add_allocation_meta::<VideoOverlayCompositionMeta>(None);
        query.add_allocation_meta::<VideoRegionOfInterestMeta>(None);
        for flags in [
            gst::MemoryFlags::NOT_MAPPABLE,
            gst::MemoryFlags::empty(),
            gst::MemoryFlags::NOT_MAPPABLE,
        ] {
            let params = gst::AllocationParams::new(flags, 15, 0, 0);
            query.add_allocation_param(gst::Allocator::NONE, params);
            let pool = gst::BufferPool::new();
            let config = pool.config();
            config.set_allocator(gst::Allocator::NONE, Some(&params));
            pool.set_config(config).expect("a config");
            query.add_allocation_pool(Some(&pool), size, 0, 0);
        }
        gst::PadProbeReturn::Handled
    });
}

/// An element in front of a sink that offers everything, negotiated.
fn before_a_sink_that_offers_everything(line: &str) -> Filter {
    init();
    let mut filter = Filter::with_element(gst::parse::launch(line).expect("properties"));
    let source = filter.element.static_pad("src").expect("a source pad");
    offer_everything(&source.peer().expect("the harness"));
    filter.set_caps(&info(VideoFormat::I420, 32, 16));
    filter
}

/// The answer of the element to an ALLOCATION query.
fn ask(filter: &Filter) -> gst::query::Allocation<gst::Query> {
    let caps = info(VideoFormat::I420, 32, 16).to_caps().expect("caps");
    let mut query = gst::query::Allocation::new(Some(&caps), true);
    let sink = filter.element.static_pad("sink").expect("a sink pad");
    assert!(sink.query(query.query_mut()), "an answer");
    query
}

fn assert_acceptable(query: &gst::query::Allocation, line: &str) {
    assert_eq!(
        query.find_allocation_meta::<VideoCropMeta>(),
        None,
        "{line}"
    );
    let overlay = query.find_allocation_meta::<VideoOverlayCompositionMeta>();
    assert_eq!(overlay, None, "{line}");
    assert!(
        query.find_allocation_meta::<VideoMeta>().is_some(),
        "{line}"
    );
    let not_mappable =
        |params: gst::AllocationParams| params.flags().contains(gst::MemoryFlags::NOT_MAPPABLE);
    assert!(
        !query
            .allocation_params()
            .any(|(_, params)| not_mappable(params)),
        "{line}"
    );
    for (pool, ..) in query.allocation_pools() {
        let (_, params) = pool.expect("a pool").config().allocator().expect("params");
        assert!(!not_mappable(params), "{line}");
    }
}

#[test]
fn metas_and_memory_that_would_be_refused_are_not_offered() {
    for line in ELEMENTS {
        let filter = before_a_sink_that_offers_everything(line);
        assert_acceptable(&ask(&filter), line);
    }
}

#[test]
fn other_metas_and_memory_of_downstream_are_offered() {
    for line in ELEMENTS
        .into_iter()
        .filter(|line| *line != "featuredistillenc")
    {
        let query = &*ask(&before_a_sink_that_offers_everything(line));
        let regions = query.find_allocation_meta::<VideoRegionOfInterestMeta>();
        assert!(regions.is_some(), "{line}");
        assert_eq!(query.allocation_params().count(), 1, "{line}");
        assert_eq!(query.allocation_pools().count(), 1, "{line}");
    }
}

/// A source that heeds the answer of downstream makes frames that start with a cache line.
#[test]
fn frames_are_aligned_to_cache_lines() {
    let offers = ask(&before_a_sink_that_offers_everything("featuredistill"));
    let (_, params) = offers.allocation_params().next().expect("an offer");
    assert_eq!(params.align() & 63, 63);
    let line = "videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=66,height=50 \
                ! featuredistill name=element ! videoconvert ! video/x-raw,format=RGB ! fakesink";
    let pipeline = gst::parse::launch(line).expect("a pipeline");
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
    let element = pipeline.by_name("element").expect("the element");
    let aligned = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&aligned);
    let sink = element.static_pad("sink").expect("a sink pad");
    sink.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let buffer = info.buffer().expect("a buffer");
        let map = buffer.map_readable().expect("memory that can be mapped");
        count.fetch_add(usize::from(map.as_ptr().addr() % 64 == 0), Ordering::SeqCst);
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing).expect("starting");
    let bus = pipeline.bus().expect("a bus");
    bus.timed_pop_filtered(gst::ClockTime::from_seconds(20), &[gst::MessageType::Eos])
        .expect("the end of the stream");
    pipeline.set_state(gst::State::Null).expect("stopping");
    assert_eq!(aligned.load(Ordering::SeqCst), 5);
}

#[test]
fn the_answer_doesnt_depend_on_bypass() {
    let mut filter = before_a_sink_that_offers_everything("featuredistill");
    for bypass in [true, false, true] {
        filter.element.set_property("bypass", bypass);
        filter.distill(gst::Buffer::from_mut_slice(vec![9u8; 768]));
        assert_acceptable(&ask(&filter), &format!("bypass={bypass}"));
    }
}

/// The frames of `videocrop` in front of `line` and a sink that offers everything; `before_frame` is called
/// before the element gets a frame.
fn cropped(
    line: &str,
    before_frame: impl Fn(&gst::Element, usize) + Send + Sync + 'static,
) -> Vec<Vec<u8>> {
    init();
    let pipeline = gst::parse::launch(&format!(
        "videotestsrc num-buffers=4 pattern=snow ! video/x-raw,format=I420,width=64,height=48 \
         ! videocrop left=16 top=16 ! {line} name=element ! appsink name=sink sync=false"
    ))
    .expect("a pipeline")
    .downcast::<gst::Pipeline>()
    .expect("a pipeline");
    let element = pipeline.by_name("element").expect("the element");
    let sink = pipeline.by_name("sink").expect("a sink");
    offer_everything(&sink.static_pad("sink").expect("a pad"));
    let count = AtomicUsize::new(0);
    element.static_pad("sink").expect("a pad").add_probe(
        gst::PadProbeType::BUFFER,
        move |pad, _| {
            let element = pad.parent_element().expect("the element");
            before_frame(&element, count.fetch_add(1, Ordering::SeqCst));
            gst::PadProbeReturn::Ok
        },
    );
    let sink = sink.downcast::<gst_app::AppSink>().expect("an appsink");
    pipeline.set_state(gst::State::Playing).expect("starting");
    let frames = std::iter::from_fn(|| sink.pull_sample().ok())
        .map(|sample| bytes(sample.buffer().expect("a buffer")))
        .collect();
    let bus = pipeline.bus().expect("a bus");
    let error = bus.pop_filtered(&[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).expect("stopped");
    assert!(error.is_none(), "{line}: {error:?}");
    frames
}

#[test]
fn cropped_video_passes_every_element_in_front_of_a_sink_that_crops() {
    for line in ELEMENTS {
        let frames = cropped(line, |_, _| ());
        assert_eq!(frames.len(), 4, "{line}");
    }
}

#[test]
fn cropped_video_is_distilled_as_in_front_of_any_sink() {
    let expected = frames_of(
        "videotestsrc num-buffers=4 pattern=snow ! video/x-raw,format=I420,width=64,height=48 \
         ! videocrop left=16 top=16 ! featuredistill qos=false ! appsink name=sink sync=false",
        &["sink"],
    );
    assert!(cropped("featuredistill qos=false", |_, _| ()) == expected[0]);
}

#[test]
fn cropped_video_is_distilled_from_the_frame_that_bypass_ends_at() {
    let distilled = cropped("featuredistill qos=false", |_, _| ());
    let stored = cropped("featuredistill qos=false bypass=true", |_, _| ());
    let switched = cropped("featuredistill qos=false bypass=true", |element, index| {
        element.set_property("bypass", index % 2 == 0);
    });
    for (index, frame) in switched.iter().enumerate() {
        let expected = if index % 2 == 0 { &stored } else { &distilled };
        assert!(*frame == expected[index], "frame {index}");
    }
}

/// A gray frame of 32x16 with an overlay of a white square, or of nothing.
fn overlaid(is_empty: bool) -> gst::Buffer {
    let mut square = gst::Buffer::from_mut_slice(vec![255u8; 4 * 4 * 4]);
    let (target, flags) = (square.get_mut().expect("fresh"), VideoFrameFlags::empty());
    VideoMeta::add(target, flags, VideoFormat::Bgra, 4, 4).expect("a meta");
    let flags = VideoOverlayFormatFlags::empty();
    let square = VideoOverlayRectangle::new_raw(&square, 0, 0, 4, 4, flags);
    let squares = (!is_empty).then_some(&square);
    let composition = VideoOverlayComposition::new(squares).expect("a composition");
    let mut buffer = gst::Buffer::from_mut_slice(vec![77u8; 32 * 16]);
    VideoOverlayCompositionMeta::add(buffer.get_mut().expect("fresh"), &composition);
    buffer
}

/// The filter has not seen what is drawn over a frame after it.
#[test]
fn overlays_that_come_all_the_same_are_refused_unless_they_draw_nothing() {
    for element in ["featuredistill", "featuredistillenc", "featurecalibrate"] {
        let mut filter = Filter::launch(element);
        filter.set_caps(&info(VideoFormat::Gray8, 32, 16));
        filter.distill(overlaid(true));
        let pushed = filter.harness.push(overlaid(false));
        assert_eq!(pushed, Err(gst::FlowError::Error), "{element}");
        assert_eq!(filter.harness.buffers_received(), 1, "{element}");
        let text = filter.error().expect("an ERROR");
        assert!(
            text.contains("an overlay composition is attached"),
            "{text}"
        );
        assert!(
            text.contains("Blend overlays into the frames first"),
            "{text}"
        );
    }
    let mut filter = Filter::new("bypass=true");
    filter.set_caps(&info(VideoFormat::Gray8, 32, 16));
    filter.distill(overlaid(false));
}
