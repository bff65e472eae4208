// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Property values that take back what others promise, and the warnings about them.

use std::mem::Discriminant;

use super::color_mode::ColorMode;
use super::geometry::Geometry;
use super::table_settings::{
    AsSelection, DEFAULT_AS_COUNT, DEFAULT_AS_STEP, DEFAULT_EPSILON, DEFAULT_MD_STEP, Preset,
    TableSettings, UNSCALED,
};
use super::table_source::{EpsilonTooSmall, TableSource};
use super::value::nick;
use crate::codec::perturbation_reach;
use crate::tables::{QuantTable, Tables, presets};

/// A property value without effect, or with less effect than it promises.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Conflict {
    #[error(
        "preset=certified promises epsilon={promised}, but {cause} allows at most {possible:.2}. Use \
         coarser steps."
    )]
    Radius {
        promised: f64,
        possible: f64,
        cause: String,
    },
    #[error(
        "epsilon={epsilon} removes no more than epsilon={}, as samples change by whole levels. Use a \
         whole number.",
        epsilon.floor()
    )]
    Fraction { epsilon: f64 },
    #[error("epsilon={epsilon} has no effect. Set {needs}.")]
    Epsilon { epsilon: f64, needs: &'static str },
    #[error(
        "preset=certified-samples rounds samples without a table: {properties} will not be used."
    )]
    Samples { properties: String },
    #[error("{0}. Frames are distilled as before.")]
    Kept(EpsilonTooSmall),
    #[error("as-selection={selection} has no effect. Set preset=two-step and no table-file.")]
    Selection { selection: String },
    #[error("color-mode={mode} has no effect on {format}, which isn't RGB.")]
    ColorMode {
        mode: String,
        format: gst_video::VideoFormat,
    },
    #[error("color-mode=native leaves the chroma table unused. Set color-mode=ycbcr.")]
    Chroma,
    #[error("key-file has no effect. Set digest=blake3.")]
    KeyFile,
    #[error("tamper-action={action} has no effect. Set tamper-threshold.")]
    TamperAction { action: String },
}

/// Conflicts between the properties that choose tables and colors, for frames of `geometry`.
/// `color_mode` is the one in force; `is_chosen` tells that it isn't the default.
pub(crate) fn find(
    source: &TableSource,
    geometry: &Geometry,
    color_mode: ColorMode,
    is_chosen: bool,
) -> Vec<Conflict> {
    let format = geometry.info().format_info();
    let selection = source.settings().as_selection;
    let mut conflicts = Vec::new();
    if selection != AsSelection::Zigzag && source.selection() == AsSelection::Zigzag {
        let selection = nick(selection);
        conflicts.push(Conflict::Selection { selection });
    }
    let Some(tables) = source.tables() else {
        conflicts.extend(samples(source.settings(), is_chosen));
        return conflicts;
    };
    let stored_rgb = format.is_rgb() && color_mode == ColorMode::Native;
    let uses_chroma = !stored_rgb && !format.is_gray();
    if source.settings().preset == Preset::Certified {
        conflicts.extend(radius(source, &tables, uses_chroma));
    } else if source.settings().epsilon != DEFAULT_EPSILON {
        conflicts.push(Conflict::Epsilon {
            epsilon: source.settings().epsilon,
            needs: "preset=certified",
        });
    }
    if !format.is_rgb() && is_chosen {
        let mode = nick(color_mode);
        let format = format.format();
        conflicts.push(Conflict::ColorMode { mode, format });
    }
    if stored_rgb && tables.chroma() != tables.luma() {
        conflicts.push(Conflict::Chroma);
    }
    conflicts
}

/// Conflicts of `preset=certified-samples` with properties that it has no use for.
fn samples(settings: &TableSettings, color_mode: bool) -> Vec<Conflict> {
    let unused = [
        ("quality", settings.quality != UNSCALED),
        ("as-step", settings.as_step != DEFAULT_AS_STEP),
        ("md-step", settings.md_step != DEFAULT_MD_STEP),
        ("as-count", settings.as_count != DEFAULT_AS_COUNT),
        ("color-mode", color_mode),
    ];
    let unused: Vec<_> = unused
        .into_iter()
        .filter_map(|(name, is_set)| is_set.then_some(name))
        .collect();
    let properties = unused.join(", ");
    let unused = (!unused.is_empty()).then_some(Conflict::Samples { properties });
    unused
        .into_iter()
        .chain(fraction(settings.epsilon))
        .collect()
}

