// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Entry points: the functions that are compiled for an instruction set.
//!
//! Everything else is inlined into one of these. The two large parts of the kernel are entered anew, so that
//! what calls them (planes or pixels, in place or gathered, settling or not) doesn't hold a copy each: a call
//! for up to 64 blocks costs nothing, and the machine code stays small.

use super::isa::{Simd, Vector};
use crate::codec::kernel::Work;

/// Work on the registers of an instruction set.
pub(crate) trait VectorWork<S: Simd> {
    /// Result of the work.
    type Output;

    /// Does the work. Implementations are `#[inline(always)]`.
    fn run_on(self, vector: Vector<S>) -> Self::Output;
}

impl<S: Variants, W: Work> VectorWork<S> for W {
    type Output = W::Output;

    #[inline(always)]
    fn run_on(self, vector: Vector<S>) -> W::Output {
        self.run(vector)
    }
}

/// An instruction set whose entry point is there.
pub(crate) trait Enter: Simd {
    /// Does `work`, all of it compiled for the instruction set.
    fn enter<W: VectorWork<Self>>(self, work: W) -> W::Output;
}

/// An instruction set whose large parts may be there twice, for CPUs that differ in what is fast.
pub(crate) trait Variants: Enter {
    /// The same instruction set in other words; what it gives doesn't differ.
    type Other: Enter;

    /// That, where the CPU is faster with it.
    fn other(self) -> Option<Self::Other>;

    /// Does `work` in the words that suit the CPU.
    #[inline(always)]
    fn enter_part<W, T>(self, work: W) -> T
    where
        W: VectorWork<Self, Output = T> + VectorWork<Self::Other, Output = T>,
    {
        match self.other() {
            Some(other) => other.enter(work),
            None => self.enter(work),
        }
    }
}

/// Makes the entry point of `$token`, whose existence proves that the CPU has `$features`.
macro_rules! entry_point {
    ($token:ty, $features:literal) => {
        impl $crate::codec::simd::vector::entry::Enter for $token {
            #[inline(always)]
            fn enter<W: $crate::codec::simd::vector::entry::VectorWork<Self>>(
                self,
                work: W,
            ) -> W::Output {
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn entry<W: $crate::codec::simd::vector::entry::VectorWork<$token>>(
                    token: $token,
                    work: W,
                ) -> W::Output {
                    work.run_on($crate::codec::simd::vector::isa::Vector(token))
                }
                // SAFETY: the token proves that the CPU has the features.
                unsafe { entry(self, work) }
            }
        }
    };
}

pub(in crate::codec::simd) use entry_point;
