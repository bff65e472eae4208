// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The architecture of `src`: imports run downwards, in no circle.
//!
//! An import is a `use`, or a path with `crate::` or `super::` in front (in a macro too). Code under
//! `#[cfg(test)]` is left out, and so are links in comments. What GStreamer's `glib::wrapper!` names of the
//! module beside it (`imp::`) is no import: that circle is how GObject's classes are written in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

/// Rooms of the house, lowest floor first: a room imports those below it, none beside it.
const ROOMS: [&[&str]; 5] = [
    &["codec"],
    &["files"],
    &["tables"],
    &["calibration", "common", "element"],
    &["featurecalibrate", "featuredistill", "featuredistillenc"],
];

/// A module by its path from the root of the crate.
type Module = Vec<String>;

/// Files that make up a crate, and what each of them imports.
struct House {
    files: BTreeMap<Module, File>,
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

/// A source file.
struct File {
    /// Its path within `src`.
    name: String,
    docs: String,
}

impl House {
    /// The house of this crate.
    fn own() -> Self {
        let mut sources = Vec::new();
        collect(Path::new("src"), "", &mut sources);
        assert!(sources.len() > 50, "sources are found");
        Self::build(&sources)
    }

    /// The house that (path, text) of files in `src` make.
    fn build(sources: &[(String, String)]) -> Self {
        let parsed: BTreeMap<Module, (&String, syn::File)> = sources
            .iter()
            .map(|(name, text)| {
                let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
                (module_of(name), (name, file))
            })
            .collect();
        let mut tests = BTreeSet::new();
        for (module, (_, file)) in &parsed {
            for item in &file.items {
                if let syn::Item::Mod(child) = item
                    && is_test(&child.attrs)
                {
                    tests.insert(child_of(module, &child.ident));
                }
            }
        }
        let is_tested = |module: &Module| tests.iter().any(|test| module.starts_with(test));
        let known: BTreeSet<Module> = parsed.keys().filter(|m| !is_tested(m)).cloned().collect();
        let mut house = Self {
            files: BTreeMap::new(),
            imports: BTreeMap::new(),
        };
        for (module, (name, file)) in parsed {
            if !known.contains(&module) {
                continue;
            }
            let mut imports = Imports {
                known: &known,
                home: &module,
                inside: module.clone(),
                found: BTreeSet::new(),
            };
            imports.visit_file(&file);
            let found = imports.found;
            let (name, docs) = (name.clone(), docs(&file.attrs));
            house.imports.insert(module.clone(), found);
            house.files.insert(module, File { name, docs });
        }
        house
    }

