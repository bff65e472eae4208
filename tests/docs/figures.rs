// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Figures that pages quote from what programs have measured.
//!
//! A comment `<!-- from FILE#heading -->` stands before a quotation. A table must be rows and columns of a table under
//! that heading; of a paragraph, each figure must occur there.

use std::path::Path;

use crate::page::{Page, Part};

/// Units of what is measured.
const UNITS: [&str; 8] = [
    "%", "dB", "ms", "ns", "points", "frames/s", "Mbit/s", "kilobits",
];

/// Faults in the quotations of a page.
pub fn faults(page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    let mut source = None;
    for part in &page.parts {
        let fault = match part {
            Part::Comment(text) => {
                source = text.strip_prefix("from ");
                continue;
            }
            Part::Table(table) => match source.take() {
                Some(source) => quoted_table(table, source).err(),
                None => (table.iter().flatten())
                    .find_map(|cell| measured(cell))
                    .map(unmarked),
            },
            Part::Text(text) => match source.take() {
                Some(source) => quoted_text(text, source).err(),
                None => measured(text).map(unmarked),
            },
            Part::Heading(_) | Part::Code { .. } => source
                .take()
                .map(|source| format!("nothing is quoted from {source}")),
        };
        faults.extend(fault.map(|fault| format!("{}: {fault}", page.path.display())));
    }
    faults
}

fn unmarked(figure: String) -> String {
    format!(
        "\"{figure}\" looks measured: quote it from a RESULTS.md, with a comment `from FILE#heading`"
    )
}

/// The parts of the results that a comment names.
fn with_section<T>(source: &str, look: impl Fn(&[Part]) -> Result<T, String>) -> Result<T, String> {
    let (file, anchor) = source.split_once('#').ok_or("a source is FILE#heading")?;
    if !crate::page::root().join(file).is_file()
        || Path::new(file).file_name() != Some("RESULTS.md".as_ref())
    {
        return Err(format!("{file} is no file of results"));
    }
    let results = Page::read(file);
    let section = results
        .section(anchor)
        .ok_or(format!("no heading {source}"))?;
    look(section).map_err(|fault| format!("{source}: {fault}"))
}

/// Checks that every row of `table` is one of the results, in the columns that it has.
fn quoted_table(table: &[Vec<String>], source: &str) -> Result<(), String> {
    with_section(source, |section| {
        let tables = section.iter().filter_map(|part| match part {
            Part::Table(rows) => Some(rows),
            _ => None,
        });
        let mut nearest = "no table has these columns".to_owned();
        for measured in tables {
            let Some(columns) = columns(&table[0], &measured[0]) else {
                continue;
            };
            let has = |row: &Vec<String>| {
                (measured.iter()).any(|found| columns.iter().map(|&column| &found[column]).eq(row))
            };
            match table.iter().find(|row| !has(row)) {
                Some(row) => nearest = format!("no row {row:?}"),
                None => return Ok(()),
            }
        }
        Err(nearest)
    })
}

/// Places of the columns of `titles` among `measured`.
fn columns(titles: &[String], measured: &[String]) -> Option<Vec<usize>> {
    let place = |title| measured.iter().position(|found| found == title);
    titles.iter().map(place).collect()
}

/// Checks that every number of `text` occurs under the heading.
fn quoted_text(text: &str, source: &str) -> Result<(), String> {
    with_section(source, |section| {
        let mut found = Vec::new();
        for part in section {
            match part {
                Part::Table(rows) => {
                    found.extend(rows.iter().flatten().flat_map(|cell| numbers(cell)))
                }
                Part::Text(text) => found.extend(numbers(text)),
                _ => {}
            }
        }
        match numbers(text).find(|number| !found.contains(number)) {
            Some(number) => Err(format!("{number} isn't there")),
            None => Ok(()),
        }
    })
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
}

/// The first number with a unit of measurement, or with an interval.
fn measured(text: &str) -> Option<String> {
    let text = text.replace("95 % interval", "");
    let words: Vec<_> = text.split_whitespace().collect();
    let is_number = |word: &str| {
        let word = word.trim_start_matches(['(', '−']);
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let figure = |pair: &&[&str]| {
        let unit = pair[1].trim_end_matches(['.', ',', ';', ':', ')']);
        is_number(pair[0]) && UNITS.contains(&unit) || pair[0] == "±" && is_number(pair[1])
    };
    words.windows(2).find(figure).map(|pair| pair.join(" "))
}
