# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The filter as a PyTorch module."""

try:
    import torch
except ImportError as error:
    raise ImportError(f"featuredistill.torch needs PyTorch ({error}): pip install featuredistill[torch]") from error

from .arrays import Distiller


class _StraightThrough(torch.autograd.Function):
    """The value of the second tensor with the gradient of the first."""

    @staticmethod
    def forward(ctx, images, distilled):
        return distilled

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


class FeatureDistillation(torch.nn.Module):
    """Feature distillation of RGB images, for training augmentation or as a first layer.

    Args:
        preset: the table; see :class:`featuredistill.Distiller`.
        p: share of the images that are distilled, 0 to 1; each image of a batch is drawn on its own, from torch's
            generator. All are in ``eval()`` mode.
        settings: the other settings of :class:`featuredistill.Distiller`.

    Takes tensors of shape (3, H, W) or (N, 3, H, W): uint8 samples 0..255, or floating point 0..1, which is rounded
    to 256 levels. Gradients pass it as if it were the identity. The work is done on the CPU; the result is on the
    device and in the type of the input.

    Raises:
        ValueError: a setting is out of its range, or a tensor has another type or shape.
    """

    def __init__(self, preset="one-pass", *, p=1.0, **settings):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p: found {p}, expected 0 to 1")
        self.p = p
        self.distiller = Distiller(preset, **settings)

    def forward(self, images):
        """Distill ``images``, or the share ``p`` of them in training mode."""
        if images.dim() not in (3, 4) or images.shape[-3] != 3 or 0 in images.shape:
            raise ValueError(f"images: found shape {tuple(images.shape)}, expected (3, H, W) or (N, 3, H, W)")
        if images.dtype != torch.uint8 and not images.is_floating_point():
            raise ValueError(f"images: found {images.dtype}, expected torch.uint8 or a floating-point type")
        if not self.training or self.p == 1:
            return self._distilled(images)
        if images.dim() == 3:
            return self._distilled(images) if torch.rand(()).item() < self.p else images
        chosen = torch.nonzero(torch.rand(len(images)) < self.p).flatten().to(images.device)
        if not len(chosen):
            return images
        return images.index_copy(0, chosen, self._distilled(images[chosen]))

    def _distilled(self, images):
        with torch.no_grad():
            levels = images if images.dtype == torch.uint8 else (images * 255).round_().clamp_(0, 255).to(torch.uint8)
            array = levels.movedim(-3, -1).cpu().numpy()
            distilled = torch.from_numpy(self.distiller.distill(array).frames).movedim(-1, -3).to(images.device)
            if images.dtype == torch.uint8:
                return distilled
            distilled = distilled.to(images.dtype) / 255
        return _StraightThrough.apply(images, distilled)

    def extra_repr(self):
        return f"p={self.p}"
