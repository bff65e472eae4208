# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The programs on the package's page run as they stand."""

import re
from importlib.metadata import metadata

import pytest

# Libraries that a program needs, by what it says.
NEEDS = {"featuredistill.setup()": "gi", "featuredistill.art": "art", "featuredistill.torch": "torch"}
PROGRAMS = re.findall(r"```text\n(.*?)```", metadata("featuredistill")["Description"], re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.splitlines()[0])
def test_the_page_s_programs_run(program):
    for said, library in NEEDS.items():
        if said in program:
            pytest.importorskip(library)
    exec(program, {})


def test_the_page_has_a_program_for_each_part():
    assert len(PROGRAMS) == 4
