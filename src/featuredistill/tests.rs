// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! A panic while a frame is processed, which only the crate itself can provoke.

use std::sync::atomic::{AtomicBool, Ordering};

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::FeatureDistill;
use crate::codec::pool;

/// A switch that makes frames panic on a worker of the shared pool, as a bug in a band would.
#[derive(Default)]
pub(super) struct Fault(AtomicBool);

impl Fault {
    pub(super) fn trip(&self) {
        if self.0.load(Ordering::SeqCst) {
            pool::shared()
                .expect("a thread pool")
                .in_place_scope(|scope| scope.spawn(|_| panic!("a fault was injected")));
        }
    }
}

#[test]
fn a_panic_in_a_band_is_an_error_and_nothing_leaves_ever_after() {
    gst::init().expect("GStreamer");
    let element = gst::glib::Object::new::<FeatureDistill>();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let mut harness = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
    harness.set_src_caps_str("video/x-raw,format=GRAY8,width=16,height=16,framerate=25/1");
    let frame = || gst::Buffer::from_mut_slice([7u8; 256]);

    harness.push(frame()).expect("a frame before the fault");
    harness.pull().expect("what came of it");

    element.imp().fault.0.store(true, Ordering::SeqCst);
    assert_eq!(harness.push(frame()), Err(gst::FlowError::Error));
    let message = bus
        .pop_filtered(&[gst::MessageType::Error])
        .expect("an ERROR");
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!("filtered");
    };
    let text = error.error().message().to_string();
    assert!(text.contains("a fault was injected"), "{text}");

    // Whatever the panic left behind is not to be trusted with another frame.
    element.imp().fault.0.store(false, Ordering::SeqCst);
    assert_eq!(harness.push(frame()), Err(gst::FlowError::Error));
    element.set_property("bypass", true);
    assert_eq!(harness.push(frame()), Err(gst::FlowError::Error));
    assert_eq!(harness.buffers_received(), 1, "the one before the fault");
    bus.set_flushing(true);
}
