# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The studies run from pictures to the page, on a network that is quick."""

import re
from pathlib import Path

import numpy as np
import pytest
from defense import evidence
from defense.cache import Cache
from defense.pipeline import PipelineError
from defense.study import __main__ as study
from defense.study import settings
from defense.study.bench import Bench
from defense.study.job import Job
from PIL import Image


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brightness) -> Bench:
    """Six pictures, and two settings of each kind."""
    for name in ("PRESETS", "DEPTHS", "TWICE_DCT"):
        monkeypatch.setattr(settings, name, getattr(settings, name)[:2])
    for name in ("TWICE_SAMPLES", "TWICE_I420"):
        monkeypatch.setattr(settings, name, getattr(settings, name)[:1])
    monkeypatch.setattr(settings, "candidates", lambda: [settings.ANNEX_K])
    monkeypatch.setattr(
        settings, "AT_CAMERA_SIZE", [settings.NONE, settings.ONE_PASS, settings.AT_CAMERA_SIZE[8]]
    )
    for name in ("KNOWN", "KNOWN_AT_CAMERA_SIZE", "WATCHED"):
        monkeypatch.setattr(settings, name, [settings.ONE_PASS])
    generator = np.random.default_rng(2)
    images = tmp_path / "images"
    images.mkdir()
    for number in range(6):
        ids = ("n01440764", "n01443537")
        middle = (124, 132)[number % 2] + generator.integers(-2, 3)
        samples = np.rint(middle + 12 * generator.normal(size=(336, 344, 3))).clip(0, 255)
        Image.fromarray(samples.astype(np.uint8)).save(images / f"{ids[number % 2]}_{number}.png")
    return Bench(brightness, images, Cache(tmp_path / "cache"), tmp_path / "results")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("name", list(study.STUDIES))
def test_a_study_measures_its_rows_once_and_the_page_has_them(
    bench: Bench, name: str, tmp_path: Path
) -> None:
    measured = 0
    for job in study.STUDIES[name](bench):
        try:
            job.store.get(job.key, job.measure)
            measured += 1
        except PipelineError as error:
            assert "certified-samples" in str(error)
    again = Bench(bench.network, bench.folder, bench.cache, tmp_path / "results")
    jobs = list(study.STUDIES[name](again))
    assert measured and sum(job.key in job.store for job in jobs) == measured
    page = evidence.text(tmp_path / "results")
    assert re.search(r"^\| `", page, re.MULTILINE)


def test_rows_of_one_kind_can_be_measured_alone() -> None:
    job = Job(None, {"setting": "none", "part": "choose", "n": 4}, dict)
    assert study.wanted(job, []) and study.wanted(job, ["part=choose", "n=4"])
    assert not study.wanted(job, ["part=report"]) and not study.wanted(job, ["epsilon=4"])


@pytest.mark.usefixtures("plugin")
def test_what_is_proved_comes_back_under_every_attack(bench: Bench) -> None:
    setting = settings.Setting("preset=certified epsilon=2", passes=2)
    rows = [
        job.store.get(job.key, job.measure)
        for job in study.twice(bench, [setting])
        if job.key.get("epsilon") == 2
    ]
    assert len(rows) == 2 and all(row["restored"] and all(row["restored"]) for row in rows)
