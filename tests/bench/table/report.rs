// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The table: rows of two figures, their ratio, and what it ought to be.

use std::fmt;

/// Bound that a ratio should keep.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Told for what it is worth.
    None,
}

impl Goal {
    /// True if `value`, as precisely as it is printed, keeps the bound.
    fn is_met_by(self, value: f64) -> bool {
        let printed = round(value);
        match self {
            Self::AtLeast(least) => printed >= least,
            Self::AtMost(most) => printed <= most,
            Self::None => true,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::None => Ok(()),
        }
    }
}

/// A figure and what it is of.
#[derive(Clone, Debug)]
pub struct Figure {
    pub value: f64,
    pub unit: &'static str,
    pub of: String,
}

impl Figure {
    pub fn new(value: f64, unit: &'static str, of: impl Into<String>) -> Self {
        Self {
            value,
            unit,
            of: of.into(),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, unit, of } = self;
        let digits = match value.abs() {
            10.0.. => 1,
            1.0.. => 2,
            _ => 3,
        };
        write!(f, "{of}: {value:.digits$} {unit}")
    }
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    pub ours: Figure,
    pub other: Figure,
    pub ratio: f64,
    pub goal: Goal,
}

impl Row {
    /// Cost of the other side over ours.
    pub fn times_less(what: &str, ours: Figure, other: Figure, goal: Goal) -> Self {
        Self {
            what: what.into(),
            ratio: other.value / ours.value,
            ours,
            other,
            goal,
        }
    }

    /// Cost (or rate) of this side over the other's.
    pub fn times_as_much(what: &str, ours: Figure, other: Figure, goal: Goal) -> Self {
        Self {
            what: what.into(),
            ratio: ours.value / other.value,
            ours,
            other,
            goal,
        }
    }

    fn is_met(&self) -> bool {
        self.goal.is_met_by(self.ratio)
    }
}

/// The ratio as it is printed.
fn round(ratio: f64) -> f64 {
    let unit = if ratio < 10.0 { 100.0 } else { 10.0 };
    (ratio * unit).round() / unit
}

/// All rows, as a Markdown table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| what | this | against | ratio |\n|---|---|---|---|\n");
    for row in rows {
        let Row {
            what, ours, other, ..
        } = row;
        text += &format!("| {what} | {ours} | {other} | {} |\n", round(row.ratio));
    }
    text
}

/// The rows whose ratio misses its goal, a line each.
pub fn missed(rows: &[Row]) -> Vec<String> {
    let missed = rows.iter().filter(|row| !row.is_met());
    missed
        .map(|row| {
            let (ratio, goal) = (round(row.ratio), row.goal);
            format!("{}, {}: {ratio}, goal {goal}", row.what, row.ours.of)
        })
        .collect()
}

/// All rows, for programs.
pub fn json(machine: &str, rows: &[Row]) -> serde_json::Value {
    let figure = |figure: &Figure| serde_json::json!({ "of": figure.of, "value": figure.value, "unit": figure.unit });
    let row = |row: &Row| {
        serde_json::json!({
            "what": row.what,
            "ours": figure(&row.ours),
            "other": figure(&row.other),
            "ratio": row.ratio,
            "goal": row.goal.to_string(),
            "met": row.is_met(),
        })
    };
    serde_json::json!({ "machine": machine, "rows": rows.iter().map(row).collect::<Vec<_>>() })
}
