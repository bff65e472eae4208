// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Property values of an element and its table file, with a revision number.

use std::path::PathBuf;
use std::sync::Mutex;

use gst::glib;
use gst::prelude::*;

use super::lock::lock;
use super::table_settings::TableSettings;
use super::table_source::TableSource;
use super::value;
use crate::files::{Cause, FileError};
use crate::tables::{Tables, file};

/// The property that reads a file when it is set.
const TABLE_FILE: &str = "table-file";

/// Property values of an element, `table-file` apart.
pub(crate) trait Settings: Copy + Default + PartialEq {
    /// The values that choose the table.
    fn table(&self) -> &TableSettings;

    /// The value of the property called `name`.
    fn get(&self, name: &str) -> glib::Value;

    /// Sets the property called `name`; GObject has checked type and range.
    fn set(&mut self, name: &str, value: &glib::Value);
}

/// Brings the controlled properties of `element` up to the stream time of a frame.
pub(crate) fn synchronize(
    element: &impl IsA<gst::Element>,
    log: gst::DebugCategory,
    segment: &gst::Segment,
    pts: Option<gst::ClockTime>,
) {
    let stream_time = segment
        .downcast_ref::<gst::ClockTime>()
        .and_then(|segment| segment.to_stream_time(pts));
    if let Some(stream_time) = stream_time
        && let Err(error) = element
            .upcast_ref::<gst::Element>()
            .sync_values(stream_time)
    {
        gst::warning!(
            log,
            obj = element,
            "Can't synchronize controlled properties: {error}"
        );
    }
}

/// Property values and the table file, with a revision number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Control<S> {
    pub settings: S,
    table_file: Option<TableFile>,
    /// Increases with every change.
    pub revision: u64,
}

/// The file of `table-file`.
#[derive(Clone, Debug)]
struct TableFile {
    path: PathBuf,
    /// Its tables; None until the element starts.
    tables: Option<Tables>,
}

impl TableFile {
    /// A table file, read if the element is `started`.
    fn new(path: PathBuf, started: bool) -> Result<Self, FileError> {
        let tables = started.then(|| file::read(&path)).transpose()?;
        Ok(Self { path, tables })
    }
}

impl<S: Settings> Control<S> {
    /// The source of the tables in force.
    pub(crate) fn table_source(&self) -> TableSource {
        let from_file = self.table_file.as_ref().and_then(|file| file.tables);
        TableSource::new(*self.settings.table(), from_file)
    }

    /// Replaces the table file.
    fn set_table_file(&mut self, table_file: Option<TableFile>) {
        self.table_file = table_file;
        self.revision += 1;
    }
}

/// The properties of an element, which any thread may use.
#[derive(Default)]
pub(crate) struct Properties<S> {
    control: Mutex<Control<S>>,
    /// True from start to stop. Locked while a table file is read, so that files are read one after the
    /// other; frames don't wait for it.
    started: Mutex<bool>,
}

impl<S: Settings> Properties<S> {
    /// A copy of values, table file and revision.
    pub(crate) fn control(&self) -> Control<S> {
        lock(&self.control).clone()
    }

    /// A copy of the values.
    pub(crate) fn settings(&self) -> S {
        lock(&self.control).settings
    }

    /// A copy of the values, and of everything unless the revision is the one that is `known`.
    pub(crate) fn settings_since(&self, known: Option<u64>) -> (S, Option<Control<S>>) {
        let control = lock(&self.control);
        let has_changed = known != Some(control.revision);
        (control.settings, has_changed.then(|| control.clone()))
    }

    /// The revision, which increases with every change.
    pub(crate) fn revision(&self) -> u64 {
        lock(&self.control).revision
    }

    /// The value of the property called `name`.
    pub(crate) fn get(&self, name: &str) -> glib::Value {
        let control = lock(&self.control);
        match name {
            TABLE_FILE => control
                .table_file
                .as_ref()
                .map(|file| &file.path)
                .to_value(),
            name => control.settings.get(name),
        }
    }

    /// Sets the property called `name` of `element`. A table file that can't be read changes nothing and
    /// posts a warning.
    pub(crate) fn set(
        &self,
        element: &impl IsA<gst::Element>,
        log: gst::DebugCategory,
        name: &str,
        value: &glib::Value,
    ) {
        match name {
            TABLE_FILE => self.set_table_file(element, log, value),
            name => self.set_setting(element, log, name, value),
        }
    }

    fn set_setting(
        &self,
        element: &impl IsA<gst::Element>,
        log: gst::DebugCategory,
        name: &str,
        value: &glib::Value,
    ) {
        let mut control = lock(&self.control);
        let mut changed = control.settings;
        changed.set(name, value);
        if changed == control.settings {
            return;
        }
        let old = control.settings.get(name);
        control.settings = changed;
        control.revision += 1;
        drop(control);
        gst::info!(log, obj = element, "{name}: {old:?} -> {value:?}");
    }

    /// Sets or clears the table file; an empty path clears it.
    fn set_table_file(
        &self,
        element: &impl IsA<gst::Element>,
        log: gst::DebugCategory,
        value: &glib::Value,
    ) {
        let started = lock(&self.started);
        let table_file = value::path(value).map(|path| TableFile::new(path, *started));
        match table_file.transpose() {
            Ok(table_file) => {
                gst::info!(log, obj = element, "table-file -> {table_file:?}");
                lock(&self.control).set_table_file(table_file);
            }
            Err(error) => {
                // A handler of the message may set the property again.
                drop(started);
                gst::element_warning!(
                    element,
                    error_code(&error),
                    ("Can't read the table file, keeping the previous tables: {error}")
                );
            }
        }
    }

    /// Reads the table file; from now on, setting one reads it at once.
    pub(crate) fn start(&self) -> Result<(), gst::ErrorMessage> {
        let mut started = lock(&self.started);
        let table_file = lock(&self.control).table_file.clone();
        if let Some(TableFile { path, .. }) = table_file {
            let table_file = TableFile::new(path, true).map_err(|error| {
                gst::error_msg!(error_code(&error), ("Can't read the table file: {error}"))
            })?;
            lock(&self.control).set_table_file(Some(table_file));
        }
        *started = true;
        Ok(())
    }

    /// Postpones the reading of table files to the next start.
    pub(crate) fn stop(&self) {
        *lock(&self.started) = false;
    }
}

/// The error code for a file that can't be read.
pub(crate) fn error_code(error: &FileError) -> gst::ResourceError {
    match &error.cause {
        Cause::Io(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            gst::ResourceError::NotFound
        }
        Cause::Content(_) => gst::ResourceError::Settings,
        _ => gst::ResourceError::Read,
    }
}
