// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! AVX2, alone or with AVX-VNNI: two lanes of 128 bits, four blocks at a time.
#![allow(
    unsafe_code,
    reason = "vector loads, stores and operations; each block has its argument"
)]

use std::arch::asm;
use std::arch::x86_64::*;
use std::convert::Infallible;

use super::vector::entry::{Enter, Variants, entry_point};
use super::vector::isa::Simd;

/// Proof that the CPU has AVX2, and with `VNNI` AVX-VNNI too: sum and product in one instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2<const VNNI: bool>(());

impl<const VNNI: bool> Avx2<VNNI> {
    /// The token, where the CPU has what it proves.
    pub(crate) fn detect() -> Option<Self> {
        let all =
            is_x86_feature_detected!("avx2") && (!VNNI || is_x86_feature_detected!("avxvnni"));
        all.then_some(Self(()))
    }
}

entry_point!(Avx2<false>, "avx2");
entry_point!(Avx2<true>, "avx2,avxvnni");

impl<const VNNI: bool> Variants for Avx2<VNNI>
where
    Self: Enter,
{
    type Other = Self;

    #[inline(always)]
    fn other(self) -> Option<Self> {
        None
    }
}

/// All bits of as many blocks of a register, which has four, as the index says.
const FIRST_BLOCKS: [[u8; 32]; 5] = {
    let mut masks = [[0; 32]; 5];
    let mut at = 0;
    while at < 5 * 32 {
        let (blocks, byte) = (at / 32, at % 32);
        masks[blocks][byte] = if byte < 8 * blocks { 0xff } else { 0 };
        at += 1;
    }
    masks
};

/// Operations that are one intrinsic on values.
macro_rules! operations {
    ($($name:ident($($arg:ident),+) = $body:expr;)+) => {
        $(
            #[inline(always)]
            fn $name(self, $($arg: __m256i),+) -> __m256i {
                // SAFETY: the token proves that the CPU has AVX2; the operation is on values alone.
                unsafe { $body }
            }
        )+
    };
}

impl<const VNNI: bool> Simd for Avx2<VNNI> {
    type V = __m256i;
    const LANES: usize = 2;
    const ACCUMULATES: bool = VNNI;

    type Permuter = Infallible;

    #[inline(always)]
    fn permuter(self) -> Option<Infallible> {
        None
    }

    #[inline(always)]
    fn load(self, bytes: &[u8]) -> __m256i {
        let bytes = &bytes[..Self::BYTES];
        // SAFETY: the slice has 32 bytes; the load needs no alignment. The token proves AVX2.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn prefetch(self, bytes: &[u8], at: usize) {
        // SAFETY: every x86-64 CPU has the instruction; it reads nothing and takes any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn store(self, bytes: &mut [u8], v: __m256i) {
        let bytes = &mut bytes[..Self::BYTES];
        // SAFETY: the slice has 32 bytes; the store needs no alignment. The token proves AVX2.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn load_blocks(self, bytes: &[u8], blocks: usize) -> __m256i {
        let blocks = blocks.min(4);
        let bytes = &bytes[..8 * blocks];
        // SAFETY: no byte outside the mask, and so of the slice, is read. The token proves AVX2.
        unsafe { _mm256_maskload_epi64(bytes.as_ptr().cast(), self.load(&FIRST_BLOCKS[blocks])) }
    }

    #[inline(always)]
    fn store_blocks(self, bytes: &mut [u8], v: __m256i, blocks: usize) {
        let blocks = blocks.min(4);
        let (bytes, mask) = (&mut bytes[..8 * blocks], self.load(&FIRST_BLOCKS[blocks]));
        // SAFETY: no byte outside the mask, and so of the slice, is written. The token proves AVX2.
        unsafe { _mm256_maskstore_epi64(bytes.as_mut_ptr().cast(), mask, v) }
    }