/// Conflicts with the radius that `preset=certified` promises.
fn radius(source: &TableSource, tables: &Tables, uses_chroma: bool) -> Vec<Conflict> {
    let promised = source.settings().radius();
    let used = [Some(tables.luma()), uses_chroma.then(|| tables.chroma())];
    let used: Vec<_> = used.into_iter().flatten().collect();
    let mut conflicts = Vec::new();
    if !used.iter().all(|table| allows(table, promised)) {
        let quality = format!("quality={}", source.settings().quality);
        conflicts.push(Conflict::Radius {
            promised,
            possible: largest(|epsilon| used.iter().all(|table| allows(table, epsilon))),
            cause: match (source.is_file(), source.settings().quality > UNSCALED) {
                (false, _) => quality,
                (true, false) => "table-file".into(),
                (true, true) => format!("table-file with {quality}"),
            },
        });
    }
    conflicts.extend(fraction(promised));
    conflicts
}

/// The conflict of an `epsilon` that isn't a whole number of levels.
pub(crate) fn fraction(epsilon: f64) -> Option<Conflict> {
    (epsilon.fract() != 0.0).then_some(Conflict::Fraction { epsilon })
}

/// True unless a perturbation of `epsilon` moves a coefficient by more than half its step, so that no block
/// can have that radius.
fn allows(table: &QuantTable, epsilon: f64) -> bool {
    let steps = table.steps().iter().enumerate();
    // Half a step is 4 times as many eighths of a level; a tie may round away.
    steps
        .into_iter()
        .all(|(index, &step)| perturbation_reach(index, epsilon) < 4 * u32::from(step))
}

/// The largest radius that is `allowed`, up to twice [`presets::MAX_EPSILON`].
fn largest(allowed: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * presets::MAX_EPSILON);
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if allowed(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Warnings about conflicts, each kind once for as long as it lasts.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Discriminant<Conflict>>);

impl Warnings {
    /// The text of those of `conflicts` that the plan before didn't have.
    pub(crate) fn news(&mut self, conflicts: &[Conflict]) -> Option<String> {
        let kinds = conflicts.iter().map(std::mem::discriminant).collect();
        let known = std::mem::replace(&mut self.0, kinds);
        let is_new = |conflict: &&Conflict| !known.contains(&std::mem::discriminant(*conflict));
        let texts: Vec<_> = conflicts
            .iter()
            .filter(is_new)
            .map(Conflict::to_string)
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certified_tables_allow_their_epsilon_and_not_much_more() {
        for epsilon in 1..=15 {
            let epsilon = f64::from(epsilon);
            let table = presets::certified(epsilon);
            assert!(allows(&table, epsilon));
            let possible = largest(|epsilon| allows(&table, epsilon));
            assert!(
                possible >= epsilon && possible < 1.5 * epsilon + 0.5,
                "{epsilon}: {possible}"
            );
        }
    }

    #[test]
    fn a_kind_of_conflict_is_warned_of_once_until_it_is_resolved() {
        let mut warnings = Warnings::default();
        let unused = |epsilon| Conflict::Epsilon {
            epsilon,
            needs: "preset=certified",
        };
        let first = [unused(2.0)];
        let second = [unused(3.0), Conflict::Chroma];
        assert_eq!(
            warnings.news(&first).as_deref(),
            Some("epsilon=2 has no effect. Set preset=certified.")
        );
        assert_eq!(warnings.news(&first), None);
        let news = warnings.news(&second).expect("a new kind");
        assert!(news.starts_with("color-mode=native"), "{news}");
        assert_eq!(warnings.news(&[]), None);
        assert!(warnings.news(&second).is_some());
    }
}
