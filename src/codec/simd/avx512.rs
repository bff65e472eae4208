// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! AVX-512 with VNNI (Ice Lake class): four lanes of 128 bits, eight blocks at a time.
//!
//! Earlier AVX-512 CPUs slow down on wide registers and have no multiply-accumulate of pairs; they
//! run the AVX2 backend.
#![allow(
    unsafe_code,
    reason = "vector loads, stores and operations; each block has its argument"
)]

use std::arch::asm;
use std::arch::x86_64::*;

use super::avx2::largest8;
use super::vbmi::Vbmi;
use super::vector::entry::{Variants, entry_point};
use super::vector::factors::{FACTORS, SPREAD, Spread};
use super::vector::isa::Simd;

/// Proof that the CPU has AVX-512 F, BW and VNNI. With `OPERANDS`, instructions read the factors of dot products
/// from memory; without, the compiler keeps them in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512<const OPERANDS: bool> {
    vbmi: Option<Vbmi>,
    prefers_operands: bool,
}

impl Avx512<false> {
    /// The token, where the CPU has all three.
    pub(crate) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni");
        all.then(|| Self {
            vbmi: Vbmi::detect(),
            // AMD's CPUs and no others have SSE4a.
            prefers_operands: is_x86_feature_detected!("sse4a"),
        })
    }

    /// The same, whatever the CPU prefers.
    #[cfg(test)]
    pub(crate) fn prefer_operands(self, prefers_operands: bool) -> Self {
        Self {
            prefers_operands,
            ..self
        }
    }
}

entry_point!(Avx512<false>, "avx512f,avx512bw,avx512vnni");
entry_point!(Avx512<true>, "avx512f,avx512bw,avx512vnni");

impl Variants for Avx512<false> {
    type Other = Avx512<true>;

    #[inline(always)]
    fn other(self) -> Option<Avx512<true>> {
        let Self {
            vbmi,
            prefers_operands,
        } = self;
        prefers_operands.then_some(Avx512 {
            vbmi,
            prefers_operands,
        })
    }
}

/// Operations that are one intrinsic on values.
macro_rules! operations {
    ($($name:ident($($arg:ident),+) = $body:expr;)+) => {
        $(
            #[inline(always)]
            fn $name(self, $($arg: __m512i),+) -> __m512i {
                // SAFETY: the token proves that the CPU has AVX-512 F, BW and VNNI; the operation is
                // on values alone.
                unsafe { $body }
            }
        )+
    };
}

impl<const OPERANDS: bool> Simd for Avx512<OPERANDS> {
    type V = __m512i;
    const LANES: usize = 4;
    const ACCUMULATES: bool = true;

    type Permuter = Vbmi;

    #[inline(always)]
    fn permuter(self) -> Option<Vbmi> {
        self.vbmi
    }

    #[inline(always)]
    fn load(self, bytes: &[u8]) -> __m512i {
        let bytes = &bytes[..Self::BYTES];
        // SAFETY: the slice has 64 bytes; the load needs no alignment. The token proves AVX-512.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn prefetch(self, bytes: &[u8], at: usize) {
        // SAFETY: every x86-64 CPU has the instruction; it reads nothing and takes any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn store(self, bytes: &mut [u8], v: __m512i) {
        let bytes = &mut bytes[..Self::BYTES];
        // SAFETY: the slice has 64 bytes; the store needs no alignment. The token proves AVX-512.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn load_blocks(self, bytes: &[u8], blocks: usize) -> __m512i {
        let bytes = &bytes[..8 * blocks.min(8)];
        // SAFETY: no byte outside the mask, and so of the slice, is read. The token proves AVX-512.
        unsafe { _mm512_maskz_loadu_epi64(first_blocks(blocks), bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_blocks(self, bytes: &mut [u8], v: __m512i, blocks: usize) {
        let bytes = &mut bytes[..8 * blocks.min(8)];
        // SAFETY: no byte outside the mask, and so of the slice, is written. The token proves AVX-512.
        unsafe { _mm512_mask_storeu_epi64(bytes.as_mut_ptr().cast(), first_blocks(blocks), v) }
    }

    #[inline(always)]
    fn load_lanes(self, bytes: &[u8], distance: usize) -> __m512i {
        let lane = |index: usize| &bytes[index * distance..][..16];
        let (a, b, c, d) = (lane(0), lane(1), lane(2), lane(3));
        // SAFETY: the slices have 16 bytes each; the loads need no alignment. The token proves AVX-512.
        unsafe {
            let low = _mm256_loadu2_m128i(b.as_ptr().cast(), a.as_ptr().cast());
            let high = _mm256_loadu2_m128i(d.as_ptr().cast(), c.as_ptr().cast());
            _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
        }
    }

    #[inline(always)]
    fn store_lanes(self, bytes: &mut [u8], distance: usize, v: __m512i) {
        for index in 0..4 {
            let lane = &mut bytes[index * distance..][..16];
            // SAFETY: the slice has 16 bytes; the store needs no alignment. The token proves AVX-512.
            unsafe {
                let v = match index {
                    0 => _mm512_castsi512_si128(v),
                    1 => _mm512_extracti32x4_epi32::<1>(v),
                    2 => _mm512_extracti32x4_epi32::<2>(v),
                    _ => _mm512_extracti32x4_epi32::<3>(v),
                };
                _mm_storeu_si128(lane.as_mut_ptr().cast(), v);
            }
        }
    }

    #[inline(always)]
    fn shuffle8(self, v: __m512i, places: &[u8; 16]) -> __m512i {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves AVX-512 BW.
        unsafe {
            let places = _mm_loadu_si128(places.as_ptr().cast());
            _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(places))
        }
    }

    #[inline(always)]
    fn broadcast(self, lane: &[i16; 8]) -> __m512i {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves AVX-512.
        unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(lane.as_ptr().cast())) }
    }

