// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Selection of backend and thread count: the properties `backend` and `n-threads`.

use gst::glib;
use gst::prelude::*;

use super::value::checked;
use crate::codec;

/// 0 stands for one thread per core.
const DEFAULT_N_THREADS: u32 = 0;

/// Environment variable that limits the backend of all elements.
const BACKEND_VARIABLE: &str = "FEATUREDISTILL_BACKEND";

/// Instruction set of the codec. All of them give the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstFeatureDistillBackend")]
#[non_exhaustive]
pub enum Backend {
    /// The fastest one that the CPU supports.
    #[default]
    #[enum_value(name = "Auto: the fastest one that the CPU supports", nick = "auto")]
    Auto,
    /// Portable code, the definition of the others.
    #[enum_value(name = "Scalar: portable code", nick = "scalar")]
    Scalar,
    /// x86-64 vectors of up to 256 bits.
    #[enum_value(name = "AVX2: x86-64 vectors of up to 256 bits", nick = "avx2")]
    Avx2,
    /// x86-64 vectors of up to 512 bits.
    #[enum_value(name = "AVX-512: x86-64 vectors of up to 512 bits", nick = "avx512")]
    Avx512,
    /// Arm vectors of 128 bits.
    #[enum_value(name = "NEON: Arm vectors of 128 bits", nick = "neon")]
    Neon,
    /// x86-64 vectors of up to 256 bits that multiply and add in one instruction.
    #[enum_value(
        name = "AVX-VNNI: x86-64 vectors of up to 256 bits, with multiply-add instructions",
        nick = "avx-vnni"
    )]
    AvxVnni,
}

/// Values of the engine properties.
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
                .blurb("Maximum number of threads per frame (0 = one per core, 1 = streaming thread only)")
                .default_value(DEFAULT_N_THREADS)
                .mutable_ready()
                .build(),
            glib::ParamSpecEnum::builder::<Backend>("backend")
                .nick("Backend")
                .blurb("Upper limit of the instruction set; the result is the same with all")
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

/// Backend and thread count, chosen when the element starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub backend: codec::Backend,
    pub n_threads: usize,
}

impl Engine {
    /// Chooses the engine of an element that starts, and logs the choice with its warnings.
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

    /// The engine that comes closest to `settings`, and warnings where it differs from them.
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

/// The best backend of this CPU that is neither above `wanted` nor above the one named `lowered_to`.
fn choose_backend(wanted: Backend, lowered_to: Option<&str>) -> (codec::Backend, Vec<String>) {
    let mut warnings = Vec::new();
    let wanted = match wanted {
        Backend::Auto => codec::Backend::detect(),
        Backend::Scalar => codec::Backend::Scalar,
        Backend::Avx2 => codec::Backend::Avx2,
        Backend::AvxVnni => codec::Backend::AvxVnni,
        Backend::Avx512 => codec::Backend::Avx512,
        Backend::Neon => codec::Backend::Neon,
    };
    let best = codec::Backend::best_up_to(wanted);
    if best != wanted {
        warnings.push(format!("This CPU has no {wanted}, using {best}"));
    }
    let Some(name) = lowered_to else {
        return (best, warnings);
    };
    let Some(limit) = codec::Backend::ALL
        .into_iter()
        .find(|backend| backend.to_string() == name)
    else {
        warnings.push(format!("{BACKEND_VARIABLE}={name} is no backend"));
        return (best, warnings);
    };
    (codec::Backend::best_up_to(best.min(limit)), warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_selects_the_fastest_backend() {
        let (backend, warnings) = choose_backend(Backend::Auto, None);
        assert_eq!(backend, codec::Backend::detect());
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_missing_backend_is_replaced_by_the_next_lower_one_with_a_warning() {
        let all = [
            (Backend::Scalar, codec::Backend::Scalar),
            (Backend::Avx2, codec::Backend::Avx2),
            (Backend::AvxVnni, codec::Backend::AvxVnni),
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
    fn the_environment_lowers_the_backend_and_never_raises_it() {
        let lowered = |wanted, name: &str| choose_backend(wanted, Some(name)).0;
        assert_eq!(lowered(Backend::Auto, "scalar"), codec::Backend::Scalar);
        assert_eq!(lowered(Backend::Scalar, "avx512"), codec::Backend::Scalar);
        for limit in codec::Backend::ALL {
            assert_eq!(
                lowered(Backend::Auto, &limit.to_string()),
                codec::Backend::best_up_to(limit)
            );
        }
    }

    #[test]
    fn an_unknown_name_in_the_environment_is_ignored_with_a_warning() {
        let (backend, warnings) = choose_backend(Backend::Auto, Some("mmx"));
        assert_eq!(backend, codec::Backend::detect());
        assert_eq!(warnings, ["FEATUREDISTILL_BACKEND=mmx is no backend"]);
    }
}
