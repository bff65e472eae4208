#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Fails if a dependency of the plugin has more features in tests, examples and benchmarks than in the plugin: cargo
# would build it, and all that stands on it, once for each.
set -euo pipefail
cd "$(dirname "$0")/.."

features() { cargo tree --locked --prefix none --no-dedupe --edges "$1" --format '{p} {f}' | sort -u; }
different=$(comm -23 <(features normal) <(features normal,dev))
if [ -n "$different" ]; then
    echo "These have other features with the dev-dependencies:" >&2
    echo "$different" >&2
    echo "Name the missing features in [dependencies] of Cargo.toml." >&2
    exit 1
fi
