# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The cluster: one made for the run on this machine, or one that is there."""

import re
import shutil
import socket
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask
from distributed import Client, LocalCluster

PLUGIN_ELEMENT = "featurecalibrate"
PATIENCE = 20
"""Seconds to wait for a scheduler, and for its first worker."""
DEATHS = 10
"""A clip doesn't kill workers, its pipeline being another process. So many may die of something else."""
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Ctrl-C is for the client, which ends its workers, and they their pipelines."""


class ClusterError(Exception):
    """A cluster that isn't fit for the work."""


@dataclass(frozen=True)
class Machine:
    """What a worker has."""

    host: str
    missing: tuple[str, ...]
    versions: tuple[str, str]
    """Of GStreamer and of the plugin."""
    unseen: tuple[Path, ...]
    """What it doesn't find of the shared files."""


@contextmanager
def connect(scheduler: str | None, workers: int) -> Iterator[Client]:
    """A client of the `scheduler` with that address, or of a cluster of this machine's own."""
    if scheduler:
        with _client(scheduler) as client:
            client.wait_for_workers(1, timeout=PATIENCE)
            _send_package(client)
            yield client
        return
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.worker.preload": [DEAF],
    }
    with (
        dask.config.set(settings),
        LocalCluster(workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _client(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout=PATIENCE)
    except ValueError as error:
        raise ClusterError(f"--scheduler: {error}, expected tcp://HOST:PORT") from error


def _send_package(client: Client) -> None:
    """Gives this package to all workers, those that come later too: there it needs no installing."""
    package = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        zipped = Path(folder) / f"{package.name}.zip"
        with zipfile.ZipFile(zipped, "w") as archive:
            for module in sorted(package.glob("*.py")):
                archive.write(module, Path(package.name) / module.name)
        client.upload_file(str(zipped))


def check(client: Client, elements: Sequence[str], shared: Sequence[Path]) -> str:
    """Sees to it that all workers see the `shared` files and have `elements`, and the same ones.

    Returns the versions. Raises `ClusterError` if a worker isn't fit.
    """
    machines = set(client.run(inspect, [PLUGIN_ELEMENT, *elements], shared).values())
    complaints = []
    for machine in machines:
        if machine.missing:
            complaints.append(f"{machine.host} lacks {', '.join(machine.missing)}")
        complaints += [f"{machine.host} doesn't see {path}" for path in machine.unseen]
    versions = {machine.versions for machine in machines}
    if not complaints and len(versions) > 1:
        complaints = [f"{machine.host} has {' and '.join(machine.versions)}" for machine in machines]
    if complaints:
        raise ClusterError("not all workers are fit for this:\n  " + "\n  ".join(sorted(complaints)))
    return " ".join(versions.pop())


def inspect(elements: Sequence[str], shared: Sequence[Path]) -> Machine:
    """Runs on a worker: what there is."""
    host = socket.gethostname()
    unseen = tuple(path for path in shared if not path.exists())
    tools = ("gst-launch-1.0", "gst-inspect-1.0", "setpriv")
    if missing := tuple(tool for tool in tools if not shutil.which(tool)):
        return Machine(host, missing, ("", ""), unseen)
    # Without a version, it is GStreamer's own that is asked for.
    exists = ("--atleast-version=0.0", "--exists")
    absent = [name for name in elements if _inspect(*exists, name).returncode != 0]
    gstreamer = re.search(r"^GStreamer .+$", _inspect("--version").stdout, re.MULTILINE)
    plugin = re.search(r"^ *Version +(\S+)$", _inspect(PLUGIN_ELEMENT).stdout, re.MULTILINE)
    versions = (gstreamer[0] if gstreamer else "", f"featuredistill {plugin[1]}" if plugin else "")
    return Machine(host, tuple(f"the element {name}" for name in absent), versions, unseen)


def _inspect(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["gst-inspect-1.0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
