# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The filter as a preprocessor defense of the Adversarial Robustness Toolbox."""

try:
    from art.config import ART_NUMPY_DTYPE
    from art.defences.preprocessor.preprocessor import Preprocessor
except ImportError as error:
    raise ImportError(
        f"featuredistill.art needs the Adversarial Robustness Toolbox ({error}): pip install featuredistill[art]"
    ) from error

import numpy as np

from .arrays import Distiller


class FeatureDistillation(Preprocessor):
    """Feature distillation (Liu et al., CVPR 2019) in front of an ART estimator.

    Args:
        clip_values: (0, 1) or (0, 255): the range of the samples.
        preset: the table; see :class:`featuredistill.Distiller`.
        channels_first: True for NCHW, False for NHWC.
        apply_fit: True to apply it in training.
        apply_predict: True to apply it in prediction.
        settings: the other settings of :class:`featuredistill.Distiller`.

    Gradients pass it as if it were the identity (backward pass differentiable approximation, Athalye et al.,
    ICML 2018): attacks see through it, as they should in an evaluation.

    Raises:
        ValueError: a setting is out of its range.
    """

    params = ["clip_values", "channels_first"]

    def __init__(
        self,
        clip_values=(0.0, 1.0),
        preset="one-pass",
        *,
        channels_first=False,
        apply_fit=False,
        apply_predict=True,
        **settings,
    ):
        super().__init__(is_fitted=True, apply_fit=apply_fit, apply_predict=apply_predict)
        self.clip_values = clip_values
        self.channels_first = channels_first
        self.distiller = Distiller(preset, **settings)
        self._check_params()

    def __call__(self, x, y=None):
        """Distill images.

        Args:
            x: images of shape NHWC or NCHW with 3 channels or 1, samples in ``clip_values``; rounded to 256 levels.
            y: labels, returned as they are.

        Returns:
            ``(x, y)``: the images in the type of ``x`` if that is a floating-point one, else in ART's.

        Raises:
            ValueError: ``x`` has another shape or range.
        """
        x = np.asarray(x)
        axis = 1 if self.channels_first else -1
        if x.ndim != 4 or x.shape[axis] not in (1, 3):
            expected = "(N, 3 or 1, H, W)" if self.channels_first else "(N, H, W, 3 or 1)"
            raise ValueError(f"x: found shape {x.shape}, expected {expected}")
        low, high = self.clip_values
        if x.size and not (x.min() >= low and x.max() <= high):
            raise ValueError(f"x: found values from {x.min()} to {x.max()}, expected {low} to {high}")
        levels = np.rint(np.moveaxis(x, axis, -1) * (255.0 / high)).astype(np.uint8)
        if levels.size and levels.shape[-1] == 3:
            self.distiller.distill(levels, out=levels)
        elif levels.size:
            for image in levels[..., 0]:
                self.distiller.distill(image, out=image)
        dtype = x.dtype if x.dtype.kind == "f" else ART_NUMPY_DTYPE
        distilled = (levels * (high / 255.0)).astype(dtype)
        return np.moveaxis(distilled, -1, axis), y

    def estimate_gradient(self, x, grad):
        """Return ``grad``: the gradient of the identity."""
        return grad

    def _check_params(self):
        if tuple(self.clip_values) not in ((0, 1), (0, 255)):
            raise ValueError(f"clip_values: found {self.clip_values}, expected (0, 1) or (0, 255)")
