#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Runs every fuzz target for SECONDS, under the address sanitizer. What is found is left in
# tests/fuzz/artifacts, and the inputs worth keeping in the target folder for the next run.
#
#     tests/fuzz/run.sh [SECONDS=60]

set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/fuzz"
mkdir -p "$CARGO_TARGET_DIR"/corpus/{tables,backends,buffers}
# The plugin's own versions of whatever the targets share with it.
cp Cargo.lock tests/fuzz/

# GLib leaves its old table of names behind when it grows.
export LSAN_OPTIONS="suppressions=$PWD/tests/sanitize/lsan.supp:print_suppressions=0"

cargo install --quiet --locked --root "$CARGO_TARGET_DIR/tools" cargo-fuzz@0.13.2

# $1: target; $2: folder of seeds, or nothing; then options of libFuzzer
fuzz() {
    local target=$1 seeds=$2
    shift 2
    # Stable Rust ships the sanitizer, and asks for this to use it.
    RUSTC_BOOTSTRAP=1 "$CARGO_TARGET_DIR/tools/bin/cargo-fuzz" fuzz run --fuzz-dir tests/fuzz \
        "$target" "$CARGO_TARGET_DIR/corpus/$target" $seeds -- \
        -max_total_time="$seconds" -timeout=10 -print_final_stats=1 "$@"
}

fuzz tables tests/data/tables -dict=tests/fuzz/tables.dict
# Short frames say little.
fuzz backends "" -len_control=0
fuzz buffers "" -len_control=0
