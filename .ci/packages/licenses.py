#!/usr/bin/env python3
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Prints the licenses of all crates that are linked in: licenses.py FOLDER-OF-CARGO.TOML...

Of several licenses to choose from it takes MIT; others are printed as they come. Crates that only run while
building (macros and what they stand on) are left out. Fails if a crate has no text of its license.
"""

import collections
import json
import subprocess
import sys
from pathlib import Path

# Crates whose packages lack the text, and one of the same authors that has it.
SAME_AUTHORS = {
    "embedded-graphics-core": "embedded-graphics",
    "featuredistill-python": "gst-plugin-featuredistill",
}


def linked(folder):
    """Return cargo's packages that are linked into the one in ``folder``, that one included, by name and version."""
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"]
    data = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    found, waiting = {}, [data["resolve"]["root"]]
    while waiting:
        name = waiting.pop()
        kinds = {kind for target in packages[name]["targets"] for kind in target["kind"]}
        if name in found or "proc-macro" in kinds:
            continue
        found[name] = packages[name]
        for dependency in nodes[name]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return {(package["name"], package["version"]): package for package in found.values()}


def texts(package):
    """Return the texts of the package's license that have to go with copies of it."""
    folder = Path(package["manifest_path"]).parent
    files = sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"))
    )
    mit = [path for path in files if "MIT" in path.name.upper()]
    if " OR " in package["license"].replace("/", " OR ") and mit:
        files = mit
    return [path.read_text().strip() for path in files]


def main():
    groups = collections.defaultdict(list)
    bare = []
    every = {}
    for folder in sys.argv[1:]:
        every |= linked(folder)
    packages = [every[key] for key in sorted(every)]
    by_name = {package["name"]: package for package in packages}
    for package in packages:
        heading = f"{package['name']} {package['version']}, {package['license']}"
        if package["repository"]:
            heading += f", {package['repository']}"
        found = texts(package) or texts(by_name.get(SAME_AUTHORS.get(package["name"]), package))
        if not found:
            bare.append(heading)
        groups[tuple(found)].append(heading)
    if bare:
        sys.exit("these have no text of their license: " + "; ".join(bare))
    print("Licenses of the crates that are linked in. Written by `make licenses`.")
    for found, headings in groups.items():
        print(f"\n{'-' * 100}", *headings, "", *found, sep="\n")


if __name__ == "__main__":
    main()
