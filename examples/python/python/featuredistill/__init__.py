# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Feature distillation: a defense against adversarial perturbations of images and video.

:func:`distill` and :class:`Distiller` take uint8 arrays through the GStreamer element
``featuredistill``, byte for byte and with its digests; :func:`setup` makes the element itself known to GStreamer.
``featuredistill.art`` and ``featuredistill.torch`` hold the filter for the Adversarial Robustness Toolbox
and for PyTorch.
"""

from ._native import Report
from .arrays import Distilled, Distiller, distill
from .plugin import plugin_path, setup

__all__ = ["Distilled", "Distiller", "Report", "distill", "plugin_path", "setup"]
