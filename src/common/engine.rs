// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! What does the work: the properties `backend` and `n-threads`, and what they come down to on this
//! machine.

use gst::glib;
use gst::prelude::*;

use super::properties::checked;
use crate::codec;

/// 0 stands for one thread per core.
const DEFAULT_N_THREADS: u32 = 0;

/// Name of the environment variable that may lower the backend of all elements.
const BACKEND_VARIABLE: &str = "FEATUREDISTILL_BACKEND";

/// The instruction set that does the work. All of them give the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillBackend")]
#[non_exhaustive]
pub enum Backend {
    /// The fastest that the CPU has.
    #[default]
    #[enum_value(name = "Auto: the fastest that the CPU has", nick = "auto")]
    Auto,
    /// Plain code, sample by sample.
    #[enum_value(name = "Scalar: plain code, the definition", nick = "scalar")]
    Scalar,
    /// 256-bit vectors, if the CPU has them.
    #[enum_value(name = "AVX2: at most 256-bit vectors", nick = "avx2")]
    Avx2,
    /// 512-bit vectors, if the CPU has them.
    #[enum_value(name = "AVX-512: at most 512-bit vectors", nick = "avx512")]
    Avx512,
    /// 128-bit vectors of Arm CPUs, if the CPU has them.
    #[enum_value(name = "NEON: 128-bit vectors of Arm", nick = "neon")]
    Neon,
}

/// What the engine properties are set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EngineSettings {
    pub n_threads: u32,
    pub backend: Backend,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            n_threads: DEFAULT_N_THREADS,
            backend: Backend::default(),
        }
    }
}

impl EngineSettings {
    /// The engine properties.
    pub(crate) fn param_specs() -> Vec<glib::ParamSpec> {
        vec![
            glib::ParamSpecUInt::builder("n-threads")
                .nick("Number of Threads")
                .blurb("Most threads that share a frame (0 = one per core, 1 = the streaming thread alone)")
                .default_value(DEFAULT_N_THREADS)
                .mutable_ready()
                .build(),
            glib::ParamSpecEnum::builder::<Backend>("backend")
                .nick("Backend")
                .blurb("The best instruction set to use, if the CPU has it; the result is the same with all")
                .mutable_ready()
                .build(),
        ]
    }

    /// The value of the property called `name`, if it is one of these.
    pub(crate) fn get(&self, name: &str) -> Option<glib::Value> {
        match name {
            "n-threads" => Some(self.n_threads.to_value()),
            "backend" => Some(self.backend.to_value()),
            _ => None,
        }
    }

    /// Sets the property called `name`; false if it isn't one of these.
    pub(crate) fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        match name {
            "n-threads" => self.n_threads = checked(value),
            "backend" => self.backend = checked(value),
            _ => return false,
        }
        true
    }
}

/// What does the work: chosen when the element starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub backend: codec::Backend,
    pub n_threads: usize,
}

impl Engine {
    /// Chooses the engine of an element that starts, and logs what there is to say about it.
    pub(crate) fn start(
        settings: &EngineSettings,
        element: &impl IsA<gst::Element>,
        log: gst::DebugCategory,
    ) -> Self {
        let (engine, warnings) = Self::choose(settings);
        for warning in warnings {
            gst::warning!(log, obj = element, "{warning}");
        }
        gst::info!(log, obj = element, "Started with {engine:?}");
        engine
    }

    /// The engine that comes closest to `settings`, and what has to be said about it.
    pub(crate) fn choose(settings: &EngineSettings) -> (Self, Vec<String>) {
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
        Backend::Neon => codec::Backend::Neon,
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
            (Backend::Neon, codec::Backend::Neon),
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
