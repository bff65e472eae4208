# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Prints the folder of the GStreamer plugin: GST_PLUGIN_PATH=$(python3 -m featuredistill) gst-launch-1.0 ..."""

from .plugin import plugin_path

print(plugin_path().parent)