    #[inline(always)]
    fn load_lanes(self, bytes: &[u8], distance: usize) -> __m256i {
        let (a, b) = (&bytes[..16], &bytes[distance..][..16]);
        // SAFETY: the slices have 16 bytes each; the load needs no alignment. The token proves AVX2.
        unsafe { _mm256_loadu2_m128i(b.as_ptr().cast(), a.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_lanes(self, bytes: &mut [u8], distance: usize, v: __m256i) {
        let (a, b) = bytes.split_at_mut(distance);
        let (a, b) = (&mut a[..16], &mut b[..16]);
        // SAFETY: the slices have 16 bytes each; the store needs no alignment. The token proves AVX2.
        unsafe { _mm256_storeu2_m128i(b.as_mut_ptr().cast(), a.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn shuffle8(self, v: __m256i, places: &[u8; 16]) -> __m256i {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves AVX2.
        unsafe {
            let places = _mm_loadu_si128(places.as_ptr().cast());
            _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(places))
        }
    }

    #[inline(always)]
    fn broadcast(self, lane: &[i16; 8]) -> __m256i {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves AVX2.
        unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(lane.as_ptr().cast())) }
    }

    #[inline(always)]
    fn splat32(self, value: i32) -> __m256i {
        // SAFETY: the token proves that the CPU has AVX2.
        unsafe { _mm256_set1_epi32(value) }
    }

    operations! {
        mirror(v) = _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(
            _mm_setr_epi8(0, 7, 1, 6, 3, 4, 2, 5, 8, 15, 9, 14, 11, 12, 10, 13)));
        join8(even, odd) = _mm256_or_si256(
            _mm256_and_si256(even, _mm256_set1_epi16(0xff)), _mm256_slli_epi16::<8>(odd));
        upper_bytes(v) = _mm256_srli_epi16::<8>(v);
        lower_halves(a, b) = _mm256_blend_epi16::<0b10101010>(a, _mm256_slli_epi32::<16>(b));
        lo8(a, b) = _mm256_unpacklo_epi8(a, b);
        hi8(a, b) = _mm256_unpackhi_epi8(a, b);
        lo16(a, b) = _mm256_unpacklo_epi16(a, b);
        hi16(a, b) = _mm256_unpackhi_epi16(a, b);
        lo32(a, b) = _mm256_unpacklo_epi32(a, b);
        hi32(a, b) = _mm256_unpackhi_epi32(a, b);
        even32(a, b) = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(
            _mm256_castsi256_ps(a), _mm256_castsi256_ps(b)));
        odd32(a, b) = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(
            _mm256_castsi256_ps(a), _mm256_castsi256_ps(b)));
        lo64(a, b) = _mm256_unpacklo_epi64(a, b);
        hi64(a, b) = _mm256_unpackhi_epi64(a, b);
        upper_halves(a, b) = _mm256_blend_epi16::<0b10101010>(_mm256_srli_epi32::<16>(a), b);
        pack_clamped(a, b) = _mm256_packus_epi16(a, b);
        add8(a, b) = _mm256_add_epi8(a, b);
        add16(a, b) = _mm256_add_epi16(a, b);
        sub16(a, b) = _mm256_sub_epi16(a, b);
        add32(a, b) = _mm256_add_epi32(a, b);
        sub32(a, b) = _mm256_sub_epi32(a, b);
        and(a, b) = _mm256_and_si256(a, b);
        halve16(v) = _mm256_srai_epi16::<1>(v);
        abs16(v) = _mm256_abs_epi16(v);
        max16(a, b) = _mm256_max_epi16(a, b);
        saturating_sub16(a, b) = _mm256_subs_epu16(a, b);
        shift3(v) = _mm256_srai_epi16::<3>(v);
        multiply_pairs8(unsigned, signed) = _mm256_maddubs_epi16(unsigned, signed);
        multiply_pairs16(a, b) = _mm256_madd_epi16(a, b);
        multiply_high(a, b) = _mm256_mulhi_epi16(a, b);
        multiply_round(a, b) = _mm256_mulhrs_epi16(a, b);
        multiply_low(a, b) = _mm256_mullo_epi16(a, b);
        pack_signed(a, b) = _mm256_packs_epi16(a, b);
        count_zero8(count, v) =
            _mm256_sub_epi8(count, _mm256_cmpeq_epi8(v, _mm256_setzero_si256()));
        difference8(a, b) = _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
        max8(a, b) = _mm256_max_epu8(a, b);
    }

    #[inline(always)]
    fn hidden(self, v: __m256i) -> __m256i {
        // SAFETY: the token proves that the CPU has AVX2.
        unsafe { hidden(v) }
    }

    #[inline(always)]
    fn accumulate(self, sum: __m256i, a: __m256i, b: __m256i) -> __m256i {
        if VNNI {
            // SAFETY: the token proves that the CPU has AVX-VNNI.
            unsafe { accumulate(sum, a, b) }
        } else {
            self.add32(sum, self.multiply_pairs16(a, b))
        }
    }

    #[inline(always)]
    fn accumulate_squares(self, sum: __m256i, v: __m256i) -> __m256i {
        if VNNI {
            // SAFETY: the token proves that the CPU has AVX-VNNI.
            unsafe { _mm256_dpbusd_avx_epi32(sum, v, v) }
        } else {
            self.accumulate(sum, self.multiply_pairs8(v, v), self.splat32(0x0001_0001))
        }
    }

    #[inline(always)]
    fn largest8(self, v: __m256i) -> u8 {
        // SAFETY: the token proves that the CPU has AVX2.
        unsafe { largest8(v) }
    }

    #[inline(always)]
    fn any_above_127(self, v: __m256i) -> bool {
        // SAFETY: the token proves that the CPU has AVX2.
        unsafe { _mm256_movemask_epi8(v) != 0 }
    }

    #[inline(always)]
    fn nonzero64(self, v: __m256i) -> u32 {
        // SAFETY: the token proves that the CPU has AVX2.
        let zero = unsafe {
            _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(
                v,
                _mm256_setzero_si256(),
            )))
        };
        !zero as u32 & 0b1111
    }
}

/// The largest byte: the one of which the complement is the smallest, and of that there is an instruction.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn largest8(v: __m256i) -> u8 {
    let halves = _mm_max_epu8(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
    let complement = _mm_andnot_si128(halves, _mm_set1_epi8(-1));
    let pairs = _mm_min_epu8(complement, _mm_srli_epi16::<8>(complement));
    !_mm_cvtsi128_si32(_mm_minpos_epu16(pairs)) as u8
}

/// `v`, of which the compiler knows nothing then.
#[inline]
#[target_feature(enable = "avx2")]
fn hidden(mut v: __m256i) -> __m256i {
    // SAFETY: there is no instruction.
    unsafe { asm!("/* {} */", inout(ymm_reg) v, options(pure, nomem, nostack, preserves_flags)) };
    v
}

/// `sum` + `a` * `b` in pairs of 16-bit values, as an instruction: the compiler takes the intrinsic apart.
#[inline]
#[target_feature(enable = "avx2,avxvnni")]
fn accumulate(mut sum: __m256i, a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: the instruction is on registers alone; the caller's CPU has it.
    unsafe {
        asm!(
            "{{vex}} vpdpwssd {}, {}, {}",
            inout(ymm_reg) sum, in(ymm_reg) a, in(ymm_reg) b,
            options(nomem, nostack, preserves_flags),
        );
    }
    sum
}
