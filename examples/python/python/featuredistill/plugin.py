# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The GStreamer plugin inside the package."""

import warnings
from pathlib import Path


def plugin_path() -> Path:
    """Return the path of the GStreamer plugin that this package carries.

    Raises:
        FileNotFoundError: the package was built without it.
    """
    path = Path(__file__).with_name("plugins") / "libgstfeaturedistill.so"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; install a wheel that was made with `make wheel`")
    return path


def setup() -> str:
    """Make the plugin's elements known to GStreamer, and return the plugin's version.

    Needs GStreamer 1.22 or newer with its Python bindings (Debian: python3-gi, gir1.2-gstreamer-1.0). It
    initializes GStreamer if that has not been done, reads no environment variable and leaves nothing behind
    when the process ends. Calling it again does no harm. To be called before the first pipeline with one of the
    elements: if another copy of the plugin has been loaded, that stays, with a warning.

    Raises:
        ImportError: GStreamer's Python bindings are missing.
        RuntimeError: GStreamer can't load the plugin.
    """
    try:
        import gi

        gi.require_version("Gst", "1.0")
        from gi.repository import GLib, Gst
    except (ImportError, ValueError) as error:
        raise ImportError(
            f"setup() needs GStreamer's Python bindings ({error}). Install python3-gi and gir1.2-gstreamer-1.0, "
            "and make virtual environments with --system-site-packages."
        ) from error
    path = plugin_path()
    Gst.init_check(None)
    try:
        plugin = Gst.Plugin.load_file(str(path))
    except GLib.Error as error:
        raise RuntimeError(f"{path}: GStreamer {Gst.version_string()} can't load it: {error.message}") from error
    if plugin.get_filename() != str(path):
        warnings.warn(
            f"GStreamer has loaded {plugin.get_filename()} before, and keeps it. Call setup() earlier, or remove that "
            "file.",
            RuntimeWarning,
            stacklevel=2,
        )
    return str(plugin.get_version())
