# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The command line."""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from distributed import CancelledError, KilledWorker

from . import clips, cluster
from .clips import Clip
from .cluster import ClusterError
from .folders import Hardened, InUseError, Results, claimed
from .gstreamer import PipelineError
from .run import Job, Mapping, Outcome
from .tasks import Broken

SOME_BROKEN, UNFIT, INTERRUPTED = 1, 2, 130
HARDENING = ("featuredistill", "avenc_ffv1", "matroskamux")


class InputError(Exception):
    """Arguments that don't fit what is there."""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="archive",
        description="Makes one quantisation table for all clips in a folder, and hardens them with it, on"
        " several processes or machines. Run again, it does what is left or has changed.",
        epilog=f"Exit status: 0 all done, {SOME_BROKEN} clips were left out, {UNFIT} nothing could be done.",
    )
    add = parser.add_argument
    add("archive", type=folder, help="the folder with the clips; the folders below it count too")
    add("results", type=Path, help="the folder for table.txt, stats.json and plot.png; made if need be")
    add(
        "--harden",
        type=Path,
        metavar="DIR",
        help="write the clips, hardened, to this folder",
    )
    add("--skip-broken", action="store_true", help="clips that can't be decoded are no failure")
    add(
        "--timeout",
        type=number(float, 1, 10**7),
        default=3600,
        metavar="SECONDS",
        help="what a clip may take (%(default)s)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=number(int, 1, 1024),
        metavar="N",
        default=2,
        help="processes on this machine (%(default)s)",
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster that is there: tcp://HOST:8786"
    )
    table = parser.add_argument_group("the table", "properties of featurecalibrate, with its defaults")
    table.add_argument("--mapping", choices=("two-step", "deepn", "certified"))
    table.add_argument("--as-count", type=number(int, 0, 64), metavar="N")
    table.add_argument("--as-step", type=number(int, 1, 255), metavar="N")
    table.add_argument("--md-step", type=number(int, 1, 255), metavar="N")
    table.add_argument("--epsilon", type=number(float, 0, 15), metavar="LEVELS")
    return parser.parse_args(argv)


def folder(name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is not a folder")
    return path


def number(kind: type[int] | type[float], least: int, most: int) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
        return value

    # What argparse calls it where it is none.
    parse.__name__ = "number"
    return parse


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    # File names need not be text.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run(options)
    except (InputError, ClusterError, InUseError, PipelineError, KilledWorker, OSError) as error:
        print(f"archive: {error}", file=sys.stderr)
        return UNFIT
    except CancelledError as error:
        print(f"archive: the scheduler is gone ({error}); run this again to go on", file=sys.stderr)
        return UNFIT
    except KeyboardInterrupt:
        print("\narchive: interrupted; run this again to go on", file=sys.stderr)
        return INTERRUPTED


def run(options: argparse.Namespace) -> int:
    found = clips.find(options.archive)
    if not found:
        raise InputError(f"{options.archive}: no clips in here ({' '.join(sorted(clips.SUFFIXES))})")
    results = Results(options.results.resolve())
    hardened = Hardened(options.harden.resolve()) if options.harden else None
    roots = [results.root] + ([hardened.root] if hardened else [])
    for root in roots:
        if root.is_relative_to(options.archive):
            raise InputError(f"{root}: results can't be inside the archive")
    mapping = Mapping(options.mapping, options.as_count, options.as_step, options.md_step, options.epsilon)
    with ExitStack() as stack:
        for root in dict.fromkeys(roots):
            stack.enter_context(claimed(root))
        client = stack.enter_context(cluster.connect(options.scheduler, options.workers))
        shared = [found[0].path, *roots]
        version = cluster.check(client, HARDENING if hardened else (), shared)
        job = Job(client, version, options.timeout)
        calibrated, stats = job.calibrate(found, mapping, results)
        broken = dict(calibrated.broken)
        if stats:
            warnings = job.finish(stats, mapping, results)
            report_calibration(calibrated, results, warnings)
            if hardened:
                finished = job.harden(calibrated.done, results.table, hardened, mapping)
                report_hardening(finished, hardened)
                broken |= finished.broken
    report_broken(broken)
    if not stats:
        print("no table: there is no clip to make it from")
        return SOME_BROKEN
    return SOME_BROKEN if broken and not options.skip_broken else 0


def report_calibration(calibrated: Outcome, results: Results, warnings: list[str]) -> None:
    print(f"table of {len(calibrated.done)} clips, {calibrated.frames} frames:")
    for path in results.table, results.stats, results.plot:
        print(f"  {path}")
    for warning in warnings:
        print(f"warning: {warning}")


def report_hardening(finished: Outcome, hardened: Hardened) -> None:
    print(f"hardened {len(finished.done)} clips, {finished.frames} frames, in {hardened.root}")


def report_broken(broken: dict[Clip, Broken]) -> None:
    if not broken:
        return
    print(f"left out, {len(broken)} in all:")
    for clip, why in broken.items():
        where = f" [{why.host}]" if why.host else ""
        print(f"  {clip.name}: {why.reason}{where}")


if __name__ == "__main__":
    sys.exit(main())
