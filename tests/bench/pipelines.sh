#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# CPU time per frame of featuredistill beside `jpegenc ! jpegdec` and two stock in-place filters.
#
#   tests/bench/pipelines.sh             (ROUNDS=5 FRAMES=300 QUALITY=85 by default)
#
# - All pipelines read the same raw 1080p I420 frames from a RAM disk. `film` is 16 frames spread
#   over a clip, scaled up (so smoother than a 1080p original, which favours the JPEG codec); `noise`
#   is 16 frames of random luma.
# - What counts is user + system time of the whole process per frame, less that of the pipeline with
#   nothing between source and sink ("bare", taken off every row alike).
# - multifilesrc reads every frame into memory that nobody else holds, so the in-place filters write
#   into it without a copy. filesrc ! rawvideoparse would hand out shared parts of one block, and
#   the copy that writing to those costs would be booked on the filter.
# - Rounds are interleaved, so that a machine that gets slower gets slower for all; medians count.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${ROUNDS:-5}
frames=${FRAMES:-300}
quality=${QUALITY:-85} # what jpegenc defaults to
caps=video/x-raw,format=I420,width=1920,height=1080,framerate=30/1

examples/footage.sh
echo "building (release)"
cargo build --release --quiet --lib
release=${CARGO_TARGET_DIR:-target}/release
export GST_PLUGIN_PATH=$release${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}

ram=/dev/shm
[ -w "$ram" ] || ram=${TMPDIR:-/tmp}
tmp=$(mktemp -d "$ram/featuredistill-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

gst-launch-1.0 -q filesrc location=.footage/bigbuckbunny.mp4 ! decodebin ! videorate \
    ! video/x-raw,framerate=3/1 ! videoconvertscale method=lanczos ! "${caps/30\/1/3\/1}" \
    ! identity eos-after=17 ! multifilesink "location=$tmp/film%02d.raw"
gst-launch-1.0 -q videotestsrc pattern=snow num-buffers=16 ! "$caps" \
    ! multifilesink "location=$tmp/noise%02d.raw"

# The elements to compare, by the name of their row.
declare -A elements=(
    [jpeg]="jpegenc idct-method=islow quality=$quality ! jpegdec idct-method=islow !"
    [gamma]="gamma gamma=1.2 !"
    [videobalance]="videobalance saturation=0.9 !"
    [bare]=""
)
rows=()
has() { grep -qw -- "$1" /proc/cpuinfo; }
if has avx512bw && has avx512_vnni; then rows+=(avx512); fi
if has avx2; then rows+=(avx2); fi
[ ${#rows[@]} -gt 0 ] || rows=(scalar)
backends=("${rows[@]}")
for backend in "${backends[@]}"; do
    elements[$backend]="featuredistill n-threads=1 backend=$backend !"
done
rows+=(jpeg gamma videobalance)

# Prints the CPU milliseconds that one pipeline takes.
cpu_time() { # content, row
    local TIMEFORMAT='%U %S' seconds middle
    read -ra middle <<<"${elements[$2]}"
    seconds=$({ time gst-launch-1.0 -q multifilesrc "location=$tmp/$1%02d.raw" "caps=$caps" loop=true \
        "num-buffers=$frames" ! "${middle[@]}" fakesink >"$tmp/log" 2>&1; } 2>&1) ||
        { cat "$tmp/log" >&2; return 1; }
    awk '{ print 1000 * ($1 + $2) }' <<<"$seconds"
}
median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

for round in $(seq "$rounds"); do
    [ ! -t 2 ] || printf '\rround %d of %d ' "$round" "$rounds" >&2
    for content in film noise; do
        for row in bare "${rows[@]}"; do
            cpu_time "$content" "$row" >>"$tmp/$content.$row"
        done
    done
done
[ ! -t 2 ] || printf '\r\033[K' >&2

# CPU milliseconds per frame, without the bare pipeline.
net() { # content, row
    awk -v all="$(median "$tmp/$1.$2")" -v bare="$(median "$tmp/$1.bare")" -v n="$frames" \
        'BEGIN { print (all - bare) / n }'
}
bare() { awk -v all="$(median "$tmp/$1.bare")" -v n="$frames" 'BEGIN { printf "%.2f", all / n }'; }

echo
echo "1080p I420, one thread, CPU ms per frame; median of $rounds runs of $frames frames, without the"
echo "bare pipeline's $(bare film) (film) and $(bare noise) (noise)"
printf '%-40s %8s %8s\n' '' film noise
for row in "${rows[@]}"; do
    name=${elements[$row]% !}
    name=${name//idct-method=islow/islow}
    name=${name/n-threads=1 /}
    printf '%-40s %8.2f %8.2f\n' "$name" "$(net film "$row")" "$(net noise "$row")"
done
echo
echo "times less CPU than jpegenc ! jpegdec (aim: 5 with AVX2, 8 with AVX-512)"
for backend in "${backends[@]}"; do
    for content in film noise; do
        awk -v a="$(net $content jpeg)" -v b="$(net $content "$backend")" 'BEGIN { print a / b }'
    done | xargs printf '%-40s %8.1f %8.1f\n' "backend=$backend"
done
