#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# Runs pipelines of ours and prints one line each: its name, and what came out. To be run with
# every version of GStreamer, here and in other releases of Debian; all must print the same.
#
#   tests/debian/cases.sh FOLDER         with the plugin in FOLDER/plugin and the frames in FOLDER/frames
set -euo pipefail

export GST_PLUGIN_PATH=$1/plugin
frames=$1/frames
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export GST_REGISTRY=$tmp/registry.bin

# Reads frames as they are, so that no version's test source or converter counts.
source_of() { # format
    echo "multifilesrc location=$frames/$1-%d.raw caps=video/x-raw,format=$1,width=67,height=45,framerate=25/1"
}

run() { # pipeline
    local elements=()
    read -ra elements <<<"$1"
    rm -f "$tmp/out"
    timeout 60 gst-launch-1.0 -q "${elements[@]}" ! filesink "location=$tmp/out" >"$tmp/log" 2>&1
}

# Prints the checksum of all that comes out before the end of the stream.
bytes() { # name, pipeline
    run "$2" || { echo "$1: FAILED"; cat "$tmp/log"; exit 1; }
    echo "$1: $(sha256sum <"$tmp/out" | cut -c 1-16), $(stat -c %s "$tmp/out") bytes"
}

# Prints the error that ends the stream before any frame has come out.
refusal() { # name, pipeline
    local said=''
    run "$2" || said=$(sed -n 's/^ERROR: from element [^ ]*: //p; s/^WARNING: erroneous pipeline: //p' "$tmp/log" | head -n 1)
    if [ -z "$said" ] || [ -s "$tmp/out" ]; then
        echo "$1: FAILED: $(stat -c %s "$tmp/out") bytes came out"
        cat "$tmp/log"
        exit 1
    fi
    echo "$1: $said"
}

for format in I420 NV12 YUY2 Y444 AYUV GRAY8 RGB BGRx GBR; do
    bytes "featuredistill, $format" "$(source_of $format) ! featuredistill qos=false"
    bytes "settled, $format" "$(source_of $format) ! featuredistill preset=certified epsilon=1 settle=true qos=false"
done
bytes 'color-mode=ycbcr, RGB' "$(source_of RGB) ! featuredistill preset=annex-k quality=75 color-mode=ycbcr qos=false"
for format in I420 RGB; do
    bytes "featuredistillenc, $format" "$(source_of $format) ! featuredistillenc preset=certified"
done

refusal 'no table file' "$(source_of I420) ! featuredistill table-file=/nonexistent"
refusal 'a format that it does not take' "$(source_of I420_10LE) ! featuredistill"
refusal 'frames that are too short' "$(source_of GRAY8 | sed s/GRAY8-%d/short-%d/) ! featuredistill"
refusal 'tampered with' "$(source_of I420) ! featuredistill preset=certified tamper-threshold=0.0001 tamper-action=error"
