#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
#
# The crate as crates.io and docs.rs get it: holds nothing that doesn't belong there, builds from its own package, and
# could be published; reads XML with the oldest quick-xml that it allows; without the plot it draws none and says so;
# docs.rs can document it without GStreamer.
set -euo pipefail
export CARGO_INCREMENTAL=0
cd "$(dirname "$0")/../.."
foreign=$(cargo package --list --allow-dirty 2>/dev/null |
    grep -vE '^(src|examples|tests)/.*\.rs$|^src/guide/.*\.md$|^examples/gateway/page/|^tests/(data/.*|bench/libjpeg\.c)$|^(Cargo\.(toml|lock|toml\.orig)|build\.rs|README\.md|CHANGELOG\.md|LICENSE|\.cargo_vcs_info\.json)$') || true
[ -z "$foreign" ] || { echo "these don't belong into the crate's package:"; echo "$foreign"; exit 1; }
cargo publish --dry-run --quiet --allow-dirty
echo "could be published"

oldest=$(sed -n 's/^quick-xml = .*">=\([0-9.]*\),.*/\1/p' Cargo.toml)
target=$(realpath "${CARGO_TARGET_DIR:-target}")
(
    # Has a Cargo.lock of its own.
    cd "$target/package/gst-plugin-featuredistill-$(sed -n '0,/^version/s/^version = "\(.*\)"/\1/p' Cargo.toml)"
    cargo update --quiet --package quick-xml --precise "$oldest"
    cargo test --quiet --target-dir "$target" --test tables
)
echo "reads tables with quick-xml $oldest"

DOCS_RS=1 RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --target-dir "${CARGO_TARGET_DIR:-target}/docs-rs"
echo "can be documented without GStreamer"

dependencies() { cargo tree --locked --edges normal --prefix none --no-dedupe "$@"; }
if dependencies --no-default-features --features elements | grep -E '^(colorous|embedded-graphics|png) '; then
    echo "FAILED: these should leave with the plot"
    exit 1
fi
cargo build --quiet --lib --no-default-features --target-dir "${CARGO_TARGET_DIR:-target}/no-plot"
cargo build --quiet --lib --no-default-features --features elements --target-dir "${CARGO_TARGET_DIR:-target}/no-plot"
said=$(GST_PLUGIN_PATH=${CARGO_TARGET_DIR:-target}/no-plot/debug GST_REGISTRY=$(mktemp -u) gst-launch-1.0 \
    videotestsrc num-buffers=1 ! featurecalibrate plot-location=/tmp/plot.png ! fakesink 2>&1) || true
case $said in
*"plot-location: this build can't draw"*) echo "without the plot, plot-location is an error" ;;
*) echo "FAILED: $said"; exit 1 ;;
esac
