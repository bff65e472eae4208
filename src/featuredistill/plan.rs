// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What a frame is taken through: decided when nothing is being processed, immutable from then on.

use super::caps::Geometry;
use super::settings::{Control, Settings};
use super::{Backend, TamperAction};
use crate::codec::{self, Distiller, Divisors, FrameStats};
use crate::tables::{QuantTable, Tables};

/// Name of the environment variable that may lower the backend of all elements.
const BACKEND_VARIABLE: &str = "FEATUREDISTILL_BACKEND";

/// What does the work: chosen when the element starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine {
    pub backend: codec::Backend,
    pub n_threads: usize,
}

impl Engine {
    /// The engine that comes closest to `settings`, and what has to be said about it.
    pub(super) fn choose(settings: &Settings) -> (Self, Vec<String>) {
        let lowered_to = std::env::var(BACKEND_VARIABLE).ok();
        let (backend, warnings) = choose_backend(settings.backend, lowered_to.as_deref());
        let engine = Self {
            backend,
            n_threads: settings.n_threads as usize,
        };
        (engine, warnings)
    }
}

/// The best backend that the CPU has, not above `wanted` nor above the one named `lowered_to`.
fn choose_backend(wanted: Backend, lowered_to: Option<&str>) -> (codec::Backend, Vec<String>) {
    let mut warnings = Vec::new();
    let wanted = match wanted {
        Backend::Auto => codec::Backend::detect(),
        Backend::Scalar => codec::Backend::Scalar,
        Backend::Avx2 => codec::Backend::Avx2,
        Backend::Avx512 => codec::Backend::Avx512,
    };
    let best = codec::Backend::best_up_to(wanted);
    if best != wanted {
        warnings.push(format!("this CPU lacks {wanted}, using {best}"));
    }
    let Some(name) = lowered_to else {
        return (best, warnings);
    };
    let Some(limit) = codec::Backend::ALL
        .into_iter()
        .find(|backend| backend.to_string() == name)
    else {
        warnings.push(format!("{BACKEND_VARIABLE}={name} names no backend"));
        return (best, warnings);
    };
    (codec::Backend::best_up_to(best.min(limit)), warnings)
}

/// All that a frame needs. Each frame is processed by one of these and no other.
pub(super) struct Plan {
    /// The revision of the control that it was made from.
    pub revision: u64,
    pub geometry: Geometry,
    pub tables: Tables,
    pub distiller: Distiller,
    pub tamper_threshold: f64,
    pub tamper_action: TamperAction,
    pub post_messages: bool,
}

impl Plan {
    /// Whether a frame that should have been settled changed by more than it may.
    pub(super) fn counts_as_tampered(&self, changes: &FrameStats) -> bool {
        self.tamper_threshold > 0.0 && changes.rms_change() > self.tamper_threshold
    }

    pub(super) fn new(control: &Control, geometry: Geometry, engine: Engine) -> Self {
        let tables = control.tables();
        let divisors = |table: &QuantTable| Divisors::new(table.steps());
        let mut distiller = Distiller::new(
            geometry.layout(control.settings.color_mode),
            divisors(tables.luma()),
            divisors(tables.chroma()),
            engine.backend,
            engine.n_threads,
        );
        if let Some(radius) = control.settings.settled_radius() {
            distiller = distiller.settling(radius);
        }
        Self {
            revision: control.revision,
            geometry,
            tables,
            distiller,
            tamper_threshold: control.settings.tamper_threshold,
            tamper_action: control.settings.tamper_action,
            post_messages: control.settings.post_messages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_the_fastest() {
        let (backend, warnings) = choose_backend(Backend::Auto, None);
        assert_eq!(backend, codec::Backend::detect());
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_backend_is_had_or_the_next_one_below_with_a_warning() {
        let all = [
            (Backend::Scalar, codec::Backend::Scalar),
            (Backend::Avx2, codec::Backend::Avx2),
            (Backend::Avx512, codec::Backend::Avx512),
        ];
        for (wanted, as_codec) in all {
            let (backend, warnings) = choose_backend(wanted, None);
            assert_eq!(backend, codec::Backend::best_up_to(as_codec));
            assert_eq!(warnings.is_empty(), backend == as_codec);
        }
    }

    #[test]
    fn the_environment_lowers_and_never_raises() {
        let lowered = |wanted, name| choose_backend(wanted, Some(name)).0;
        assert_eq!(lowered(Backend::Auto, "scalar"), codec::Backend::Scalar);
        assert_eq!(lowered(Backend::Scalar, "avx512"), codec::Backend::Scalar);
        assert_eq!(
            lowered(Backend::Auto, "avx2"),
            codec::Backend::best_up_to(codec::Backend::Avx2)
        );
    }

    #[test]
    fn an_unknown_name_in_the_environment_changes_nothing_but_is_told() {
        let (backend, warnings) = choose_backend(Backend::Auto, Some("mmx"));
        assert_eq!(backend, codec::Backend::detect());
        assert_eq!(warnings, ["FEATUREDISTILL_BACKEND=mmx names no backend"]);
    }
}
