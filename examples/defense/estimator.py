# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""A network, and whatever stands in front of it, as the attack library wants it."""

from collections.abc import Callable

import numpy as np
from art.estimators.classification import ClassGradientsMixin
from art.estimators.classification.classifier import ClassifierMixin
from art.estimators.estimator import BaseEstimator, LossGradientsMixin

from .ascent import to_bytes
from .export import CLASSES
from .network import Network

Filter = Callable[[np.ndarray], np.ndarray]
"""Pictures in (uint8), pictures out (uint8)."""
Backward = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Pictures that went into a filter and the gradient at what came out -> the gradient taken for theirs."""


def identity(pictures: np.ndarray) -> np.ndarray:
    """No filter."""
    return pictures


def straight_through(_: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """BPDA with the identity: the filter counts as if it changed nothing."""
    return gradient


class Estimator(ClassGradientsMixin, ClassifierMixin, LossGradientsMixin, BaseEstimator):
    """`network` behind `filter`. Pictures are N x H x W x 3 in levels of 0..255.

    Gradients are taken at the filter's output and led back by `backward` (BPDA, Athalye et al. 2018).
    """

    def __init__(
        self, network: Network, filter: Filter | None = None, backward: Backward = straight_through
    ) -> None:
        super().__init__(model=network, clip_values=(0, 255), preprocessing=None)
        self.nb_classes = CLASSES
        self._filter = filter
        self._backward = backward

    @property
    def input_shape(self) -> tuple[int, int, int]:
        size = self.model.variant.size
        return (size, size, 3)

    def filtered(self, x: np.ndarray) -> np.ndarray:
        """What the network gets to see of `x`; a filter sees 8-bit samples."""
        return self._filter(to_bytes(x)) if self._filter else x

    def predict(self, x: np.ndarray, batch_size: int = 0, **_) -> np.ndarray:
        return self.model.logits(self.filtered(x))

    def loss_gradient(self, x: np.ndarray, y: np.ndarray, **_) -> np.ndarray:
        labels = y.argmax(axis=1) if y.ndim == 2 else y
        return self._backward(x, self.model.cross_entropy(self.filtered(x), labels)[1])

    def class_gradient(self, x: np.ndarray, label: int | np.ndarray | None = None, **_) -> np.ndarray:
        if label is None:
            raise NotImplementedError("the gradient of all 1000 classes at once")
        cotangent = np.zeros((len(x), CLASSES), np.float32)
        cotangent[np.arange(len(x)), label] = 1
        return self._backward(x, self.model.product(self.filtered(x), cotangent)[1])[:, None]

    def fit(self, x: np.ndarray, y: np.ndarray, **_) -> None:
        raise NotImplementedError("the network is evaluated, not trained")
