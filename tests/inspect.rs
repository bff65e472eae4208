// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The interface of the plugin, as `gst-inspect-1.0` shows it, doesn't change unnoticed.
//!
//! `UPDATE_GOLDEN=1 cargo test --test inspect` writes the golden file anew.

mod support;

use std::fmt::Write;
use std::path::Path;

use gst::glib;
use gst::prelude::*;

/// A golden file for each element.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

#[test]
fn featuredistill_is_the_golden_one() {
    compare("featuredistill");
}

#[test]
fn featuredistillenc_is_the_golden_one() {
    compare("featuredistillenc");
}

#[test]
fn featurecalibrate_is_the_golden_one() {
    compare("featurecalibrate");
}

fn compare(element: &str) {
    support::filter::init();
    let description = describe(element);
    let path = Path::new(GOLDEN).join(element).with_extension("txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &description).expect("write the golden file");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file");
    for (line, (expected, found)) in golden.lines().zip(description.lines()).enumerate() {
        assert_eq!(expected, found, "line {} of {}", line + 1, path.display());
    }
    assert_eq!(golden.lines().count(), description.lines().count());
}

/// The plugin and an element as the registry knows them, without what differs from one machine or
/// version to the next.
fn describe(name: &str) -> String {
    let factory = gst::ElementFactory::find(name).expect("the element");
    let plugin = factory.plugin().expect("the plugin");
    let element = factory.create().build().expect("an instance");
    let mut text = String::new();
    section(&mut text, "Plugin", || {
        vec![
            format!("name: {}", plugin.plugin_name()),
            format!("description: {}", plugin.description()),
            format!("license: {}", plugin.license()),
            format!("source: {}", plugin.source()),
            format!("package: {}", plugin.package()),
            format!("origin: {}", plugin.origin()),
        ]
    });
    section(&mut text, "Element", || {
        let metadata = |key| factory.metadata(key).unwrap_or_default();
        vec![
            format!("name: {}", factory.name()),
            format!("long-name: {}", metadata("long-name")),
            format!("klass: {}", metadata("klass")),
            format!("description: {}", metadata("description")),
            format!("author: {}", metadata("author")),
            format!("rank: {}", i32::from(factory.rank())),
            format!("hierarchy: {}", hierarchy(element.type_())),
        ]
    });
    for template in element.pad_template_list() {
        let title = format!("Pad template {}", template.name_template());
        section(&mut text, &title, || {
            let caps = template.caps();
            let mut lines = vec![
                format!("direction: {:?}", template.direction()),
                format!("presence: {:?}", template.presence()),
            ];
            for (structure, features) in caps.iter_with_features() {
                lines.push(format!("{} ({features})", structure.name()));
                let fields = structure.iter();
                lines.extend(fields.map(|(field, value)| format!("  {field}: {}", text_of(value))));
            }
            lines
        });
    }
    let mut specs = element.list_properties().to_vec();
    specs.retain(|spec| spec.owner_type() == element.type_());
    specs.sort_by_key(|spec| spec.name());
    for spec in specs {
        section(&mut text, &format!("Property {}", spec.name()), || {
            describe_property(&spec)
        });
    }
    text
}

/// A value of a caps field; lists without the types that some versions put in.
fn text_of(value: &glib::Value) -> String {
    match value.get::<gst::List>() {
        Ok(list) => list
            .iter()
            .map(|value| text_of(value))
            .collect::<Vec<_>>()
            .join(" "),
        Err(_) => value.serialize().expect("a text").to_string(),
    }
}

fn section(text: &mut String, title: &str, lines: impl FnOnce() -> Vec<String>) {
    if !text.is_empty() {
        text.push('\n');
    }
    writeln!(text, "{title}").expect("a string grows");
    for line in lines() {
        writeln!(text, "  {line}").expect("a string grows");
    }
}

fn hierarchy(leaf: glib::Type) -> String {
    let types = std::iter::successors(Some(leaf), |kind| kind.parent());
    types.map(glib::Type::name).collect::<Vec<_>>().join(" < ")
}

fn describe_property(spec: &glib::ParamSpec) -> Vec<String> {
    let mut lines = vec![
        format!("nick: {}", spec.nick()),
        format!("blurb: {}", spec.blurb().expect("a blurb")),
        format!("type: {}", spec.value_type()),
        format!("flags: {}", flags(spec.flags())),
    ];
    if spec.name() != "stats" {
        let default = spec.default_value().serialize();
        let default = default.map_or_else(|_| "none".into(), |text| text.to_string());
        lines.push(format!("default: {default}"));
    }
    if let Some(spec) = spec.downcast_ref::<glib::ParamSpecUInt>() {
        lines.push(format!("range: {} - {}", spec.minimum(), spec.maximum()));
    }
    if let Some(spec) = spec.downcast_ref::<glib::ParamSpecDouble>() {
        lines.push(format!("range: {} - {:e}", spec.minimum(), spec.maximum()));
    }
    if let Some(values) = glib::EnumClass::with_type(spec.value_type()) {
        lines.extend(
            values
                .values()
                .iter()
                .map(|value| format!("({}): {} - {}", value.value(), value.nick(), value.name())),
        );
    }
    lines
}

fn flags(flags: glib::ParamFlags) -> String {
    [
        (glib::ParamFlags::READABLE, "readable"),
        (glib::ParamFlags::WRITABLE, "writable"),
        (gst::PARAM_FLAG_CONTROLLABLE, "controllable"),
        (gst::PARAM_FLAG_MUTABLE_READY, "mutable-ready"),
        (gst::PARAM_FLAG_MUTABLE_PAUSED, "mutable-paused"),
        (gst::PARAM_FLAG_MUTABLE_PLAYING, "mutable-playing"),
    ]
    .into_iter()
    .filter_map(|(flag, name)| flags.contains(flag).then_some(name))
    .collect::<Vec<_>>()
    .join(", ")
}
