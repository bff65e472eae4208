// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! AVX-512 with VBMI: permutations across the lanes of a register of 512 bits.
#![allow(
    unsafe_code,
    reason = "loads and operations; each block has its argument"
)]

use std::arch::asm;
use std::arch::x86_64::*;

use super::vector::isa::Permute;

/// Proof that the CPU has AVX-512 F, BW and VBMI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vbmi(());

impl Vbmi {
    /// The token, where the CPU has all three.
    pub(super) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi");
        all.then_some(Self(()))
    }
}

/// Operations that are one intrinsic on values.
macro_rules! permutations {
    ($($name:ident($($arg:ident: $type:ty),+) = $body:expr;)+) => {
        $(
            #[inline(always)]
            fn $name(self, $($arg: $type),+) -> __m512i {
                // SAFETY: the token proves that the CPU has AVX-512 F, BW and VBMI; the operation is on values
                // alone.
                unsafe { $body }
            }
        )+
    };
}

impl Permute<__m512i> for Vbmi {
    permutations! {
        permute(v: __m512i, places: &[u8; 64]) = permute(v, places);
        permute_pair(a: __m512i, b: __m512i, places: &[u8; 64]) = permute_pair(a, b, places);
        blend(mask: __m512i, a: __m512i, b: __m512i) =
            _mm512_ternarylogic_epi64::<0b1100_1010>(mask, b, a);
        rotate1(v: __m512i) = _mm512_rol_epi32::<8>(v);
        rotate2(v: __m512i) = _mm512_rol_epi32::<16>(v);
        rotate3(v: __m512i) = _mm512_rol_epi32::<24>(v);
    }

    #[inline(always)]
    fn transpose_lanes(self, [a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
        // SAFETY: the token proves that the CPU has AVX-512 F.
        unsafe {
            let (ab, cd) = (
                _mm512_shuffle_i32x4::<0b01_00_01_00>(a, b),
                _mm512_shuffle_i32x4::<0b01_00_01_00>(c, d),
            );
            let (ab_upper, cd_upper) = (
                _mm512_shuffle_i32x4::<0b11_10_11_10>(a, b),
                _mm512_shuffle_i32x4::<0b11_10_11_10>(c, d),
            );
            [
                _mm512_shuffle_i32x4::<0b10_00_10_00>(ab, cd),
                _mm512_shuffle_i32x4::<0b11_01_11_01>(ab, cd),
                _mm512_shuffle_i32x4::<0b10_00_10_00>(ab_upper, cd_upper),
                _mm512_shuffle_i32x4::<0b11_01_11_01>(ab_upper, cd_upper),
            ]
        }
    }
}

/// The bytes of `v` at these places.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn permute(mut v: __m512i, places: &[u8; 64]) -> __m512i {
    // SAFETY: the array has 64 bytes. The instruction is on registers alone; the caller's CPU, which has AVX-512
    // VBMI, has it. (The entry point isn't compiled for it, so that an intrinsic would be a call.)
    unsafe {
        let places = _mm512_loadu_si512(places.as_ptr().cast());
        asm!(
            "vpermb {v}, {places}, {v}",
            v = inout(zmm_reg) v, places = in(zmm_reg) places,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    v
}

/// The bytes of `a` and `b`, of which the places go from 64 on.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn permute_pair(a: __m512i, b: __m512i, places: &[u8; 64]) -> __m512i {
    // SAFETY: as for `permute`.
    unsafe {
        let mut places = _mm512_loadu_si512(places.as_ptr().cast());
        asm!(
            "vpermi2b {places}, {a}, {b}",
            places = inout(zmm_reg) places, a = in(zmm_reg) a, b = in(zmm_reg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
        places
    }
}
