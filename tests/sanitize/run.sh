#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#

# Runs all tests under the address sanitizer, some under Valgrind's memcheck, and the storm of random use under
# Valgrind's DRD. The first sees our own code, Valgrind that of GStreamer and GLib too.
#
#     tests/sanitize/run.sh [STORM_SECONDS=60] [asan|memcheck|drd|tsan ...]
#
# DRD doesn't know the futexes of Rust's and GLib's locks, so that it only counts where it reports locks used wrongly
# (drd.supp has what it found). Races in the codec are for ThreadSanitizer, which runs only if it is asked for: it
# needs a standard library that is built with it, from `rustup component add rust-src`. Miri needs the nightly
# toolchain and no foreign code.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/sanitize
export STORM_SECONDS=${1:-60}
shift || true
host=$(rustc -vV | sed -n 's/^host: //p')
runner=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$host")_RUNNER
# Tests that bring bytes from outside to the elements; Valgrind would take an hour for the others.
quick=(--test storm --test failclosed --test allocation --test metas)
# Tests in which a program that isn't built with the sanitizer loads the plugin.
foreign=(--skip an_interrupted_gst_launch --skip another_users_file_in_a_sticky_folder
    --skip every_command_is_listed_and_runs --skip verdicts_are_read_from_python)

asan() {
    # Stable Rust ships the sanitizer, and asks for this to use it.
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/asan" \
        ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
        LSAN_OPTIONS="suppressions=$here/lsan.supp:print_suppressions=0" \
        cargo test --target "$host" --no-fail-fast --lib --tests -- "${foreign[@]}"
}

# $1: backend. Valgrind knows no AVX-512: the elements take AVX2 there at most.
memcheck() {
    env G_SLICE=always-malloc FEATUREDISTILL_BACKEND="$1" \
        "$runner=valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite
            --errors-for-leak-kinds=definite --suppressions=$here/valgrind.supp --num-callers=30" \
        cargo test --no-fail-fast "${quick[@]}" -- --nocapture
}

drd() {
    env G_SLICE=always-malloc STORM_SECONDS=20 \
        "$runner=valgrind --tool=drd --quiet --error-exitcode=99 --suppressions=$here/drd.supp" \
        cargo test --test storm -- --nocapture
}

# TSAN_FLAGS: other flags of rustc. Debian's own, with rust-src, clang and libclang-rt-dev, takes
# "-Zexternal-clangrt -Clinker=clang -Clink-arg=-fsanitize=thread".
tsan() {
    # The plugin's own versions.
    cp Cargo.lock "$here/threads/"
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread ${TSAN_FLAGS:-}" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tsan" \
        cargo run -Zbuild-std --target "$host" --manifest-path "$here/threads/Cargo.toml"
}

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(asan memcheck drd)
for part in "${parts[@]}"; do
    echo "== $part"
    case $part in
    asan | drd | tsan) "$part" ;;
    memcheck) memcheck scalar && memcheck avx2 ;;
    *) echo "no such part: $part" >&2 && exit 1 ;;
    esac
done
