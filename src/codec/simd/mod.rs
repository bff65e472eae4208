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
//!    sums of the first and last pass    | b0 b1, two rows    | b2 b3, two rows    | ...   two blocks a lane
//!    16-bit pairs of the others, even   | b0, 4 pairs        | b2, 4 pairs        | ...   one block a lane
//!                                odd    | b1, 4 pairs        | b3, 4 pairs        | ...
//!    ```
//!
//!    Only instructions that stay within lanes are used, so the text is the same for 128, 256 and 512 bits.
//!    Even and odd blocks are split and merged again by the transposes, which are needed anyway.
//! 3. A tile goes through the transform pass by pass: along rows, along columns with quantization in their
//!    middle, along rows. Between passes it lies in 8 KB that stay in the cache.
//! 4. The result of a tile goes to a tile of its own and from there over the source, by
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
//! | rows {0, 7}, {3, 4} and {1, 6}, {2, 5} in different registers | the pairs that are multiplied come about without an interleave | an order, not a value |
//! | 16-bit values between the passes | twice the blocks per register | bounds at `vector::dct`; only the last step clamps, as all SIMD versions of libjpeg do |
//! | quantization by three multiplications | no division, no handling of signs | [`LaneDivisors`](super::quant::LaneDivisors); tested for every step and coefficient there are |
//! | settled blocks verified as distances to kept lattice points | no second quantization | a distance of integers against an integer limit: the module `settle` |
//! | blocks that don't hold moved side by side, by the least of 64 costs | no search one by one | cost and index are one 32-bit number, a sum of two products: `vector::neighbors` |
//! | colors by multiply-adds of pairs | less than half the time of what the compiler makes of the formulas | sums of products of bytes and 16-bit factors, rounded once: `vector::color` |
//! | pixels taken apart and put together in one pass over their bytes: by shuffles and interleaves of lanes that hold what is side by side, or with AVX-512 VBMI by blends, rotations and one permutation across lanes a register | no byte is read or written once for each channel | an order, not a value: `vector::pixels` |
//! | squared changes by byte multiply-adds | a whole register at once | those of bytes up to 127; larger ones are seen and counted by 16 bits |
//! | counts of zeros in 8 bits, sums of squares in 32 | no widening in the loop | packing to bytes saturates, which makes no zero; a tile is small: 4 * 32 per count, 512 * 8 * 255^2 < 2^32 |
//! | prefetch of the next block row: of pixels, each channel asks for a part | cold frames: RGBA and RGB as YCbCr a tenth, RGB and YUY2 a twentieth | it reads nothing |
//! | kernels read [`GRANULE`](super::tiles::GRANULE) samples, whatever is behind the last block | no masks when reading, no copies for widths like 224 | blocks don't mix, and what comes of those that aren't there is neither written nor counted |
//! | passes in loops of their own | what a loop does next never depends on what it did last, so that the CPU, which looks some 500 instructions ahead, always finds work that doesn't wait; few values are alive, so that hardly any register is spilled | an order, not a value |
//! | two rows of the even and the odd blocks in one register, where the pass is along rows | 16 of 592 instructions: the first transpose of bytes is half of one, and the result needs no merging | an order, not a value |
//! | AVX2: shuffles at both ends of the transform hidden from the compiler | 8 per cent, with AVX-VNNI too, part of which are fewer scalar instructions in the loops: it makes ten shuffles of four interleaves and, of two shuffles, four and two blends | an empty piece of assembly, of which it can't know that it gives back what it gets |
//! | AVX-VNNI: sum of products as one instruction | a tenth of AVX2's time on Intel | what the instruction is defined to do |
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
//! - **Prefetching the pixels of a tile at once**, when they are gathered or written back: RGBA gains a twentieth, the
//!   others nothing, as there are only so many lines that a core can wait for. In loops of a length that isn't known
//!   before, in the passes: all formats lose a twentieth, planes too, which never enter them. Into the second cache
//!   alone: the same.
//! - **Permutations of three registers to one** (`vpermi2b`, `vpermb`) for pixels of three bytes: three instructions of
//!   one port where a blend takes one of two; RGB in the cache slower by 3 to 5 per cent.
//! - **Mask registers for blends**: the compiler loads them anew for each, through the port that permutes; 2 to 4 per
//!   cent.
//! - **Pixels joined from the result tiles**, with `replace` only comparing: one store and one load less, but 8 KB more
//!   in a cache of 48; RGB and RGBA slower by 3 to 4 per cent.
//! - **Tiles of 256 samples**: less to keep in the cache, but 3 per cent slower in planes, 3 to 4 in RGB and RGBA, and 12
//!   in YUY2, whose chroma tiles are half as wide. 384: no difference.
//! - **RGB as YCbCr transformed and converted back in place**: 12 KB less to keep in the cache, no difference.
//! - **An OR in place of maxima** where distances are compared with their limits: no difference.
//! - **Factors of the dot products as memory operands**, on Intel: whole registers from a table make 893
//!   instructions of 1056, no register for a factor, and AVX-512 slower by 6 to 12 per cent, AVX2 by 5 to 13, AVX-VNNI
//!   by none to 6 (measured). Measured by the instruction, a multiply-add with a 64-byte operand takes 0.63 to 0.77
//!   cycles there, with a broadcast one 0.54 to 0.60 and with a register 0.50 to 0.52. What AMD's CPUs gain by it is
//!   below.
//! - **A shift and a blend for the pair of upper halves** on Intel: one instruction more, which the two
//!   ports share better; the same time.
//! - **Four sums of squares** where a tile is written back: as fast as two with AVX-512, and a register too many with
//!   AVX2, slower by 1.5 per cent.
//! - **The sums of `replace` in an array with a variable index**, even in a branch that is never taken: the compiler
//!   keeps all of them in memory then.
//! - **Lanes of a pass in an array with a variable index**: the same; the last pass takes 6 per cent of the whole less
//!   since it is written out four times.
//! - **Passes of the transform in more loops**, the columns' forward and inverse ones apart: chains of results that wait
//!   for each other are half as long, but AVX-512 loses 7 per cent by it and AVX2 1.
//! - **Both passes along columns from one memory to another** instead of in place: 2 per cent slower with AVX2.
//! - **Halves of registers put together by masked stores**, at addresses 8 bytes apart, instead of shuffles (AVX-512):
//!   the first pass takes 5 per cent less and the last one 11, but what writes takes it back: the second pass 12 more,
//!   and [`Kernel::replace`](super::kernel::Kernel::replace), which writes behind them, a quarter. By masked loads, the
//!   last pass takes 8 per cent more.
//! - **A shift and a blend for the pair of upper halves** in the first pass alone, where shuffles are half of the work:
//!   it takes 5 per cent longer than with the masked shuffle.
//! - **Both rounding constants of a sum and a difference by one addition** to the pair beforehand (AVX2; exact, as they
//!   are the sum and the difference of a pair themselves): one instruction less in a dozen, and no faster.
//! - **Prefetching all of a tile's next rows in a loop in front of it**: AVX2 has half as many instructions for it, but
//!   a frame that isn't in the second cache takes 8 per cent longer with AVX-512.
//! - **Memory laid out against aliases**, addresses that agree in their lower 12 bits: rows of tiles are 512 bytes apart,
//!   so that each load has the same lower bits as some store just before. With rows 4096 bytes apart, and stores at each
//!   eighth of that, or to the same 1 KB always, all times are within 1 per cent.
//!
//! # Where CPUs differ
//! A token may know the same instruction set in other words, a [variant](vector::entry::Variants), and enter the large
//! parts in those. One is there: on AMD's CPUs, AVX-512 reads the factors of dot products from memory. Only the round
//! trip and the verification of settled blocks are compiled twice, 25 KB of code.
//! The library's own tests run both variants on every CPU that has the instructions.
//!
//! On Zen 4, measured with the whole round trip as one loop, factors from memory took 16.6 ns a block for 17.5. With
//! the passes parted it is modelled only: llvm-mca 19 sees 45 cycles a block for 51 for `znver4`. (Its entry for
//! `vpdpwssd` on registers of 512 bits is wrong, two cycles each where the CPU takes one; taken as it is, it sees 44
//! for 66. The figures here are with a fused multiply-add in its place, which has the right ports and latency.) For
//! AVX2 it saw 90 for 78, and for `znver3` the same: parted, hardly a register is spilled, the compiler reads those
//! factors from the stack that it has no register for, and there is nothing left to win. So AVX2 has no variant,
//! although on Zen 4 the one loop took 22.2 ns with factors from memory for 24.6. With fewer shuffles, it is 72 now.
//!
//! # What the compiler does
//! The whole round trip as one loop has 1056 instructions for eight blocks (AVX-512), of which 75 store a spilled
//! register, 89 read one back, 132 copy one and 115 broadcast a constant; with AVX2, for four blocks, 1204, 123 and
//! 202. Parted into passes, 267 + 2 * 235 + 223 instructions do the same with 2 spills, and 310 + 2 * 276 + 274 with
//! some 50. On Intel that alone was worth nothing with AVX-512 and 3 per cent with AVX2, as its ports were the
//! limit; fewer instructions for the same work, which the parting allows, were.
//!
//! # How far it is from the limit
//! On the Intel CPU of `tests/bench/RESULTS.md` two ports do all work on 512 bits: multiply-adds and additions
//! run on both (0.5 cycles each), shuffles, unpacking and packing on one alone, shifts, saturating subtractions and
//! maxima of bytes on the other (1 cycle each); `vpermi2b` takes 2 cycles of the first. The 576 instructions of the
//! round trip that use them take 36 cycles a block at least; llvm-mca, given the loops, sees 43 for Sapphire Rapids.
//! Measured are 46, and 4.5 for writing back and comparing. With 256 bits there are three such ports: llvm-mca sees 70
//! cycles for AVX2 and 60 for AVX-VNNI; measured are 85 and 76, and 8 and 7.5 for writing back.
//!
//! The difference, by experiment on the loops alone, is how instructions are shared between the ports: a CPU gives each
//! its port when it enters, not when it starts. 64 multiply-adds of 512 bits take 32 cycles, but 44 with 16 stores among
//! them, which need neither port. Making the first pass's pairs of upper halves additions, which either port can do,
//! takes it from 92 cycles to 71; making its multiply-adds additions, which don't wait as long, only to 88. So it isn't
//! results that are waited for, nor is it memory: a frame of 8 MB, which comes from the third cache, takes 3 per cent
//! more than one in the second. One at 16 bytes past the start of a cache line takes 3 per cent more, too, as every
//! load is one of two lines then. A tile costs about 100 cycles of its own, 1.6 a block of 64.
//!
//! Packed pixels add what it takes to split and to join them: for 64 pixels of three bytes 18 instructions that two
//! ports share, and the pixels pass through the first cache twice. RGB as YCbCr adds 88 more, of which 28 are sums of
//! products: 44 cycles for 64 pixels, a third of what their round trip takes.
//!
//! (Cycles are counted by a chain of multiplications beside each measurement: the clock of that machine goes from 3.4 to
//! 4.2 GHz.)

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod vbmi;
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
#[cfg(all(test, target_arch = "x86_64"))]
pub(super) use vector::entry::Variants;
