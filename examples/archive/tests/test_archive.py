# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The whole program, as it is run: what it says, broken clips, killed workers, a cluster that was there."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ..clips import Clip, find
from ..folders import Hardened, Results
from .conftest import CLIPS, assert_same, calibrated_by_one, record
from .test_hardening import assert_hardened

EXAMPLES = Path(__file__).parents[2]
PATIENCE = 120


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Starts the program."""
    command = [sys.executable, "-m", "archive", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=EXAMPLES, stdout=pipe, stderr=pipe, text=True)


def run(*arguments: str | Path, status: int = 0) -> tuple[str, str]:
    """Runs the program, which should end with `status`, and returns what it said."""
    return ended(start(*arguments), status)


def ended(program: subprocess.Popen[str], status: int = 0) -> tuple[str, str]:
    """What the program said up to its end."""
    said = program.communicate(timeout=PATIENCE)
    assert program.returncode == status, said
    return said


def worker_running(program: subprocess.Popen[str], element: str) -> psutil.Process:
    """A worker of the program that is in the middle of a pipeline with `element`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and program.poll() is None:
        for process in psutil.Process(program.pid).children(recursive=True):
            try:
                if process.name() == "gst-launch-1.0" and {element, "uridecodebin"} <= set(process.cmdline()):
                    return process.parent()
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.005)
    raise AssertionError(f"no worker runs {element}")


@pytest.fixture(scope="module")
def long_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips that take a while."""
    folder = tmp_path_factory.mktemp("long")
    for index in range(6):
        record(folder / f"{index}.mkv", "format=I420,width=640,height=360", 90, ["ball", "snow"][index % 2])
    return folder


def test_one_command_and_again(archive: Path, single: Results, tmp_path: Path) -> None:
    results, hardened = Results(tmp_path / "results"), Hardened(tmp_path / "hardened")
    arguments = (archive, results.root, "--harden", hardened.root)
    said, progress = run(*arguments)
    assert_same(results, single)
    assert_hardened(find(archive), results.table, hardened, tmp_path)
    assert f"table of {len(CLIPS)} clips" in said
    assert f"calibrating: {len(CLIPS)} of {len(CLIPS)} clips, " in progress
    assert "frames/s" in progress
    _, progress = run(*arguments)
    for what in "calibrating", "hardening":
        assert f"{what}: {len(CLIPS)} of {len(CLIPS)} clips, {len(CLIPS)} unchanged, 0 frames" in progress
    assert_same(results, single)


def test_a_broken_clip_is_named_and_the_others_are_done(
    archive: Path, single: Results, tmp_path: Path
) -> None:
    own = shutil.copytree(archive, tmp_path / "archive")
    (own / "a b" / "text.mp4").write_text("no video")
    (own / "empty.mkv").touch()
    results, hardened = Results(tmp_path / "results"), Hardened(tmp_path / "hardened")
    said, _ = run(own, results.root, "--harden", hardened.root, status=1)
    assert "left out, 2 in all:" in said
    assert "a b/text.mp4: Could not determine type of stream." in said
    assert "empty.mkv: Stream contains no data." in said
    assert_same(results, single)
    assert len(list(hardened.root.rglob("*.mkv.mkv"))) == len(CLIPS)
    said, _ = run(own, results.root, "--skip-broken")
    assert "left out, 2 in all:" in said


def test_an_archive_of_broken_clips_has_no_table(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "text.mp4").write_text("no video")
    said, _ = run(tmp_path / "archive", tmp_path / "results", "--skip-broken", status=1)
    assert "no table" in said
    assert not (tmp_path / "results" / "table.txt").exists()


def test_what_cant_be_done_is_told_at_once(archive: Path, tmp_path: Path) -> None:
    _, error = run(tmp_path, tmp_path / "results", status=2)
    assert "no clips in here" in error
    _, error = run(archive, archive / "results", status=2)
    assert "can't be inside the archive" in error
    _, error = run(archive, tmp_path / "results", "--mapping", "certified", "--epsilon", "99", status=2)
    assert "epsilon" in error


def test_killed_workers_change_no_byte(long_archive: Path, tmp_path: Path) -> None:
    clips = find(long_archive)
    single = tmp_path / "single"
    single.mkdir()
    undisturbed = Results(tmp_path / "undisturbed")
    run(long_archive, undisturbed.root)
    assert_same(undisturbed, calibrated_by_one(clips, single))

    results, hardened = Results(tmp_path / "results"), Hardened(tmp_path / "hardened")
    program = start(long_archive, results.root, "--harden", hardened.root)
    killed = []
    for element in "featurecalibrate", "featuredistill":
        worker = worker_running(program, element)
        pipelines = worker.children()
        worker.kill()
        psutil.wait_procs([worker, *pipelines], timeout=PATIENCE)
        assert not any(process.is_running() for process in [worker, *pipelines])
        killed.append(worker)
    said, progress = ended(program)
    assert killed[0] != killed[1]
    assert progress.count("Restarting worker") == len(killed)
    assert "left out" not in said
    assert_same(results, undisturbed)
    assert_hardened(clips, results.table, hardened, tmp_path)
    assert len(list(hardened.root.rglob("*.mkv.mkv"))) == len(clips)


def test_an_interrupted_run_goes_on(long_archive: Path, tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    program = start(long_archive, results.root, "--workers", "1")
    while not list(results.shards.glob("*.json")):
        assert program.poll() is None
        time.sleep(0.02)
    program.send_signal(signal.SIGINT)
    _, error = ended(program, status=130)
    assert "run this again" in error
    _, progress = run(long_archive, results.root)
    assert " unchanged, " in progress
    single = tmp_path / "single"
    single.mkdir()
    assert_same(results, calibrated_by_one(find(long_archive), single))


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A cluster of one scheduler and two workers, which know nothing of this program."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = Path(sys.executable).with_name("dask")
    local = ("--local-directory", tmp_path)
    commands = [(dask, "scheduler", "--host", address, "--no-dashboard")]
    commands += [(dask, "worker", address, "--nthreads", "1", "--no-dashboard", *local)] * 2
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    processes = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    yield address
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=PATIENCE)


def test_a_cluster_that_is_there_gives_the_same_bytes(
    archive: Path, single: Results, scheduler: str, tmp_path: Path
) -> None:
    results, hardened = Results(tmp_path / "results"), Hardened(tmp_path / "hardened")
    run(archive, results.root, "--harden", hardened.root, "--scheduler", scheduler)
    assert_same(results, single)
    clips: list[Clip] = find(archive)
    assert_hardened(clips, results.table, hardened, tmp_path)
