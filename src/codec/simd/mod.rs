// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The backends: the same round trip in one instruction set each, chosen at run time.
//!
//! [`scalar`] is the definition: plain Rust, a butterfly and a division at a time. [`vector`] is the one
//! text of all vector backends, over a small trait of vector operations; an instruction set is a thin file of
//! intrinsics. Every backend gives the same bytes and the same counts.
//!
//! # Data layout
//! From the frame to the registers:
//!
//! 1. A frame is cut into *bands* of whole block rows, a block row into *tiles* of up to 64 blocks: eight
//!    rows of at most 512 samples of one component. Whole blocks are read where they are, as long as there
//!    are samples behind them in the band. Partial ones at the right and bottom edges, and samples that
//!    are not neighbors (packed formats), are gathered first, with the last column and row repeated:
//!    what libjpeg does at the edges of a component.
//! 2. A register is a row of 128-bit lanes, and a **lane holds one block**:
//!
//!    ```text
//!    a register of bytes, as loaded     | b0 row y  b1 row y | b2 row y  b3 row y | ...   two blocks a lane
//!    after the first transpose, even    | b0, 4 rows         | b2, 4 rows         | ...   one block a lane
//!                               odd     | b1, 4 rows         | b3, 4 rows         | ...
//!    16-bit pairs between the passes    | b0, 4 pairs        | b2, 4 pairs        | ...
//!    ```
//!
//!    Only instructions that stay within lanes are used, so the text is the same for 128, 256 and 512 bits.
//!    Even and odd blocks are split and merged again by the unpacking that the transposes need anyway.
//! 3. The result of a tile goes to a tile of its own and from there over the source, by
//!    [`Kernel::replace`](super::kernel::Kernel::replace), which counts what changes on the way.
//!
//! # Why each trick is exact
//! Where a proof is long, it stands where the trick is:
//!
//! | trick | what it buys | why no bit changes |
//! |---|---|---|
//! | 1-D transforms as dot products of 16-bit pairs | two products and a sum in one instruction | an output of the butterfly is one integer sum that is rounded once, so the order doesn't matter: [`butterfly`](super::dct::butterfly), with a test that ties the constants together |
//! | every rounding shift is by 16 | "take the upper half", one shift and blend or less for two registers | powers of two moved into constants and inputs: `vector::dct` |
//! | bytes into the first butterfly by one multiply-add | widening, the factor 16 and the first sums at once | 510 * 16 fits in 16 bits, so the saturation of that instruction is never reached |
//! | the level shift, roundings and the last +128 as initial sums | no instructions of their own | terms of the same sum; the level shift reaches the DC of a row alone, as it cancels in the differences that all others are made of |
//! | rows {0, 7, 3, 4} and {1, 6, 2, 5} in different registers | the pairs that are multiplied come about without an interleave | an order, not a value |
//! | 16-bit values between the passes | twice the blocks per register | bounds at `vector::dct`; only the last step clamps, as all SIMD versions of libjpeg do |
//! | quantization by three multiplications | no division, no handling of signs | [`LaneDivisors`](super::quant::LaneDivisors); tested for every step and coefficient there are |
//! | settled blocks verified as distances to kept lattice points | no second quantization | a distance of integers against an integer limit: the module `settle` |
//! | blocks that don't hold moved side by side, by the least of 64 costs | no search one by one | cost and index are one 32-bit number, a sum of two products: `vector::neighbors` |
//! | colors by multiply-adds of pairs | less than half the time of what the compiler makes of the formulas | sums of products of bytes and 16-bit factors, rounded once: `vector::color` |
//! | squared changes by byte multiply-adds | a whole register at once | those of bytes up to 127; larger ones are seen and counted by 16 bits |
//! | counts of zeros in 8 bits, sums of squares in 32 | no widening in the loop | packing to bytes saturates, which makes no zero; a tile is small: 4 * 32 per count, 512 * 8 * 255^2 < 2^32 |
//! | prefetch of the next block row | cold frames | it reads nothing |
//! | kernels read [`GRANULE`](super::tiles::GRANULE) samples, whatever is behind the last block | no masks when reading, no copies for widths like 224 | blocks don't mix, and what comes of those that aren't there is neither written nor counted |
//! | even and odd blocks take turns, pass by pass | the CPU, which looks some 500 instructions ahead, always finds work that doesn't wait | an order, not a value |
//! | AVX-512: sum of products, and the pair of upper halves, as one instruction each (inline assembly) | a fifth of all instructions: the compiler takes the first apart and makes three of the second | what the instructions are defined to do |
//!
//! # What did not pay
//! Tried, on this kernel or its prototype, and left out:
//!
//! - **Shortcuts for blocks without AC coefficients.** A few per cent on smooth film with coarse steps, but
//!   mispredicted branches made noise a quarter dearer. That the cost doesn't depend on the content is worth
//!   more: an attacker can't slow the filter down.
//! - **Blocks across lanes**, with two-source permutes for the transposes: fewer instructions, but on Zen 4
//!   those permutes and the multiply-accumulates fight for the same ports, and it came out slower by 20 per
//!   cent and more.
//! - **256-bit registers with VNNI** where 512 are to be had: 15 per cent slower.
//! - **Floating point** (scaled AAN): half as fast, and not exact.
//! - **32-bit lanes**, which is what the compiler makes of the definition: a quarter as fast.
//! - **Prefetching along the same rows**: the hardware does that by itself.
//! - **Constants as broadcast memory operands** (AVX-512): a tenth fewer instructions and no register for a
//!   constant, and slower by a tenth, though the ports that compute had the same to do.
//! - **A shift and a blend for the pair of upper halves** on Intel: one instruction more, which the two
//!   ports share better; the same time.
//!
//! # How far it is from the limit
//! On Intel's CPUs of the Sapphire Rapids class two ports do all work on 512 bits. The instructions of
//! the round trip alone, with their dependencies removed, take 36 cycles a block there, the round trip some
//! 43. What is between is waiting for results.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    allow(dead_code, reason = "no vector backend here")
)]
mod vector;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub(super) use neon::Neon;
pub(super) use scalar::Scalar;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) use vector::entry::Enter;
