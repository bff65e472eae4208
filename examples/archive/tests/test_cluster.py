# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Workers that aren't fit are found out before any clip is."""

from pathlib import Path

import pytest

from .. import cluster
from ..cluster import ClusterError
from ..run import Job


def test_versions_are_part_of_what_is_known(job: Job) -> None:
    assert job.version.startswith("GStreamer 1.")
    assert " featuredistill 0." in job.version


def test_what_workers_lack_is_told(job: Job, tmp_path: Path) -> None:
    cluster.check(job.client, ["featuredistill"], [tmp_path])
    with pytest.raises(ClusterError, match=r"lacks the element nosuchelement, the element norsuch$"):
        cluster.check(job.client, ["featuredistill", "nosuchelement", "norsuch"], [tmp_path])
    with pytest.raises(ClusterError, match=r"doesn't see .*/elsewhere$"):
        cluster.check(job.client, [], [tmp_path, tmp_path / "elsewhere"])


def test_a_bad_address_is_told() -> None:
    with pytest.raises(ClusterError, match="tcp://HOST:PORT"), cluster.connect("nonsense", 1):
        pass
