#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# The gateway on real footage (`make demo-gateway`): two cameras on loopback, one of which is killed and
# started again; ffmpeg watches one, OpenCV the other; a table says what came out.
set -euo pipefail
cd "$(dirname "$0")/../.."

examples/footage.sh
profile=${PROFILE:-release}
programs=${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}/examples
mkdir -p demo-out

echo "building ($profile)"
cargo build --profile "$profile" --quiet --features gateway --example gateway --example gateway-camera

started=()
trap 'for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done' EXIT

camera() { # port, clip
    "$programs/gateway-camera" --listen "127.0.0.1:$1" --clip "$2" \
        "appsrc name=clip ! x264enc tune=zerolatency speed-preset=veryfast bitrate=4000 key-int-max=50 ! rtph264pay name=pay0" \
        >/dev/null &
    started+=($!)
    for _ in {1..300}; do
        (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    echo "the camera at port $1 doesn't start" >&2
    exit 1
}

number() { # metric, camera
    curl -sf http://127.0.0.1:9464/metrics |
        sed -n "s/^featuredistill_gateway_$1{camera=\"$2\"} //p"
}

wait_live() { # camera
    for _ in {1..300}; do
        [ "$(number up "$1" || true)" = 1 ] && return
        sleep 0.1
    done
    echo "the camera $1 doesn't come" >&2
    exit 1
}

camera 8601 .footage/bikes.mp4
door=${started[-1]}
camera 8602 .footage/carphone_pristine.mp4
"$programs/gateway" --camera door=rtsp://127.0.0.1:8601/stream --camera yard=rtsp://127.0.0.1:8602/stream \
    --listen 127.0.0.1:8554 --metrics 127.0.0.1:9464 --timeout 3 --retry 2 &
gateway=$!
started+=("$gateway")
wait_live door
wait_live yard

# 40 seconds of the camera that stays.
ffmpeg -nostdin -v error -y -rtsp_transport tcp -i rtsp://127.0.0.1:8554/yard -t 40 -c copy demo-out/yard.mkv &
started+=($!)
recorder=$!
# 40 seconds of the one that goes, opened again whenever it ends.
/usr/bin/python3 examples/gateway/watch.py rtsp://127.0.0.1:8554/door 40 >demo-out/door.txt &
started+=($!)
watcher=$!

sleep 12
echo "killing the camera door"
# The shell's own word about it isn't wanted.
{ kill -9 "$door" && wait "$door"; } 2>/dev/null || true
sleep 8
echo "starting the camera door again"
camera 8601 .footage/bikes.mp4
wait_live door
wait "$watcher" "$recorder"

yard=$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 demo-out/yard.mkv)
echo
printf '%-8s %-10s %8s %14s %12s %10s\n' camera client frames 'longest gap' connections latency
row() { # camera, client, frames, longest gap
    local latency
    latency=$(number latency_seconds "$1" | awk '{ printf "%.0f ms", 1000 * $1 }')
    printf '%-8s %-10s %8s %14s %12s %10s\n' "$1" "$2" "$3" "${4/_/ }" "$(number connections_total "$1")" "$latency"
}
row door OpenCV $(cat demo-out/door.txt)
gap=$(ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 demo-out/yard.mkv |
    awk -F, 'NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 } END { printf "%.1f_s", gap }')
row yard ffmpeg "$yard" "$gap"
kill "$gateway"
wait "$gateway"
echo
echo "Play  demo-out/yard.mkv"
