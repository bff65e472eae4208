#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
#
# Makes the Python wheel, with the plugin that was built inside: wheel.sh PLUGIN FOLDER
# Build on the oldest system that it is for: the wheel's tag follows from the libraries here.
set -euo pipefail
plugin=$(realpath "$1") folder=$(realpath "$2")
cd "$(dirname "$0")/../.."
python=$(examples/shared/venv.sh examples/python/requirements.txt)
bin=$(dirname "$python")

mkdir -p examples/python/python/featuredistill/plugins
strip --strip-unneeded -o examples/python/python/featuredistill/plugins/libgstfeaturedistill.so "$plugin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A target folder of its own: this build of the library, without elements, has the plugin's file name.
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wheel" \
    "$bin/maturin" build --quiet --release --locked --auditwheel skip --interpreter "$python" \
    --manifest-path examples/python/Cargo.toml --out "$work"
# GStreamer and GLib are the system's.
PATH="$bin:$PATH" "$bin/auditwheel" repair --exclude 'libgst*' --exclude 'libglib*' --exclude 'libgobject*' \
    --exclude 'libgmodule*' --exclude 'libgio*' --wheel-dir "$folder" "$work"/*.whl >/dev/null
echo "$folder"/featuredistill-*.whl
