// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! README, guide and pages of the examples: commands run, quoted figures are the measured ones, links lead somewhere.
//!
//! The clips that the commands name are short test pictures here, and nothing is fetched.

mod commands;
mod figures;
mod page;
mod run;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use page::{Page, Part, root};

/// README, the guide, and the pages of the examples.
fn pages() -> Vec<Page> {
    let mut pages = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    pages.extend(markdown_in("src/guide"));
    for example in entries("examples") {
        pages.extend(markdown_in(&example));
    }
    pages.push(PathBuf::from("tests/bench/RESULTS.md"));
    pages.into_iter().map(Page::read).collect()
}

/// The Markdown files of a folder, in the order of their names.
fn markdown_in(folder: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    entries(folder).into_iter().filter(markdown)
}

/// Entries of a folder, relative to the root, in order; none for a file.
fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = folder.as_ref();
    let Ok(entries) = std::fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let mut entries: Vec<_> = entries
        .map(|entry| folder.join(entry.expect("an entry").file_name()))
        .collect();
    entries.sort();
    entries
}

#[test]
fn every_command_is_listed_and_runs_as_listed() {
    let mut met = HashSet::new();
    let mut unlisted = Vec::new();
    let mut folder = run::Folder::new();
    for page in pages() {
        folder.clear();
        for command in run::commands(&page) {
            let Some((beginning, how)) = run::entry(&command) else {
                unlisted.push(format!("{}: {command}", page.path.display()));
                continue;
            };
            met.insert(*beginning);
            folder.run(&command, how);
        }
    }
    assert!(
        unlisted.is_empty(),
        "say in commands.rs how these run: {unlisted:#?}"
    );
    let list = commands::COMMANDS.iter().map(|(beginning, _)| *beginning);
    let unused: Vec<_> = list.filter(|beginning| !met.contains(beginning)).collect();
    assert!(
        unused.is_empty(),
        "no page shows these any more: {unused:#?}"
    );
}

#[test]
fn code_has_a_known_language() {
    for page in pages() {
        for part in &page.parts {
            if let Part::Code { language, text } = part {
                // tests/gateway runs the recipes in Python, and examples/gateway reads its configuration.
                let known = ["sh", "text", "python", "toml"].contains(&language.as_str());
                assert!(
                    known,
                    "{}: language \"{language}\" of\n{text}",
                    page.path.display()
                );
            }
        }
    }
}

#[test]
fn every_recipe_in_python_is_python() {
    for page in pages() {
        for part in &page.parts {
            if let Part::Code { language, text } = part
                && language == "python"
            {
                let fault = run::fault_of_python(text);
                assert_eq!(fault, None, "{}:\n{text}", page.path.display());
            }
        }
    }
}

#[test]
fn every_make_target_on_a_page_exists() {
    let targets = run::make_targets(root());
    for page in pages() {
        let code = run::commands(&page).into_iter().chain(page.spans);
        for line in code {
            let Some(rest) = line.trim_start_matches("sudo ").strip_prefix("make ") else {
                continue;
            };
            let target = rest.split_whitespace().next().unwrap_or_default();
            let exists = targets.iter().any(|known| known == target);
            assert!(exists, "{}: {line}", page.path.display());
        }
    }
}

#[test]
fn every_figure_is_quoted_from_measured_results() {
    let quoting = pages()
        .into_iter()
        .filter(|page| page.path == Path::new("README.md") || page.path.starts_with("src/guide"));
    let faults: Vec<_> = quoting.flat_map(|page| figures::faults(&page)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut dead = Vec::new();
    for page in pages() {
        let here = page.path.parent().expect("a folder");
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = match file {
                "" => page.path.clone(),
                file => here.join(file),
            };
            let found = root().join(&path).exists()
                && (anchor.is_empty() || Page::read(path).section(anchor).is_some());
            if !found {
                dead.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}
