# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What the featuredistill element does to a network's accuracy, clean and attacked."""

from contextlib import suppress

# Both have to be loaded before gi: matplotlib's font module (3.11) crashes while it is loaded after it, and
# OpenVINO (2026.4) aborts where it throws exceptions of its own. The demo does without matplotlib.
import openvino  # noqa: F401

with suppress(ImportError):
    import matplotlib.ft2font  # noqa: F401