    #[inline(always)]
    fn splat32(self, value: i32) -> __m512i {
        // SAFETY: the token proves that the CPU has AVX-512.
        unsafe { _mm512_set1_epi32(value) }
    }

    operations! {
        mirror(v) = _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(
            _mm_setr_epi8(0, 7, 1, 6, 3, 4, 2, 5, 8, 15, 9, 14, 11, 12, 10, 13)));
        upper_bytes(v) = _mm512_srli_epi16::<8>(v);
        lo8(a, b) = _mm512_unpacklo_epi8(a, b);
        hi8(a, b) = _mm512_unpackhi_epi8(a, b);
        lo16(a, b) = _mm512_unpacklo_epi16(a, b);
        hi16(a, b) = _mm512_unpackhi_epi16(a, b);
        lo32(a, b) = _mm512_unpacklo_epi32(a, b);
        hi32(a, b) = _mm512_unpackhi_epi32(a, b);
        even32(a, b) = _mm512_castps_si512(_mm512_shuffle_ps::<0b10_00_10_00>(
            _mm512_castsi512_ps(a), _mm512_castsi512_ps(b)));
        odd32(a, b) = _mm512_castps_si512(_mm512_shuffle_ps::<0b11_01_11_01>(
            _mm512_castsi512_ps(a), _mm512_castsi512_ps(b)));
        lo64(a, b) = _mm512_unpacklo_epi64(a, b);
        hi64(a, b) = _mm512_unpackhi_epi64(a, b);
        pack_clamped(a, b) = _mm512_packus_epi16(a, b);
        add8(a, b) = _mm512_add_epi8(a, b);
        add16(a, b) = _mm512_add_epi16(a, b);
        sub16(a, b) = _mm512_sub_epi16(a, b);
        add32(a, b) = _mm512_add_epi32(a, b);
        sub32(a, b) = _mm512_sub_epi32(a, b);
        and(a, b) = _mm512_and_si512(a, b);
        halve16(v) = _mm512_srai_epi16::<1>(v);
        abs16(v) = _mm512_abs_epi16(v);
        max16(a, b) = _mm512_max_epi16(a, b);
        saturating_sub16(a, b) = _mm512_subs_epu16(a, b);
        shift3(v) = _mm512_srai_epi16::<3>(v);
        multiply_pairs8(unsigned, signed) = _mm512_maddubs_epi16(unsigned, signed);
        multiply_pairs16(a, b) = _mm512_madd_epi16(a, b);
        multiply_high(a, b) = _mm512_mulhi_epi16(a, b);
        multiply_round(a, b) = _mm512_mulhrs_epi16(a, b);
        multiply_low(a, b) = _mm512_mullo_epi16(a, b);
        pack_signed(a, b) = _mm512_packs_epi16(a, b);
        count_zero8(count, v) =
            _mm512_add_epi8(count, _mm512_subs_epu8(_mm512_set1_epi8(1), v));
        difference8(a, b) = _mm512_or_si512(_mm512_subs_epu8(a, b), _mm512_subs_epu8(b, a));
        max8(a, b) = _mm512_max_epu8(a, b);
        accumulate_squares(sum, v) = _mm512_dpbusd_epi32(sum, v, v);
    }

    #[inline(always)]
    fn accumulate(self, sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the token proves that the CPU has AVX-512 F and VNNI.
        unsafe { accumulate(sum, a, b) }
    }

    #[inline(always)]
    fn multiply_factor<const K: usize>(self, v: __m512i) -> __m512i {
        if OPERANDS {
            // SAFETY: the token proves that the CPU has AVX-512 F and BW.
            unsafe { multiply_operand::<K>(v) }
        } else {
            self.multiply_pairs16(v, self.splat32(FACTORS[K]))
        }
    }

    #[inline(always)]
    fn accumulate_factor<const K: usize>(self, sum: __m512i, v: __m512i) -> __m512i {
        if OPERANDS {
            // SAFETY: the token proves that the CPU has AVX-512 F and VNNI.
            unsafe { accumulate_operand::<K>(sum, v) }
        } else {
            self.accumulate(sum, v, self.splat32(FACTORS[K]))
        }
    }

    #[inline(always)]
    fn upper_halves(self, a: __m512i, b: __m512i) -> __m512i {
        let order = [2, 3, 0, 0, 6, 7, 0, 0, 10, 11, 0, 0, 14, 15, 0, 0];
        // SAFETY: the token proves that the CPU has AVX-512 F and BW.
        unsafe { shuffle_over::<0x3333_3333_3333_3333>(b, a, order) }
    }

    #[inline(always)]
    fn lower_halves(self, a: __m512i, b: __m512i) -> __m512i {
        let order = [0, 0, 0, 1, 0, 0, 4, 5, 0, 0, 8, 9, 0, 0, 12, 13];
        // SAFETY: the token proves that the CPU has AVX-512 F and BW.
        unsafe { shuffle_over::<0xcccc_cccc_cccc_cccc>(a, b, order) }
    }

    #[inline(always)]
    fn join8(self, even: __m512i, odd: __m512i) -> __m512i {
        let order = [0, 0, 0, 2, 0, 4, 0, 6, 0, 8, 0, 10, 0, 12, 0, 14];
        // SAFETY: the token proves that the CPU has AVX-512 F and BW.
        unsafe { shuffle_over::<0xaaaa_aaaa_aaaa_aaaa>(even, odd, order) }
    }

    #[inline(always)]
    fn largest8(self, v: __m512i) -> u8 {
        // SAFETY: the token proves that the CPU has AVX-512 F, and with it AVX2.
        unsafe {
            largest8(_mm256_max_epu8(
                _mm512_castsi512_si256(v),
                _mm512_extracti64x4_epi64::<1>(v),
            ))
        }
    }

    #[inline(always)]
    fn any_above_127(self, v: __m512i) -> bool {
        // SAFETY: the token proves that the CPU has AVX-512 BW.
        unsafe { _mm512_movepi8_mask(v) != 0 }
    }

    #[inline(always)]
    fn nonzero64(self, v: __m512i) -> u32 {
        // SAFETY: the token proves that the CPU has AVX-512 F.
        u32::from(unsafe { _mm512_test_epi64_mask(v, v) })
    }
}

