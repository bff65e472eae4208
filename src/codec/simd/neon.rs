// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! NEON: one lane of 128 bits, two blocks at a time.
//!
//! Most operations of the kernel are one instruction here too. Those that are more are
//! compared with their definitions in the tests below.
#![allow(
    unsafe_code,
    reason = "vector loads, stores and operations; each block has its argument"
)]

use std::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;
use std::convert::Infallible;
use std::mem::transmute;

use super::vector::entry::{Variants, entry_point};
use super::vector::isa::Simd;

/// Proof that the CPU has NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    /// The token, where the CPU has NEON: all that run an ordinary operating system.
    ///
    /// Big-endian ones number the elements of a register the other way round.
    pub(crate) fn detect() -> Option<Self> {
        let suits = cfg!(target_endian = "little") && is_aarch64_feature_detected!("neon");
        suits.then_some(Self(()))
    }
}

entry_point!(Neon, "neon");

impl Variants for Neon {
    type Other = Self;

    #[inline(always)]
    fn other(self) -> Option<Self> {
        None
    }
}

/// Operations on values, which NEON's types see as elements of the width given.
macro_rules! operations {
    ($($name:ident($($arg:ident),+: $elements:ty) = $body:expr;)+) => {
        $(
            #[inline(always)]
            fn $name(self, $($arg: uint8x16_t),+) -> uint8x16_t {
                // SAFETY: the token proves that the CPU has NEON; the operation is on values alone.
                // All 128-bit registers are plain bits, of which any will do.
                unsafe {
                    $(let $arg = transmute::<uint8x16_t, $elements>($arg);)+
                    transmute::<$elements, uint8x16_t>($body)
                }
            }
        )+
    };
}

impl Simd for Neon {
    type V = uint8x16_t;
    const LANES: usize = 1;
    const ACCUMULATES: bool = false;

    type Permuter = Infallible;

    #[inline(always)]
    fn permuter(self) -> Option<Infallible> {
        None
    }

    #[inline(always)]
    fn load(self, bytes: &[u8]) -> uint8x16_t {
        let bytes = &bytes[..Self::BYTES];
        // SAFETY: the slice has 16 bytes; the load needs no alignment. The token proves NEON.
        unsafe { vld1q_u8(bytes.as_ptr()) }
    }

    #[inline(always)]
    fn load_lanes(self, bytes: &[u8], _distance: usize) -> uint8x16_t {
        self.load(bytes)
    }

    #[inline(always)]
    fn store_lanes(self, bytes: &mut [u8], _distance: usize, v: uint8x16_t) {
        self.store(bytes, v);
    }

    #[inline(always)]
    fn shuffle8(self, v: uint8x16_t, places: &[u8; 16]) -> uint8x16_t {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves NEON.
        unsafe { vqtbl1q_u8(v, vld1q_u8(places.as_ptr())) }
    }

    /// Nothing: it is a hint, for which stable Rust has no intrinsic here.
    #[inline(always)]
    fn prefetch(self, _bytes: &[u8], _at: usize) {}

    #[inline(always)]
    fn store(self, bytes: &mut [u8], v: uint8x16_t) {
        let bytes = &mut bytes[..Self::BYTES];
        // SAFETY: the slice has 16 bytes; the store needs no alignment. The token proves NEON.
        unsafe { vst1q_u8(bytes.as_mut_ptr(), v) }
    }

    #[inline(always)]
    fn load_blocks(self, bytes: &[u8], blocks: usize) -> uint8x16_t {
        let mut padded = [0; 16];
        let len = 8 * blocks.min(2);
        padded[..len].copy_from_slice(&bytes[..len]);
        self.load(&padded)
    }

    #[inline(always)]
    fn store_blocks(self, bytes: &mut [u8], v: uint8x16_t, blocks: usize) {
        let mut all = [0; 16];
        self.store(&mut all, v);
        let len = 8 * blocks.min(2);
        bytes[..len].copy_from_slice(&all[..len]);
    }

    #[inline(always)]
    fn broadcast(self, lane: &[i16; 8]) -> uint8x16_t {
        // SAFETY: the array has 16 bytes; the load needs no alignment. The token proves NEON.
        unsafe { vld1q_u8(lane.as_ptr().cast()) }
    }

    #[inline(always)]
    fn splat32(self, value: i32) -> uint8x16_t {
        // SAFETY: the token proves that the CPU has NEON.
        unsafe { vreinterpretq_u8_s32(vdupq_n_s32(value)) }
    }

