// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Quantization and settling of the components of a plan.

use super::layout::TableSlot;
use super::quant::{DctTables, Divisors};
use super::settle::{Budget, Lattice};

/// Quantization of the components that use one table.
pub(crate) struct Quantizer {
    pub divisors: Divisors,
    /// Set where blocks are settled rather than rounded to the nearest lattice point.
    pub settling: Option<Settling>,
}

/// Choice of lattice points that the next pass finds again.
pub(crate) struct Settling {
    pub lattice: Lattice,
    /// Set if the steps are large enough for the budget asked for.
    pub reachable: bool,
}

impl Quantizer {
    fn new(divisors: Divisors) -> Self {
        Self {
            divisors,
            settling: None,
        }
    }

    fn settle(&mut self, budget: Budget) {
        let lattice = Lattice::new(&self.divisors, budget);
        self.settling = Some(Settling {
            reachable: lattice.is_some(),
            lattice: lattice.unwrap_or_else(|| Lattice::fixed_points(&self.divisors)),
        });
    }
}

/// The quantizers of a plan.
pub(crate) struct Quantizers {
    luma: Quantizer,
    chroma: Quantizer,
}

impl Quantizers {
    /// Rounds to the nearest lattice point.
    pub(crate) fn new(DctTables { luma, chroma }: DctTables) -> Self {
        Self {
            luma: Quantizer::new(luma),
            chroma: Quantizer::new(chroma),
        }
    }

    /// Settles, with a certified radius of `budget` if the steps allow it.
    pub(crate) fn settle(&mut self, budget: Budget) {
        self.luma.settle(budget);
        self.chroma.settle(budget);
    }

    /// Tells whether blocks are settled.
    pub(crate) fn settles(&self) -> bool {
        self.luma.settling.is_some()
    }

    #[inline(always)]
    pub(crate) fn of(&self, slot: TableSlot) -> &Quantizer {
        match slot {
            TableSlot::Luma => &self.luma,
            TableSlot::Chroma => &self.chroma,
        }
    }
}