/// A bit for each of the first blocks of a register, which has eight.
#[inline(always)]
fn first_blocks(blocks: usize) -> __mmask8 {
    ((1_u32 << blocks.min(8)) - 1) as __mmask8
}

// The two operations that the kernel has most of, as instructions. Intrinsics are only a wish: for CPUs
// at large the compiler takes `vpdpwssd` apart into a multiplication and an addition, and makes of the
// masked shuffle a `vpermt2w`, which is three times as dear. That they aren't declared `pure` keeps them
// in the order of the kernel's text, which is a schedule.

/// `sum` + `a` * `b` in pairs of 16-bit values.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn accumulate(mut sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: the instruction is on registers alone; the caller's CPU has it.
    unsafe {
        asm!(
            "vpdpwssd {}, {}, {}",
            inout(zmm_reg) sum, in(zmm_reg) a, in(zmm_reg) b,
            options(nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// `sum` + `v` * the factor at `K` in pairs of 16-bit values.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn accumulate_operand<const K: usize>(mut sum: __m512i, v: __m512i) -> __m512i {
    // SAFETY: the instruction reads the 64 bytes of row `K` of the table, which has it (`at` checks that); the
    // caller's CPU has the instruction.
    unsafe {
        asm!(
            "vpdpwssd {}, {}, zmmword ptr [{} + {}]",
            inout(zmm_reg) sum, in(zmm_reg) v, in(reg) &raw const SPREAD, const Spread::at(K),
            options(readonly, nostack, preserves_flags),
        );
    }
    sum
}

/// `v` * the factor at `K` in pairs of 16-bit values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn multiply_operand<const K: usize>(v: __m512i) -> __m512i {
    let product;
    // SAFETY: the instruction reads the 64 bytes of row `K` of the table, which has it (`at` checks that); the
    // caller's CPU has the instruction.
    unsafe {
        asm!(
            "vpmaddwd {}, {}, zmmword ptr [{} + {}]",
            out(zmm_reg) product, in(zmm_reg) v, in(reg) &raw const SPREAD, const Spread::at(K),
            options(readonly, nostack, preserves_flags),
        );
    }
    product
}

/// `v`, but where `MASK` has a bit the byte of `other` that `order` tells, in the same lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn shuffle_over<const MASK: u64>(mut v: __m512i, other: __m512i, order: [u8; 16]) -> __m512i {
    // SAFETY: the array has 16 bytes. The instruction is on registers alone; the caller's CPU has it.
    unsafe {
        let order = _mm512_broadcast_i32x4(_mm_loadu_si128(order.as_ptr().cast()));
        asm!(
            "vpshufb {}{{{}}}, {}, {}",
            inout(zmm_reg) v, in(kreg) MASK, in(zmm_reg) other, in(zmm_reg) order,
            options(nomem, nostack, preserves_flags),
        );
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::kernel::{Kernel, Work};
    use crate::codec::layout::Packing;
    use crate::codec::simd::scalar::Scalar;
    use crate::codec::simd::vector::entry::Enter;

    /// A row of pixels, to be taken apart and put together over other bytes.
    #[derive(Clone, Copy)]
    struct Row<'a> {
        packing: Packing,
        width: usize,
        bytes: &'a [u8],
    }

    impl Work for Row<'_> {
        type Output = ([Vec<u8>; 3], Vec<u8>);

        #[inline(always)]
        fn run<K: Kernel>(self, kernel: K) -> Self::Output {
            let samples = |c| self.width.div_ceil(self.packing.pixels_per_sample(c));
            let mut channels = [0, 1, 2].map(|channel| vec![0; samples(channel)]);
            let targets = channels.each_mut().map(|channel| &mut channel[..]);
            kernel.split(self.packing, targets, self.bytes);
            let mut joined = vec![0x55; self.bytes.len()];
            let sources = channels.each_ref().map(|channel| &channel[..]);
            kernel.join(self.packing, &mut joined, sources);
            (channels, joined)
        }
    }

    #[test]
    fn pixels_are_the_same_with_and_without_vbmi() {
        let Some(token) = Avx512::<false>::detect() else {
            return;
        };
        let bytes: Vec<u8> = (0..4 * 400).map(|i| (37 * i + i / 251) as u8).collect();
        for packing in [
            Packing::Pairs,
            Packing::Triples,
            Packing::QuadsLastOther,
            Packing::QuadsFirstOther,
            Packing::EvenLuma,
            Packing::OddLuma,
        ] {
            for width in [1, 2, 63, 64, 65, 127, 128, 255, 256, 399] {
                // To the last byte of the last pixel, or of two; but for a last byte that is not of a channel.
                let whole = match packing.pixels_per_sample(1) {
                    1 => packing.pixel_stride() * width,
                    _ => 4 * width.div_ceil(2),
                };
                let end = whole - usize::from(packing == Packing::QuadsLastOther);
                let row = Row {
                    packing,
                    width,
                    bytes: &bytes[..end],
                };
                let expected = row.run(Scalar);
                let without = Avx512 {
                    vbmi: None,
                    ..token
                };
                for token in [token, without] {
                    assert!(
                        token.enter(row) == expected,
                        "{packing:?} {width} {token:?}"
                    );
                }
            }
        }
    }
}
