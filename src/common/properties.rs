// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What is asked of an element: its settings, and the table file that wins over them.

use std::path::PathBuf;
use std::sync::Mutex;

use gst::glib;
use gst::prelude::*;

use super::lock;
use super::tables::{AsSelection, TableSettings};
use crate::files::{Cause, FileError};
use crate::tables::{Tables, file};

/// The name of the property that has side effects.
const TABLE_FILE: &str = "table-file";

/// What the properties of an element are set to, `table-file` apart.
pub(crate) trait Settings: Copy + Default + PartialEq {
    /// Those that choose the table.
    fn table(&self) -> &TableSettings;

    /// The value of the property called `name`.
    fn get(&self, name: &str) -> glib::Value;

    /// Sets the property called `name`, whose range GObject has seen to.
    fn set(&mut self, name: &str, value: &glib::Value);
}

/// The content of a value whose type GObject has checked.
pub(crate) fn checked<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T
where
    <T::Checker as glib::value::ValueTypeChecker>::Error: std::fmt::Debug,
{
    value.get().expect("GObject has checked the type")
}

/// Brings the controlled properties of `element` up to the stream time of a frame.
pub(crate) fn synchronise(
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
        gst::warning!(log, obj = element, "Properties not synchronised: {error}");
    }
}

/// What is asked of the element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Control<S> {
    pub settings: S,
    table_file: Option<TableFile>,
    /// Goes up with every change.
    pub revision: u64,
}

/// The file that wins over the preset.
#[derive(Clone, Debug)]
struct TableFile {
    path: PathBuf,
    /// What was read from it, once the element is started.
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
    /// The tables in force.
    pub(crate) fn tables(&self) -> Tables {
        let from_file = self.table_file.as_ref().and_then(|file| file.tables);
        self.settings.table().tables(from_file)
    }

    /// What the tables in force depend on, beside the properties.
    pub(crate) fn selection(&self) -> AsSelection {
        match self.table_file {
            Some(_) => AsSelection::Zigzag,
            None => self.settings.table().selection(),
        }
    }

    /// Replaces the table file.
    fn set_table_file(&mut self, table_file: Option<TableFile>) {
        self.table_file = table_file;
        self.revision += 1;
    }
}

/// The properties of an element, from any thread.
#[derive(Default)]
pub(crate) struct Properties<S> {
    control: Mutex<Control<S>>,
    /// Whether the element is started. Held while a table file is read, so that files are read one
    /// after the other; frames don't wait for it.
    started: Mutex<bool>,
}

impl<S: Settings> Properties<S> {
    /// All that is asked at this moment.
    pub(crate) fn control(&self) -> Control<S> {
        lock(&self.control).clone()
    }

    /// The settings at this moment.
    pub(crate) fn settings(&self) -> S {
        lock(&self.control).settings
    }

    /// Goes up with every change.
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

    /// Sets the property called `name` of `element`. A table file that can't be read leaves
    /// everything as it was, with a warning on the bus.
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

    /// Takes a table file, or none (an empty path is none).
    fn set_table_file(
        &self,
        element: &impl IsA<gst::Element>,
        log: gst::DebugCategory,
        value: &glib::Value,
    ) {
        let path = checked::<Option<PathBuf>>(value).filter(|path| !path.as_os_str().is_empty());
        let started = lock(&self.started);
        match path.map(|path| TableFile::new(path, *started)).transpose() {
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
                    ("Table file not taken, the tables stay as they were: {error}")
                );
            }
        }
    }

    /// Reads the table file that was set before the element started, and those set from now on.
    pub(crate) fn start(&self) -> Result<(), gst::ErrorMessage> {
        let mut started = lock(&self.started);
        let table_file = lock(&self.control).table_file.clone();
        if let Some(TableFile { path, .. }) = table_file {
            let table_file = TableFile::new(path, true).map_err(|error| {
                gst::error_msg!(error_code(&error), ("Bad table file: {error}"))
            })?;
            lock(&self.control).set_table_file(Some(table_file));
        }
        *started = true;
        Ok(())
    }

    /// Table files are not read any more until the next start.
    pub(crate) fn stop(&self) {
        *lock(&self.started) = false;
    }
}

/// Under which code the bus gets to know about a bad table file.
fn error_code(error: &FileError) -> gst::ResourceError {
    match &error.cause {
        Cause::Io(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            gst::ResourceError::NotFound
        }
        Cause::Content(_) => gst::ResourceError::Settings,
        _ => gst::ResourceError::Read,
    }
}
