// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Markdown pages, cut into the parts that the tests look at.

use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A part of a page, in its order.
#[derive(Debug)]
pub enum Part {
    /// A heading, by its anchor.
    Heading(String),
    /// A comment, without its brackets.
    Comment(String),
    /// A block of code and its language.
    Code { language: String, text: String },
    /// Rows of cells as they are written; the first one has the titles of the columns.
    Table(Vec<Vec<String>>),
    /// A paragraph or an item of a list, as it is written.
    Text(String),
}

/// A page of the repository.
#[derive(Debug)]
pub struct Page {
    /// Relative to the root of the repository.
    pub path: PathBuf,
    pub parts: Vec<Part>,
    /// Destinations of links and pictures.
    pub links: Vec<String>,
    /// Code within text.
    pub spans: Vec<String>,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    /// Reads the page at `path`, relative to the root of the repository.
    pub fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let source = std::fs::read_to_string(root().join(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(path, &source)
    }

    fn parse(path: PathBuf, source: &str) -> Self {
        let mut page = Self {
            path,
            parts: Vec::new(),
            links: Vec::new(),
            spans: Vec::new(),
        };
        let mut language = None;
        let mut row = Vec::new();
        for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
            let written = || source[range.clone()].trim().to_owned();
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    page.parts.push(Part::Heading(anchor(&source[range])));
                }
                Event::Start(Tag::HtmlBlock) => page.parts.extend(comment(&source[range])),
                Event::Start(Tag::CodeBlock(kind)) => {
                    language = Some(match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    });
                }
                Event::Text(text) if language.is_some() => page.add_code(&mut language, &text),
                Event::Code(code) => page.spans.push(code.to_string()),
                Event::Start(Tag::Table(_)) => page.parts.push(Part::Table(Vec::new())),
                Event::Start(Tag::TableCell) => row.push(written()),
                Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                    if let Some(Part::Table(rows)) = page.parts.last_mut() {
                        rows.push(std::mem::take(&mut row));
                    }
                }
                Event::Start(Tag::Paragraph) => page.parts.push(Part::Text(written())),
                Event::Start(Tag::Item) => {
                    page.parts.push(Part::Text(first_paragraph(source, range)))
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.to_string());
                }
                _ => {}
            }
        }
        page
    }

    /// Adds code that comes in one text or several.
    fn add_code(&mut self, language: &mut Option<String>, more: &str) {
        match (self.parts.last_mut(), language.take()) {
            (_, Some(language)) => self.parts.push(Part::Code {
                language,
                text: more.to_owned(),
            }),
            (Some(Part::Code { text, .. }), None) => text.push_str(more),
            _ => unreachable!("code begins with its block"),
        }
    }

    /// The parts between the heading with `anchor` and the next one.
    pub fn section(&self, anchor: &str) -> Option<&[Part]> {
        let is_heading = |part: &Part| matches!(part, Part::Heading(_));
        let begin = (self.parts.iter())
            .position(|part| matches!(part, Part::Heading(found) if found == anchor))?;
        let section = &self.parts[begin + 1..];
        let end = section.iter().position(is_heading);
        Some(&section[..end.unwrap_or(section.len())])
    }
}

/// The anchor that viewers give a heading: lower case, no punctuation, hyphens for spaces.
fn anchor(heading: &str) -> String {
    (heading.trim_start_matches('#').trim().chars())
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

fn comment(html: &str) -> Option<Part> {
    let text = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(Part::Comment(text.trim().to_owned()))
}

/// The text of an item up to what else is in it.
fn first_paragraph(source: &str, range: Range<usize>) -> String {
    let item = &source[range];
    let end = item.find("\n\n").unwrap_or(item.len());
    item[..end].trim().to_owned()
}