    /// The imports that go from one module of `room` to another one, as these are called within the room.
    fn imports_within<'a>(
        &'a self,
        room: &'a [String],
    ) -> impl Iterator<Item = (&'a Module, &'a Module, &'a str, &'a str)> {
        let each =
            |(from, to): (&'a Module, &'a BTreeSet<Module>)| to.iter().map(move |to| (from, to));
        self.imports
            .iter()
            .flat_map(each)
            .filter_map(move |(from, to)| {
                let name = |module: &'a Module| {
                    let within = module.strip_prefix(room)?;
                    Some(within.first().map_or("mod", String::as_str))
                };
                Some((from, to, name(from)?, name(to)?))
            })
    }

    /// The imports within `room` that don't run downwards.
    fn upward(&self, room: &[String], floor_of: impl Fn(&str) -> Option<usize>) -> Vec<String> {
        let floor = |name: &str| floor_of(name).ok_or_else(|| format!("{name} is on no floor"));
        let check = |(from, to, from_name, to_name): (&Module, &Module, &str, &str)| {
            let (high, low) = match (floor(from_name), floor(to_name)) {
                (Ok(high), Ok(low)) => (high, low),
                (Err(error), _) | (_, Err(error)) => return Some(error),
            };
            (from_name != to_name && low >= high).then(|| {
                let (from, to) = (&self.files[from].name, &self.files[to].name);
                format!("{from} (floor {high}) imports {to} (floor {low})")
            })
        };
        self.imports_within(room).filter_map(check).collect()
    }

    /// Groups of files each of which imports all others of its group, if not directly.
    fn circles(&self) -> Vec<BTreeSet<&str>> {
        let reachable: BTreeMap<&Module, BTreeSet<&Module>> = self
            .imports
            .keys()
            .map(|start| {
                let mut seen = BTreeSet::new();
                let mut open = vec![start];
                while let Some(module) = open.pop() {
                    open.extend(self.imports[module].iter().filter(|to| seen.insert(*to)));
                }
                (start, seen)
            })
            .collect();
        let circles: BTreeSet<BTreeSet<&str>> = reachable
            .iter()
            .filter(|(module, seen)| seen.contains(*module))
            .map(|(module, seen)| {
                let back = seen.iter().filter(|m| reachable[*m].contains(module));
                back.map(|m| self.files[*m].name.as_str()).collect()
            })
            .collect();
        circles.into_iter().collect()
    }

    /// The floors that the documentation of `room` lists: lines of a number, a name and a description.
    fn floors(&self, room: &[String]) -> BTreeMap<&str, usize> {
        let list = self.files[room].docs.split("```text").nth(1);
        let list = list.and_then(|rest| rest.split("```").next());
        let lines = list.expect("a list of floors").lines();
        let mut floors = BTreeMap::new();
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (floor, name) = (words.next(), words.next());
            let floor = floor.and_then(|number| number.parse().ok());
            let (floor, name) = floor.zip(name).unwrap_or_else(|| panic!("a floor: {line}"));
            assert_eq!(floors.insert(name, floor), None, "{name} is on one floor");
        }
        floors
    }
}

/// Collects what a file imports of the others.
struct Imports<'a> {
    known: &'a BTreeSet<Module>,
    /// The file.
    home: &'a Module,
    /// The module in it that is visited.
    inside: Module,
    found: BTreeSet<Module>,
}

impl Imports<'_> {
    /// Takes in the deepest file that a path of `use` or of code leads to.
    fn add(&mut self, path: &[String]) {
        let mut module = match path.first().map(String::as_str) {
            Some("crate") => Module::new(),
            Some("self" | "super") => self.inside.clone(),
            Some(child) if self.known.contains(&child_of(&self.inside, child)) => {
                self.inside.clone()
            }
            _ => return,
        };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(module.pop()),
                child if self.known.contains(&child_of(&module, child)) => {
                    module.push(child.to_string());
                }
                _ => break,
            }
        }
        // Modules within a file are its own.
        while !self.known.contains(&module) && module.pop().is_some() {}
        if module != *self.home && self.known.contains(&module) {
            self.found.insert(module);
        }
    }

    fn add_tree(&mut self, path: &mut Module, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.add_tree(path, &part.tree);
                path.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(path, tree);
                }
            }
            syn::UseTree::Name(name) if name.ident == "self" => self.add(path),
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                self.add(&child_of(path, ident));
            }
            syn::UseTree::Glob(_) => self.add(path),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.inside.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&mut Module::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }

    /// Looks for `crate::` and `super::` among the tokens of a macro.
    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let tokens = invocation.tokens.to_string();
        let tokens = tokens.replace(" ::", "::").replace(":: ", "::");
        for path in tokens.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))) {
            let segments: Vec<_> = path.split("::").map(String::from).collect();
            if segments.len() > 1 && matches!(segments[0].as_str(), "crate" | "super") {
                self.add(&segments);
            }
        }
    }

    /// Leaves links in comments out.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// The text of the comments that attributes hold.
fn docs(attributes: &[syn::Attribute]) -> String {
    let line = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            path,
            value:
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }),
            ..
        }) if path.is_ident("doc") => Some(text.value() + "\n"),
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

fn child_of(module: &[String], name: impl ToString) -> Module {
    let mut child = module.to_vec();
    child.push(name.to_string());
    child
}