    operations! {
        mirror(v: uint8x16_t) = vqtbl1q_u8(
            v, vld1q_u8([0, 7, 1, 6, 3, 4, 2, 5, 8, 15, 9, 14, 11, 12, 10, 13].as_ptr()));
        join8(even, odd: uint8x16_t) = vtrn1q_u8(even, odd);
        upper_bytes(v: uint16x8_t) = vshrq_n_u16::<8>(v);
        lower_halves(a, b: int16x8_t) = vtrn1q_s16(a, b);
        lo8(a, b: uint8x16_t) = vzip1q_u8(a, b);
        hi8(a, b: uint8x16_t) = vzip2q_u8(a, b);
        lo16(a, b: int16x8_t) = vzip1q_s16(a, b);
        hi16(a, b: int16x8_t) = vzip2q_s16(a, b);
        lo32(a, b: int32x4_t) = vzip1q_s32(a, b);
        hi32(a, b: int32x4_t) = vzip2q_s32(a, b);
        even32(a, b: int32x4_t) = vuzp1q_s32(a, b);
        odd32(a, b: int32x4_t) = vuzp2q_s32(a, b);
        lo64(a, b: int64x2_t) = vzip1q_s64(a, b);
        hi64(a, b: int64x2_t) = vzip2q_s64(a, b);
        upper_halves(a, b: int16x8_t) = vtrn2q_s16(a, b);
        pack_clamped(a, b: int16x8_t) =
            vreinterpretq_s16_u8(vqmovun_high_s16(vqmovun_s16(a), b));
        add8(a, b: uint8x16_t) = vaddq_u8(a, b);
        add16(a, b: int16x8_t) = vaddq_s16(a, b);
        sub16(a, b: int16x8_t) = vsubq_s16(a, b);
        add32(a, b: int32x4_t) = vaddq_s32(a, b);
        sub32(a, b: int32x4_t) = vsubq_s32(a, b);
        and(a, b: uint8x16_t) = vandq_u8(a, b);
        halve16(v: int16x8_t) = vshrq_n_s16::<1>(v);
        abs16(v: int16x8_t) = vabsq_s16(v);
        max16(a, b: int16x8_t) = vmaxq_s16(a, b);
        saturating_sub16(a, b: uint16x8_t) = vqsubq_u16(a, b);
        shift3(v: int16x8_t) = vshrq_n_s16::<3>(v);
        // Each product fits 16 bits: 255 * -128 is above -2^15.
        multiply_pairs8(unsigned, signed: uint8x16_t) = {
            let signed = vreinterpretq_s8_u8(signed);
            let low = vmulq_s16(
                vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(unsigned))),
                vmovl_s8(vget_low_s8(signed)));
            let high = vmulq_s16(
                vreinterpretq_s16_u16(vmovl_high_u8(unsigned)), vmovl_high_s8(signed));
            vreinterpretq_u8_s16(vpaddq_s16(low, high))
        };
        multiply_pairs16(a, b: int16x8_t) = vreinterpretq_s16_s32(vpaddq_s32(
            vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b)));
        // floor(floor(2ab / 2^16) / 2) = floor(ab / 2^16).
        multiply_high(a, b: int16x8_t) = vshrq_n_s16::<1>(vqdmulhq_s16(a, b));
        // floor((2ab + 2^15) / 2^16) = floor(ab / 2^15 + 1/2).
        multiply_round(a, b: int16x8_t) = vqrdmulhq_s16(a, b);
        multiply_low(a, b: int16x8_t) = vmulq_s16(a, b);
        pack_signed(a, b: int16x8_t) = vreinterpretq_s16_s8(vqmovn_high_s16(vqmovn_s16(a), b));
        count_zero8(count, v: uint8x16_t) = vsubq_u8(count, vceqzq_u8(v));
        difference8(a, b: uint8x16_t) = vabdq_u8(a, b);
        max8(a, b: uint8x16_t) = vmaxq_u8(a, b);
        accumulate_squares(sum, v: uint8x16_t) = vreinterpretq_u8_u32(vpadalq_u16(
            vpadalq_u16(vreinterpretq_u32_u8(sum), vmull_u8(vget_low_u8(v), vget_low_u8(v))),
            vmull_high_u8(v, v)));
    }

    #[inline(always)]
    fn accumulate(self, sum: uint8x16_t, a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
        self.add32(sum, self.multiply_pairs16(a, b))
    }

    #[inline(always)]
    fn largest8(self, v: uint8x16_t) -> u8 {
        // SAFETY: the token proves that the CPU has NEON.
        unsafe { vmaxvq_u8(v) }
    }

    #[inline(always)]
    fn any_above_127(self, v: uint8x16_t) -> bool {
        self.largest8(v) > 127
    }

    #[inline(always)]
    fn nonzero64(self, v: uint8x16_t) -> u32 {
        // SAFETY: the token proves that the CPU has NEON.
        let (low, high) = unsafe {
            let v = vreinterpretq_u64_u8(v);
            (vgetq_lane_u64::<0>(v), vgetq_lane_u64::<1>(v))
        };
        u32::from(low != 0) | u32::from(high != 0) << 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neon() -> Neon {
        Neon::detect().expect("every little-endian aarch64 CPU has NEON")
    }

    fn values16(v: uint8x16_t) -> [i16; 8] {
        let mut bytes = [0; 16];
        neon().store(&mut bytes, v);
        std::array::from_fn(|i| i16::from_ne_bytes([bytes[2 * i], bytes[2 * i + 1]]))
    }

    /// Eight of each first factor times eight of each second: every 16-bit value times some that
    /// cover the range, from -2^15 + 1 on (the kernel's second factors are constants above that).
    fn for_all_factors(test: impl Fn([i16; 8], [i16; 8])) {
        for second in (-32767..=32767).step_by(257).chain([-1, 0, 1, 16384]) {
            for first in (-32768..=32767).step_by(8) {
                test(
                    std::array::from_fn(|i| (first + i as i32) as i16),
                    [second as i16; 8],
                );
            }
        }
    }

    #[test]
    fn products_are_as_defined() {
        let s = neon();
        for_all_factors(|a, b| {
            let (va, vb) = (s.broadcast(&a), s.broadcast(&b));
            let product = |i: usize| i32::from(a[i]) * i32::from(b[i]);
            let expect = |actual: uint8x16_t, define: fn(i32) -> i32| {
                let expected = std::array::from_fn(|i| define(product(i)) as i16);
                assert_eq!(values16(actual), expected, "{a:?} {b:?}");
            };
            expect(s.multiply_high(va, vb), |p| p >> 16);
            expect(s.multiply_round(va, vb), |p| (p + (1 << 14)) >> 15);
            expect(s.multiply_low(va, vb), |p| p);
            let sums = values16(s.accumulate(s.splat32(-7), va, vb));
            for (i, sum) in sums.chunks_exact(2).enumerate() {
                let sum = i32::from(sum[0]) & 0xffff | i32::from(sum[1]) << 16;
                assert_eq!(sum, product(2 * i) + product(2 * i + 1) - 7, "{a:?} {b:?}");
            }
        });
    }

    #[test]
    fn products_of_bytes_are_as_defined() {
        let s = neon();
        for (signed, other) in [(16, 16), (16, -16), (-16, 16), (127, -128), (-128, 127)] {
            for byte in 0..=255 {
                let unsigned: [u8; 16] = std::array::from_fn(|i| (byte + 37 * i) as u8);
                let factors: [i8; 16] = std::array::from_fn(|i| [signed, other][i % 2]);
                let pairs =
                    s.multiply_pairs8(s.load(&unsigned), s.load(&factors.map(i8::cast_unsigned)));
                let expected = std::array::from_fn(|i| {
                    let product = |at: usize| i16::from(unsigned[at]) * i16::from(factors[at]);
                    product(2 * i) + product(2 * i + 1)
                });
                assert_eq!(values16(pairs), expected, "{unsigned:?} {signed} {other}");
            }
        }
    }

    #[test]
    fn squares_of_bytes_are_as_defined() {
        let s = neon();
        for byte in 0..=127 {
            let bytes: [u8; 16] = std::array::from_fn(|i| (byte + 11 * i) as u8 % 128);
            let sums = values16(s.accumulate_squares(s.splat32(1000), s.load(&bytes)));
            let total: i32 = sums
                .chunks_exact(2)
                .map(|sum| i32::from(sum[0]) & 0xffff | i32::from(sum[1]) << 16)
                .sum();
            let expected: i32 = bytes.iter().map(|&b| i32::from(b).pow(2)).sum();
            assert_eq!(total, 4 * 1000 + expected, "{bytes:?}");
        }
    }

    #[test]
    fn reorderings_and_bounds_are_as_defined() {
        let s = neon();
        let (a, b) = ([0, 1, 2, 3, 4, 5, 6, 7], [10, 11, 12, 13, 14, 15, 16, 17]);
        let (va, vb) = (s.broadcast(&a), s.broadcast(&b));
        assert_eq!(values16(s.even32(va, vb)), [0, 1, 4, 5, 10, 11, 14, 15]);
        assert_eq!(values16(s.odd32(va, vb)), [2, 3, 6, 7, 12, 13, 16, 17]);
        assert_eq!(
            values16(s.upper_halves(va, vb)),
            [1, 11, 3, 13, 5, 15, 7, 17]
        );
        assert_eq!(values16(s.lo32(va, vb)), [0, 1, 10, 11, 2, 3, 12, 13]);
        assert_eq!(values16(s.hi64(va, vb)), [4, 5, 6, 7, 14, 15, 16, 17]);

        let low = s.broadcast(&[-32768, -1, 0, 1, 254, 255, 256, 32767]);
        let mut bytes = [0; 16];
        s.store(&mut bytes, s.pack_clamped(low, va));
        assert_eq!(
            bytes,
            [0, 0, 0, 1, 254, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7]
        );

        let zero = s.splat32(0);
        let one_byte = |at: usize, byte: u8| {
            let mut bytes = [0; 16];
            bytes[at] = byte;
            s.load(&bytes)
        };
        assert_eq!(s.nonzero64(zero), 0);
        assert!(!s.any_above_127(zero));
        for at in 0..16 {
            assert_eq!(s.nonzero64(one_byte(at, 1)), 1 << (at / 8));
            assert!(!s.any_above_127(one_byte(at, 127)));
            assert!(s.any_above_127(one_byte(at, 128)));
        }
    }
}
