// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0
//! The network, run by tract.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use image::RgbImage;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

/// Normalization of the samples: (sample - OFFSET) / SCALE.
const OFFSET: f32 = 127.0;
const SCALE: f32 = 128.0;

/// Classification of a frame.
#[derive(Clone, Copy, PartialEq)]
pub struct Verdict {
    pub class: usize,
    /// Softmax of the class, 0..1.
    pub confidence: f32,
}

/// A network that classifies one RGB picture at a time.
pub struct Model {
    plan: Arc<TypedRunnableModel>,
    width: u32,
    height: u32,
}

impl Model {
    pub fn load(path: &Path) -> Result<Self> {
        let what = || format!("can't use {} as a network", path.display());
        let model = tract_onnx::onnx().model_for_path(path).with_context(what)?;
        let (width, height) = picture_size(&model).with_context(what)?;
        let shape = [1, 3, height as usize, width as usize];
        let plan = model
            .with_input_fact(0, f32::fact(shape).into())?
            .into_optimized()
            .and_then(IntoRunnable::into_runnable)
            .with_context(what)?;
        Ok(Self {
            plan,
            width,
            height,
        })
    }

    /// Width and height of the pictures that the network takes.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub fn classify(&self, picture: &RgbImage) -> Result<Verdict> {
        ensure!(
            picture.dimensions() == self.size(),
            "not the network's size"
        );
        let (width, height) = (self.width as usize, self.height as usize);
        let samples = picture.as_raw();
        let input = tract_ndarray::Array4::from_shape_fn((1, 3, height, width), |(_, c, y, x)| {
            (f32::from(samples[(y * width + x) * 3 + c]) - OFFSET) / SCALE
        });
        let outputs = self.plan.run(tvec!(Tensor::from(input).into()))?;
        let logits = outputs.first().context("the network has no output")?;
        verdict(logits.to_plain_array_view::<f32>()?.iter().copied())
    }
}

/// Width and height of the graph's input.
fn picture_size(model: &InferenceModel) -> Result<(u32, u32)> {
    let inputs = model.input_outlets()?.len();
    ensure!(inputs == 1, "the network has {inputs} inputs, not one");
    let shape = &model.input_fact(0)?.shape;
    let dims: Vec<_> = shape.dims().map(|dim| dim.concretize()).collect();
    let side = |axis: usize| {
        let dim = dims.get(axis).cloned().flatten()?;
        u32::try_from(dim.to_i64().ok()?).ok()
    };
    match (dims.len(), side(1), side(2), side(3)) {
        (4, Some(3), Some(height), Some(width)) => Ok((width, height)),
        _ => bail!("the input must be N x 3 x height x width, not {shape:?}"),
    }
}

/// The class of the greatest logit, and its softmax.
fn verdict(logits: impl Iterator<Item = f32> + Clone) -> Result<Verdict> {
    let best = logits
        .clone()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let (class, greatest) = best.context("the network's output is empty")?;
    let sum: f32 = logits.map(|logit| (logit - greatest).exp()).sum();
    Ok(Verdict {
        class,
        confidence: 1.0 / sum,
    })
}
