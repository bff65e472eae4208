#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# The main job on real footage (`make demo`): a film is decoded, distilled and encoded again by
# gst-launch; then the harden example shows what became of a frame and how fast that went.
set -euo pipefail
cd "$(dirname "$0")/.."

examples/footage.sh
clip=.footage/bigbuckbunny.mp4
film=demo-out/hardened.webm
release=${CARGO_TARGET_DIR:-target}/release
mkdir -p demo-out

echo "building (release)"
cargo build --release --quiet --lib --example harden
export GST_PLUGIN_PATH=$release${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}

# qos=false: offline, a frame that is late is still wanted.
harden=(gst-launch-1.0 -q filesrc "location=$clip" ! decodebin ! videoconvert
    ! 'video/x-raw,format=I420' ! featuredistill qos=false
    ! vp8enc deadline=1 cpu-used=8 threads=4 target-bitrate=8000000 ! webmmux
    ! filesink "location=$film")
echo
echo "GST_PLUGIN_PATH=$release ${harden[*]}"
"${harden[@]}"
echo

"$release/examples/harden" "$clip" demo-out | tee demo-out/figures.txt
echo
echo "Look at  demo-out/before-after-difference.png  and play  $film"
