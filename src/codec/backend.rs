// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! Choice of an instruction set at run time.

use std::fmt;

use super::kernel::Work;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use super::simd::Enter;
#[cfg(target_arch = "aarch64")]
use super::simd::Neon;
use super::simd::Scalar;
#[cfg(target_arch = "x86_64")]
use super::simd::{Avx2, Avx512};

/// An instruction set that the round trip is written for, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// Plain Rust, sample by sample: the definition of what all others compute.
    Scalar,
    /// 128-bit registers: 64-bit Arm CPUs.
    Neon,
    /// 256-bit registers: x86-64 CPUs since 2013.
    Avx2,
    /// The same with AVX-VNNI: x86-64 CPUs of the Alder Lake and Zen 5 classes and later.
    AvxVnni,
    /// 512-bit registers with VNNI: x86-64 CPUs of the Ice Lake and Zen 4 classes and later.
    Avx512,
}

impl Backend {
    /// Every backend, slowest first, whether this CPU has it or not.
    pub const ALL: [Self; 5] = [
        Self::Scalar,
        Self::Neon,
        Self::Avx2,
        Self::AvxVnni,
        Self::Avx512,
    ];

    /// The backends that this CPU can run, slowest first.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|backend| backend.is_available())
    }

    /// The fastest backend, not above `limit`, that this CPU can run.
    pub fn best_up_to(limit: Self) -> Self {
        Self::available()
            .rfind(|&backend| backend <= limit)
            .unwrap_or(Self::Scalar)
    }

    /// The fastest backend that this CPU can run.
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::Scalar)
    }

    /// Tells whether this CPU can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "aarch64")]
            Self::Neon => Neon::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::<false>::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => Avx2::<true>::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Avx512::<false>::detect().is_some(),
            _ => false,
        }
    }

    /// Does `work`. A backend that the CPU lacks leaves it to the definition.
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        match self {
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                if let Some(token) = Neon::detect() {
                    return token.enter(work);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                if let Some(token) = Avx2::<false>::detect() {
                    return token.enter(work);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => {
                if let Some(token) = Avx2::<true>::detect() {
                    return token.enter(work);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                if let Some(token) = Avx512::<false>::detect() {
                    return token.enter(work);
                }
            }
            _ => {}
        }
        work.run(Scalar)
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512 => "avx512",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::bands::Bands;
    use crate::codec::distill::{DistillBand, Scratch};
    use crate::codec::kernel::Kernel;
    use crate::codec::layout::{ColorMode, Component, Layout, TableSlot};
    use crate::codec::planes::{FrameMut, PlaneMut};
    use crate::codec::quant::{DctTables, Divisors};
    use crate::codec::quantizers::Quantizers;
    use crate::codec::settle::Budget;
    #[cfg(target_arch = "x86_64")]
    use crate::codec::simd::Variants;
    use crate::codec::stats::FrameStats;
    use crate::codec::tiles::{Area, TILE, Tile};

    /// A conversion of pixels, a tile of them at a time.
    struct Convert<'a> {
        pixels: &'a [[u8; 3]],
        to_rgb: bool,
    }

    impl Work for Convert<'_> {
        type Output = Vec<[u8; 3]>;

        #[inline(always)]
        fn run<K: Kernel>(self, kernel: K) -> Vec<[u8; 3]> {
            let area = Area {
                x: 0,
                y: 0,
                width: TILE,
                height: 8,
            };
            let mut converted = Vec::with_capacity(self.pixels.len());
            for pixels in self.pixels.chunks(8 * TILE) {
                let mut source = [Tile::BLANK; 3];
                let mut target = [Tile::BLANK; 3];
                for (at, pixel) in pixels.iter().enumerate() {
                    for (tile, &sample) in source.iter_mut().zip(pixel) {
                        tile.bytes_mut()[at] = sample;
                    }
                }
                if self.to_rgb {
                    kernel.to_rgb(&mut target, &source, area);
                } else {
                    kernel.to_ycbcr(&mut target, &source, area);
                }
                for at in 0..pixels.len() {
                    converted.push(target.each_ref().map(|tile| tile.bytes()[at]));
                }
            }
            converted
        }
    }

    fn every_backend_equals_the_scalar_one(pixels: &[[u8; 3]], to_rgb: bool) {
        let expected = Backend::Scalar.run(Convert { pixels, to_rgb });
        for backend in Backend::available() {
            assert!(
                backend.run(Convert { pixels, to_rgb }) == expected,
                "{backend}"
            );
        }
    }

    #[test]
    fn ycbcr_converts_to_the_same_rgb_on_every_backend() {
        let all_chroma = (0..=255).flat_map(|cb| (0..=255).map(move |cr| (cb, cr)));
        let ycbcr: Vec<[u8; 3]> = all_chroma
            .flat_map(|(cb, cr)| [0, 1, 128, 254, 255].map(|y| [y, cb, cr]))
            .collect();
        every_backend_equals_the_scalar_one(&ycbcr, true);
    }

    #[test]
    fn rgb_converts_to_the_same_ycbcr_on_every_backend() {
        let steps = || (0..=255).step_by(3);
        let rgb: Vec<[u8; 3]> = steps()
            .flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])))
            .collect();
        every_backend_equals_the_scalar_one(&rgb, false);
    }

    /// An instruction set; where its large parts are there twice, one of the two.
    #[derive(Clone, Copy, Debug)]
    enum Variant {
        Only(Backend),
        #[cfg(target_arch = "x86_64")]
        Avx512 {
            operands: bool,
        },
    }

    impl Variant {
        /// Those that this CPU can run, whichever of two it prefers.
        fn available() -> Vec<Self> {
            let mut variants = Vec::new();
            for backend in Backend::available() {
                match backend {
                    #[cfg(target_arch = "x86_64")]
                    Backend::Avx512 => {
                        variants.extend([false, true].map(|operands| Self::Avx512 { operands }));
                    }
                    only => variants.push(Self::Only(only)),
                }
            }
            variants
        }

        fn run<W: Work>(self, work: W) -> W::Output {
            match self {
                Self::Only(backend) => backend.run(work),
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 { operands } => {
                    let token = Avx512::<false>::detect().expect("it is available");
                    let token = token.prefer_operands(operands);
                    assert_eq!(token.other().is_some(), operands, "the variant is entered");
                    token.enter(work)
                }
            }
        }
    }

    /// Result of a plane of `width` samples a row, and what is counted in it.
    fn distilled(
        variant: Variant,
        samples: &[u8],
        width: usize,
        quantizers: &Quantizers,
    ) -> (Vec<u8>, FrameStats) {
        let component = Component {
            plane: 0,
            offset: 0,
            pixel_stride: 1,
            width,
            height: samples.len() / width,
            pixels_per_sample: (1, 1),
            table: TableSlot::Luma,
        };
        let layout = Layout::new(vec![component], ColorMode::Native);
        let mut samples = samples.to_vec();
        let mut frame = FrameMut::default();
        frame.planes[0] = PlaneMut::new(&mut samples, width);
        let mut bands = Bands::new(layout.groups(), frame.planes, component.height);
        let band = bands.next().expect("the plane");
        let stats = Scratch::with(|scratch| {
            variant.run(DistillBand {
                band,
                quantizers,
                measure: true,
                coefficients: None,
                scratch,
            })
        });
        (samples, stats)
    }

    #[test]
    fn every_variant_of_every_backend_equals_the_scalar_one() {
        let variants = Variant::available();
        println!("exercised: {variants:?}");
        let twice = usize::from(Backend::Avx512.is_available());
        assert_eq!(variants.len(), Backend::available().count() + twice);
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..40 {
            // Two tiles and a bit, partial blocks, noise; every third plane is of samples at the ends of their range.
            let width = 1 + (round * 37) % 1100;
            let at_the_ends = round % 3 == 0;
            let samples: Vec<u8> = (0..width * 19)
                .map(|_| match random.u8(..) {
                    sample if at_the_ends => 255 * (sample & 1),
                    sample => sample,
                })
                .collect();
            let steps = if round % 2 == 0 {
                std::array::from_fn(|_| random.u8(1..))
            } else {
                [1 + (round % 40) as u8; 64]
            };
            let mut quantizers = Quantizers::new(DctTables::shared(Divisors::new(&steps)));
            if round % 5 > 1 {
                quantizers.settle(Budget::new((round % 5 - 2) as f64));
            }
            let expected = distilled(Variant::Only(Backend::Scalar), &samples, width, &quantizers);
            for &variant in &variants {
                let result = distilled(variant, &samples, width, &quantizers);
                assert!(result == expected, "{variant:?} in round {round}");
            }
        }
    }
}
