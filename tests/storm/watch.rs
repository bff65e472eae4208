// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Observations at the pads and on the bus of an element, and verdicts on them.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gst::prelude::*;
use gst_video::{VideoInfo, VideoMeta};
use gstfeaturedistill::featuredistill::{FeatureDistillMessage, FeatureDistillTamperMessage};

use super::frames;
use super::incidents::Incidents;
use super::support::video::Placement;

/// Locks what a panic elsewhere leaves whole.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A frame that reached the element.
pub struct Arrived {
    pub pts: gst::ClockTime,
    pub bytes: Vec<u8>,
    pub placement: Placement,
    pub described: Described,
    pub is_hostile: bool,
    /// The oldest settings that may be applied to it.
    pub mark: usize,
    /// Messages about it.
    pub reports: Vec<gst::Structure>,
}

/// A judge of frames: may they leave?
pub trait Judge: Send + Sync + 'static {
    /// The oldest settings that may be applied to a frame that arrives now.
    fn mark(&self) -> usize {
        0
    }

    /// The number of changes of properties so far; None where it isn't known.
    fn changes(&self) -> Option<usize> {
        None
    }

    /// The shortest `tamper-interval`, in nanoseconds; 0 where it isn't known.
    fn tamper_interval(&self) -> u64 {
        0
    }

    /// An error unless `left`, which holds `bytes`, may come of `frame`.
    fn judge(&self, frame: &Arrived, left: &gst::BufferRef, bytes: &[u8]) -> Result<(), String>;
}

/// An element that is watched.
struct Watched {
    element: gst::glib::WeakRef<gst::Element>,
    judge: Box<dyn Judge>,
    incidents: Mutex<Incidents>,
    /// Increases when caps come and when the state changes.
    epoch: AtomicU64,
    /// Warnings, with epoch and number of changes.
    warnings: Mutex<HashSet<(String, u64, usize)>>,
}

/// Findings of the threads of a pipeline.
#[derive(Default)]
pub struct Findings {
    /// Frames under way, by timestamp.
    under_way: Mutex<HashMap<u64, Arrived>>,
    hostile: Mutex<HashSet<u64>>,
    watched: Mutex<Vec<Arc<Watched>>>,
    violations: Mutex<Vec<String>>,
    pub compared: AtomicU64,
    /// Warnings, and messages that aren't about a frame.
    pub messages: AtomicU64,
}

impl Findings {
    fn violation(&self, text: String) {
        lock(&self.violations).push(text);
    }

    /// Panics if a promise was broken.
    pub fn check(&self) {
        let violations = lock(&self.violations);
        assert!(violations.is_empty(), "{}", violations.join("\n"));
    }

    /// Panics if an incident goes on although all is stopped.
    pub fn check_end(&self) {
        for watched in lock(&self.watched).iter() {
            lock(&watched.incidents).check_end();
        }
    }

    /// The frame with this timestamp, which is on its way, is one that no element may take.
    pub fn expect_hostile(&self, pts: gst::ClockTime) {
        lock(&self.hostile).insert(pts.nseconds());
    }

    /// No frame is under way any more.
    pub fn forget(&self) {
        lock(&self.under_way).clear();
    }

