# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The plugin inside the package."""

import subprocess
import sys

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


@pytest.mark.parametrize(("name", "library"), [("art", "Adversarial Robustness Toolbox"), ("torch", "PyTorch")])
def test_a_missing_library_is_named(monkeypatch, name, library):
    for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.") or m == f"featuredistill.{name}"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"needs (the )?{library}.*pip install"):
        __import__(f"featuredistill.{name}")
