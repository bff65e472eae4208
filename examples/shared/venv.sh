#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Makes .venv/NAME with what a requirements file names, and prints its python: venv.sh EXAMPLE/requirements.txt
# NAME is the example's folder. It is made from the system's Python, whose gi (python3-gi) it sees.
set -euo pipefail
requirements=$(realpath "${1:?usage: $0 REQUIREMENTS-FILE}")
cd "$(dirname "$0")/../.."
venv=.venv/$(basename "$(dirname "$requirements")")
installed=$venv/requirements.txt

if ! cmp --silent "$requirements" "$installed"; then
    /usr/bin/python3 -m venv --system-site-packages "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2 || {
        echo "pip could not install what $requirements names: see above. The network is needed once." >&2
        exit 1
    }
    cp "$requirements" "$installed"
fi
echo "$PWD/$venv/bin/python"