    /// Takes in a message, in the thread that posts it.
    pub fn note(&self, message: &gst::Message) {
        let source = message.src();
        let is_source = |watched: &&Arc<Watched>| {
            let element = watched.element.upgrade();
            source.is_some_and(|source| element.is_some_and(|element| &element == source))
        };
        let watched = lock(&self.watched).iter().find(is_source).cloned();
        let result = match (message.view(), watched) {
            (gst::MessageView::StateChanged(_), Some(watched)) => {
                watched.epoch.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            (gst::MessageView::Warning(warning), watched) => {
                self.messages.fetch_add(1, Ordering::Relaxed);
                let text = warning.error().message().to_owned();
                watched.map_or(Ok(()), |watched| watched.note_warning(text))
            }
            (gst::MessageView::Element(message), watched) => match message.structure() {
                Some(report) if report.name() == FeatureDistillMessage::NAME => {
                    self.note_report(report)
                }
                Some(incident) if incident.name() == FeatureDistillTamperMessage::NAME => {
                    watched.map_or(Ok(()), |watched| lock(&watched.incidents).message(incident))
                }
                _ => {
                    self.messages.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                }
            },
            _ => Ok(()),
        };
        if let Err(text) = result {
            self.violation(format!("{text}: {message:?}"));
        }
    }

    fn note_report(&self, report: &gst::StructureRef) -> Result<(), String> {
        let pts: gst::ClockTime = report.get("pts").map_err(|error| error.to_string())?;
        let mut under_way = lock(&self.under_way);
        let frame = under_way.get_mut(&pts.nseconds());
        let frame = frame.ok_or("a report of a frame that didn't come or has left")?;
        if frame.is_hostile {
            return Err("a report of a hostile frame".into());
        }
        frame.reports.push(report.to_owned());
        Ok(())
    }

    fn arrive(&self, watched: &Watched, pad: &gst::Pad, buffer: &gst::BufferRef) {
        // A pad that is just being stopped has lost its caps: nothing may come of such a frame.
        let Some(caps) = pad.current_caps() else {
            return;
        };
        let (Ok(info), Some(pts)) = (VideoInfo::from_caps(&caps), buffer.pts()) else {
            self.violation(format!("{caps}, {buffer:?}"));
            return;
        };
        let frame = Arrived {
            pts,
            bytes: buffer.map_readable().expect("readable").to_vec(),
            placement: placement(buffer, &info),
            described: Described::of(buffer),
            is_hostile: lock(&self.hostile).contains(&pts.nseconds()),
            mark: watched.judge.mark(),
            reports: Vec::new(),
        };
        lock(&self.under_way).insert(pts.nseconds(), frame);
        let segment = pad.sticky_event::<gst::event::Segment>(0);
        let running_time = segment.and_then(|event| {
            let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
            segment.to_running_time(pts)
        });
        lock(&watched.incidents).frame(running_time, &info);
    }

    fn leave(&self, watched: &Watched, buffer: &gst::BufferRef) {
        let frame = (buffer.pts()).and_then(|pts| lock(&self.under_way).remove(&pts.nseconds()));
        let Some(frame) = frame else {
            self.violation(format!("a frame left that did not come: {buffer:?}"));
            return;
        };
        let judged = match buffer.map_readable() {
            Ok(bytes) => watched.judge.judge(&frame, buffer, &bytes),
            Err(_) => Err("it can't be read".into()),
        };
        match judged {
            Ok(()) => {
                self.compared.fetch_add(1, Ordering::Relaxed);
            }
            Err(text) => {
                let info = &frame.placement.info;
                let (format, width, height) = (info.format(), info.width(), info.height());
                let came = &frame.described;
                self.violation(format!(
                    "{text}: {format} {width}x{height}, {came:?}, {buffer:?}"
                ));
            }
        }
    }
}

impl Watched {
    /// An error if a warning comes again although nothing was changed.
    fn note_warning(&self, text: String) -> Result<(), String> {
        // Posted each time that the file is set.
        if text.starts_with("Can't read the table file") {
            return Ok(());
        }
        let Some(changes) = self.judge.changes() else {
            return Ok(());
        };
        let warning = (text, self.epoch.load(Ordering::Relaxed), changes);
        if lock(&self.warnings).insert(warning) {
            Ok(())
        } else {
            Err("a warning again, although nothing has changed".into())
        }
    }
}

/// Has `element` watched: each buffer that leaves is judged, together with the one that came, and so are the
/// messages of the element.
pub fn watch(element: &gst::Element, findings: &Arc<Findings>, judge: impl Judge) {
    let watched = Arc::new(Watched {
        element: element.downgrade(),
        incidents: Mutex::new(Incidents::new(judge.tamper_interval())),
        judge: Box::new(judge),
        epoch: AtomicU64::new(0),
        warnings: Mutex::default(),
    });
    lock(&findings.watched).push(watched.clone());
    let sink = element.static_pad("sink").expect("a sink pad");
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    let (arrived, its) = (findings.clone(), watched.clone());
    sink.add_probe(kinds, move |pad, probe| {
        match (probe.buffer(), probe.event()) {
            (Some(buffer), _) => arrived.arrive(&its, pad, buffer),
            (_, Some(event)) if event.type_() == gst::EventType::Caps => {
                its.epoch.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
    let left = findings.clone();
    let src = element.static_pad("src").expect("a source pad");
    src.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        if let Some(buffer) = probe.buffer() {
            left.leave(&watched, buffer);
        }
        gst::PadProbeReturn::Ok
    });
}

impl Arrived {
    /// An error if it is one that an element which reads samples has to refuse.
    pub fn check_sound(&self) -> Result<(), String> {
        if self.is_hostile || !self.holds_a_frame() {
            return Err("a hostile frame left".into());
        }
        Ok(())
    }

    /// True if all samples are where the buffer says that they are.
    pub fn holds_a_frame(&self) -> bool {
        let info = &self.placement.info;
        (0..info.n_components() as u8).all(|component| self.holds(component))
    }

    /// True if the last sample of `component` is, and so all of them.
    fn holds(&self, component: u8) -> bool {
        let info = &self.placement.info;
        let plane = info.comp_plane(component) as usize;
        let place = |of: &[usize]| of.get(plane).copied();
        let strides: Vec<_> = (self.placement.strides.iter())
            .map(|&stride| usize::try_from(stride).unwrap_or(usize::MAX))
            .collect();
        let last = || {
            let row = info.comp_height(component) as usize - 1;
            let column = info.comp_width(component) as usize - 1;
            place(&strides)?
                .checked_mul(row)?
                .checked_add(place(&self.placement.offsets)?)?
                .checked_add(info.comp_poffset(component) as usize)?
                .checked_add(column * info.comp_pstride(component) as usize)
        };
        last().is_some_and(|last| last < self.bytes.len())
    }
}

/// Properties of a buffer beside its samples.
#[derive(Debug, PartialEq)]
pub struct Described {
    /// Without DISCONT, which elements add where they must.
    flags: gst::BufferFlags,
    duration: Option<gst::ClockTime>,
    /// Metas that carry no verdict.
    metas: usize,
    pub verdicts: Vec<gst::Structure>,
}

impl Described {
    pub fn of(buffer: &gst::BufferRef) -> Self {
        let metas = || buffer.iter_meta::<gst::Meta>();
        let custom =
            metas().filter_map(|meta| Some(meta.try_as_custom_meta()?.structure().to_owned()));
        let verdicts: Vec<_> = custom
            .filter(|structure| structure.name() == FeatureDistillMessage::NAME)
            .collect();
        Self {
            flags: buffer.flags() & (frames::FLAGS - gst::BufferFlags::DISCONT),
            duration: buffer.duration(),
            metas: metas().count() - verdicts.len(),
            verdicts,
        }
    }

    /// True if all but the verdicts is the same.
    pub fn agrees_with(&self, other: &Self) -> bool {
        (self.flags, self.duration, self.metas) == (other.flags, other.duration, other.metas)
    }
}

/// Placement of the samples in a buffer of `info` without hostile metas.
fn placement(buffer: &gst::BufferRef, info: &VideoInfo) -> Placement {
    let mut placement = Placement::plain(info);
    if let Some(meta) = buffer.meta::<VideoMeta>() {
        placement.offsets = meta.offset().to_vec();
        placement.strides = meta.stride().to_vec();
    }
    placement
}