/// The module that a file of `src` holds.
fn module_of(name: &str) -> Module {
    let name = name.strip_suffix(".rs").expect("a source file");
    let mut module: Module = name.split('/').map(String::from).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Reads the source files of a folder and of those in it.
fn collect(folder: &Path, prefix: &str, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = format!("{prefix}{}", name.expect("a name in UTF-8"));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), sources);
        } else if name.ends_with(".rs") {
            sources.push((name, fs::read_to_string(&path).expect("a source file")));
        }
    }
}

fn room(name: &str) -> Module {
    vec![name.to_string()]
}

fn floor_of_room(name: &str) -> Option<usize> {
    if name == "mod" {
        return Some(ROOMS.len());
    }
    // Pages for users: nobody imports them, nor do they import anybody.
    if name == "guide" {
        return Some(0);
    }
    ROOMS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn rooms_import_lower_floors_only() {
    let upward = House::own().upward(&[], floor_of_room);
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn files_of_the_codec_import_lower_floors_only() {
    let house = House::own();
    let codec = room("codec");
    let floors = house.floors(&codec);
    let files: BTreeSet<&str> = house
        .files
        .keys()
        .filter_map(|module| module.strip_prefix(&codec[..]))
        .map(|within| within.first().map_or("mod", String::as_str))
        .collect();
    let listed: BTreeSet<&str> = floors.keys().copied().collect();
    assert_eq!(files, listed, "codec/mod.rs lists every file and folder");
    let upward = house.upward(&codec, |name| floors.get(name).copied());
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let house = House::own();
    let circles = house.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

fn house(sources: &[(&str, &str)]) -> House {
    let own = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
    House::build(&sources.iter().map(own).collect::<Vec<_>>())
}

#[test]
fn an_upward_import_is_found_in_use_code_and_macros() {
    let codec = (
        "codec/mod.rs",
        "//! ```text\n//! 2 high of all\n//! 1 low\n//! ```\nmod high;\nmod low;",
    );
    let high = ("codec/high.rs", "pub fn f() {} pub struct T;");
    let lows = [
        "use super::high::T;",
        "use crate::codec::{high::{T as U}};",
        "use super::{high};",
        "fn g() { super::high::f() }",
        "fn g(t: crate::codec::high::T) {}",
        "macro_rules! m { () => { $crate::codec::high::f() } }",
        "mod inner { use super::super::high::*; }",
    ];
    for low in lows {
        let house = house(&[codec, high, ("codec/low.rs", low)]);
        let floors = house.floors(&room("codec"));
        let upward = house.upward(&room("codec"), |name| floors.get(name).copied());
        assert_eq!(
            upward,
            ["codec/low.rs (floor 1) imports codec/high.rs (floor 2)"],
            "{low}"
        );
    }
}

#[test]
fn tests_and_comments_import_nothing() {
    let house = house(&[
        ("codec/mod.rs", "mod high; mod low; #[cfg(test)] mod tests;"),
        ("codec/high.rs", "use super::low;"),
        (
            "codec/low.rs",
            "/// See [`super::high`].\nfn f() {} #[cfg(test)] mod tests { use crate::codec::high; }",
        ),
        ("codec/tests.rs", "use super::high;"),
    ]);
    assert_eq!(house.circles(), Vec::<BTreeSet<&str>>::new());
    assert!(house.imports[&module_of("codec/low.rs")].is_empty());
    assert!(!house.files.contains_key(&module_of("codec/tests.rs")));
}

#[test]
fn a_circle_of_three_files_is_found() {
    let house = house(&[
        ("a.rs", "use crate::b;"),
        ("b.rs", "fn f() { crate::c::g() }"),
        ("c.rs", "use crate::{a, d};"),
        ("d.rs", ""),
    ]);
    assert_eq!(house.circles(), [BTreeSet::from(["a.rs", "b.rs", "c.rs"])]);
}
