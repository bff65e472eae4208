# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The plugin inside the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import featuredistill


def test_the_module_prints_the_plugins_folder():
    printed = subprocess.run(
        [sys.executable, "-m", "featuredistill"], check=True, capture_output=True, text=True
    ).stdout
    assert printed == f"{featuredistill.plugin_path().parent}\n"


def test_setup_without_gstreamers_bindings_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gi", None)
    with pytest.raises(ImportError, match="Install python3-gi"):
        featuredistill.setup()


def test_a_package_without_the_plugin_says_so(monkeypatch):
    monkeypatch.setattr("featuredistill.plugin.__file__", "/nonexistent/plugin.py")
    with pytest.raises(FileNotFoundError, match="/nonexistent/plugins/libgstfeaturedistill.so: missing"):
        featuredistill.plugin_path()


LOAD = "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None); "
MAKE = "element = Gst.ElementFactory.make('featuredistill', None); "
SETUP = "import featuredistill; featuredistill.setup(); "
PRINT = "print(element.get_factory().get_plugin().get_filename())"


@pytest.fixture
def with_a_copy(tmp_path):
    """Return a function that runs a program whose GStreamer has a copy of the plugin, and that copy's path."""
    pytest.importorskip("gi", reason="GStreamer's Python bindings are missing (python3-gi)")
    plugin = Path(shutil.copy(featuredistill.plugin_path(), tmp_path))
    environment = {**os.environ, "GST_PLUGIN_PATH": str(tmp_path), "GST_REGISTRY": str(tmp_path / "registry")}

    def run(program):
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return done.stdout.strip(), done.stderr

    assert run(LOAD + MAKE + PRINT)[0] == str(plugin)
    return run, plugin


def test_setup_goes_before_a_plugin_that_the_registry_knows(with_a_copy):
    run, plugin = with_a_copy
    own = str(featuredistill.plugin_path())
    assert run(SETUP + LOAD + MAKE + PRINT)[0] == own
    # The registry is out of date.
    plugin.write_bytes(b"no library")
    assert run(SETUP + LOAD + MAKE + PRINT)[0] == own
    plugin.unlink()
    assert run(SETUP + LOAD + MAKE + PRINT)[0] == own


def test_setup_warns_of_another_plugin_in_use(with_a_copy):
    run, plugin = with_a_copy
    printed, warned = run(LOAD + MAKE + SETUP + PRINT)
    assert printed == str(plugin)
    assert f"RuntimeWarning: GStreamer has loaded {plugin} before, and keeps it. Call setup() earlier" in warned
    assert "RuntimeWarning" not in run(SETUP + SETUP + LOAD + MAKE + PRINT)[1]


@pytest.mark.parametrize(("name", "library"), [("art", "Adversarial Robustness Toolbox"), ("torch", "PyTorch")])
def test_a_missing_library_is_named(monkeypatch, name, library):
    for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.") or m == f"featuredistill.{name}"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"needs (the )?{library}.*pip install"):
        __import__(f"featuredistill.{name}")
