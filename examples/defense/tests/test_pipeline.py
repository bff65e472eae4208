# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Pictures go through GStreamer's elements unharmed, and come back as gst-launch gives them."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from defense import defences, pipeline
from defense.lattice import Lattice

pytestmark = pytest.mark.usefixtures("plugin")


def test_bypass_changes_nothing(pictures: np.ndarray) -> None:
    run = pipeline.run("featuredistill bypass=true", pictures)
    assert np.array_equal(run.samples, pictures)
    assert run.milliseconds > 0


def test_the_bytes_are_those_of_gst_launch(pictures: np.ndarray, tmp_path: Path) -> None:
    source, result = tmp_path / "in.rgb", tmp_path / "out.rgb"
    source.write_bytes(pictures.tobytes())
    _, height, width, _ = pictures.shape
    subprocess.run(
        ["gst-launch-1.0", "--quiet", "filesrc", f"location={source}", "!", "rawvideoparse", "format=rgb"]
        + [f"width={width}", f"height={height}", "!", "featuredistill", "qos=false", "!"]
        + ["filesink", f"location={result}"],
        check=True,
        env={**os.environ, "GST_PLUGIN_PATH": str(Path(os.environ["PLUGIN"]).parent)},
    )
    expected = np.frombuffer(result.read_bytes(), np.uint8).reshape(pictures.shape)
    assert not np.array_equal(expected, pictures)
    assert np.array_equal(defences.one_pass("default", "").filter(pictures), expected)


def test_settled_pictures_survive_the_certified_budget(pictures: np.ndarray) -> None:
    defence = defences.two_passes("certified", "preset=certified epsilon=1")
    settled = defence.settle(pictures)
    noise = np.random.default_rng(2).integers(-1, 2, settled.shape)
    attacked = (settled + noise).clip(0, 255).astype(np.uint8)
    assert not np.array_equal(attacked, settled)
    assert np.array_equal(defence.filter(attacked), settled)


def test_the_attackers_lattice_is_the_elements(pictures: np.ndarray) -> None:
    properties = "preset=released"
    lattice = defences.lattice_of(properties)
    # Blocks that would be clipped settle off their lattice points.
    settled = defences.two_passes("released", properties).settle(pictures // 2 + 64)
    levels = lattice.blocks(settled) / lattice.tables
    # Samples are whole numbers, so a coefficient is a little off: at most sqrt(64)/2 levels.
    off = np.abs(levels - np.rint(levels)) * lattice.tables
    assert off.mean() < 0.5 and off.max() < 4.5
    wrong = Lattice(lattice.tables + 7)
    assert (
        np.abs(wrong.blocks(settled) / wrong.tables - np.rint(wrong.blocks(settled) / wrong.tables)).max()
        > 0.4
    )


@pytest.mark.parametrize("mode", ["native", "ycbcr"])
def test_the_attacker_foresees_what_the_element_rounds_to(pictures: np.ndarray, mode: str) -> None:
    defence = defences.two_passes("certified", f"preset=certified epsilon=1 color-mode={mode}")
    lattice = defences.lattice_of(defence.properties)
    # Away from black and white, where restored samples are clipped.
    settled = defence.settle(pictures // 2 + 64)
    noise = np.random.default_rng(8).integers(-12, 13, settled.shape)
    attacked = (settled + noise).astype(np.uint8)
    foreseen = lattice.points(attacked)
    assert (foreseen != lattice.points(settled)).mean() > 0.01
    assert (foreseen == lattice.points(defence.filter(attacked))).mean() > 0.995


def test_chroma_has_its_own_table(tmp_path: Path) -> None:
    file = tmp_path / "tables.txt"
    steps = np.arange(1, 129).reshape(2, 64)
    np.savetxt(file, steps, fmt="%d")
    lattice = defences.lattice_of(f"table-file={file} color-mode=ycbcr")
    assert lattice.ycbcr and np.array_equal(lattice.tables, steps[[0, 1, 1]])
    assert np.array_equal(defences.lattice_of(f"table-file={file}").tables, steps[[0, 0, 0]])


def test_annex_k_on_i420_is_jpeg(pictures: np.ndarray) -> None:
    pictures = np.tile(pictures, (1, 2, 2, 1))
    element = defences.one_pass("annex-k", "preset=annex-k quality=75", subsampled=True)
    assert np.array_equal(element.filter(pictures), defences.jpeg(75).filter(pictures))


def test_errors_name_the_pipeline(pictures: np.ndarray) -> None:
    with pytest.raises(pipeline.PipelineError, match="table-file=/nowhere"):
        pipeline.run("featuredistill table-file=/nowhere", pictures)
    with pytest.raises(pipeline.PipelineError, match="nosuchelement"):
        pipeline.run("nosuchelement", pictures)
