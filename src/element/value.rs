// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Contents of property values.

use std::path::PathBuf;

use gst::glib;

/// The content of a value whose type GObject has checked.
pub(crate) fn checked<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T
where
    <T::Checker as glib::value::ValueTypeChecker>::Error: std::fmt::Debug,
{
    value.get().expect("GObject has checked the type")
}

/// The nick of a value of an enumeration.
pub(crate) fn nick(value: impl glib::value::ToValue) -> String {
    let value = value.to_value();
    let (_, value) = glib::EnumValue::from_value(&value).expect("an enumeration");
    value.nick().to_owned()
}

/// The path in a string value; None if it is empty.
pub(crate) fn path(value: &glib::Value) -> Option<PathBuf> {
    checked::<Option<PathBuf>>(value).filter(|path| !path.as_os_str().is_empty())
}
