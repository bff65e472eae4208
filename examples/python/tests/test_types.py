# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The types that a type checker sees."""

import re
import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="mypy is missing")

PROGRAM = """
from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import featuredistill
from featuredistill import Distiller, Report, distill

frames: NDArray[np.uint8] = np.zeros((2, 8, 8, 3), np.uint8)
result, report = distill(frames, "certified", epsilon=2, settle=True, out=frames)
assert_type(result, NDArray[np.uint8])
assert_type(report, Report)
assert_type(report.certified_epsilon, float | None)
assert_type(report.digests, list[str])
distiller = Distiller(table=np.ones((8, 8), np.int64), quality=np.int64(75), digest="blake3", key=bytes(32))
assert_type(distiller(frames).report.max_change, int)
assert_type(distiller.tables, NDArray[np.uint8] | None)
assert_type(Distiller(table=[[1] * 8] * 8).backend, str)
assert_type(featuredistill.setup(), str)
assert_type(featuredistill.plugin_path(), Path)
"""

WRONG = """
import numpy as np
from featuredistill import Distiller, distill
floats = np.zeros((8, 8), np.float32)
distill([[1]])
distill(floats)
Distiller("best")
Distiller(quality="high")
"""


def mypy(tmp_path, program):
    """Return what mypy says of ``program``, and its exit code."""
    file = tmp_path / "program.py"
    file.write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11", "--cache-dir", tmp_path, file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    return done.stdout + done.stderr, done.returncode


def test_a_typed_program_passes_mypy_strict(tmp_path):
    said, code = mypy(tmp_path, PROGRAM)
    assert code == 0, said


def test_wrong_types_are_found(tmp_path):
    said, code = mypy(tmp_path, WRONG)
    assert code == 1 and re.findall(r"program.py:(\d): error", said) == ["5", "6", "7", "8"], said


def test_the_stubs_are_those_of_the_compiled_part(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "featuredistill._native"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
