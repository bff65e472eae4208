# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""What the client does: gives out tasks, takes results, and merges statistics as they come."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client, Future, as_completed

from . import tasks
from .clips import Clip
from .folders import Hardened, Results
from .progress import Progress
from .tasks import Broken, Done

RETRIES = 2
"""How often a task is tried again that raised, say for a network drive that was away."""
URGENT = 1
"""Merging goes before the next clip, so that few statistics lie about."""


@dataclass(frozen=True)
class Mapping:
    """How statistics become a table: properties of featurecalibrate, None being its default."""

    mapping: str | None = None
    as_count: int | None = None
    as_step: int | None = None
    md_step: int | None = None
    epsilon: float | None = None

    def properties(self) -> list[str]:
        """For the table."""
        values = vars(self).items()
        return [f"{name.replace('_', '-')}={value}" for name, value in values if value is not None]

    def hardening(self) -> list[str]:
        """What settled frames are to survive; the table itself comes from its file."""
        if self.mapping != "certified":
            return []
        return ["preset=certified", *Mapping(epsilon=self.epsilon).properties()]

    def gathering(self) -> list[str]:
        """What of it decides which statistics are gathered."""
        if self.mapping != "certified":
            # No warnings about the table of a single clip, which nobody uses.
            return ["epsilon=0"]
        return Mapping(mapping=self.mapping, epsilon=self.epsilon).properties()


@dataclass
class Outcome:
    """What became of all clips."""

    done: dict[Clip, Done] = field(default_factory=dict)
    broken: dict[Clip, Broken] = field(default_factory=dict)

    def add(self, clip: Clip, outcome: Done | Broken) -> None:
        if isinstance(outcome, Done):
            self.done[clip] = outcome
        else:
            self.broken[clip] = outcome

    @property
    def frames(self) -> int:
        return sum(done.frames for done in self.done.values())


@dataclass(frozen=True)
class Job:
    """Work on a cluster whose machines have `version` of everything."""

    client: Client
    version: str
    timeout: float
    """Seconds that a clip may take."""

    def calibrate(self, clips: list[Clip], mapping: Mapping, results: Results) -> tuple[Outcome, Path | None]:
        """Gathers the statistics of each clip and merges them, in pairs, whichever are there.

        Returns where the statistics of all clips are, if there are any.
        """
        properties = mapping.gathering()
        _empty(results.merged)
        results.shards.mkdir(exist_ok=True)
        for folder in results.root, results.shards:
            _sweep(folder)
        shards = {clip: results.shard(clip.fingerprint(self.version, *properties)) for clip in clips}
        waiting = {
            self._submit(tasks.calibrate, clip, shard, properties, self.timeout): clip
            for clip, shard in shards.items()
        }
        outcome, unpaired = Outcome(), None
        futures = as_completed(waiting)
        with Progress("calibrating", clips) as progress:
            for future in futures:
                if clip := waiting.pop(future, None):
                    result = _result(future)
                    outcome.add(clip, result)
                    progress.add(clip, result)
                    if isinstance(result, Broken):
                        continue
                    stats = shards[clip]
                else:
                    stats = future.result()
                if unpaired:
                    futures.add(self._merge([unpaired, stats], results, properties))
                    unpaired = None
                else:
                    unpaired = stats
        return outcome, unpaired

    def finish(self, stats: Path, mapping: Mapping, results: Results) -> list[str]:
        """Writes table, statistics and picture; returns the warnings."""
        files = {
            "location": results.table,
            "stats-location": results.stats,
            "plot-location": results.plot,
        }
        properties = [f"{name}={path.name}" for name, path in files.items()]
        finished = self._submit(tasks.finish, [stats], results.root, [*mapping.properties(), *properties])
        warnings = finished.result()
        shutil.rmtree(results.merged)
        return warnings

    def harden(
        self,
        calibrated: dict[Clip, Done],
        table: Path,
        hardened: Hardened,
        mapping: Mapping = Mapping(),
    ) -> Outcome:
        """Distils the `calibrated` clips with `table`, for what `mapping` certifies."""
        properties = mapping.hardening()
        _empty(hardened.parts)
        content = hashlib.sha256(table.read_bytes()).hexdigest()
        waiting = {
            self._submit(
                tasks.harden,
                clip,
                done.frames,
                table,
                hardened,
                clip.fingerprint(self.version, content, *properties),
                self.timeout,
                properties,
            ): clip
            for clip, done in calibrated.items()
        }
        outcome = Outcome()
        with Progress("hardening", list(calibrated)) as progress:
            for future in as_completed(waiting):
                clip, result = waiting.pop(future), _result(future)
                outcome.add(clip, result)
                progress.add(clip, result)
        shutil.rmtree(hardened.parts)
        return outcome

    def _merge(self, pair: list[Path], results: Results, properties: list[str]) -> Future:
        names = "".join(path.stem for path in pair)
        merged = results.merged / f"{hashlib.sha256(names.encode()).hexdigest()}.json"
        return self._submit(tasks.merge, pair, merged, properties, priority=URGENT)

    def _submit(self, function: Callable[..., object], *arguments: object, priority: int = 0) -> Future:
        # Not pure: the same arguments are another task in another run, whatever became of the first.
        return self.client.submit(function, *arguments, retries=RETRIES, priority=priority, pure=False)


def _result(future: Future) -> Done | Broken:
    """What became of a clip, even if its task raised."""
    if future.status == "error":
        error = future.exception()
        return Broken(f"{type(error).__name__}: {error}")
    return future.result()


def _empty(folder: Path) -> None:
    """Makes `folder`, without what an interrupted run has left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _sweep(folder: Path) -> None:
    """Removes the files that featurecalibrate was writing when it was killed."""
    for part in folder.glob(".featurecalibrate-*"):
        part.unlink()
